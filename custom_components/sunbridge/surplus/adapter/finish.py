"""By when a car shall be charged: a local time of day as one of the event loop's."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Final

from homeassistant.util import dt as dt_util

from ..model import VOLTAGE_V, Charger, Mode
from .wishes import LoadWishes

# What a car may lack whose target nobody knows: most of a common battery. It's only
# about how long before the time it charges, for a car that is full takes no more.
ASSUMED_WH: Final = 40_000.0
# A car takes a little less than it's offered, and needs a while to start.
_SPARE: Final = 1.05
_START_S: Final = 120.0


def next_finish(at: time, now: datetime) -> datetime:
    """Return the next time of day after ``now``, whose zone is the local one.

    A time that a day doesn't have, when clocks are put forward, is as much later.
    """
    today = datetime.combine(now.date(), at, now.tzinfo)
    if today.timestamp() > now.timestamp():
        return today
    return datetime.combine(now.date() + timedelta(days=1), at, now.tzinfo)


def with_finish(
    charger: Charger, wishes: LoadWishes, now_s: float, used: int
) -> Charger:
    """Return a charger with the time by which it has to be done.

    ``used`` is how many phases its car is taken to use.

    The controller keeps a promise of a target energy. Without one nobody knows what is
    missing, and people want the car to be full: then it charges with all there is for
    as long before the time as a common battery needs.
    """
    if not wishes.finish_by or charger.mode not in {Mode.SURPLUS, Mode.MINIMUM}:
        return charger
    now = dt_util.now()
    left_s = next_finish(wishes.finish_at, now).timestamp() - now.timestamp()
    if charger.target_wh is not None:
        return replace(charger, finish_at_s=now_s + left_s)
    phases = min(max(charger.phases), max(used, 1))
    most_w = VOLTAGE_V * phases * max(charger.max_a, 1.0)
    if left_s <= _SPARE * ASSUMED_WH / most_w * 3600 + _START_S:
        return replace(charger, mode=Mode.FAST)
    return charger
