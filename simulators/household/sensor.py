"""How a measured value gets to who wants to know it: late, coarse, or not at all."""

from collections import deque
from dataclasses import dataclass
import random
from typing import NamedTuple

from .faults import FaultKind


@dataclass(frozen=True)
class SensorTraits:
    """A meter's period and latency, its noise and its smallest step, lost samples."""

    period_s: int = 1
    latency_s: int = 2
    noise_w: float = 0.0
    quantum_w: float = 1.0
    loss: float = 0.0


class Reading[T](NamedTuple):
    """A value as it's known, and when it was last reported; None is unavailable."""

    value: T | None
    reported_at_s: int


class Sensor:
    """A power meter that samples each period and reports after its latency.

    A report is of the time at which it arrives: as with most meters, nobody is told
    when the sample was taken. ``fault`` is one of the meter's kinds of ``FaultKind``.
    """

    def __init__(self, traits: SensorTraits, source: random.Random) -> None:
        """Make one that hasn't reported yet."""
        self.traits = traits
        self.fault: FaultKind | None = None
        self.reading: Reading[float] | None = None
        self._source = source
        self._coming: deque[tuple[int, float]] = deque()

    def step(self, now_s: int, power_w: float) -> None:
        """Take a sample if it's due, and report those that have arrived."""
        traits = self.traits
        if now_s % traits.period_s == 0 and not (
            traits.loss and self._source.random() < traits.loss
        ):
            if traits.noise_w:
                power_w += self._source.gauss(0, traits.noise_w)
            power_w = round(power_w / traits.quantum_w) * traits.quantum_w
            self._coming.append((now_s + traits.latency_s, power_w))
        coming = self._coming
        while coming and coming[0][0] <= now_s:
            _, value_w = coming.popleft()
            if self.fault is None:
                self.reading = Reading(value_w, now_s)
            elif self.fault is FaultKind.METER_STUCK:
                last = self.reading
                self.reading = Reading(last.value if last else None, now_s)
        if self.fault is FaultKind.METER_UNAVAILABLE:
            self.reading = Reading(None, now_s)
