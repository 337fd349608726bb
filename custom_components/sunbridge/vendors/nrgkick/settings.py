"""What is stored of the house, made into what is served."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry

from ...meters.freshness import Limits
from ...meters.settings import power_of
from ...meters.sources import Quantity, Source
from .const import (
    BALANCE,
    BATTERY,
    CONF_BATTERY_CONNECTED,
    CONF_CAPACITY_WH,
    CONF_DAY_ENERGY,
    CONF_FACTOR,
    CONF_LOAD,
    CONF_LOAD_POWER,
    CONF_LOCATION,
    CONF_MAX_AC_W,
    CONF_MAX_DC_W,
    CONF_MINIMUM_S,
    CONF_MODEL,
    CONF_NAME,
    CONF_PV_ONLY,
    CONF_REQUIRED,
    CONF_SOC,
    CONF_TEMPERATURE,
    CONF_TOTAL_ENERGY,
    DEFAULT_FACTOR,
    DEFAULT_MINIMUM_S,
    ENERGY_METER,
    INVERTER,
    SENSOR,
    SMART_LOAD,
    SOURCES,
)
from .document import Part as Shown, Policy
from .house import Battery, House, Inverter, Load, Location, Meter, SmartLoad

LOCATIONS: Final[Mapping[str, Location]] = {
    location.name.lower(): location for location in Location
}


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the house as it's stored: a subentry, or one that's going to be."""

    kind: str
    id: str
    data: Mapping[str, Any]


def parts_of(entry: ConfigEntry) -> tuple[Part, ...]:
    """Return an entry's parts, whose order is the wallbox's."""
    return tuple(
        Part(one.subentry_type, one.subentry_id, one.data)
        for one in entry.subentries.values()
    )


def house_of(
    data: Mapping[str, Any], options: Mapping[str, Any], parts: Iterable[Part]
) -> House:
    """Return the house of settings and parts.

    Raises ``SetupError``: parts can be deleted at any time.
    """
    limits = limits_of(options)
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.kind, []).append(part)
    return House(
        inverters=tuple(_inverter(one, limits) for one in found.get(INVERTER, ())),
        meters=tuple(
            Meter(
                **_named(one),
                power=power_of(one.data, limits),
                location=LOCATIONS[one.data[CONF_LOCATION]],
            )
            for one in found.get(ENERGY_METER, ())
        ),
        battery=next(
            (
                Battery(
                    **_named(one),
                    power=power_of(one.data, limits),
                    soc=_of_one(one.data.get(CONF_SOC)),
                    capacity_wh=one.data.get(CONF_CAPACITY_WH),
                )
                for one in found.get(BATTERY, ())
            ),
            None,
        ),
        smart_load=next(
            (
                SmartLoad(
                    **_named(one),
                    power=power_of(one.data, limits),
                    temperature=_of_one(one.data.get(CONF_TEMPERATURE)),
                )
                for one in found.get(SMART_LOAD, ())
            ),
            None,
        ),
        load=_load(data, limits),
    )


def limits_of(options: Mapping[str, Any]) -> Limits:
    """Return how old powers may be."""
    return Limits(
        factor=float(options.get(CONF_FACTOR, DEFAULT_FACTOR)),
        minimum_s=float(options.get(CONF_MINIMUM_S, DEFAULT_MINIMUM_S)),
    )


def policy_of(options: Mapping[str, Any]) -> Policy:
    """Return without which powers nothing is served."""
    required = options.get(CONF_REQUIRED, [Shown.GRID])
    return Policy(frozenset(map(Shown, required)))


def sources_of(entry: ConfigEntry) -> frozenset[str]:
    """Return the ids of all sources, as they're stored."""
    found = set(entry.data.get(CONF_LOAD_POWER) or ())
    for subentry in entry.subentries.values():
        for key in SOURCES:
            stored = subentry.data.get(key)
            found.update([stored] if isinstance(stored, str) else stored or ())
    return frozenset(found)


def _inverter(part: Part, limits: Limits) -> Inverter:
    data = part.data
    return Inverter(
        **_named(part),
        power=power_of(data, limits),
        day_energy=_of_one(data.get(CONF_DAY_ENERGY)),
        total_energy=_of_one(data.get(CONF_TOTAL_ENERGY)),
        battery_connected=data[CONF_BATTERY_CONNECTED],
        is_pv_only=data[CONF_PV_ONLY],
        max_dc_w=data.get(CONF_MAX_DC_W),
        max_ac_w=data.get(CONF_MAX_AC_W),
    )


def _load(data: Mapping[str, Any], limits: Limits) -> Quantity | Load | None:
    match data[CONF_LOAD]:
        case str(kind) if kind == SENSOR:
            return Quantity(_sources(data[CONF_LOAD_POWER]), limits)
        case str(kind) if kind == BALANCE:
            return Load.BALANCE
    return None


def _named(part: Part) -> dict[str, str]:
    # The id is made up, and stays: the wallbox takes it for a serial number.
    return {
        "id": part.id,
        "name": part.data[CONF_NAME],
        "model": part.data.get(CONF_MODEL) or "Home Assistant",
    }


def _of_one(source: str | None) -> Quantity | None:
    return None if source is None else Quantity(_sources([source]))


def _sources(ids: Iterable[str]) -> tuple[Source, ...]:
    return tuple(Source(source) for source in ids)
