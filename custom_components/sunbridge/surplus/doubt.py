"""What a load may take that has been told something since it reported its power."""

from typing import Final

from .estimate import LoadPower
from .follow import Follower
from .outbox import Outbox

_FRESH_S: Final = 2.5
# For the car's ramp, the meter's lateness, and what a command may be later than usual.
RAMP_S: Final = 6.0


def doubt_w(
    at_s: float,
    power: LoadPower,
    told_w: float,
    delay_s: float,
    outbox: Outbox,
    follower: Follower,
) -> tuple[float, float]:
    """Return by how much its power may be off at a time, at least and at most, W.

    ``told_w`` is what it was told last, ``delay_s`` how long a command usually takes.
    """
    # From the command on: until it may have come, and until it surely has.
    since_s = at_s - outbox.sent_at_s
    must_s = delay_s + RAMP_S
    settled_s = follower.settled_at_s + RAMP_S
    done_s = max(outbox.sent_at_s + must_s, settled_s)
    # Till then a report that has just come may be of what was before, too.
    is_fresh = at_s >= done_s and at_s - power.last_at_s <= _FRESH_S
    if since_s < delay_s or is_fresh or power.last_at_s >= done_s:
        return 0.0, 0.0
    change_w = told_w - power.last_w
    if at_s < settled_s:
        # It starts or switches phases, and takes nothing until some time in that.
        return -power.last_w, max(change_w, 0.0)
    if since_s > must_s:
        return change_w, change_w
    return min(change_w, 0.0), max(change_w, 0.0)
