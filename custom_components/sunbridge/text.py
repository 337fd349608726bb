"""Texts of all vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, override

from homeassistant.components.text import TextEntity, TextEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class SunbridgeTextDescription[StateT, CommandT](
    SunbridgeEntityDescription[StateT, str], TextEntityDescription
):
    """Describe a text and the command that sets it."""

    command_fn: Callable[[StateT, str], CommandT]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the texts of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.TEXT, SunbridgeText)


class SunbridgeText(SunbridgeEntity, TextEntity):
    """A text of a device."""

    entity_description: SunbridgeTextDescription[Any, Any]

    @property
    @override
    def native_value(self) -> str | None:
        """Return the text that the device reports, None if it's longer than may be."""
        value = cast("str | None", self._read())
        return None if value is None or len(value) > self.native_max else value

    @override
    async def async_set_value(self, value: str) -> None:
        """Set the text."""
        command = self.entity_description.command_fn(self.coordinator.data, value)
        await self.coordinator.async_send(command)
