"""When the cloud may be asked: its blocks, and our own budgets (reference 1.4)."""

from collections import deque
from dataclasses import dataclass, field
import random
from typing import Final

from .errors import EaseeBudgetError, EaseeBusyError

FIRST_WAIT_S: Final = 30.0
LONGEST_WAIT_S: Final = 900.0
# The firewall's block counts from the last request and may last a day, so that asking
# each quarter of an hour might never end it. A cloud that asks for a day is obeyed.
LONGEST_BLOCK_S: Final = 86_400.0


@dataclass(slots=True)
class Block:
    """Whether the cloud refuses us, and until when. Times are of a monotonic clock."""

    count: int = 0
    until_s: float = 0.0
    by_firewall: bool = False

    def check(self, now_s: float) -> None:
        """Raise ``EaseeBusyError`` while nothing may be sent."""
        if now_s < self.until_s:
            raise EaseeBusyError(self.until_s - now_s, by_firewall=self.by_firewall)

    def refused(
        self, now_s: float, retry_after_s: float | None, *, by_firewall: bool
    ) -> EaseeBusyError:
        """Note a refusal; return it as an error with the wait, longer each time.

        What was under way as the block was noted is refused by the same block: it
        doesn't make the wait longer, unless the cloud says so.
        """
        is_news = now_s >= self.until_s
        longest_s = LONGEST_BLOCK_S if by_firewall else LONGEST_WAIT_S
        wait_s = 0.0
        if retry_after_s is not None:
            wait_s = max(1.0, min(LONGEST_BLOCK_S, retry_after_s))
        elif is_news:
            wait_s = min(longest_s, FIRST_WAIT_S * 2.0 ** min(self.count, 20))
            wait_s *= random.uniform(1.0, 1.2)
        if is_news:
            self.count += 1
        self.until_s = max(self.until_s, now_s + wait_s)
        self.by_firewall = by_firewall
        return EaseeBusyError(self.until_s - now_s, by_firewall=by_firewall)

    def answered(self) -> None:
        """Note that the cloud answers again."""
        self.count = 0


@dataclass(slots=True)
class Budget:
    """At most ``calls`` in any ``window_s`` seconds."""

    calls: int
    window_s: float
    _times: deque[float] = field(default_factory=deque)

    def wait_s(self, now_s: float) -> float:
        """Return how long there is no room, 0 where there is."""
        while self._times and self._times[0] <= now_s - self.window_s:
            self._times.popleft()
        if len(self._times) < self.calls:
            return 0.0
        return self._times[0] + self.window_s - now_s

    def take(self, now_s: float) -> None:
        """Use one call. Raises ``EaseeBudgetError``."""
        if wait_s := self.wait_s(now_s):
            raise EaseeBudgetError(wait_s)
        self._times.append(now_s)


@dataclass(slots=True)
class Gate:
    """All that decides whether a request may be sent; one an account."""

    block: Block = field(default_factory=Block)
    all_calls: Budget = field(default_factory=lambda: Budget(500, 300))
    observations: Budget = field(default_factory=lambda: Budget(100, 300))
    writes: Budget = field(default_factory=lambda: Budget(20, 60))
