"""A charger as a controller meets it: it obeys late, in steps, and pauses to switch."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
import math
import random
from typing import NamedTuple

from .car import Car
from .sensor import Reading


class ChargerState(StrEnum):
    """What a charger says that it does."""

    NO_CAR = "no car"
    PAUSED = "paused"
    # It offers current, or is about to, and the car takes none.
    WAITING = "waiting"
    CHARGING = "charging"


class ChargerReport(NamedTuple):
    """What a charger says of itself.

    ``power_w`` and ``current_a`` (per phase) are measured; ``set_a`` is what it was last
    told, 0 for a pause; ``phases`` is how many are connected.
    """

    power_w: float
    current_a: float
    set_a: float
    phases: int
    state: ChargerState


@dataclass(frozen=True)
class ChargerTraits:
    """A kind of charger (reference surplus 2.5 and 3.1).

    ``dead_time_s`` is the range from a command to the offer, ``loss`` the share of
    commands that never arrive. Commands closer than ``spacing_s`` break its rules.
    After ``ttl_s`` without a command it takes ``fallback_a``. A start at less than 7 A
    takes ``slow_start_s`` more. The pause of a switch of phases is from the last offer
    to the next one.
    """

    step_a: float = 1.0
    min_a: float = 6.0
    max_a: float = 16.0
    phases: tuple[int, ...] = (1, 3)
    dead_time_s: tuple[float, float] = (2.0, 5.0)
    loss: float = 0.01
    spacing_s: int = 5
    switch_pause_s: int = 20
    slow_start_s: int = 0
    ttl_s: float = math.inf
    fallback_a: float = 0.0
    report_period_s: int = 1
    report_latency_s: int = 1


GOE = ChargerTraits()
EASEE = ChargerTraits(dead_time_s=(3.0, 10.0), spacing_s=10, report_latency_s=2)
NRGKICK = ChargerTraits(
    step_a=0.1, dead_time_s=(1.0, 3.0), spacing_s=10, report_period_s=10
)


class Charger:
    """One charger; ``car`` is None when none is plugged in.

    ``starts`` counts changes from pause to charge, ``switches`` those of phases that
    interrupted a charge (without one the contactor moves for free), ``violations``
    the commands that no controller may send.
    """

    def __init__(
        self, traits: ChargerTraits, source: random.Random, car: Car | None = None
    ) -> None:
        """Make one that is paused, with all its phases."""
        self.traits = traits
        self.car = car
        self.online = True
        self.power_w = 0.0
        self.set_a = 0.0
        self.phases = max(traits.phases)
        self.starts = self.switches = self.commands = self.violations = 0
        self.reading: Reading[ChargerReport] | None = None
        self._source = source
        self._wanted_phases = self.phases
        self._offers = False
        self._resume_s: int | None = None
        self._start_s = 0
        self._told_s = 0
        self._sent_s: float = -math.inf
        self._coming: deque[tuple[float, float, int]] = deque()
        self._reports: deque[tuple[int, ChargerReport]] = deque()

    @property
    def switching(self) -> bool:
        """Tell whether it pauses to switch phases."""
        return self._resume_s is not None

    def command(self, now_s: int, amps: float, phases: int) -> None:
        """Send it a current (A per phase, 0 is a pause) with a number of phases."""
        traits = self.traits
        self.commands += 1
        allowed = amps == 0 or traits.min_a <= amps <= traits.max_a
        in_time = now_s - self._sent_s >= traits.spacing_s
        if not allowed or not in_time or phases not in traits.phases:
            self.violations += 1
        self._sent_s = now_s
        lost = self._source.random() < traits.loss
        due_s = now_s + self._source.uniform(*traits.dead_time_s)
        if lost or not self.online or phases not in traits.phases:
            return
        if self._coming:
            due_s = max(due_s, self._coming[-1][0])
        self._coming.append((due_s, amps, phases))

    def override(self, now_s: int, amps: float, phases: int) -> None:
        """Obey somebody's app at once."""
        self._coming.clear()
        self._obey(now_s, amps, phases)

    def step(self, now_s: int) -> float:
        """Let a second pass; return the power in W."""
        traits = self.traits
        while self._coming and self._coming[0][0] <= now_s:
            _, amps, phases = self._coming.popleft()
            self._obey(now_s, amps, phases)
        if now_s - self._told_s > traits.ttl_s:
            self._obey(now_s, traits.fallback_a, self._wanted_phases)
        if self._wanted_phases != self.phases or self._resume_s is not None:
            self._switch(now_s)
        self._offers = (
            self.set_a > 0 and self._resume_s is None and now_s >= self._start_s
        )
        if self.car is None:
            self.power_w = 0.0
        else:
            offered_a = self.set_a if self._offers else 0.0
            self.power_w = self.car.step(now_s, offered_a, self.phases)
        self._report(now_s)
        return self.power_w

    def _obey(self, now_s: int, amps: float, phases: int) -> None:
        traits = self.traits
        # A millionth, so that 6.3 A stay 6.3 A.
        steps = math.floor(min(amps, traits.max_a) / traits.step_a + 1e-6)
        set_a = round(steps * traits.step_a, 3)
        if set_a < traits.min_a:
            set_a = 0.0
        if set_a and not self.set_a:
            self.starts += 1
            self._start_s = now_s + (traits.slow_start_s if set_a < 7 else 0)
        elif set_a >= 7:
            self._start_s = min(self._start_s, now_s)
        self.set_a = set_a
        self._wanted_phases = phases
        self._told_s = now_s

    def _switch(self, now_s: int) -> None:
        """Move the contactor, which never happens under load."""
        idle = self.car is None or self.car.current_a == 0
        if self._resume_s is None:
            if not self._offers and idle:
                self.phases = self._wanted_phases
            elif self.set_a:
                self.switches += 1
                self._resume_s = now_s + self.traits.switch_pause_s
        elif now_s >= self._resume_s and idle:
            self._resume_s = None
            self.phases = self._wanted_phases

    def _report(self, now_s: int) -> None:
        traits = self.traits
        if now_s % traits.report_period_s == 0:
            car = self.car
            if car is None:
                state = ChargerState.NO_CAR
            elif car.current_a > 0:
                state = ChargerState.CHARGING
            elif self.set_a:
                state = ChargerState.WAITING
            else:
                state = ChargerState.PAUSED
            current_a = car.current_a if car else 0.0
            report = ChargerReport(
                self.power_w, current_a, self.set_a, self.phases, state
            )
            self._reports.append((now_s + traits.report_latency_s, report))
        reports = self._reports
        while reports and reports[0][0] <= now_s:
            _, report = reports.popleft()
            if self.online:
                self.reading = Reading(report, now_s)
        if not self.online:
            self.reading = Reading(None, now_s)
