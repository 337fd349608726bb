"""A car at the cable: late to start, quick to stop, and never quite at its limit."""

from dataclasses import dataclass
import math
import random

VOLTAGE_V = 230.0

# A pilot that is back by then, with other phases, was a switch and not a pause.
_SWITCH_WITHIN_S = 90
_TAPER_FROM = 0.8
_TRICKLE_A = 1.0


@dataclass(frozen=True)
class CarTraits:
    """What a car does with an offer (reference surplus 3.1); A are per phase.

    ``short_a`` is the range of what it takes less than it's offered, once a car;
    ``start_delay_s`` that of its waking, each time. ``switch_delay_s`` is what it waits
    after a switch of phases beyond the charger's pause, ``switch_failure`` how often it
    doesn't come back at all until it's paused and started anew. After ``max_pauses``
    it refuses. Without ``capacity_wh`` it never gets full, else it tapers from 80 %.
    """

    phases: int = 3
    min_a: float = 6.0
    max_a: float = 16.0
    short_a: tuple[float, float] = (0.3, 1.0)
    start_delay_s: tuple[float, float] = (8.0, 30.0)
    ramp_up_a_per_s: float = 1.5
    ramp_down_a_per_s: float = 4.0
    switch_delay_s: float = 0.0
    switch_failure: float = 0.0
    max_pauses: int | None = None
    capacity_wh: float | None = None
    start_share: float = 0.4


class Car:
    """One car; ``current_a`` is what it takes on each phase that it uses."""

    def __init__(self, traits: CarTraits, source: random.Random) -> None:
        """Park it with what ``start_share`` says in its battery."""
        self.traits = traits
        self.current_a = 0.0
        self.short_a = source.uniform(*traits.short_a)
        self.charged_wh = 0.0
        self._source = source
        self._ready_s: float | None = None
        self._paused_s = -math.inf
        self._pauses = 0
        self._phases = 0

    @property
    def soc(self) -> float | None:
        """Return how full it is, 0 to 1, if it has an end."""
        traits = self.traits
        if traits.capacity_wh is None:
            return None
        return min(1.0, traits.start_share + self.charged_wh / traits.capacity_wh)

    def unplug(self) -> None:
        """Stop at once; a new session forgets the pauses."""
        self.current_a = 0.0
        self._ready_s = None
        self._paused_s = -math.inf
        self._pauses = 0

    def step(self, now_s: int, offered_a: float, phases: int) -> float:
        """Take a second's charge of an offer (A per phase, 0 none); return the W."""
        traits = self.traits
        goal_a = 0.0
        if offered_a < traits.min_a:
            if self._ready_s is not None:
                self._ready_s = None
                self._paused_s = now_s
        else:
            if self._ready_s is None:
                self._ready_s = now_s + self._wait_s(now_s, phases)
                self._phases = phases
            if now_s >= self._ready_s:
                goal_a = min(offered_a - self.short_a, traits.max_a)
                if traits.capacity_wh is not None:
                    goal_a = min(goal_a, self._taper_a())
        current_a = self.current_a
        if current_a < goal_a:
            current_a = min(goal_a, current_a + traits.ramp_up_a_per_s)
        elif current_a > goal_a:
            current_a = max(goal_a, current_a - traits.ramp_down_a_per_s)
        self.current_a = current_a
        power_w = VOLTAGE_V * min(phases, traits.phases) * current_a
        self.charged_wh += power_w / 3600
        return power_w

    def _wait_s(self, now_s: int, phases: int) -> float:
        traits = self.traits
        if phases != self._phases and now_s - self._paused_s <= _SWITCH_WITHIN_S:
            if self._source.random() < traits.switch_failure:
                return math.inf
            return traits.switch_delay_s
        # The first start of a session follows no pause.
        if self._paused_s > -math.inf:
            self._pauses += 1
        if traits.max_pauses is not None and self._pauses > traits.max_pauses:
            return math.inf
        return self._source.uniform(*traits.start_delay_s)

    def _taper_a(self) -> float:
        soc = self.soc or 0.0
        if soc >= 1:
            return 0.0
        share = min(1.0, (1 - soc) / (1 - _TAPER_FROM))
        return max(_TRICKLE_A, self.traits.max_a * share)
