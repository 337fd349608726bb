"""A dynamic current that is kept alive, also over a restart."""

from dataclasses import dataclass, replace
from typing import Any, Self

from ..kept import maybe, moment, real, table
from .const import MAX_TTL_MIN


@dataclass(frozen=True, slots=True)
class Kept:
    """A dynamic current that is renewed before its time to live ends.

    Times are of the event loop's clock, since the charger's goes on whatever becomes of
    ours; stored they are epoch seconds. ``or_amps`` is what the charger may have
    instead, where a command wasn't confirmed.
    """

    amps: float
    renew_at_s: float
    until_s: float
    or_amps: float | None = None

    def by_another(self, ahead_s: float) -> Self:
        """Return it with the times of a clock that is so far ahead of this one."""
        return replace(
            self,
            renew_at_s=self.renew_at_s + ahead_s,
            until_s=self.until_s + ahead_s,
        )


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
