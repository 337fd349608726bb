"""Errors of our own end nothing that has to go on, and are told once."""

import asyncio
from collections import Counter
import time

import pytest

from custom_components.sunbridge import bugs


async def test_work_is_begun_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the first, with its place and without its text."""
    monkeypatch.setattr(bugs, "_AGAIN_S", 0.0)
    counters: Counter[str] = Counter()
    begun = 0

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 4:
            raise LookupError("marked")

    await bugs.async_keep_going(work, counters, "Garage")
    assert begun == 4
    assert counters == {"bug": 3}
    (told,) = caplog.messages
    assert told.startswith("Garage: an error of Sunbridge: LookupError\nTraceback")
    assert "in work" in told
    # The line of the source has it; the error's own text would be one more.
    assert told.count("marked") == 1


async def test_ever_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that fails at once isn't begun at once; some that lasted long is."""
    now_s, waits = 0.0, []

    async def sleep(wait_s: float) -> None:
        waits.append(wait_s)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(time, "monotonic", lambda: now_s)

    async def work() -> None:
        nonlocal now_s
        if len(waits) == 9:
            return
        if len(waits) == 8:
            now_s += 301
        raise LookupError

    await bugs.async_keep_going(work, Counter(), "Garage")
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 5]
