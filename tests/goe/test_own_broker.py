"""A connection of our own: whatever the library fails with, it's tried again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
import logging
import random
import socket
import threading
from typing import Any

import pytest

from custom_components.sunbridge.vendors.goe import own_broker
from custom_components.sunbridge.vendors.goe.errors import GoeBrokerAuthError
from custom_components.sunbridge.vendors.goe.own_broker import BrokerAccess, OwnBroker

type Take = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]
]


@asynccontextmanager
async def served(take: Take) -> AsyncIterator[OwnBroker]:
    """Return a connection, not begun yet, to a broker that is made up."""
    server = await asyncio.start_server(take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield OwnBroker(BrokerAccess("127.0.0.1", port))
    server.close()
    await server.wait_closed()


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


@pytest.mark.usefixtures("socket_enabled")
async def test_stop_while_the_broker_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that takes the connection and says nothing isn't waited for."""
    monkeypatch.setattr(own_broker, "CONNECT_TIMEOUT_S", 1000.0)
    taken, ended = asyncio.Event(), asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.set()
        while await reader.read(100):
            pass
        writer.close()
        ended.set()

    async with served(take) as broker:
        await broker.start([], lambda *_: None, lambda _: None)
        async with asyncio.timeout(30):
            await taken.wait()
            await broker.stop()
            # And nothing is left of it.
            await ended.wait()


@pytest.mark.usefixtures("socket_enabled")
async def test_answers_that_nobody_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    """They neither end the connection nor fill the log."""
    caplog.set_level(logging.DEBUG)
    connack = bytes((0x20, 2, 0, 0))
    # For packets 77 and 78, to which nobody has subscribed, or from which none leaves.
    strange = bytes((0x90, 3, 0, 77, 0)) + bytes((0xB0, 2, 0, 78))
    message = bytes((0x30, 4, 0, 1)) + b"t!"

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(connack)
        subscribe = await reader.read(100)
        writer.write(strange * 3 + bytes((0x90, 3, *subscribe[2:4], 0)) + message)
        while await reader.read(100):
            pass
        writer.close()

    async with served(take) as broker:
        heard = asyncio.Event()
        links: list[bool] = []
        await broker.start(["t"], lambda *_: heard.set(), links.append)
        async with asyncio.timeout(30):
            await heard.wait()
            await broker.stop()
        assert links == [True]
        assert not [name for name, *_ in caplog.record_tuples if name != "asyncio"]


@pytest.mark.usefixtures("socket_enabled")
async def test_stop_while_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that still connects isn't waited for, and leaves nothing when it ends."""
    monkeypatch.setattr(own_broker, "STOP_S", 0.01)
    begun, answers, closed = asyncio.Event(), threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def connect(*_: Any, **__: Any) -> None:
        loop.call_soon_threadsafe(begun.set)
        answers.wait(30)
        loop.call_soon_threadsafe(closed.set)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    broker = OwnBroker(BrokerAccess("127.0.0.1", 1883))
    await broker.start([], lambda *_: None, lambda _: None)
    async with asyncio.timeout(30):
        await begun.wait()
        await broker.stop()
        assert not closed.is_set()
        answers.set()
        await closed.wait()
        while any(task.get_name() == "own broker" for task in asyncio.all_tasks()):
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("granted", [(128, 128), (0, 128)])
async def test_topics_are_refused(granted: tuple[int, int]) -> None:
    """A broker that lets nothing be heard is no connection, and the reason is told."""
    connack = bytes((0x20, 2, 0, 0))

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(connack)
        subscribe = await reader.read(100)
        writer.write(bytes((0x90, 4, *subscribe[2:4], *granted)))
        while await reader.read(100):
            pass
        writer.close()

    async with served(take) as broker:
        told: asyncio.Queue[bool] = asyncio.Queue()
        await broker.start(["one", "two"], lambda *_: None, told.put_nowait)
        async with asyncio.timeout(30):
            is_linked = await told.get()
            error = broker.error
            await broker.stop()
        assert is_linked is (0 in granted)
        assert isinstance(error, GoeBrokerAuthError) is not is_linked


@pytest.mark.usefixtures("socket_enabled")
async def test_wide_topics_are_refused() -> None:
    """Who may read one prefix only hears what is below it."""
    asked: list[bytes] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(bytes((0x20, 2, 0, 0)))
        for granted in (128, 0):
            subscribe = await reader.read(100)
            asked.append(subscribe)
            writer.write(bytes((0x90, 3, *subscribe[2:4], granted)))
        while await reader.read(100):
            pass
        writer.close()

    async with served(take) as broker:
        told: asyncio.Queue[bool] = asyncio.Queue()
        await broker.start(
            ["+/1/+"], lambda *_: None, told.put_nowait, instead=["go/1/+"]
        )
        async with asyncio.timeout(30):
            assert await told.get()
            await broker.stop()
    assert [b"+/1/+" in one for one in asked] == [True, False]
    assert b"go/1/+" in asked[1]


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("is_stable", [True, False])
async def test_broker_that_throws_out(
    monkeypatch: pytest.MonkeyPatch, is_stable: bool
) -> None:
    """Who is taken and thrown out again comes back ever later."""
    waits: list[float] = []
    enough, linked = asyncio.Event(), asyncio.Event()

    def min_(longest_s: float, delay_s: float) -> float:
        waits.append(delay_s)
        if len(waits) == 4:
            enough.set()
        return min(longest_s, delay_s)

    monkeypatch.setattr(random, "uniform", lambda *_: 0.0)
    monkeypatch.setattr(own_broker, "STABLE_S", 0.0 if is_stable else 1000.0)
    monkeypatch.setattr(own_broker, "min", min_, raising=False)

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(bytes((0x20, 2, 0, 0)))
        subscribe = await reader.read(100)
        writer.write(bytes((0x90, 3, *subscribe[2:4], 0)))
        await linked.wait()
        linked.clear()
        writer.close()

    async with served(take) as broker:
        await broker.start(
            ["t"], lambda *_: None, lambda up: linked.set() if up else None
        )
        async with asyncio.timeout(30):
            await enough.wait()
            await broker.stop()
        linked.set()
        assert waits[:4] == ([2.0] * 4 if is_stable else [2.0, 4.0, 8.0, 16.0])
