"""The SignalR hub: observations for accounts that have no queue (reference 3).

SignalR's JSON protocol over a WebSocket: JSON texts that end with 0x1E.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
import contextlib
import time
from typing import Any, Final, Protocol

import aiohttp
import orjson

from .errors import (
    EaseeCredentialsError,
    EaseeError,
    EaseeStreamAuthError,
    EaseeStreamError,
    EaseeStreamTlsError,
)
from .gate import Block
from .parse import Parsed, observed_in, shape
from .refusals import json_or_none, refusal
from .stream import Backoff, Ear

STREAMS_URL: Final = "https://streams.easee.com"
HUB: Final = "/hubs/chargers"
CONNECT_TIMEOUT_S: Final = 20.0
PING_EVERY_S: Final = 15.0
# The server pings too; after so long without anything it's gone.
SILENCE_S: Final = 45.0
# So many are taken before others have a turn.
FRAMES_AT_ONCE: Final = 100
MAX_FRAME_BYTES: Final = 4_000_000

_END: Final = "\x1e"
_PING: Final = orjson.dumps({"type": 6}).decode() + _END
_INVOCATION: Final = 1
_COMPLETION: Final = 3
_CLOSE: Final = 7
_TARGETS: Final = {"productupdate", "chargerupdate", "commandresponse"}


class TokenSource(Protocol):
    """Gives access tokens."""

    async def access_token(self, refused: str | None = None) -> str:
        """Return a token that should be valid, and isn't the refused one."""


