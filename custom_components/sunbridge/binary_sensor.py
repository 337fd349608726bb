"""Binary sensors of all vendors."""

from dataclasses import dataclass
from typing import Any, cast, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class SunbridgeBinarySensorDescription[StateT](
    SunbridgeEntityDescription[StateT, bool], BinarySensorEntityDescription
):
    """Describe a binary sensor."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an entry."""
    async_setup_entities(
        entry, async_add_entities, Platform.BINARY_SENSOR, SunbridgeBinarySensor
    )


class SunbridgeBinarySensor(SunbridgeEntity, BinarySensorEntity):
    """A binary sensor of a device."""

    entity_description: SunbridgeBinarySensorDescription[Any]

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state, None where it's unknown."""
        return cast("bool | None", self._read())
