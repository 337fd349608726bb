"""What the hub answers when it answers oddly, and what comes of it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

from aiohttp import ClientSession, CookieJar, WSMsgType, web
import pytest

from custom_components.sunbridge.vendors.easee import gate, hub
from custom_components.sunbridge.vendors.easee.errors import (
    EaseeBusyError,
    EaseeError,
    EaseeForbiddenError,
    EaseeStreamError,
)
from custom_components.sunbridge.vendors.easee.gate import Block
from custom_components.sunbridge.vendors.easee.hub import HubStream
from custom_components.sunbridge.vendors.easee.parse import Parsed
from custom_components.sunbridge.vendors.easee.stream import Backoff

from .conftest import Server, until


class Ear:
    """Remembers what a stream said."""

    def __init__(self) -> None:
        """Start without anything."""
        self.malformed: list[str] = []
        self.errors: list[EaseeError] = []
        self.links: list[bool] = []
        self.observed = 0

    def heard(self, parsed: Parsed) -> None:
        """Remember."""
        self.malformed += parsed.malformed
        self.observed += len(parsed.observed)

    def linked(self, up: bool) -> None:
        """Remember."""
        self.links.append(up)

    def failed(self, err: EaseeError) -> None:
        """Remember."""
        self.errors.append(err)

    def backlog(self, messages: int) -> None:
        """A hub has none."""

    def shared(self, others: int) -> None:
        """A hub has none."""


class Tokens:
    """Gives tokens, and remembers which were refused."""

    def __init__(self) -> None:
        """Start with a first one."""
        self.refused: list[str] = []

    async def access_token(self, refused: str | None = None) -> str:
        """Return a token that is another than the refused one."""
        if refused is not None:
            self.refused.append(refused)
        return f"token {len(self.refused)}"


@pytest.fixture
async def listen(
    server: Server,
) -> AsyncGenerator[Callable[[], tuple[Ear, Tokens, Block]]]:
    """Start a hub stream at the server."""
    tasks: list[asyncio.Task[None]] = []
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:

        def start() -> tuple[Ear, Tokens, Block]:
            ear, tokens, block = Ear(), Tokens(), Block()
            stream = HubStream(
                session,
                server.url,
                tokens,
                block,
                ear,
                user_agent="test",
                backoff=Backoff(first_s=0.02, longest_s=0.05),
            )
            stream.subscribe(["EH1"])
            tasks.append(asyncio.create_task(stream.run()))
            return ear, tokens, block

        yield start
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


NEGOTIATE = "/hubs/chargers/negotiate"


@pytest.mark.parametrize("answer", [500, 404, {}, [], {"connectionId": 5}, "x"])
async def test_negotiation_fails(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]], answer: Any
) -> None:
    """It's tried again, and told why."""
    server.answers[NEGOTIATE] = answer
    ear, _, _ = listen()
    await until(lambda: len(ear.errors) >= 2)
    assert not ear.links


SOCKET = "/hubs/chargers"


def refusal(status: int, **headers: str) -> Callable[[web.Request], Any]:
    """Return a handler that refuses as the vendor's gateway does."""

    async def refuse(_: web.Request) -> web.Response:
        body = {"message": "Forbidden"}
        return web.json_response(body, status=status, headers=headers)

    return refuse


@pytest.mark.parametrize(
    ("path", "status"),
    [(NEGOTIATE, 403), (NEGOTIATE, 429), (NEGOTIATE, 502), (SOCKET, 429)],
)
async def test_block(
    server: Server,
    listen: Callable[[], tuple[Ear, Tokens, Block]],
    path: str,
    status: int,
) -> None:
    """A block is one for all of the account, at the negotiation and at the socket."""
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers[path] = refusal(status)
    ear, _, block = listen()
    await until(lambda: len(ear.errors) == 1)
    assert isinstance(ear.errors[0], EaseeBusyError)
    assert 30 <= ear.errors[0].wait_s <= 36
    assert block.count == 1
    assert block.by_firewall is (status == 403)


