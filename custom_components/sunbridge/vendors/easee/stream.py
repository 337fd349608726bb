"""What the two push sources have in common."""

from collections.abc import Sequence
from dataclasses import dataclass
import random
from typing import Protocol

from .errors import EaseeBusyError, EaseeError
from .parse import Parsed


class Ear(Protocol):
    """Hears what a stream has to say."""

    def heard(self, parsed: Parsed) -> None:
        """Take what a message holds."""

    def linked(self, up: bool) -> None:
        """Note that the stream is open, or is lost."""

    def failed(self, err: EaseeError) -> None:
        """Note why the stream can't be opened; called before it's tried again."""

    def backlog(self, messages: int) -> None:
        """Note how many old messages come before the new ones."""

    def shared(self, others: int) -> None:
        """Note how many others take messages out of the same queue."""


class Stream(Protocol):
    """A push source of observations; reconnects by itself until it's stopped."""

    async def run(self) -> None:
        """Listen until cancelled, or until only the user can help."""

    def mute(self) -> None:
        """Hear nothing any more; what comes from now on stays with the source."""

    def reconnect(self) -> None:
        """Give up the connection: nothing is heard by it any more."""

    def subscribe(self, serials: Sequence[str]) -> None:
        """Hear these products too, where a stream has to be told."""


@dataclass(slots=True)
class Backoff:
    """When to try again: later each time, and not all at one moment.

    A connection that lived for ``stable_s`` starts the waits anew.
    """

    first_s: float = 5.0
    longest_s: float = 300.0
    stable_s: float = 120.0
    failures: int = 0

    def next_s(self, err: EaseeError | None, lived_s: float) -> float:
        """Return the wait after a connection that lived for so long."""
        if lived_s >= self.stable_s:
            self.failures = 0
        wait_s = min(self.longest_s, self.first_s * 2.0 ** min(self.failures, 10))
        wait_s *= random.uniform(0.75, 1.0)
        self.failures += 1
        if isinstance(err, EaseeBusyError):
            return max(wait_s, err.wait_s)
        return wait_s
