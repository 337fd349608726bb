"""Servers of streams that speak nonsense: libraries may fail with anything.

What they say is a good conversation, of which from some point on each message may be
cut, changed, or another one.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
import contextlib
from functools import partial
import os
from pathlib import Path
import ssl
from typing import Any, Final, cast

import aiohttp
from pamqp import body, commands, frame, header
import pytest

from custom_components.sunbridge.vendors.easee import amqp, hub
from custom_components.sunbridge.vendors.easee.amqp import AmqpStream
from custom_components.sunbridge.vendors.easee.api import AmqpDetails
from custom_components.sunbridge.vendors.easee.errors import EaseeError
from custom_components.sunbridge.vendors.easee.gate import Block
from custom_components.sunbridge.vendors.easee.hub import HubStream
from custom_components.sunbridge.vendors.easee.stream import Backoff
from custom_components.sunbridge.vendors.goe import own_broker
from custom_components.sunbridge.vendors.goe.own_broker import BrokerAccess, OwnBroker
from simulators.certificates import Authority

from .conftest import cases
from .dice import Dice, Rolled, often, pick
from .wild import harmed

pytestmark = pytest.mark.usefixtures("socket_enabled")

HOST: Final = "127.0.0.1"
_PAUSE_S: Final = 0.01

type Talk = Sequence[bytes]


def _amqp() -> Talk:
    """Return what a broker of AMQP says until it delivers."""
    able: dict[str, Any] = {"publisher_confirms": True, "basic.nack": True}
    start = commands.Connection.Start(
        server_properties={"capabilities": able}, mechanisms="PLAIN", locales="en_US"
    )
    properties = commands.Basic.Properties(headers={"ArrivalTime": 5})
    deliver = commands.Basic.Deliver("sunbridge", 1, False, "e", "EH123456.O.120")
    return [
        frame.marshal(start, 0),
        frame.marshal(commands.Connection.Tune(10, 131_072, 60), 0),
        frame.marshal(commands.Connection.OpenOk(), 0),
        frame.marshal(commands.Channel.OpenOk(), 1),
        frame.marshal(commands.Queue.DeclareOk("q", 3, 0), 1),
        frame.marshal(commands.Channel.CloseOk(), 1),
        frame.marshal(commands.Channel.OpenOk(), 2),
        frame.marshal(commands.Basic.QosOk(), 2),
        frame.marshal(commands.Basic.ConsumeOk("sunbridge"), 2),
        frame.marshal(deliver, 2)
        + frame.marshal(header.ContentHeader(0, 3, properties), 2)
        + frame.marshal(body.ContentBody(b"7.2"), 2),
    ]


AMQP: Final = _amqp()
# A greeting that lacks what brokers can do.
_UNABLE: Final = frame.marshal(commands.Connection.Start(server_properties={}), 0)
HUB: Final[Talk] = [
    b'HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n{"connectionToken": "x"}',
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: x\r\n\r\n",
    b"\x81\x03{}\x1e",
    b"\x81\x0b" + b'{"type":6}\x1e',
    b"\x88\x02\x03\xe8",
]
MQTT: Final[Talk] = [
    b"\x20\x02\x00\x00",
    b"\x90\x04\x00\x01\x00\x00",
    b"\x30\x0d\x00\x08go/1/ampone"[:15],
    b"\x30\x09\x00\x04a/b/{}x"[:11],
    b"\xd0\x00",
]


def _said(dice: Dice, talk: Talk) -> list[bytes]:
    """Return a conversation that goes wrong at some point."""
    good = dice.number(0, len(talk))
    found = list(talk[:good])
    for said in talk[good:]:
        if often(dice, 1, 4):
            said = pick(dice, [*talk, _UNABLE])
        if often(dice, 1, 6):
            said = dice.data(40)
        found.append(harmed(dice, said, large=False))
    return found


@contextlib.asynccontextmanager
async def _server(
    talk: Callable[[], list[bytes]], tls: ssl.SSLContext | None = None
) -> AsyncGenerator[int]:
    """Serve conversations, one for each connection; yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await reader.read(4096)
            for said in talk():
                writer.write(said)
                await writer.drain()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_PAUSE_S):
                        await reader.read(4096)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]


class _Ear:
    """Hears anything."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None


@contextlib.contextmanager
def _nothing_unhandled() -> Any:
    """Hold what nobody has caught against what's promised."""
    found: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: found.append(context))
    try:
        yield
    finally:
        loop.set_exception_handler(before)
    assert not found, found[0]


