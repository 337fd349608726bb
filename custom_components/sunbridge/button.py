"""Buttons of all vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class SunbridgeButtonDescription[StateT, CommandT](
    SunbridgeEntityDescription[StateT, None], ButtonEntityDescription
):
    """Describe a button and its command; a button reads nothing, but exists only with its keys."""

    command_fn: Callable[[StateT], CommandT]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.BUTTON, SunbridgeButton)


class SunbridgeButton(SunbridgeEntity, ButtonEntity):
    """A button of a device."""

    entity_description: SunbridgeButtonDescription[Any, Any]

    @override
    async def async_press(self) -> None:
        """Send the command."""
        command = self.entity_description.command_fn(self.coordinator.data)
        await self.coordinator.async_send(command)
