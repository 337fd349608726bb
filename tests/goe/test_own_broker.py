"""A connection of our own: whatever the library fails with, it's tried again."""

import asyncio
import random
from typing import Any

import pytest

from custom_components.sunbridge.vendors.goe import own_broker
from custom_components.sunbridge.vendors.goe.own_broker import BrokerAccess, OwnBroker


async def test_an_error_that_nobody_thought_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It's told as any other loss, without its text, and isn't the end."""
    tries = 0

    async def broken(_: Any) -> Any:
        nonlocal tries
        tries += 1
        raise LookupError("marked")

    monkeypatch.setattr(own_broker, "_connected", broken)
    monkeypatch.setattr(random, "uniform", lambda *_: 0.0)
    broker = OwnBroker(BrokerAccess("192.0.2.1", 1883))
    lost = asyncio.Event()
    links: list[bool] = []

    def note(up: bool) -> None:
        links.append(up)
        if len(links) == 3:
            lost.set()

    await broker.start([], lambda *_: None, note)
    async with asyncio.timeout(10):
        await lost.wait()
    await broker.stop()
    assert links == [False] * 3
    assert tries >= 3
    assert str(broker.error) == "LookupError"
