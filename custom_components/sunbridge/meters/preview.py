"""What a form shows while somebody chooses sensors: which way the power flows now.

People get signs wrong, and see it when it's said in words: "feeds in 542 W". The words
are the form's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .sources import Problem, Quantity, Read
from .units import Measure


class Metered(StrEnum):
    """What a power is of; its sign has other words for each."""

    INVERTER = "inverter"
    GRID = "grid"
    BATTERY = "battery"
    LOAD = "load"


class Direction(StrEnum):
    """Which way power flows; idle is 0 W."""

    CONSUMPTION = "consumption"
    FEED_IN = "feed_in"
    PRODUCTION = "production"
    CHARGE = "charge"
    DISCHARGE = "discharge"
    IDLE = "idle"


@dataclass(frozen=True, slots=True)
class Preview:
    """A power now: its direction and W without a sign, or why it can't be trusted."""

    direction: Direction | None
    amount_w: int | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is measured, and the names of its signs (reference 1.2)."""

    measure: Measure
    positive: Direction
    negative: Direction


# An inverter takes power at night, or charges its battery; the others are never
# negative, so that they have no name for it.
_SHOWN: Final[Mapping[Metered, _Shown]] = {
    Metered.INVERTER: _Shown(
        Measure.POWER, Direction.PRODUCTION, Direction.CONSUMPTION
    ),
    Metered.GRID: _Shown(Measure.POWER, Direction.CONSUMPTION, Direction.FEED_IN),
    Metered.BATTERY: _Shown(Measure.POWER, Direction.DISCHARGE, Direction.CHARGE),
    Metered.LOAD: _Shown(Measure.CONSUMPTION, Direction.CONSUMPTION, Direction.IDLE),
}


def preview(metered: Metered, quantity: Quantity, read: Read) -> Preview:
    """Return what a power would be now."""
    shown = _SHOWN[metered]
    measured = read(quantity, shown.measure)
    if measured.value is None:
        return Preview(None, None, measured.problems)
    power_w = round(measured.value)
    if power_w == 0:
        return Preview(Direction.IDLE, 0)
    direction = shown.positive if power_w > 0 else shown.negative
    return Preview(direction, abs(power_w))
