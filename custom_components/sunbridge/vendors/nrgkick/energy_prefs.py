"""What Home Assistant's energy dashboard knows of the house already (reference 4).

Its signs are those of the wallbox: grid + is consumption, battery + is discharge.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback, valid_entity_id
from homeassistant.helpers import entity_registry as er

from .house import MAX_INVERTERS

_POWERS: Final = frozenset({SensorDeviceClass.POWER})


@dataclass(slots=True)
class Proposal:
    """Entities for the parts of a house; ``capacity_wh`` of its battery."""

    grid: list[str] = field(default_factory=list)
    inverters: list[str] = field(default_factory=list)
    battery: list[str] = field(default_factory=list)
    soc: str | None = None
    capacity_wh: int | None = None
    load: str | None = None


async def async_propose(hass: HomeAssistant) -> Proposal:
    """Return what the energy dashboard's settings propose, empty if there are none."""
    found = Proposal()
    if "energy" not in hass.config.components:
        return found
    if (preferences := (await async_get_manager(hass)).data) is None:
        return found
    for source in preferences["energy_sources"]:
        _take(hass, found, source)
    found.inverters = found.inverters[:MAX_INVERTERS]
    return found


@callback
def _take(hass: HomeAssistant, found: Proposal, source: Mapping[str, Any]) -> None:
    power = _power(hass, source)
    match source.get("type"):
        case "grid":
            found.grid += power
        case "solar":
            found.inverters += power
        case "battery":
            found.battery += power
            capacity_kwh = source.get("capacity")
            if found.soc is None and found.capacity_wh is None:
                found.soc = _entity(source.get("stat_soc"))
                if isinstance(capacity_kwh, (int, float)):
                    found.capacity_wh = round(1000 * capacity_kwh)
        case "home" if power:
            found.load = power[0]


def _power(hass: HomeAssistant, source: Mapping[str, Any]) -> list[str]:
    """Return a source's power sensor, or that of the device that has its energy."""
    if (entity_id := _entity(source.get("stat_rate"))) is not None:
        return [entity_id]
    registry = er.async_get(hass)
    entry = registry.async_get(_entity(source.get("stat_energy_from")) or "")
    if entry is None or entry.device_id is None:
        return []
    powers = list(_powers(er.async_entries_for_device(registry, entry.device_id)))
    # One of several would be a guess.
    return powers if len(powers) == 1 else []


def _powers(entries: Iterable[er.RegistryEntry]) -> Iterable[str]:
    return (
        entry.entity_id
        for entry in entries
        if entry.domain == Platform.SENSOR
        and (entry.device_class or entry.original_device_class) in _POWERS
    )


def _entity(statistic: Any) -> str | None:
    """Return a statistic's entity; external statistics have none."""
    if isinstance(statistic, str) and valid_entity_id(statistic):
        return statistic
    return None