@pytest.mark.parametrize("path", [NEGOTIATE, SOCKET])
@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "600"},
        {
            "Date": "Wed, 21 Oct 2065 07:28:00 GMT",
            "Retry-After": "Wed, 21 Oct 2065 07:38:00 GMT",
        },
    ],
)
async def test_retry_after(
    server: Server,
    listen: Callable[[], tuple[Ear, Tokens, Block]],
    path: str,
    headers: dict[str, str],
) -> None:
    """The silence that is asked for is kept: seconds, or a date."""
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers[path] = refusal(429, **headers)
    ear, _, _ = listen()
    await until(lambda: len(ear.errors) == 1)
    assert isinstance(ear.errors[0], EaseeBusyError)
    assert ear.errors[0].wait_s == pytest.approx(600, abs=5)


async def test_blocks_of_the_socket_add_up(
    server: Server,
    listen: Callable[[], tuple[Ear, Tokens, Block]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A negotiation before each of them is no sign that the block is over."""
    monkeypatch.setattr(gate, "FIRST_WAIT_S", 0.01)
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers[SOCKET] = refusal(429)
    ear, _, block = listen()
    await until(lambda: len(ear.errors) == 3)
    assert block.count == 3
    server.answers[SOCKET] = socket(GREETING)
    await until(lambda: ear.links == [True])
    assert block.count == 0


@pytest.mark.parametrize("status", [403, 502])
async def test_no_socket(
    server: Server,
    listen: Callable[[], tuple[Ear, Tokens, Block]],
    status: int,
) -> None:
    """A proxy that lets no socket pass doesn't silence what else there is."""
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers[SOCKET] = refusal(status)
    ear, _, block = listen()
    await until(lambda: len(ear.errors) >= 2)
    assert {type(err) for err in ear.errors} == {EaseeStreamError}
    assert block == Block()


async def test_no_right(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]]
) -> None:
    """A 403 with a problem is about this account's right, and ends nothing else."""
    server.answers[NEGOTIATE] = 403
    ear, _, block = listen()
    await until(lambda: len(ear.errors) >= 2)
    assert {type(err) for err in ear.errors} == {EaseeForbiddenError}
    assert block == Block()


async def test_token_is_refused(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]]
) -> None:
    """A refused token is renewed, at the negotiation and at the socket."""
    server.answers[NEGOTIATE] = 401
    _, tokens, _ = listen()
    await until(lambda: tokens.refused[:2] == ["token 0", "token 1"])
    server.answers[NEGOTIATE] = {"connectionId": "c"}
    server.answers[SOCKET] = 401
    before = len(tokens.refused)
    await until(lambda: len(tokens.refused) >= before + 2)


def socket(*sent: str | bytes) -> Callable[[web.Request], Any]:
    """Return a handler that sends these after it was greeted."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        await opened.receive()
        for part in sent:
            if isinstance(part, bytes):
                await opened.send_bytes(part)
            else:
                await opened.send_str(part)
        async for received in opened:
            if received.type is WSMsgType.ERROR:
                break
        return opened

    return serve


GREETING = "{}\x1e"
UPDATE = (
    '{"type":1,"target":"ProductUpdate","arguments":'
    '[{"mid":"EH1","id":120,"value":"1"}]}\x1e'
)


@pytest.mark.parametrize(
    "answer", ["no frame", "[]\x1e", "x\x1e", '{"error":"no"}\x1e']
)
async def test_handshake_fails(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]], answer: str
) -> None:
    """Without an agreement on the protocol nothing is heard."""
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers[SOCKET] = socket(answer)
    ear, _, _ = listen()
    await until(lambda: len(ear.errors) >= 2)
    assert not ear.links


async def test_frames(
    server: Server,
    listen: Callable[[], tuple[Ear, Tokens, Block]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frame may come with the greeting, in pieces, or be none at all."""
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers[SOCKET] = socket(
        GREETING + UPDATE, UPDATE[:20], UPDATE[20:] + UPDATE, b"binary", UPDATE * 250
    )
    ear, _, _ = listen()
    await until(lambda: ear.observed == 253)
    assert ear.malformed == ["binary"]
    assert ear.links == [True]
    monkeypatch.setattr(hub, "MAX_FRAME_BYTES", 100)
    server.answers[SOCKET] = socket(GREETING, "x" * 90, "x" * 90)
    other, _, _ = listen()
    await until(lambda: other.links[:2] == [True, False])
