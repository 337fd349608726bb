"""Wait until a device reports what a command asked for."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
import math
from typing import Any

from .json import JsonValue


class Confirmations:
    """The commands whose effect hasn't been seen yet."""

    def __init__(self) -> None:
        """Start with none."""
        self._waiting: dict[asyncio.Future[None], Mapping[str, JsonValue]] = {}

    @property
    def keys(self) -> frozenset[str]:
        """The keys that are waited for."""
        return frozenset().union(*self._waiting.values())

    @contextmanager
    def expect(
        self, expected: Mapping[str, JsonValue]
    ) -> Iterator[asyncio.Future[None]]:
        """Give a future that is done when the device reports all these values."""
        seen = asyncio.get_running_loop().create_future()
        self._waiting[seen] = expected
        try:
            yield seen
        finally:
            del self._waiting[seen]

    def seen(self, command: Mapping[str, JsonValue]) -> bool:
        """Tell whether the device has reported already what a command expects."""
        return any(
            future.done() and waiting.items() <= command.items()
            for future, waiting in self._waiting.items()
            if waiting
        )

    def check(self, values: Mapping[str, Any]) -> None:
        """Compare what is waited for with what the device reports, by key."""
        for seen, expected in self._waiting.items():
            if not seen.done() and all(
                matches(value, values.get(key)) for key, value in expected.items()
            ):
                seen.set_result(None)


def matches(wanted: JsonValue, reported: Any) -> bool:
    """Tell whether the reported value is the one that was sent.

    Numbers are compared as single-precision floats, as devices keep them.
    Objects may have more members than were sent.
    """
    if isinstance(wanted, bool) or isinstance(reported, bool):
        return wanted is reported
    if isinstance(wanted, (int, float)) and isinstance(reported, (int, float)):
        return math.isclose(wanted, reported, rel_tol=1e-6, abs_tol=1e-6)
    if isinstance(wanted, dict) and isinstance(reported, dict):
        return all(matches(value, reported.get(key)) for key, value in wanted.items())
    return bool(wanted == reported)
