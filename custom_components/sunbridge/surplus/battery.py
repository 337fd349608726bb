"""What a home battery leaves for the loads (reference surplus 1.2 and 4.3).

Many batteries report seldom. One that holds the grid at zero has meanwhile answered to
what the grid showed, so that its last power doesn't belong to the grid's of now: a car
that takes what the battery was given would find it there once more. So its power may
have changed by as much as has to be balanced, and within that the estimate stays where
it was. Only what it surely doesn't do is known before its next report: it gives no less
beside an import, and no more beside an export that lasts.
"""

from dataclasses import dataclass, field
import math
from typing import Final, NamedTuple

from .kept import NOT_KEPT, number
from .model import BatteryRule, BatterySample, House
from .trace import Trace, add, new_trace

# What a battery that comes first is offered more than it takes. It's what it grows by,
# so that it has to be more than the rounding of a current.
_RESERVE_W: Final = 500.0
_FULL_PERCENT: Final = 98.0
# A battery doesn't discharge beside such an export, nor charge beside such an import.
_UNKNOWN_W: Final = 300.0
_OLD_S: Final = 120.0
# One that reports as often as the grid's meter is of the same moment; a quick one too.
_FAST_S: Final = 1.5
_AS_OFTEN: Final = 1.5
_SHORT: Final = 0.25
# By how much earlier than reported a power may have been measured.
_LATE_S: Final = 10.0
# It has answered by then.
_ANSWER_S: Final = 10.0
_SECONDS: Final = 160


class Taken(NamedTuple):
    """What isn't there for the loads, W, and whether that's known.

    ``doubt_w`` is by how much the surplus may be off for that, at least and at most.
    """

    power_w: float
    is_known: bool = True
    doubt_w: tuple[float, float] = (0.0, 0.0)


@dataclass(slots=True)
class Battery:
    """Whose turn it is within a band of the state of charge, and what it did of late."""

    is_first: bool = True
    # Its last report, how long after the one before that was, and the same of the grid.
    heard_at_s: float = field(default=-math.inf, metadata=NOT_KEPT)
    gap_s: float = field(default=math.inf, metadata=NOT_KEPT)
    grid_at_s: float = field(default=-math.inf, metadata=NOT_KEPT)
    grid_gap_s: float = field(default=0.0, metadata=NOT_KEPT)
    # Since when there's an export.
    export_at_s: float = field(default=math.inf, metadata=NOT_KEPT)
    # The surplus as it were without the battery, by second.
    rest_trace: Trace = field(
        default_factory=lambda: new_trace(_SECONDS), metadata=NOT_KEPT
    )

    def taken(
        self,
        house: House,
        sample: BatterySample | None,
        now_s: float,
        *,
        grid_w: float,
        loads_w: float,
    ) -> Taken:
        """Return what it takes; a charge that the loads may take is below 0.

        A battery of which nothing is known may give all that the loads take, unless
        there's an export.
        """
        if sample is None:
            return Taken(0.0)
        self._see(sample.at_s, now_s, grid_w, loads_w)
        power_w, soc = number(sample.power_w), number(sample.soc_percent)
        if soc is not None and not 0 <= soc <= 100:
            soc = None
        # One that rests does so for hours, and some don't report what stays the same.
        most_s = math.inf if power_w == 0 else _OLD_S
        if not -1.0 <= now_s - sample.at_s <= most_s:
            power_w = soc = None
        is_first = self._decide(house, soc)
        if power_w is None:
            given_w = loads_w if grid_w > -_UNKNOWN_W else 0.0
            return Taken(_UNKNOWN_W + given_w, is_known=False)
        is_known = soc is not None or house.battery_rule is not BatteryRule.BAND
        least_w, taken_w, most_w = (
            max(maybe_w, 0.0) + _RESERVE_W if is_first else maybe_w
            for maybe_w in self._range_w(power_w, grid_w, now_s)
        )
        return Taken(taken_w, is_known, (taken_w - most_w, taken_w - least_w))

    def _see(self, at_s: float, now_s: float, grid_w: float, loads_w: float) -> None:
        """Take when it reported, and what the grid's meter shows with it."""
        if self.heard_at_s < at_s <= now_s + 1.0:
            self.gap_s, self.heard_at_s = at_s - self.heard_at_s, at_s
        self.grid_gap_s, self.grid_at_s = now_s - self.grid_at_s, now_s
        if grid_w >= -_UNKNOWN_W:
            self.export_at_s = math.inf
        else:
            self.export_at_s = min(self.export_at_s, now_s)
        # By second, lest a quick meter drive out what was before.
        add(self.rest_trace, math.floor(now_s), loads_w - grid_w)

    def _is_of_now(self, now_s: float) -> bool:
        """Tell whether its report belongs to the grid's of now.

        One that is silent for long reports nothing but changes, and has none.
        """
        age_s = now_s - self.heard_at_s
        usual_s = max(_AS_OFTEN * self.grid_gap_s, _FAST_S)
        young_s = max(_SHORT * self.grid_gap_s, _FAST_S)
        return age_s > _OLD_S or (age_s <= young_s and self.gap_s <= usual_s)

    def _range_w(
        self, power_w: float, grid_w: float, now_s: float
    ) -> tuple[float, float, float]:
        """Return its power at least, as reported, and at most."""
        if self._is_of_now(now_s):
            return power_w, power_w, power_w
        since_s = self.heard_at_s - min(self.gap_s, _LATE_S)
        rests_w: list[float] = []
        for at_s, rest_w in reversed(self.rest_trace):
            rests_w.append(rest_w)
            if at_s <= since_s:
                break
        less_w, more_w = rests_w[0] - max(rests_w), rests_w[0] - min(rests_w)
        if grid_w > _UNKNOWN_W:
            less_w = 0.0
        if now_s - self.export_at_s >= _ANSWER_S:
            more_w = 0.0
        return power_w + less_w, power_w, power_w + more_w

    def _decide(self, house: House, soc: float | None) -> bool:
        """Tell whether the battery is first; a full one never is."""
        if soc is not None and soc >= _FULL_PERCENT:
            self.is_first = False
            return False
        if house.battery_rule is not BatteryRule.BAND:
            return house.battery_rule is BatteryRule.BATTERY_FIRST
        low, high = sorted(house.band_percent)
        if soc is None or soc < low:
            self.is_first = True
        elif soc >= high:
            self.is_first = False
        return self.is_first
