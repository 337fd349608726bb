"""What a heat pump draws and gives: loads over time, and the exact energies of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

JOULES = 3_600_000.0


class Mode(StrEnum):
    """The buckets of the vendor's energies; values are what its keys end with."""

    HEATING = "Heating"
    STANDBY = "Standby"
    DHW = "Dhw"
    HEATING_DEFROST = "HeatingDefrost"
    DHW_DEFROST = "DhwDefrost"
    COOLING = "Cooling"


class Load(NamedTuple):
    """What goes on at a moment.

    ``compressor_w`` and ``heat_w`` are what logs show, ``indoor_w`` the indoor unit's
    own electricity with pumps and element. Heat is negative where it's taken out of
    the water. ``tank_c`` is the top of the tank in °C.
    """

    compressor_w: float = 0.0
    heat_w: float = 0.0
    indoor_w: float = 0.0
    rpm: float = 0.0
    tank_c: float = 47.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A time (epoch s) in one state, in which the load goes straight from a to b.

    ``extra_w`` is what the outdoor unit draws beside the compressor: fan and
    electronics, which the vendor's energies hold and its logs don't.
    ``indoor_mode`` is the bucket of the indoor unit, which isn't always the mode's.
    """

    start_s: float
    end_s: float
    state: int
    mode: Mode
    indoor_mode: Mode
    extra_w: float
    a: Load
    b: Load

    def at(self, at_s: float) -> Load:
        """Return the load of a moment."""
        share = (at_s - self.start_s) / (self.end_s - self.start_s)
        return Load(*(x + (y - x) * share for x, y in zip(self.a, self.b, strict=True)))

    def part(self, start_s: float, end_s: float) -> Segment:
        """Return a part of it."""
        return Segment(
            start_s,
            end_s,
            self.state,
            self.mode,
            self.indoor_mode,
            self.extra_w,
            self.at(start_s),
            self.at(end_s),
        )


def _nothing() -> dict[Mode, float]:
    return dict.fromkeys(Mode, 0.0)


@dataclass(slots=True)
class Energy:
    """The energies of a time by mode, in kWh, as exact as floats are.

    ``electric`` is the outdoor unit's, ``compressor`` that part of it which logs show,
    ``heat`` what went to the water, ``indoor`` the indoor unit's electricity.
    """

    electric: dict[Mode, float] = field(default_factory=_nothing)
    compressor: dict[Mode, float] = field(default_factory=_nothing)
    heat: dict[Mode, float] = field(default_factory=_nothing)
    indoor: dict[Mode, float] = field(default_factory=_nothing)

    @property
    def electric_kwh(self) -> float:
        """The outdoor unit's electricity of all modes."""
        return sum(self.electric.values())

    @property
    def compressor_kwh(self) -> float:
        """The compressor's electricity of all modes."""
        return sum(self.compressor.values())

    @property
    def heat_kwh(self) -> float:
        """The heat of all modes; what cooling and defrosts took out counts against."""
        return sum(self.heat.values())

    @property
    def indoor_kwh(self) -> float:
        """The indoor unit's electricity of all modes."""
        return sum(self.indoor.values())

    def add(self, other: Energy) -> None:
        """Add another time's energies to these."""
        for mode in Mode:
            self.electric[mode] += other.electric[mode]
            self.compressor[mode] += other.compressor[mode]
            self.heat[mode] += other.heat[mode]
            self.indoor[mode] += other.indoor[mode]

    def measure(self, segment: Segment, start_s: float, end_s: float) -> None:
        """Add what a segment has between two times (epoch s)."""
        start_s = max(start_s, segment.start_s)
        end_s = min(end_s, segment.end_s)
        if start_s >= end_s:
            return
        # Loads are straight lines, so their mean is what they are half-way.
        load = segment.at((start_s + end_s) / 2)
        share = (end_s - start_s) / JOULES
        mode = segment.mode
        self.electric[mode] += (load.compressor_w + segment.extra_w) * share
        self.compressor[mode] += load.compressor_w * share
        self.heat[mode] += load.heat_w * share
        self.indoor[segment.indoor_mode] += load.indoor_w * share


def measured(segments: Iterable[Segment], start_s: float, end_s: float) -> Energy:
    """Return the energies of segments between two times (epoch s)."""
    energy = Energy()
    for segment in segments:
        energy.measure(segment, start_s, end_s)
    return energy
