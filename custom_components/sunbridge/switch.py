"""Switches of all vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class SunbridgeSwitchDescription[StateT, CommandT](
    SunbridgeEntityDescription[StateT, bool], SwitchEntityDescription
):
    """Describe a switch and the command that switches it."""

    command_fn: Callable[[StateT, bool], CommandT]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the switches of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.SWITCH, SunbridgeSwitch)


class SunbridgeSwitch(SunbridgeEntity, SwitchEntity):
    """A switch of a device."""

    entity_description: SunbridgeSwitchDescription[Any, Any]

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state that the device reports."""
        return cast("bool | None", self._read())

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Switch on."""
        await self._async_switch(True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Switch off."""
        await self._async_switch(False)

    async def _async_switch(self, on: bool) -> None:
        command = self.entity_description.command_fn(self.coordinator.data, on)
        await self.coordinator.async_send(command)
