"""A clock that can be turned, for models that take their time from the caller."""

import time


class Clock:
    """Real time and what it was turned forward by."""

    def __init__(self) -> None:
        """Start with the real time."""
        self._ahead_s = 0.0

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._ahead_s += seconds

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return time.monotonic() + self._ahead_s

    def time(self) -> float:
        """Return epoch seconds."""
        return time.time() + self._ahead_s
