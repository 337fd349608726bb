"""Outages of Home Assistant and of Weheat's cloud, and how wrong hours are after them.

The truth is the simulator's, which is exact. Sunbridge and both references meet each
outage at the same times, each with a cloud of its own.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Protocol

from custom_components.sunbridge.vendors.weheat.energy import (
    Kind,
    Series,
    hour_energies,
)
from simulators.weheat import Energy, HeatPump, Mode
from simulators.weheat.faults import Window, within

from .weheat_house import House
from .weheat_references import CoreCounter, GapFiller
from .weheat_world import LOOK_S, Vendor, VirtualClock

HOUR_S = 3600
# Before an outage and after it; the first hours of a new installation don't count.
BEFORE_S = 14 * HOUR_S
AFTER_S = 10 * HOUR_S
FIRST_S = 2 * HOUR_S
# The vendor's hours are asked for until twenty past.
READ_S = 1800
LEAST_KWH = 0.05
TOTAL_GOAL_PERCENT = 0.1
HOUR_GOAL_PERCENT = 1.0

WHO = ("HA down", "cloud down", "cloud, then HA")

ELECTRICITY: Series = (Kind.ELECTRICITY_IN, None)
HEAT: Series = (Kind.HEAT_OUT, None)
FLOWS = {"electricity": ELECTRICITY, "heat": HEAT}
SYSTEMS = OURS, CORE, FILLER = "Sunbridge", "core", "gap filler"

type Hours = Mapping[int, float]
# A system's name, and electricity or heat.
type Part = tuple[str, str]
type Measure = Callable[[Energy], float]

# What each of them means by electricity and by heat, so that like meets like.
TRUTHS: dict[Part, Measure] = {
    (OURS, "electricity"): lambda energy: energy.electric_kwh,
    (OURS, "heat"): lambda energy: energy.heat[Mode.HEATING] + energy.heat[Mode.DHW],
    (CORE, "electricity"): lambda energy: energy.electric_kwh,
    (CORE, "heat"): lambda energy: energy.heat_kwh - 2 * energy.heat[Mode.COOLING],
    (FILLER, "electricity"): lambda energy: energy.compressor_kwh,
    (FILLER, "heat"): lambda energy: energy.heat[Mode.HEATING] + energy.heat[Mode.DHW],
}
# What the vendor's own hours say, which have whole Wh for each mode (reference 2.2).
ROUNDED: dict[Part, Measure] = {
    (OURS, "electricity"): lambda energy: sum(
        round(kwh, 3) for kwh in energy.electric.values()
    ),
    (OURS, "heat"): lambda energy: sum(
        round(energy.heat[mode], 3) for mode in (Mode.HEATING, Mode.DHW)
    ),
}
# What rows can show.
SHOWN: dict[Part, Measure] = {(OURS, flow): TRUTHS[FILLER, flow] for flow in FLOWS}


class System(Protocol):
    """Who asks the vendor: started and stopped with Home Assistant."""

    def start(self) -> None:
        """Start with what was kept."""

    def stop(self) -> None:
        """Stop."""

    def look(self) -> None:
        """Do what is due."""


@dataclass(frozen=True)
class Outage:
    """When who is down, and when all is up again (epoch s)."""

    over_s: float
    cloud: tuple[Window, ...] = ()
    house: tuple[Window, ...] = ()

    @classmethod
    def of(cls, who: str, begin_s: float, length_s: float) -> Outage:
        """Return one of those in ``WHO``; of two in turn the second begins half-way."""
        window = (begin_s, begin_s + length_s)
        if who == "HA down":
            return cls(window[1], house=(window,))
        if who == "cloud down":
            return cls(window[1], cloud=(window,))
        late = (begin_s + length_s / 2, begin_s + length_s * 1.5)
        return cls(late[1], cloud=(window,), house=(late,))


@dataclass(frozen=True)
class Errors:
    """Errors in %: of hours of more than 50 Wh, and of the sum of all hours."""

    worst: float
    mean: float
    total: float

    @property
    def is_good(self) -> bool:
        """Tell whether the goals are met."""
        return self.worst <= HOUR_GOAL_PERCENT and self.total <= TOTAL_GOAL_PERCENT


class Trial:
    """A time with an outage; times are epoch s, ``start_s`` is a full hour."""

    def __init__(
        self,
        pump: HeatPump,
        start_s: float,
        outage: Outage,
        *,
        closed: Collection[str] = (),
    ) -> None:
        """Prepare; the references' requests aren't limited.

        ``closed`` are kinds of requests that Sunbridge may not make.
        """
        self.pump = pump
        self.clock = VirtualClock(start_s)
        self.outage = outage
        self.start_s = start_s
        # The end is half past, so that all finished hours were asked for.
        end_s = outage.over_s + AFTER_S
        self.end_s = end_s - end_s % HOUR_S + READ_S
        self.house = House(
            Vendor(self.clock, down=outage.cloud, closed=closed),
            [pump],
            seed=pump.seed,
            series=(ELECTRICITY, HEAT),
        )
        self.core = CoreCounter(Vendor(self.clock, limit=None, down=outage.cloud), pump)
        self.filler = GapFiller(
            Vendor(self.clock, limit=None, down=outage.cloud), pump, seed=pump.seed
        )
        self._is_up = False

    def go(self, until_s: float) -> None:
        """Let time pass."""
        systems: tuple[System, ...] = (self.house, self.core, self.filler)
        while self.clock.at_s < until_s:
            is_up = not within(self.clock.at_s, self.outage.house)
            for system in systems:
                if is_up and not self._is_up:
                    system.start()
                if is_up:
                    system.look()
                elif self._is_up:
                    system.stop()
            self._is_up = is_up
            self.clock.at_s += LOOK_S

    def settle(self) -> float:
        """Go through the outage to the end; return how long Sunbridge's hours took.

        That's the time in minutes until those of the outage are what the vendor says.
        """
        over_s = self.outage.over_s
        self.go(over_s)
        while not self._is_settled() and self.clock.at_s < self.end_s:
            self.go(self.clock.at_s + LOOK_S)
        settled_s = self.clock.at_s - over_s
        self.go(self.end_s)
        return settled_s / 60

    def truth(self, until_s: float) -> dict[int, Energy]:
        """Return the exact energies of all hours that are over at a time."""
        return self.pump.hours(self.start_s + FIRST_S, until_s // HOUR_S * HOUR_S)

    def ours(self) -> dict[Part, Hours]:
        """Return Sunbridge's hours in kWh, as the statistics have them."""
        return {
            (OURS, flow): self.house.hours(self.pump, series)
            for flow, series in FLOWS.items()
        }

    def in_books(self) -> dict[Part, Hours]:
        """Return Sunbridge's hours in kWh, as its books have them."""
        booked = self.house.books[self.pump.id].booked(self.start_s, self.clock.at_s)
        return {
            (OURS, flow): hour_energies(booked, series)
            for flow, series in FLOWS.items()
        }

    def all(self) -> dict[Part, Hours]:
        """Return everybody's hours in kWh."""
        filled = self.filler.hours()
        return self.ours() | {
            (CORE, "electricity"): self.core.electricity.hours(),
            (CORE, "heat"): self.core.heat.hours(),
            (FILLER, "electricity"): filled[0],
            (FILLER, "heat"): filled[1],
        }

    def _is_settled(self) -> bool:
        truth = self.truth(self.outage.over_s)
        return all(
            errors.is_good for errors in judged(self.ours(), truth, ROUNDED).values()
        )


def judged(
    measured: Mapping[Part, Hours],
    truth: Mapping[int, Energy],
    measures: Mapping[Part, Measure],
) -> dict[Part, Errors]:
    """Return the errors of hours (kWh by start); one that isn't there counts as 0."""
    return {
        part: _judged(hours, truth, measures[part]) for part, hours in measured.items()
    }


def _judged(hours: Hours, truth: Mapping[int, Energy], measure: Measure) -> Errors:
    exact = {hour: measure(energy) for hour, energy in truth.items()}
    shares = [
        abs(hours.get(hour, 0.0) - kwh) / kwh * 100
        for hour, kwh in exact.items()
        if kwh > LEAST_KWH
    ]
    whole = sum(exact.values())
    missed = sum(hours.get(hour, 0.0) for hour in exact) - whole
    return Errors(max(shares), fmean(shares), abs(missed) / whole * 100)
