"""Selects of all vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class SunbridgeSelectDescription[StateT, CommandT](
    SunbridgeEntityDescription[StateT, str], SelectEntityDescription
):
    """Describe a select and the command that chooses an option."""

    command_fn: Callable[[StateT, str], CommandT]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the selects of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.SELECT, SunbridgeSelect)


class SunbridgeSelect(SunbridgeEntity, SelectEntity):
    """A select of a device."""

    entity_description: SunbridgeSelectDescription[Any, Any]

    @property
    @override
    def current_option(self) -> str | None:
        """Return the option that the device reports."""
        return cast("str | None", self._read())

    @override
    async def async_select_option(self, option: str) -> None:
        """Choose an option."""
        command = self.entity_description.command_fn(self.coordinator.data, option)
        await self.coordinator.async_send(command)
