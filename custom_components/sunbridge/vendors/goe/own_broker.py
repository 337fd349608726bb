"""A connection of our own to an MQTT broker."""

import asyncio
from collections.abc import Callable, Collection, Iterable
import contextlib
from dataclasses import dataclass, field
from functools import partial
import logging
import math
import random
import ssl
import time
from types import TracebackType
from typing import Any, Final, Self, cast, override

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from .broker import OnLink, OnMessage
from .errors import GoeBrokerAuthError, GoeBrokerError, GoeBrokerTlsError

CONNECT_TIMEOUT_S: Final = 10.0
# How long the end of a connection is waited for.
STOP_S: Final = 0.4
RETRY_MAX_S: Final = 60.0
STABLE_S: Final = 10.0

# What a broker says out of turn the library logs with a traceback, as often as it comes.
# What matters of it is in ``error``.
_LIBRARY: Final = logging.getLogger(f"{__name__}.library")
_LIBRARY.setLevel(logging.CRITICAL)

# MQTT 3.1.1 and 5 for a wrong user or password, and for one that may not connect.
_AUTH_CODES: Final = {4, 5, 134, 135}
# From here on a topic is refused.
_REFUSED: Final = 128


@dataclass(frozen=True, slots=True)
class BrokerAccess:
    """How to reach a broker; without ``tls`` in the clear."""

    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    tls: ssl.SSLContext | None = None


class OwnBroker:
    """Implements ``Broker``; ``error`` is why there's no connection."""

    def __init__(self, access: BrokerAccess) -> None:
        """Prepare; nothing is connected yet."""
        self._access = access
        self._client: aiomqtt.Client | None = None
        self._task: asyncio.Task[None] | None = None
        self.error: GoeBrokerError | None = None

    async def start(
        self,
        topics: Collection[str],
        on_message: OnMessage,
        on_link: OnLink,
        *,
        instead: Collection[str] = (),
    ) -> None:
        """Connect in the background."""
        self._task = asyncio.create_task(
            self._run((topics, instead), on_message, on_link), name="own broker"
        )

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send a message. Raises ``GoeBrokerError``."""
        if self._client is None:
            raise self.error or GoeBrokerError("not connected")
        try:
            await self._client.publish(topic, payload, qos=0, retain=False)
        except (aiomqtt.MqttError, ValueError) as err:
            raise GoeBrokerError(type(err).__name__) from None

    async def stop(self) -> None:
        """Disconnect.

        A thread that connects can't be cancelled. Where nobody answers at all it's left
        to end by itself, in ``CONNECT_TIMEOUT_S`` at the most: Home Assistant's start
        would have to wait for it.
        """
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=STOP_S)
            self._task = None

    async def _run(
        self,
        choices: Iterable[Collection[str]],
        on_message: OnMessage,
        on_link: OnLink,
    ) -> None:
        delay_s = 1.0
        while True:
            linked_at_s = math.inf
            try:
                async with contextlib.AsyncExitStack() as stack:
                    client = await _connected(self._new_client(on_message))
                    stack.push_async_exit(client.__aexit__)
                    await _subscribe(client, choices)
                    self._client, self.error = client, None
                    linked_at_s = time.monotonic()
                    on_link(True)
                    async for _ in client.messages:
                        pass  # they go to the inbox; this ends with the connection
            except Exception as err:  # noqa: BLE001
                # The library fails with anything that a broker makes it stumble over.
                self.error = _error(err, encrypted=self._access.tls is not None)
            finally:
                self._client = None
            on_link(False)
            # One that takes us and throws us out again is no broker that is back.
            if time.monotonic() - linked_at_s >= STABLE_S:
                delay_s = 1.0
            await asyncio.sleep(delay_s * random.uniform(0.8, 1.0))
            delay_s = min(RETRY_MAX_S, 2 * delay_s)

    def _new_client(self, on_message: OnMessage) -> _Client:
        access = self._access
        return _Client(
            access.host,
            access.port,
            username=access.username,
            password=access.password,
            tls_context=access.tls,
            timeout=CONNECT_TIMEOUT_S,
            logger=_LIBRARY,
            queue_type=cast("type[_Inbox]", partial(_Inbox, on_message)),
        )


class _Inbox(asyncio.Queue[aiomqtt.Message]):
    """Passes messages on as they come, instead of keeping them for a task each."""

    def __init__(self, on_message: OnMessage, maxsize: int) -> None:
        """Prepare to pass on."""
        super().__init__(maxsize)
        self._on_message = on_message

    @override
    def put_nowait(self, item: aiomqtt.Message) -> None:
        """Pass a message on."""
        if isinstance(item.payload, bytes):
            self._on_message(item.topic.value, item.payload, item.retain)


class _HungUpError(aiomqtt.MqttError):
    """The broker ended the connection without a greeting."""


class _Client(aiomqtt.Client):
    """The library's client (2.5.1) without some faults.

    It registers a socket for writing one turn of the event loop after it was asked to.
    If the connection breaks in between that raises where nobody can catch it. It drops
    the future of a connection that breaks at once, which ends up in the log. It waits
    for the greeting of a broker that has hung up already. And it leaves a connection
    open, and a task that tends it for ever, when the broker takes it and then doesn't
    greet, or says what can't be read.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give the library an event loop that forgives it."""
        super().__init__(*args, **kwargs)
        self._loop = cast("asyncio.AbstractEventLoop", _Loop(self._loop))
        self._disconnected.add_done_callback(_retrieved)
        self.tried = asyncio.Event()

    @override
    def _client_connect(self) -> None:
        """Connect the socket, in a thread; note when that has been tried."""
        try:
            super()._client_connect()
        finally:
            self._loop.call_soon_threadsafe(self.tried.set)

    @override
    def _on_disconnect(self, *args: Any, **kwargs: Any) -> None:
        """Note the end of a connection, also in the thread and before the greeting."""
        super()._on_disconnect(*args, **kwargs)
        self._loop.call_soon_threadsafe(self.give_up, _HungUpError())

    @override
    async def __aenter__(self) -> Self:
        """Connect."""
        try:
            found = await super().__aenter__()
        except BaseException:
            self._close()
            raise
        self._disconnected.add_done_callback(_retrieved)
        return found

    @override
    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """Disconnect."""
        try:
            await super().__aexit__(exc_type, exc, tb)
        finally:
            self._close()

    def give_up(self, error: aiomqtt.MqttError) -> None:
        """Wait for the broker's greeting no longer."""
        if not self._connected.done():
            self._connected.add_done_callback(_retrieved)
            self._connected.set_exception(error)

    def _close(self) -> None:
        """Close the socket if it's still open; with it goes what tends it."""
        if self._client.socket() is not None:
            self._client.disconnect()
            with contextlib.suppress(Exception):
                self._client.loop_write()


