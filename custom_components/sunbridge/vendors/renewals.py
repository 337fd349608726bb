"""Renew tokens in a way that nobody who waits for them can break off."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Renewals:
    """Renewals that are under way; each is finished, even if its waiter is cancelled.

    A server takes the refresh token as used up by the time that it's asked, so the new
    pair has to be received and stored.
    """

    def __init__(self) -> None:
        """Start without any."""
        self._tasks: set[asyncio.Task[str]] = set()

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._tasks)

    async def finish(self, renewal: Coroutine[Any, Any, str]) -> str:
        """Wait for a renewal, and return or raise what it does."""
        task = asyncio.create_task(renewal)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_retrieved)
        await asyncio.wait({task})
        return task.result()


def _retrieved(task: asyncio.Task[str]) -> None:
    """Take an exception that nobody waits for any more."""
    if not task.cancelled():
        task.exception()
