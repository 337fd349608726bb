"""The operator's queue: observations of all chargers of an integration account.

Written after the vendor's AMQP document and reference 2. The queue is the vendor's: it
isn't declared, only consumed. Messages are acknowledged when what they hold is merged,
the broken ones too: otherwise they would come again for ever and block those behind.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
import contextlib
from functools import partial
import logging
import ssl
import time
from typing import Any, Final

import aio_pika
from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage
from aiormq.exceptions import (
    AuthenticationError,
    ChannelAccessRefused,
    ChannelNotFoundEntity,
    ProbableAuthenticationError,
)
from pamqp.commands import Queue

from .api import AmqpDetails
from .errors import (
    EaseeCredentialsError,
    EaseeError,
    EaseeQueueError,
    EaseeStreamAuthError,
    EaseeStreamError,
    EaseeStreamTlsError,
)
from .parse import Parsed, message
from .stream import Backoff, Ear

PREFETCH: Final = 100
# Acknowledged together, well before the broker stops to send for want of it.
ACK_EVERY: Final = 40
ACK_WITHIN_S: Final = 0.1
CONNECT_TIMEOUT_S: Final = 20.0
# A peer that vanished without a word is noticed within about three of them.
HEARTBEAT_S: Final = 20
END_TIMEOUT_S: Final = 5.0
# A consumer of ours that the broker hasn't missed yet is no stranger.
SHARED_AFTER_S: Final = 150.0
SHARED_EVERY_S: Final = 600.0
CONSUMER_TAG: Final = "sunbridge"

# The library logs each failed connection as an error, with the host. We're told too,
# and log one line for all of them.
logging.getLogger("aiormq.connection").setLevel(logging.CRITICAL)
logging.getLogger("aiormq.channel").setLevel(logging.CRITICAL)


class AmqpStream:
    """Implements ``Stream``; ``details`` gives fresh connection details."""

    def __init__(
        self,
        details: Callable[[], Awaitable[AmqpDetails]],
        tls: ssl.SSLContext,
        ear: Ear,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        """Prepare; nothing is connected yet."""
        self._details = details
        self._tls = tls
        self._ear = ear
        self._backoff = backoff or Backoff()
        self._lost: asyncio.Future[None] | None = None
        self._channel: AbstractChannel | None = None
        self._unacked = 0
        self._last_tag: int | None = None
        self._ack_timer: asyncio.TimerHandle | None = None
        self._acks: set[asyncio.Task[None]] = set()
        self._is_muted = False
        self._may_look = True

    async def run(self) -> None:
        """Consume until cancelled, or until only the user can help."""
        while True:
            err: EaseeError | None = None
            since_s = time.monotonic()
            try:
                await self._consume(await self._details())
            except EaseeCredentialsError as failure:
                self._ear.failed(failure)
                return
            except EaseeError as failure:
                err = failure
            if err is not None:
                self._ear.failed(err)
            await asyncio.sleep(self._backoff.next_s(err, time.monotonic() - since_s))

    def mute(self) -> None:
        """Leave what comes from now on in the queue."""
        self._is_muted = True

    def reconnect(self) -> None:
        """Give up the connection."""
        if self._lost is not None and not self._lost.done():
            self._lost.set_result(None)

    def subscribe(self, serials: Sequence[str]) -> None:
        """Do nothing: the queue has all chargers of the operator."""

    async def _consume(self, details: AmqpDetails) -> None:
        """Connect and take messages until the connection is lost."""
        with _translated():
            connection = await self._connected(details)
        self._lost = asyncio.get_running_loop().create_future()
        linked = False
        try:
            # The library waits for ever for a broker that only sends heartbeats.
            with _translated():
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    self._channel, waiting = await self._opened(
                        connection, details.queue
                    )
            linked = True
            self._ear.linked(True)
            if waiting:
                self._ear.backlog(waiting)
            await self._until_lost(connection, details.queue)
        except asyncio.CancelledError:
            linked = False  # nobody wants to know any more
            raise
        finally:
            try:
                if linked:
                    self._ear.linked(False)
            finally:
                await self._end(connection)

    async def _connected(self, details: AmqpDetails) -> AbstractConnection:
        return await aio_pika.connect(
            host=details.host,
            port=details.port,
            login=details.username,
            password=details.password,
            virtualhost=details.virtual_host,
            ssl=True,
            ssl_context=self._tls,
            timeout=CONNECT_TIMEOUT_S,
            heartbeat=HEARTBEAT_S,
            client_properties={"connection_name": "Sunbridge"},
        )

    async def _opened(
        self, connection: AbstractConnection, queue: str
    ) -> tuple[AbstractChannel, int]:
        """Begin to consume; return the channel and how many messages wait."""
        looked = await self._looked(connection, queue)
        channel = connection.channel(publisher_confirms=False)
        await channel.initialize()
        await channel.set_qos(prefetch_count=PREFETCH)
        inner = await channel.get_underlay_channel()
        inner.on_consumer_cancel_callbacks.add(self._on_cancel)
        inner.closing.add_done_callback(partial(self._on_closing, inner))
        await inner.basic_consume(queue, self._on_message, consumer_tag=CONSUMER_TAG)
        return inner, (looked.message_count if looked else None) or 0

    async def _looked(
        self, connection: AbstractConnection, queue: str
    ) -> Queue.DeclareOk | None:
        """Look at the queue without changing it, None where that's refused.

        On a channel of its own, which a refusal closes: to consume may be allowed all
        the same.
        """
        transport = connection.transport
        if not self._may_look or transport is None:
            return None
        # The library around it leaves something behind with each channel, for as long
        # as the connection is there.
        channel = await transport.connection.channel(publisher_confirms=False)
        try:
            found = await channel.queue_declare(queue, passive=True)
        except ChannelAccessRefused:
            self._may_look = False
            return None
        await channel.close()
        return found

    def _on_cancel(self, _frame: Any) -> None:
        """Note that the broker took the queue away."""
        self.reconnect()

    def _on_closing(
        self, channel: AbstractChannel, closing: asyncio.Future[Any]
    ) -> None:
        if not closing.cancelled():
            closing.exception()  # retrieved, so that asyncio doesn't complain
        if channel is self._channel:
            self.reconnect()

    async def _until_lost(self, connection: AbstractConnection, queue: str) -> None:
        """Wait for the end, and look now and then who else takes messages."""
        assert self._lost is not None
        wait_s = SHARED_AFTER_S
        while True:
            await asyncio.wait({self._lost}, timeout=wait_s)
            if self._lost.done():
                return
            wait_s = SHARED_EVERY_S
            with _translated():
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    looked = await self._looked(connection, queue)
            if looked is not None:
                self._ear.shared(max(0, (looked.consumer_count or 0) - 1))

    async def _on_message(self, delivered: DeliveredMessage) -> None:
        """Merge a message, then acknowledge it with those before it."""
        if self._is_muted:
            return
        self._ear.heard(_parsed(delivered))
        self._last_tag = delivered.delivery_tag
        self._unacked += 1
        if self._unacked >= ACK_EVERY:
            await self._ack()
        elif self._ack_timer is None:
            self._ack_timer = asyncio.get_running_loop().call_later(
                ACK_WITHIN_S, self._ack_soon
            )

    def _ack_soon(self) -> None:
        task = asyncio.create_task(self._ack())
        self._acks.add(task)
        task.add_done_callback(self._acks.discard)

    async def _ack(self) -> None:
        if self._ack_timer is not None:
            self._ack_timer.cancel()
            self._ack_timer = None
        tag, self._last_tag, self._unacked = self._last_tag, None, 0
        if tag is None or self._channel is None:
            return
        # A lost connection brings the messages again.
        with contextlib.suppress(EaseeStreamError), _translated():
            await self._channel.basic_ack(tag, multiple=True, wait=False)

    async def _end(self, connection: AbstractConnection) -> None:
        """Acknowledge what was merged, and close."""
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                if self._channel is not None and not self._channel.is_closed:
                    with contextlib.suppress(EaseeStreamError), _translated():
                        await self._channel.basic_cancel(CONSUMER_TAG)
                    await self._ack()
                with contextlib.suppress(EaseeStreamError), _translated():
                    await connection.close()
        except TimeoutError:
            pass  # nobody is there to say goodbye to
        finally:
            if self._ack_timer is not None:
                self._ack_timer.cancel()
                self._ack_timer = None
            self._channel, self._last_tag, self._unacked = None, None, 0


def _parsed(delivered: DeliveredMessage) -> Parsed:
    """Return what a message holds; one that breaks the parser mustn't stay there."""
    properties = delivered.header.properties
    try:
        return message(
            delivered.body,
            delivered.routing_key or "",
            properties.headers,
            properties.content_encoding,
        )
    except Exception as err:  # noqa: BLE001
        return Parsed(malformed=[type(err).__name__])


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Raise ``EaseeStreamError`` for all that the library fails with.

    That may be anything: a greeting that lacked something made it a ``KeyError``, and a
    broken frame a ``ValueError``. When a peer vanishes it cancels its own calls, which
    looks as if somebody had cancelled us.
    """
    try:
        yield
    except Exception as err:
        if isinstance(err, TimeoutError) and _is_cancelled():
            raise
        raise _failure(err) from None
    except asyncio.CancelledError:
        if _is_cancelled():
            raise
        raise EaseeStreamError("the connection broke") from None


def _is_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _failure(err: Exception) -> EaseeStreamError:
    """Tell why a connection failed; the library's texts may name host and queue."""
    if isinstance(err, (AuthenticationError, ProbableAuthenticationError)):
        return EaseeStreamAuthError("the stream's log-in is refused")
    if isinstance(err, (ChannelNotFoundEntity, ChannelAccessRefused)):
        return EaseeQueueError("the queue is missing or may not be read")
    cause: BaseException | None = err
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return EaseeStreamTlsError("TLS failed")
        cause = cause.__cause__ or cause.__context__
    return EaseeStreamError(type(err).__name__)
