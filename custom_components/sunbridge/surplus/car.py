"""What was learned of the car at a cable, and the currents it's offered."""

from dataclasses import dataclass
from functools import lru_cache
import math
from typing import Final

from .kept import number
from .model import LEAST_A, VOLTAGE_V, Charger, ChargerReport

# What cars take less than they're offered (reference surplus 3.1).
_USUAL_SHORT_A: Final = 0.6
_MOST_SHORT_A: Final = 1.5
# A car that takes much less has a limit of its own; so much above it is offered.
_AHEAD_A: Final = 2.0
_LEAST_A: Final = 3.0
_LEARN: Final = 0.1
# So that 6.3 A stay 6.3 A.
_TINY: Final = 1e-6


@dataclass(slots=True)
class Car:
    """A car; ``limit_a`` is what it may be offered, ``used`` how many of 3 phases.

    ``promised`` is with how many of them a promise is kept: those that were seen, or
    those of the car before.
    """

    short_a: float = _USUAL_SHORT_A
    limit_a: float = 1000.0
    used: int = 3
    promised: int = 3

    def power_w(self, report: ChargerReport | None) -> float | None:
        """Return the measured power, or what the current tells of it."""
        if report is None:
            return None
        power_w = number(report.power_w)
        if power_w is not None:
            return max(power_w, 0.0)
        current_a = number(report.current_a)
        if current_a is None or report.phases not in {1, 2, 3}:
            return None
        return max(current_a, 0.0) * VOLTAGE_V * min(report.phases, self.used)

    def learn(self, set_a: float, current_a: float, power_w: float, of: int) -> None:
        """Learn of a steady moment at an offer on ``of`` phases."""
        if current_a < _LEAST_A or set_a < LEAST_A:
            return
        gap_a = set_a - current_a
        if gap_a <= _MOST_SHORT_A:
            self.limit_a = 1000.0
            self.short_a += _LEARN * (max(gap_a, 0.0) - self.short_a)
        else:
            self.limit_a = current_a + _AHEAD_A
        if of > 1:
            self.used = max(1, min(3, round(power_w / (VOLTAGE_V * current_a))))
            self.promised = self.used


@dataclass(frozen=True, slots=True)
class Offer:
    """The currents that a charger with its car has, A, and their powers, W."""

    least_a: float
    most_a: float
    step_a: float
    short_a: float
    used: int
    phases: tuple[int, ...]

    def power_w(self, amps: float, phases: int) -> float:
        """Return what the car takes of an offer."""
        if amps <= 0 or phases <= 0:
            return 0.0
        return VOLTAGE_V * min(phases, self.used) * max(amps - self.short_a, 0.0)

    def range_w(self, phases: int) -> tuple[float, float]:
        """Return the least and the most power with a number of phases."""
        return self.power_w(self.least_a, phases), self.power_w(self.most_a, phases)

    @property
    def span_w(self) -> tuple[float, float]:
        """Return the least power with the fewest phases, and the most with all."""
        return self.range_w(self.phases[0])[0], self.range_w(self.phases[-1])[1]

    def amps(self, power_w: float, phases: int, up: float) -> float:
        """Return the current for a power; ``up`` is the part of a step that it adds."""
        exact_a = power_w / (VOLTAGE_V * min(phases, self.used)) + self.short_a
        exact_a = min(max(exact_a, 0.0), self.most_a + self.step_a)
        steps = math.floor(exact_a / self.step_a + up + _TINY)
        return min(max(round(steps * self.step_a, 3), self.least_a), self.most_a)

    def within(self, most_w: float, phases: int) -> tuple[float, int]:
        """Return the most that doesn't take more than a power, or else a pause."""
        for count in (phases, min(self.phases)):
            if self.range_w(count)[0] <= most_w:
                return self.amps(most_w, count, 0.0), count
        return 0.0, 0


def offer(charger: Charger, car: Car, only_phases: int = 0) -> Offer | None:
    """Return it; None if the settings leave no current that may be offered.

    ``only_phases`` are those of a charger that doesn't switch them, 0 if it does.
    """
    return _offer(
        charger.min_a,
        charger.max_a,
        charger.step_a,
        (only_phases,) if only_phases else charger.phases,
        car.short_a,
        car.limit_a,
        car.used,
    )


@lru_cache(maxsize=32)
def _offer(
    min_a: float,
    max_a: float,
    step_a: float,
    phases: tuple[int, ...],
    short_a: float,
    limit_a: float,
    used: int,
) -> Offer | None:
    """Return it; it's asked for several times in each moment."""
    if not 0.01 <= step_a <= LEAST_A:
        step_a = 1.0
    low_a, high_a = number(min_a), number(max_a)
    if low_a is None or high_a is None:
        return None
    least_a = _whole(math.ceil(max(low_a, LEAST_A) / step_a - _TINY), step_a)
    most_a = _whole(math.floor(high_a / step_a + _TINY), step_a)
    counts = tuple(sorted({count for count in phases if count in {1, 2, 3}}))
    if not least_a <= most_a or not counts:
        return None
    limited_a = _whole(math.floor(min(most_a, limit_a) / step_a + _TINY), step_a)
    return Offer(
        least_a, max(least_a, limited_a), step_a, short_a, max(1, used), counts
    )


def _whole(steps: int, step_a: float) -> float:
    return round(steps * step_a, 3)
