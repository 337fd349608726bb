"""Units that Home Assistant knows, and what numbers may be in those of the wallbox.

Names are case-sensitive, as Home Assistant's are: mW isn't MW (reference 5.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# The app keeps W and Wh in 32 bits (reference 1.2).
INT32: Final = 2**31 - 1


class Measure(StrEnum):
    """What a number measures, and with which bounds.

    W of any sign, W that can't be negative, Wh, % and °C.
    """

    POWER = "power"
    CONSUMPTION = "consumption"
    ENERGY = "energy"
    PERCENT = "percent"
    TEMPERATURE = "temperature"


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What is possible; within ``slack`` outside it's noise, and set to the bound."""

    low: float
    high: float
    slack: float = 0.0


_BOUNDS: Final[Mapping[Measure, _Bounds]] = {
    Measure.POWER: _Bounds(-INT32, INT32),
    # Meters of something that is off show some W either way.
    Measure.CONSUMPTION: _Bounds(0, INT32, slack=20),
    Measure.ENERGY: _Bounds(0, INT32),
    Measure.PERCENT: _Bounds(0, 100, slack=1),
    # A sensor that isn't connected says -127 °C or some hundreds.
    Measure.TEMPERATURE: _Bounds(-50, 200),
}

type _Units = Mapping[str, tuple[float, float]]

_J_TO_WH: Final = 1 / 3600
_CAL_TO_WH: Final = 4.184 / 3600

# What to multiply by, and what to add then.
_POWERS: Final[_Units] = {
    "mW": (1e-3, 0),
    "W": (1, 0),
    "kW": (1e3, 0),
    "MW": (1e6, 0),
    "GW": (1e9, 0),
    "TW": (1e12, 0),
    "BTU/h": (0.29307107, 0),
}
_ENERGIES: Final[_Units] = {
    "mWh": (1e-3, 0),
    "Wh": (1, 0),
    "kWh": (1e3, 0),
    "MWh": (1e6, 0),
    "GWh": (1e9, 0),
    "TWh": (1e12, 0),
    "J": (_J_TO_WH, 0),
    "kJ": (_J_TO_WH * 1e3, 0),
    "MJ": (_J_TO_WH * 1e6, 0),
    "GJ": (_J_TO_WH * 1e9, 0),
    "cal": (_CAL_TO_WH, 0),
    "kcal": (_CAL_TO_WH * 1e3, 0),
    "Mcal": (_CAL_TO_WH * 1e6, 0),
    "Gcal": (_CAL_TO_WH * 1e9, 0),
    "thm": (_J_TO_WH * 1.054804e8, 0),
}
_UNITS: Final[Mapping[Measure, _Units]] = {
    Measure.POWER: _POWERS,
    Measure.CONSUMPTION: _POWERS,
    Measure.ENERGY: _ENERGIES,
    Measure.PERCENT: {"%": (1, 0)},
    Measure.TEMPERATURE: {
        "°C": (1, 0),
        "°F": (1 / 1.8, -32 / 1.8),
        "K": (1, -273.15),
    },
}


def units_of(measure: Measure) -> frozenset[str]:
    """Return the units that a source of this may have."""
    return frozenset(_UNITS[measure])


def converted(value: float, unit: str | None, measure: Measure) -> float | None:
    """Return W, Wh, % or °C, None where the unit isn't one of these."""
    if unit is None or (factor := _UNITS[measure].get(unit)) is None:
        return None
    return value * factor[0] + factor[1]


def bounded(value: float, measure: Measure) -> float | None:
    """Return a number within its bounds, None if it's beyond noise outside them."""
    bounds = _BOUNDS[measure]
    if not bounds.low - bounds.slack <= value <= bounds.high + bounds.slack:
        return None
    return min(max(value, bounds.low), bounds.high)


def rounded(value: float, measure: Measure) -> int | float:
    """Return a number as the wallbox gets it (reference 1.2).

    W and Wh are whole, the others have one decimal; there's no -0.0.
    """
    if measure in {Measure.PERCENT, Measure.TEMPERATURE}:
        return round(float(value), 1) + 0.0
    return round(value)
