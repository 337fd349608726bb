"""What of the grid's power is whose, as far as the grid's meter shows it.

A load's own report may come seconds after the meter's, or before. While a load changes,
what it says and what the meter says don't belong together. So each load has a range, from
what it took of late to what it's told. What the meter shows is taken for the loads' doing
as long as it's within that, and only the rest for the house's.

No load is seen to take more than it's told, so that an import beyond a limit is always
answered, whoever it is.
"""

from collections.abc import Sequence
from typing import Final

from .estimate import LAGS_S, LoadPower
from .trace import value_at

type Range = tuple[float, float]

# By how much the meter may be later than a load.
_LATE_S: Final = max(LAGS_S)


def range_w(at_s: float, power: LoadPower, told_w: Range, before_w: float) -> Range:
    """Return what the meter may show of a load at a time, at least and at most, W.

    ``told_w`` is what it's told, at least and at most; ``before_w`` is what the meter
    showed of it, or 0 if a command has surely come since: what it takes beyond what
    it's told can only fall.
    """
    since_s = at_s - _LATE_S
    recent_w = [watts for known_s, watts in power.power_trace if known_s > since_s]
    recent_w.append(value_at(power.power_trace, since_s) or 0.0)
    return min(told_w[0], *recent_w), max(told_w[1], before_w)


def shown_w(
    change_w: float, before_w: Sequence[float], ranges_w: Sequence[Range]
) -> list[float]:
    """Return what the meter shows of each load when it has changed by ``change_w``.

    ``before_w`` is what it showed of them before. First go the changes that are certain.
    """
    found_w = list(before_w)
    left_w = change_w
    for part in (0.0, 1.0):
        for index, (least_w, most_w) in enumerate(ranges_w):
            old_w = found_w[index]
            found_w[index] = min(max(old_w + part * left_w, least_w), most_w)
            left_w -= found_w[index] - old_w
    return found_w
