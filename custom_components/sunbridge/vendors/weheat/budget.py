"""How often the cloud may be asked: its limit, and what it says when we met it.

The limit is of an account, and all its clients share it: 34 requests an hour by the
one source that has a number (reference 0.1 and 2.4).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
import random
from typing import Any, Final, Self

from ..json import JsonValue
from .errors import WeheatBudgetError, WeheatRateLimitError

CALLS: Final = 30
# An hour, and how much later than we write it down a request may arrive.
WINDOW_S: Final = 3600.0 + 30.0

# No wait is told with a 429 (reference 2.5).
FIRST_WAIT_S: Final = (600.0, 900.0)
LATER_WAIT_S: Final = (1800.0, 1980.0)
# Should it be told some day, a day is obeyed.
LONGEST_WAIT_S: Final = 86_400.0


@dataclass(slots=True)
class Budget:
    """At most ``calls`` in any ``window_s`` seconds, and none after a refusal.

    All times are epoch seconds, for they have to survive a restart: a loop of restarts
    would use up the limit otherwise. ``on_change`` is called when there's something
    new to keep.
    """

    calls: int = CALLS
    window_s: float = WINDOW_S
    on_change: Callable[[], None] = field(default=lambda: None, repr=False)
    refusals: int = 0
    until_s: float = 0.0
    _times: list[float] = field(default_factory=list)

    def wait_s(self, now_s: float, keep_free: int = 0) -> float:
        """Return how long nothing may be sent, 0 where something may.

        ``keep_free`` calls have to stay for what is more urgent.
        """
        return max(self.penalty_s(now_s), self._room_in_s(now_s, keep_free))

    def penalty_s(self, now_s: float) -> float:
        """Return for how long the cloud wants no requests, 0 where it does."""
        # A clock that was set back doesn't make it longer than it ever was.
        self.until_s = min(self.until_s, now_s + LONGEST_WAIT_S)
        return max(0.0, self.until_s - now_s)

    def used(self, now_s: float) -> int:
        """Return how many calls count now."""
        self._forget(now_s)
        return len(self._times)

    def check(self, now_s: float, keep_free: int = 0) -> None:
        """Raise ``WeheatRateLimitError`` or ``WeheatBudgetError`` if there's no room."""
        if wait_s := self.penalty_s(now_s):
            raise WeheatRateLimitError(wait_s)
        if wait_s := self._room_in_s(now_s, keep_free):
            raise WeheatBudgetError(wait_s)

    def take(self, now_s: float, keep_free: int = 0) -> None:
        """Use one call. Raises as ``check`` does."""
        self.check(now_s, keep_free)
        self._times.append(now_s)
        self.on_change()

    def refused(
        self, now_s: float, retry_after_s: float | None = None
    ) -> WeheatRateLimitError:
        """Note a 429; return it as an error with the wait, longer from the second on.

        What was under way when the first came belongs to that.
        """
        before = self.until_s
        if now_s >= before:
            wait_s = random.uniform(*(LATER_WAIT_S if self.refusals else FIRST_WAIT_S))
            self.refusals += 1
            self.until_s = now_s + wait_s
        if retry_after_s is not None:
            self.until_s = max(self.until_s, now_s + retry_after_s)
        if self.until_s != before:
            self.on_change()
        return WeheatRateLimitError(self.penalty_s(now_s))

    def answered(self, now_s: float) -> None:
        """Note that the cloud answers again."""
        if self.refusals and now_s >= self.until_s:
            self.refusals, self.until_s = 0, 0.0
            self.on_change()

    def add(self, other: Budget) -> None:
        """Count the calls of another budget of the same account."""
        if other._times:
            self._times = sorted([*self._times, *other._times])
            self.on_change()

    def as_list(self) -> list[JsonValue]:
        """Return what has to be kept over a restart."""
        return [self.refusals, self.until_s, *self._times]

    @classmethod
    def from_list(
        cls,
        kept: Any,
        now_s: float,
        *,
        calls: int = CALLS,
        window_s: float = WINDOW_S,
        on_change: Callable[[], None] = lambda: None,
    ) -> Self:
        """Go on from what was kept; times of the future and stale ones aren't taken."""
        budget = cls(calls, window_s, on_change)
        if not isinstance(kept, list) or not all(map(_is_number, kept)):
            return budget
        if len(kept) < 2:
            return budget
        refusals, until_s, *times = kept
        if refusals > 0 and until_s <= now_s + LONGEST_WAIT_S:
            budget.refusals, budget.until_s = int(refusals), float(until_s)
        budget._times = sorted(
            float(at_s) for at_s in times if now_s - window_s < at_s <= now_s
        )
        return budget

    def _room_in_s(self, now_s: float, keep_free: int) -> float:
        self._forget(now_s)
        # So many of the oldest have to be forgotten first.
        over = len(self._times) + keep_free - self.calls
        if over < 0:
            return 0.0
        if over >= len(self._times):
            return self.window_s
        return self._times[over] + self.window_s - now_s

    def _forget(self, now_s: float) -> None:
        """Drop what is too old; a clock that was set back makes the rest of now."""
        self._times = [
            min(at_s, now_s) for at_s in self._times if at_s > now_s - self.window_s
        ]


def _is_number(value: object) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    # A whole number may be too large to be any time.
    return abs(value) < 1e15
