"""What Home Assistant's energy dashboard knows of the house already (reference 4).

Its signs: grid + is consumption, battery + is discharge.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, valid_entity_id
from homeassistant.helpers import entity_registry as er

_POWERS: Final = frozenset({SensorDeviceClass.POWER})


@dataclass(frozen=True, slots=True)
class Proposal:
    """Entities for the parts of a house; ``capacity_wh`` of all its batteries."""

    grid: list[str] = field(default_factory=list)
    inverters: list[str] = field(default_factory=list)
    battery: list[str] = field(default_factory=list)
    soc: str | None = None
    capacity_wh: int | None = None
    load: str | None = None


async def async_propose(hass: HomeAssistant) -> Proposal:
    """Return what the energy dashboard's settings propose, empty if there are none."""
    if "energy" not in hass.config.components:
        return Proposal()
    if (preferences := (await async_get_manager(hass)).data) is None:
        return Proposal()
    return _proposal(
        [(source, _power(hass, source)) for source in preferences["energy_sources"]]
    )


def _proposal(sources: list[tuple[Mapping[str, Any], str | None]]) -> Proposal:
    """Return what sources, each with its power sensor, are."""
    # A sensor that seems to be of two of them is a wrong guess for one at least.
    uses = Counter(power for _, power in sources)
    found: dict[str, list[str]] = {}
    batteries = []
    for source, power in sources:
        if power is None or uses[power] > 1:
            continue
        found.setdefault(source["type"], []).append(power)
        if source["type"] == "battery":
            batteries.append(source)
    capacities_kwh = [one.get("capacity") for one in batteries]
    known_kwh = [one for one in capacities_kwh if isinstance(one, (int, float))]
    is_known = bool(known_kwh) and len(known_kwh) == len(capacities_kwh)
    return Proposal(
        grid=found.get("grid", []),
        inverters=found.get("solar", []),
        battery=found.get("battery", []),
        # That of one of several isn't that of all.
        soc=_entity(batteries[0].get("stat_soc")) if len(batteries) == 1 else None,
        capacity_wh=round(1000 * sum(known_kwh)) if is_known else None,
        load=next(iter(found.get("home", ())), None),
    )


def _power(hass: HomeAssistant, source: Mapping[str, Any]) -> str | None:
    """Return a source's power sensor, or that of the device that has its energy."""
    if (entity_id := _entity(source.get("stat_rate"))) is not None:
        return entity_id
    registry = er.async_get(hass)
    entry = registry.async_get(_entity(source.get("stat_energy_from")) or "")
    if entry is None or entry.device_id is None:
        return None
    powers = list(_powers(er.async_entries_for_device(registry, entry.device_id)))
    # One of several would be a guess.
    return powers[0] if len(powers) == 1 else None


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
