"""Sensors of all vendors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription
from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 0

type SensorValue = float | str | datetime


@dataclass(frozen=True, kw_only=True)
class SunbridgeSensorDescription[StateT](
    SunbridgeEntityDescription[StateT, SensorValue], SensorEntityDescription
):
    """Describe a sensor; the reading is in its native unit."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.SENSOR, SunbridgeSensor)


class SunbridgeSensor(SunbridgeEntity, SensorEntity):
    """A sensor of a device."""

    entity_description: SunbridgeSensorDescription[Any]

    @property
    @override
    def native_value(self) -> SensorValue | None:
        """Return the value, None where it's unknown."""
        value = cast("SensorValue | None", self._read())
        # Home Assistant takes no longer ones, and would log each of them.
        return value[:MAX_LENGTH_STATE_STATE] if isinstance(value, str) else value
