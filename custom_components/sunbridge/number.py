"""Numbers of all vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, override

from homeassistant.components.number import NumberEntity, NumberEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class SunbridgeNumberDescription[StateT, CommandT](
    SunbridgeEntityDescription[StateT, float], NumberEntityDescription
):
    """Describe a number and the command that sets it.

    Limits that depend on the device come from functions of its state; where they
    return None the fixed ones hold.
    """

    command_fn: Callable[[StateT, float], CommandT]
    min_fn: Callable[[StateT], float | None] = lambda _: None
    max_fn: Callable[[StateT], float | None] = lambda _: None


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the numbers of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.NUMBER, SunbridgeNumber)


class SunbridgeNumber(SunbridgeEntity, NumberEntity):
    """A number of a device."""

    entity_description: SunbridgeNumberDescription[Any, Any]

    @property
    @override
    def native_value(self) -> float | None:
        """Return the value that the device reports."""
        return cast("float | None", self._read())

    @property
    @override
    def native_min_value(self) -> float:
        """Return the least value the device takes."""
        limit = self.entity_description.min_fn(self.coordinator.data)
        return super().native_min_value if limit is None else limit

    @property
    @override
    def native_max_value(self) -> float:
        """Return the greatest value the device takes."""
        limit = self.entity_description.max_fn(self.coordinator.data)
        return super().native_max_value if limit is None else limit

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Set the value."""
        command = self.entity_description.command_fn(self.coordinator.data, value)
        await self.coordinator.async_send(command)

    @override
    def _showing(self) -> tuple[Any, ...]:
        """Return all that the written state depends on."""
        return (*super()._showing(), self.native_min_value, self.native_max_value)
