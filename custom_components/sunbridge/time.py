"""Times of day of all vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from typing import Any, cast, override

from homeassistant.components.time import TimeEntity, TimeEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class SunbridgeTimeDescription[StateT, CommandT](
    SunbridgeEntityDescription[StateT, time], TimeEntityDescription
):
    """Describe a time of day and the command that sets it."""

    command_fn: Callable[[StateT, time], CommandT]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the times of day of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.TIME, SunbridgeTime)


class SunbridgeTime(SunbridgeEntity, TimeEntity):
    """A time of day of a device."""

    entity_description: SunbridgeTimeDescription[Any, Any]

    @property
    @override
    def native_value(self) -> time | None:
        """Return the time that the device reports."""
        return cast("time | None", self._read())

    @override
    async def async_set_value(self, value: time) -> None:
        """Set the time."""
        command = self.entity_description.command_fn(self.coordinator.data, value)
        await self.coordinator.async_send(command)
