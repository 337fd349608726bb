"""What would be left over if the loads that are controlled took nothing.

The grid's meter sees the surplus less what the loads take, but some seconds later than
the loads' own meters do, or earlier; how much is told by nobody. While a load changes,
a wrong time is an error as large as the change. So the lag is learned: of several, the
one with which the surplus is the smoothest, for the sun and the house don't know when a
car changes.

A load that reports seldom leaves a gap after a command, in which its power is somewhere
between the old and the new one. Then the surplus is the value in that range which is
next to the last one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
import math
from typing import Final

from .kept import NOT_KEPT
from .trace import Trace, add, new_trace, value_at

# Below 0 it's the load that is late: clouds and chargers take their time.
LAGS_S: Final = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, -1.0, -2.0, -4.0, -6.0, -8.0)
# What is later is compared when it has come, too.
_WAIT_S: Final = -min(LAGS_S)
# Less than this in a load's power tells nothing.
_TELLING_W: Final = 150.0
# One jump of the house's own must not decide.
_MOST_ROUGH_W: Final = 1000.0
_FORGET: Final = 0.98
_BETTER: Final = 0.8
_SLOPE_SAMPLES: Final = 5
_PER_S: Final = 4
_REST_SAMPLES: Final = 64
_STEP_S: Final = 2.5
# By how much a moment may be another one than it seems.
_UNSURE_S: Final = 1.0


@dataclass(slots=True)
class LoadPower:
    """A load's power of late, and how much its reports are ahead of the meter's."""

    power_trace: Trace = field(default_factory=new_trace)
    lag: int = 1
    rough: list[float] = field(default_factory=lambda: [0.0] * len(LAGS_S))
    # It follows by itself: what it's told has to be what the meter shows.
    is_fed: bool = field(default=False, metadata=NOT_KEPT)

    def see(self, power_w: float, at_s: float) -> None:
        """Take a report."""
        add(self.power_trace, at_s, power_w)

    @property
    def last_w(self) -> float:
        """Return what it took last, 0 if it never said."""
        return self.power_trace[-1][1] if self.power_trace else 0.0

    @property
    def last_at_s(self) -> float:
        """Return when that was reported."""
        return self.power_trace[-1][0] if self.power_trace else -math.inf

    @property
    def _is_slow(self) -> bool:
        """Tell whether reports are too far apart to have a lag."""
        trace = self.power_trace
        return len(trace) > 1 and trace[-1][0] - trace[-2][0] > _STEP_S

    @property
    def lag_s(self) -> float:
        """Return the lag; what was kept may be any number."""
        if self._is_slow or not 0 <= self.lag < len(LAGS_S):
            return 0.0
        return LAGS_S[self.lag]

    def late_s(self, at_s: float) -> float:
        """Return by how much it's behind the meter, if it has taken something of late."""
        late_s = max(0.0, -self.lag_s)
        if late_s and not any(
            watts >= _TELLING_W and known_s > at_s - 2 * _WAIT_S
            for known_s, watts in self.power_trace
        ):
            return 0.0
        return late_s

    def then_w(self, at_s: float) -> float:
        """Return what it took when the meter measured what it reported at a time."""
        if self._is_slow:
            return self.last_w
        return value_at(self.power_trace, at_s - self.lag_s) or 0.0

    def unsure_w(self, at_s: float) -> tuple[float, float]:
        """Return by how much ``then_w`` may be off, at least and at most, W.

        Both meters are read at some moment of a second or so, and a lag is one of a few.
        """
        if self.is_fed and self._is_slow:
            return 0.0, 0.0
        then_w = self.then_w(at_s)
        near_w = [then_w]
        for off_s in (-_UNSURE_S, _UNSURE_S):
            found_w = value_at(self.power_trace, at_s - self.lag_s + off_s)
            near_w.append(then_w if found_w is None else found_w)
        return min(near_w) - then_w, max(near_w) - then_w

    def learn(self, before_s: float, at_s: float, rest_w: float) -> None:
        """Compare the lags; ``rest_w`` is the surplus' change but for this load's."""
        trace = self.power_trace
        if not trace or self._is_slow:
            return
        recent = [watts for known_s, watts in trace if known_s > at_s - 12]
        if not recent or max(recent) - min(recent) < _TELLING_W:
            return
        for number, lag_s in enumerate(LAGS_S):
            now_w = value_at(trace, at_s - lag_s) or 0.0
            then_w = value_at(trace, before_s - lag_s) or 0.0
            rough_w = min(abs(now_w - then_w + rest_w), _MOST_ROUGH_W)
            self.rough[number] = _FORGET * self.rough[number] + rough_w * rough_w
        best = min(range(len(LAGS_S)), key=self.rough.__getitem__)
        if self.rough[best] < _BETTER * self.rough[self.lag % len(LAGS_S)]:
            self.lag = best


