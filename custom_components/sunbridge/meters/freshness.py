"""How old a source's value may be: by how often that source usually reports.

The wallbox can't tell a frozen number from a live one, and would go on charging by it
(reference 1.1).
"""

from collections import deque
from dataclasses import dataclass, field
import math
from statistics import median
from typing import Final

# Reports as close as this are one: an integration that writes a state twice.
_BURST_S: Final = 1.0
_LEARNT_FROM: Final = 3
_REMEMBERED: Final = 9
# Two readings of one clock may be this far apart the wrong way.
_CLOCK_SLACK_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How many usual intervals a value may be old, within bounds, or a fixed limit.

    ``maximum_s`` is for sources that seem to report seldom: however slow they are,
    nothing charges by numbers that are older.
    """

    factor: float = 5.0
    minimum_s: float = 60.0
    maximum_s: float = 900.0
    fixed_s: float | None = None

    def limit_s(self, interval_s: float | None) -> float:
        """Return the limit for a usual interval, None being one that isn't known."""
        if self.fixed_s is not None:
            return self.fixed_s
        if interval_s is None:
            return self.minimum_s
        return max(self.minimum_s, min(self.maximum_s, self.factor * interval_s))


# For what changes slowly, and is served only beside a power that is fresh.
NO_LIMIT: Final = Limits(fixed_s=math.inf)


@dataclass(slots=True)
class Freshness:
    """The reports of a source: its usual interval, and the age of the last one.

    All times are epoch seconds of one clock, which may be set. When it's set back the
    last report has no age any more until there's another one: by the clock alone it
    would be young again. Who looks seldom misses reports, and learns intervals that
    are too long.
    """

    _intervals: deque[float] = field(
        default_factory=lambda: deque(maxlen=_REMEMBERED), repr=False
    )
    _usual_s: float | None = None
    _reported_at_s: float | None = None
    _looked_at_s: float = -math.inf
    _has_age: bool = False

    def observe(self, reported_at_s: float, now_s: float) -> None:
        """Take the time of the last report, as it's seen now."""
        latest_s = now_s + _CLOCK_SLACK_S
        if latest_s < self._looked_at_s:
            self._has_age = False
            self._looked_at_s = now_s
        self._looked_at_s = max(self._looked_at_s, now_s)
        if reported_at_s != self._reported_at_s:
            self._has_age = reported_at_s <= latest_s
            self._learn(reported_at_s)
            self._reported_at_s = reported_at_s

    @property
    def age_s(self) -> float:
        """How old the last report was at the last look; infinite if nobody knows."""
        if self._reported_at_s is None or not self._has_age:
            return math.inf
        return max(0.0, self._looked_at_s - self._reported_at_s)

    @property
    def interval_s(self) -> float | None:
        """The usual time between two reports, None before it's learnt.

        It's a median, so that an outage doesn't count.
        """
        return self._usual_s

    def is_fresh(self, limits: Limits) -> bool:
        """Tell whether the last report is young enough."""
        return self.age_s <= limits.limit_s(self.interval_s)

    def _learn(self, reported_at_s: float) -> None:
        if self._reported_at_s is None or not self._has_age:
            return
        if (interval_s := reported_at_s - self._reported_at_s) >= _BURST_S:
            self._intervals.append(interval_s)
            if len(self._intervals) >= _LEARNT_FROM:
                self._usual_s = median(self._intervals)
