"""A dynamic current as it's kept over a restart."""

from typing import Any

from ..kept import maybe, moment, real, table
from .const import MAX_TTL_MIN
from .control import Kept


def current_of(kept: Any, now_s: float) -> Kept | None:
    """Return the current that is renewed until its end, None if there's none.

    All times are epoch seconds.

    Raises ``ValueError`` for what isn't one: none lives for longer than may be set.
    """
    if kept is None:
        return None
    current = table(kept)
    found = Kept(
        amps=real(current["amps"]),
        renew_at_s=moment(current["renew_at_s"]),
        until_s=moment(current["until_s"]),
        or_amps=maybe(real, current["or_amps"]),
    )
    if found.amps < 0 or found.until_s > now_s + 60 * MAX_TTL_MIN:
        raise ValueError("not a current")
    return found