@dataclass(slots=True)
class Estimate:
    """The surplus by the last sample, W; below 0 is missing."""

    surplus_w: float | None = None
    seen_at_s: float = -math.inf
    rest_trace: Trace = field(default_factory=lambda: new_trace(_REST_SAMPLES))
    surplus_trace: Trace = field(default_factory=lambda: new_trace(8))

    def see(
        self,
        rest_w: float,
        at_s: float,
        loads: Sequence[LoadPower],
        doubts_w: Sequence[tuple[float, float]],
    ) -> None:
        """Take a sample: ``rest_w`` is what it shows beside the loads, export is > 0.

        ``doubts_w`` is for each load by how much it may be off, at least and at most.
        """
        before_s, self.seen_at_s = self.seen_at_s, at_s
        # Quick meters mustn't drive out what was before.
        add(self.rest_trace, math.floor(at_s * _PER_S) / _PER_S, rest_w)
        then_s = at_s
        if at_s > before_s > at_s - 3:
            self._learn(before_s - _WAIT_S, at_s - _WAIT_S, loads)
            # What one that is late took is known of a moment before.
            then_s -= max((0.0, *(load.late_s(at_s) for load in loads)))
        if then_s < at_s:
            rest_w = value_at(self.rest_trace, then_s) or 0.0
        surplus_w = rest_w + sum(load.then_w(then_s) for load in loads)
        doubts_w = [*doubts_w, *(load.unsure_w(then_s) for load in loads)]
        low_w = surplus_w + sum(low for low, _ in doubts_w)
        high_w = surplus_w + sum(high for _, high in doubts_w)
        if self.surplus_w is not None:
            surplus_w = self.surplus_w
        self.surplus_w = surplus_w = min(max(surplus_w, low_w), high_w)
        add(self.surplus_trace, at_s, surplus_w)

    def _learn(self, before_s: float, at_s: float, loads: Sequence[LoadPower]) -> None:
        """Let each load compare its lags for what happened between two samples."""
        if not self.rest_trace or self.rest_trace[0][0] > before_s:
            return
        before_w = value_at(self.rest_trace, before_s) or 0.0
        step_w = (value_at(self.rest_trace, at_s) or 0.0) - before_w
        changes_w = [load.then_w(at_s) - load.then_w(before_s) for load in loads]
        for load, change_w in zip(loads, changes_w, strict=True):
            load.learn(before_s, at_s, step_w + sum(changes_w) - change_w)

    def slope_w_per_s(self) -> float:
        """Return how fast it changes; a jump of a load is no slope.

        It's the median of the last seconds' changes: a cloud's edge takes many
        seconds, a kettle one. 0 with a meter that is too slow to tell.
        """
        recent = list(self.surplus_trace)[-_SLOPE_SAMPLES - 1 :]
        if len(recent) <= _SLOPE_SAMPLES:
            return 0.0
        slopes: list[float] = []
        for (before_s, before_w), (at_s, watts) in pairwise(recent):
            if at_s - before_s > _STEP_S:
                return 0.0
            slopes.append((watts - before_w) / (at_s - before_s))
        slopes.sort()
        return slopes[len(slopes) // 2]