def _retrieved(future: asyncio.Future[None]) -> None:
    """Take an exception that nobody waits for."""
    if not future.cancelled():
        future.exception()


class _Loop:
    """An event loop that ignores sockets which are closed already."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stand in for the loop."""
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        """Be the loop in all else."""
        return getattr(self._loop, name)

    def add_writer(self, fd: int, callback: Callable[[], None]) -> None:
        """Register a socket, if it's still open."""
        with contextlib.suppress(OSError, ValueError):
            self._loop.add_writer(fd, callback)


async def _connected(client: _Client) -> _Client:
    """Connect, and return the client that then has to be exited.

    The library connects in a thread. A thread can't be cancelled, and if nobody waited
    for it the socket would be closed under its hands. The broker's greeting isn't
    waited for by who is cancelled: one that hangs would hold Home Assistant's start up.
    """
    entering = asyncio.ensure_future(client.__aenter__())
    try:
        await asyncio.wait({entering})
    except asyncio.CancelledError:
        await client.tried.wait()
        client.give_up(aiomqtt.MqttError("given up"))
        with contextlib.suppress(aiomqtt.MqttError):
            await entering
            await client.__aexit__(None, None, None)
        raise
    return entering.result()


async def _subscribe(client: _Client, choices: Iterable[Collection[str]]) -> None:
    """Ask for the first topics of which any is given.

    Raises ``GoeBrokerAuthError`` if none is.
    """
    for topics in filter(None, choices):
        granted = await client.subscribe([(topic, 0) for topic in topics])
        if any((_code(code) or 0) < _REFUSED for code in granted):
            return
    raise GoeBrokerAuthError("the topics are refused")


def _code(code: int | ReasonCode | None) -> int | None:
    """Return the number of what a broker said, which the library tells both ways."""
    return code.value if isinstance(code, ReasonCode) else code


def _error(err: Exception, *, encrypted: bool) -> GoeBrokerError:
    """Tell why a connection failed. The texts of the library may name the host."""
    if isinstance(err, GoeBrokerError):
        return err
    if isinstance(err, aiomqtt.MqttCodeError):
        if _code(err.rc) in _AUTH_CODES:
            return GoeBrokerAuthError("user or password refused")
    # A broker that speaks no TLS hangs up, as one that misses a client certificate does.
    tls_failures = (ssl.SSLError, ConnectionResetError, _HungUpError)
    if encrypted and isinstance(err.__context__ or err, tls_failures):
        return GoeBrokerTlsError("TLS failed")
    return GoeBrokerError(type(err).__name__)
