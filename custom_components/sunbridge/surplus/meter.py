"""How far the grid's meter can be believed (reference surplus 4.3).

A meter can be silent, unavailable, or frozen: it goes on to report a value that isn't
measured any more. Silence shows by the age of the report. A frozen one shows when its
value stays exactly the same for much longer than it used to, and at once when loads
change by more than 1 kW and it doesn't see that. A load that goes down because of the
doubt makes such a change, and so proves it.
"""

from dataclasses import dataclass
from enum import IntEnum
import math
from typing import Final

# At three usual intervals a value is old, but not before half a minute.
_INTERVALS: Final = 3.0
_LEAST_OLD_S: Final = 30.0
# Then nothing rises for a while, then it's the least current, then a pause.
_HOLD_S: Final = 30.0
_DOWN_S: Final = 20.0
_LATE_S: Final = 5.0
_GROWS: Final = 2.0
# No meter is believed for longer, whatever it used to do.
_LONGEST_S: Final = 300.0
# A slow meter may well say the same a few times.
_SAME_REPORTS: Final = 8
_UNSEEN_W: Final = 1000.0
_UNSEEN_REPORTS: Final = 3
_UNSEEN_S: Final = 10.0


class Trust(IntEnum):
    """What a meter's value is good for, from all to nothing."""

    GOOD = 0
    # Nothing may rise.
    HOLD = 1
    # The least that a load can do.
    DOWN = 2
    LOST = 3


@dataclass(slots=True)
class Meter:
    """The meter's habits, and what it said last."""

    power_w: float | None = None
    # Its last report with a value, and its last other value.
    good_at_s: float = -math.inf
    changed_at_s: float = -math.inf
    # Since when, and in how many reports, it doesn't show what loads do.
    unseen_at_s: float = -math.inf
    unseen_reports: int = 0
    interval_s: float = 0.0
    same_s: float = 0.0
    same_reports: int = 0
    loads_w: float = 0.0
    is_away: bool = False
    is_frozen: bool = False

    def see(self, power_w: float | None, at_s: float, loads_w: float) -> bool:
        """Take a report; tell whether it's a new one with a value.

        ``loads_w`` is what the loads that are controlled take now.
        """
        if power_w is None:
            self.is_away = True
            return False
        if at_s <= self.good_at_s and not self.is_away:
            return False
        step_s = at_s - self.good_at_s
        if not self.is_away and step_s < _LONGEST_S:
            self._learn(step_s)
        self.is_away = False
        self.good_at_s = max(at_s, self.good_at_s)
        if power_w != self.power_w:
            self._change(power_w, at_s, loads_w)
        else:
            self.same_reports += 1
            self._compare(at_s, loads_w)
        return True

    def _learn(self, step_s: float) -> None:
        """Learn how often it reports."""
        if not self.interval_s:
            self.interval_s = step_s
            return
        # A slow meter is known at once, a quick one after some reports.
        share = 0.5 if step_s > self.interval_s else 0.2
        usual_s = self.interval_s + share * (step_s - self.interval_s)
        # One silence isn't a habit.
        most_s = _GROWS * max(self.interval_s, _LEAST_OLD_S / _INTERVALS)
        self.interval_s = min(usual_s, most_s)

    def _compare(self, at_s: float, loads_w: float) -> None:
        """Find out whether it should have seen the loads change."""
        if abs(loads_w - self.loads_w) <= _UNSEEN_W:
            self.unseen_at_s, self.unseen_reports = at_s, 0
            return
        self.unseen_reports += 1
        if (
            self.unseen_reports >= _UNSEEN_REPORTS
            and at_s - self.unseen_at_s >= _UNSEEN_S
        ):
            self.is_frozen = True

    def _change(self, power_w: float, at_s: float, loads_w: float) -> None:
        same_s = at_s - self.changed_at_s
        if same_s < _LONGEST_S and not self.is_frozen:
            # The longest that it stayed, which is forgotten slowly.
            self.same_s = max(same_s, 0.98 * self.same_s)
        self.power_w, self.changed_at_s, self.loads_w = power_w, at_s, loads_w
        self.unseen_at_s = at_s
        self.same_reports = self.unseen_reports = 0
        self.is_frozen = False

    def age_s(self, now_s: float) -> float:
        """Return how old what it measured is, as far as is known."""
        return now_s - (self.changed_at_s if self._is_stuck(now_s) else self.good_at_s)

    def _is_stuck(self, now_s: float) -> bool:
        if self.is_frozen:
            return True
        is_long = now_s - self.changed_at_s > _old_s(self.same_s)
        return is_long and self.same_reports >= _SAME_REPORTS

    def is_stuck(self, now_s: float) -> bool:
        """Tell whether it reports, but nothing that is measured."""
        return self._is_stuck(now_s) and now_s - self.good_at_s <= _old_s(
            self.interval_s
        )

    def trust(self, now_s: float) -> Trust:
        """Return what its last value is good for."""
        old_s = _old_s(self.same_s if self._is_stuck(now_s) else self.interval_s)
        age_s = self.age_s(now_s)
        if age_s > old_s + _HOLD_S + _DOWN_S:
            return Trust.LOST
        if age_s > old_s + _HOLD_S:
            return Trust.DOWN
        if self.is_away or self.is_frozen or age_s > self._late_s(old_s):
            return Trust.HOLD
        return Trust.GOOD

    def _late_s(self, old_s: float) -> float:
        """Return from which age on nothing may rise."""
        if not self.interval_s:
            return old_s
        return min(_INTERVALS * self.interval_s + _LATE_S, old_s)

    def next_s(self, now_s: float) -> float:
        """Return when the trust changes if nothing comes."""
        old_s = _old_s(self.same_s if self._is_stuck(now_s) else self.interval_s)
        from_s = now_s - self.age_s(now_s)
        stuck_s = self.changed_at_s + _old_s(self.same_s)
        times = (
            stuck_s,
            *(from_s + wait_s for wait_s in (self._late_s(old_s), old_s + _HOLD_S)),
            from_s + old_s + _HOLD_S + _DOWN_S,
        )
        return min((at_s for at_s in times if at_s >= now_s), default=math.inf)


def _old_s(usual_s: float) -> float:
    return min(max(_INTERVALS * usual_s, _LEAST_OLD_S), _LONGEST_S)