class HubStream:
    """Implements ``Stream``; ``session`` keeps the load balancer's cookies."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        tokens: TokenSource,
        block: Block,
        ear: Ear,
        *,
        user_agent: str,
        backoff: Backoff | None = None,
    ) -> None:
        """Prepare; nothing is connected yet."""
        self._session = session
        self._url = f"{url}{HUB}"
        self._tokens = tokens
        self._block = block
        self._ear = ear
        self._user_agent = user_agent
        self._backoff = backoff or Backoff()
        self._serials: list[str] = []
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._token: str | None = None
        self._frames = 0
        self._refused: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Listen until cancelled, or until only the user can help."""
        while True:
            err: EaseeError | None = None
            since_s = time.monotonic()
            try:
                await self._listen()
            except EaseeCredentialsError as failure:
                self._ear.failed(failure)
                return
            except EaseeError as failure:
                err = failure
            except (aiohttp.ClientError, OSError, TimeoutError) as failure:
                err = _failure(failure)
            if err is not None:
                self._ear.failed(err)
            await asyncio.sleep(self._backoff.next_s(err, time.monotonic() - since_s))

    def mute(self) -> None:
        """Do nothing: what the hub sends is kept nowhere."""

    def reconnect(self) -> None:
        """Give up the connection."""
        if (socket := self._socket) is not None:
            self._background(socket.close())

    def subscribe(self, serials: Sequence[str]) -> None:
        """Hear these products too."""
        new = [serial for serial in serials if serial not in self._serials]
        self._serials += new
        if (socket := self._socket) is not None:
            self._background(_subscribe(socket, new))

    async def _listen(self) -> None:
        """Connect and take messages until the connection is lost."""
        self._token = token = await self._tokens.access_token(self._refused)
        headers = {
            "Authorization": f"Bearer {token}",
            "User-Agent": self._user_agent,
        }
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            connection = await self._negotiated(headers)
            socket = await self._opened(connection, headers)
            self._refused = None
            self._block.answered()
        pings: asyncio.Task[None] | None = None
        linked = False
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                rest = await _shaken_hands(socket)
                await _subscribe(socket, self._serials)
            self._socket = socket
            pings = asyncio.create_task(_ping(socket))
            linked = True
            self._ear.linked(True)
            await self._receive(socket, rest)
        except asyncio.CancelledError:
            linked = False  # nobody wants to know any more
            raise
        finally:
            self._socket = None
            if pings is not None:
                pings.cancel()
                await asyncio.wait({pings})
            try:
                if linked:
                    self._ear.linked(False)
            finally:
                with contextlib.suppress(Exception):
                    await socket.close()

    async def _negotiated(self, headers: dict[str, str]) -> str:
        """Return the id of a new connection. Raises ``EaseeError``."""
        self._block.check(time.monotonic())
        async with self._session.post(
            f"{self._url}/negotiate",
            params={"negotiateVersion": "1"},
            headers=headers,
            allow_redirects=False,
        ) as response:
            body = json_or_none(await _read(response))
            if response.status != 200:
                raise self._refusal(response.status, response.headers, body)
        connection = None
        if isinstance(body, dict):
            connection = body.get("connectionToken") or body.get("connectionId")
        if not isinstance(connection, str):
            raise EaseeStreamError("no connection was given")
        return connection

    async def _opened(
        self, connection: str, headers: dict[str, str]
    ) -> aiohttp.ClientWebSocketResponse:
        """Open the socket of a connection. Raises ``EaseeError``."""
        try:
            return await self._session.ws_connect(
                self._url,
                params={"id": connection},
                headers=headers,
                max_msg_size=MAX_FRAME_BYTES,
                autoping=True,
            )
        except aiohttp.WSServerHandshakeError as err:
            if err.status in (401, 429):
                raise self._refusal(err.status, err.headers or {}, None) from None
            # Who may negotiate isn't blocked. It's a proxy that lets no socket pass, or
            # the streams' host, and REST goes on.
            raise EaseeStreamError(f"status {err.status}") from None

    def _refusal(
        self, status: int, headers: Mapping[str, str], body: Any
    ) -> EaseeError:
        """Tell what a status means that isn't the one that was hoped for."""
        if status == 401:
            self._refused = self._token
            return EaseeStreamAuthError("the token is refused")
        refused = refusal(self._block, status, headers, body)
        return refused or EaseeStreamError(f"status {status}")

    async def _receive(
        self, socket: aiohttp.ClientWebSocketResponse, rest: str
    ) -> None:
        """Take frames; several may be in one message, and one in several."""
        while True:
            *frames, rest = rest.split(_END)
            for frame in frames:
                self._frame(frame)
                self._frames += 1
                if self._frames % FRAMES_AT_ONCE == 0:
                    # What is buffered is received without a turn of the event loop.
                    await asyncio.sleep(0)
            try:
                received = await socket.receive(timeout=SILENCE_S)
            except TimeoutError:
                raise EaseeStreamError("nothing was heard for too long") from None
            if received.type is aiohttp.WSMsgType.TEXT:
                rest += received.data
            elif received.type is aiohttp.WSMsgType.BINARY:
                self._malformed("binary")
            else:
                raise EaseeStreamError("the connection was closed")
            if len(rest) > MAX_FRAME_BYTES:
                raise EaseeStreamError("a frame doesn't end")

    def _frame(self, text: str) -> None:
        """Take one frame."""
        if not text:
            return
        try:
            frame = orjson.loads(text)
        except orjson.JSONDecodeError:
            self._malformed("text")
            return
        if not isinstance(frame, dict):
            self._malformed(shape(frame))
            return
        kind = frame.get("type")
        if kind == _CLOSE:
            raise EaseeStreamError("the server closed the connection")
        if kind == _COMPLETION and frame.get("error"):
            self._malformed("a subscription was refused")
            return
        if kind != _INVOCATION or str(frame.get("target")).lower() not in _TARGETS:
            return
        arguments = frame.get("arguments")
        self._ear.heard(observed_in(arguments if isinstance(arguments, list) else None))

    def _malformed(self, what: str) -> None:
        self._ear.heard(Parsed(malformed=[what]))

    def _background(self, work: Awaitable[Any]) -> None:
        task = asyncio.ensure_future(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Return a body. Raises ``EaseeStreamError`` for one that is too large."""
    found = bytearray()
    async for chunk in response.content.iter_any():
        found += chunk
        if len(found) > MAX_FRAME_BYTES:
            raise EaseeStreamError("an answer doesn't end")
    return bytes(found)


async def _quietly(work: Awaitable[Any]) -> None:
    """Do what fails only if the connection does, which is noticed elsewhere."""
    with contextlib.suppress(aiohttp.ClientError, OSError, RuntimeError):
        await work


async def _shaken_hands(socket: aiohttp.ClientWebSocketResponse) -> str:
    """Agree on the protocol; return what was received after the answer."""
    await socket.send_str(
        orjson.dumps({"protocol": "json", "version": 1}).decode() + _END
    )
    received = await socket.receive()
    if received.type is not aiohttp.WSMsgType.TEXT or _END not in received.data:
        raise EaseeStreamError("no handshake")
    answer, _, rest = str(received.data).partition(_END)
    try:
        refused = orjson.loads(answer).get("error")
    except AttributeError, orjson.JSONDecodeError:
        refused = True
    if refused:
        raise EaseeStreamError("the handshake was refused")
    return rest


async def _subscribe(
    socket: aiohttp.ClientWebSocketResponse, serials: Sequence[str]
) -> None:
    for place, serial in enumerate(serials):
        invocation = {
            "type": _INVOCATION,
            "target": "SubscribeWithCurrentState",
            "arguments": [serial, True],
            "invocationId": str(place),
        }
        await socket.send_str(orjson.dumps(invocation).decode() + _END)


async def _ping(socket: aiohttp.ClientWebSocketResponse) -> None:
    with contextlib.suppress(aiohttp.ClientError, OSError, RuntimeError):
        while True:
            await asyncio.sleep(PING_EVERY_S)
            await socket.send_str(_PING)


def _failure(err: Exception) -> EaseeStreamError:
    """Tell why a connection failed; the texts of the library name the address."""
    if isinstance(err, aiohttp.ClientSSLError):
        return EaseeStreamTlsError("TLS failed")
    return EaseeStreamError(type(err).__name__)
