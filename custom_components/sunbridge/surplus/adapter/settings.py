"""What the user set up, as the engine needs it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.config_entries import ConfigEntry

from ...meters.freshness import NO_LIMIT
from ...meters.settings import CONF_POWER, power_of
from ...meters.sources import Quantity
from ..model import AtStop
from .const import (
    ANY_CHARGER,
    CHARGER,
    CONF_AT_STOP,
    CONF_BAND_HIGH,
    CONF_BAND_LOW,
    CONF_BATTERY,
    CONF_GRID,
    CONF_MAX_IMPORT_W,
    CONF_PLUGGED,
    CONF_PRIORITY,
    CONF_PV,
    CONF_SESSION_ENERGY,
    CONF_SOC,
    DEFAULT_BAND_HIGH,
    DEFAULT_BAND_LOW,
    SWITCH,
)


@dataclass(frozen=True, slots=True)
class HouseSetup:
    """The meters of a house, and its limits.

    Signs: ``grid`` + import, ``battery`` + discharge, ``pv`` + production. How old a
    value may be is the controller's to say, so that they have no limits here.
    """

    grid: Quantity
    pv: Quantity | None = None
    battery: Quantity | None = None
    soc: Quantity | None = None
    max_import_w: float | None = None
    band_percent: tuple[float, float] = (DEFAULT_BAND_LOW, DEFAULT_BAND_HIGH)


@dataclass(frozen=True, slots=True)
class LoadSetup:
    """What a subentry says of a load; ``data`` is that of its kind."""

    load_id: str
    kind: str
    title: str
    priority: int
    at_stop: AtStop
    data: Mapping[str, Any]

    @property
    def is_charger(self) -> bool:
        """Whether it's a charger, of Sunbridge or any other."""
        return self.kind != SWITCH

    @property
    def knows_sessions(self) -> bool:
        """Whether it's seen when another session begins, which a target is of."""
        if self.kind != ANY_CHARGER:
            return self.is_charger
        return any(self.data[key] for key in (CONF_PLUGGED, CONF_SESSION_ENERGY))


def house_of(data: Mapping[str, Any], options: Mapping[str, Any]) -> HouseSetup:
    """Return the house of an entry."""
    battery = data.get(CONF_BATTERY)
    soc = battery and battery.get(CONF_SOC)
    return HouseSetup(
        grid=power_of(data[CONF_GRID], NO_LIMIT),
        pv=_power(data.get(CONF_PV)),
        battery=_power(battery),
        soc=Quantity.of(soc) if soc else None,
        max_import_w=options.get(CONF_MAX_IMPORT_W),
        band_percent=(
            options.get(CONF_BAND_LOW, DEFAULT_BAND_LOW),
            options.get(CONF_BAND_HIGH, DEFAULT_BAND_HIGH),
        ),
    )


def loads_of(entry: ConfigEntry) -> Iterator[LoadSetup]:
    """Return the loads of an entry, one a subentry."""
    for subentry in entry.subentries.values():
        if subentry.subentry_type in {CHARGER, ANY_CHARGER, SWITCH}:
            data = subentry.data
            yield LoadSetup(
                subentry.subentry_id,
                subentry.subentry_type,
                subentry.title,
                int(data[CONF_PRIORITY]),
                AtStop(data[CONF_AT_STOP]),
                data,
            )


def _power(data: Mapping[str, Any] | None) -> Quantity | None:
    return power_of(data, NO_LIMIT) if data and data[CONF_POWER] else None
