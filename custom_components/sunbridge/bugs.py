"""Errors of our own: they are told, and end no work that has to go on."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
import time
import traceback
from typing import Final

from .const import LOGGER

_AGAIN_S: Final = 5.0
_LONGEST_S: Final = 300.0


def note_bug(counters: Counter[str], name: str, err: Exception) -> None:
    """Count an error that nobody thought of; the log has the first, and where it was.

    Its text isn't logged: it may hold anything.
    """
    counters["bug"] += 1
    if counters["bug"] == 1:
        LOGGER.error(
            "%s: an error of Sunbridge: %s\nTraceback (most recent call last):\n%s",
            name,
            type(err).__name__,
            "".join(traceback.format_tb(err.__traceback__)).rstrip(),
        )


async def async_keep_going(
    work: Callable[[], Awaitable[None]], counters: Counter[str], name: str
) -> None:
    """Do work until it ends by itself; one that fails is begun again, ever later."""
    again_s = _AGAIN_S
    while True:
        began_s = time.monotonic()
        try:
            await work()
        except Exception as err:  # noqa: BLE001
            note_bug(counters, name, err)
        else:
            return
        if time.monotonic() - began_s >= _LONGEST_S:
            again_s = _AGAIN_S
        await asyncio.sleep(again_s)
        again_s = min(_LONGEST_S, 2 * again_s)