async def test_amqp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker ends the stream by more than an error of ours."""
    monkeypatch.setattr(amqp, "CONNECT_TIMEOUT_S", 2)
    monkeypatch.setattr(amqp, "END_TIMEOUT_S", 0.2)
    authority = Authority()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*authority.issue("broker").write(tmp_path, "broker"))
    trusting = ssl.create_default_context(cadata=authority.pem)
    said: list[bytes] = []
    ends = set()
    async with _server(lambda: said, tls) as port:
        for seed in cases(40):
            said = _said(Rolled(seed), AMQP)
            details = AmqpDetails(HOST, port, "/", "q", "u", "marked")
            stream = AmqpStream(
                cast(Any, None), trusting, cast(Any, _Ear()), backoff=Backoff(0, 0)
            )
            with _nothing_unhandled():
                try:
                    async with asyncio.timeout(10):
                        await stream._consume(details)
                except EaseeError as err:
                    ends.add(str(err))
                except Exception as err:
                    err.add_note(f"seed {seed}")
                    raise
    assert len(ends) > 1


async def test_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server ends the hub's stream: it's tried again."""
    monkeypatch.setattr(hub, "CONNECT_TIMEOUT_S", 1)
    monkeypatch.setattr(hub, "SILENCE_S", 0.2)
    said: list[bytes] = []

    class Tokens:
        async def access_token(self, refused: str | None = None) -> str:
            return "marked"

    heard: list[str] = []

    class Ear(_Ear):
        def failed(self, err: EaseeError) -> None:
            heard.append(str(err))

    async with (
        _server(lambda: said) as port,
        aiohttp.ClientSession() as session,
    ):
        for seed in cases(40):
            said = _said(Rolled(seed), HUB)
            stream = HubStream(
                session, f"http://{HOST}:{port}", Tokens(), Block(), cast(Any, Ear()),
                user_agent="test", backoff=Backoff(60, 60),
            )  # fmt: skip
            heard.clear()
            with _nothing_unhandled():
                running = asyncio.create_task(stream.run())
                async with asyncio.timeout(10):
                    while not heard and not running.done():
                        await asyncio.sleep(0.005)
                assert not running.done(), seed
                running.cancel()
                await asyncio.wait({running})
            assert "marked" not in str(heard)


def _note_loss(lost: asyncio.Event, up: bool) -> None:
    if not up:
        lost.set()


async def test_mqtt(monkeypatch: pytest.MonkeyPatch) -> None:
    """No broker of MQTT ends the connection for good, or raises in the event loop."""
    monkeypatch.setattr(own_broker, "CONNECT_TIMEOUT_S", 0.3)
    said: list[bytes] = []
    messages: list[str] = []
    async with _server(lambda: said) as port:
        for seed in cases(30):
            said = _said(Rolled(seed), MQTT)
            broker = OwnBroker(BrokerAccess(HOST, port, "u", "marked"))
            lost = asyncio.Event()
            with _nothing_unhandled():
                await broker.start(
                    ["go/+/+"],
                    lambda topic, *_: messages.append(topic),
                    partial(_note_loss, lost),
                )
                async with asyncio.timeout(10):
                    await lost.wait()
                assert broker._task is not None
                assert not broker._task.done(), seed
                await broker.stop()
    await _nothing_tended()


async def test_mqtt_broker_that_never_greets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection that comes to nothing is closed, and nobody tends it any more."""
    monkeypatch.setattr(own_broker, "CONNECT_TIMEOUT_S", 0.2)
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while await reader.read(4096):
                pass
        closed.set()
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        broker = OwnBroker(BrokerAccess(HOST, port, "u", "marked"))
        await broker.start(["go/+/+"], lambda *_: None, lambda _: None)
        async with asyncio.timeout(20):
            await closed.wait()
        await broker.stop()
    await _nothing_tended()


async def _nothing_tended() -> None:
    """Wait until the library has noticed that its connections are gone."""
    async with asyncio.timeout(20):
        while any("_misc_loop" in str(task) for task in asyncio.all_tasks()):
            await asyncio.sleep(0.1)


def test_profile() -> None:
    """Who asks for many cases gets other ones."""
    wanted = os.environ.get("SUNBRIDGE_FUZZ_EXAMPLES")
    assert len(list(cases(5))) == (5 if wanted is None else int(wanted))
