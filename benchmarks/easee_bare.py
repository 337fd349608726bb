"""Consumers of what Easee publishes that only parse it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import time
from typing import Any, override

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
import aiohttp
import orjson

from simulators.easee.hub import END

from .easee_samples import AMQP, PASSWORD, SIGNALR, serials
from .easee_vendor import LIMIT_S, trusting

HUB = "/hubs/chargers"
PREFETCH = 100


class Consumer:
    """Takes what the vendor says, and notes how long that took."""

    def __init__(self) -> None:
        """Start without anything to take."""
        self._begin = self._end = (0.0, 0.0)

    def note_begin(self) -> None:
        """Note that the first was delivered."""
        self._begin = (time.monotonic(), time.process_time())

    def note_end(self) -> None:
        """Note that the last was taken."""
        self._end = (time.monotonic(), time.process_time())

    def expect(self, numbers: range) -> None:
        """Prepare for the samples of these numbers, and no others."""
        raise NotImplementedError

    async def all_taken(self) -> None:
        """Wait until they are taken."""
        raise NotImplementedError

    def latencies_ms(self, sent_s: list[float]) -> list[float]:
        """Return how long they took, without those that a newer one overtook."""
        raise NotImplementedError

    def spent(self, count: int) -> tuple[float, float]:
        """Return how long they all took, and processor time for each (both s)."""
        return self._end[0] - self._begin[0], (self._end[1] - self._begin[1]) / count


class Bare(Consumer):
    """Only counts; ``took`` is called with each."""

    def __init__(self) -> None:
        """Start without anything to take."""
        super().__init__()
        self._count = 0
        self._times_s: list[float] = []
        self._done = asyncio.Event()

    def took(self) -> None:
        """Note that one was taken."""
        if not self._times_s:
            self.note_begin()
        self._times_s.append(time.monotonic())
        if len(self._times_s) == self._count:
            self.note_end()
            self._done.set()

    @override
    def expect(self, numbers: range) -> None:
        self._count, self._times_s = len(numbers), []
        self._done.clear()

    @override
    async def all_taken(self) -> None:
        async with asyncio.timeout(LIMIT_S):
            await self._done.wait()

    @override
    def latencies_ms(self, sent_s: list[float]) -> list[float]:
        return [1e3 * (b - a) for a, b in zip(sent_s, self._times_s, strict=True)]


@asynccontextmanager
async def bare_amqp(access: dict[str, Any], bare: Bare) -> AsyncIterator[None]:
    """Parse and acknowledge each message of the queue."""
    details = access["amqp"]
    connection = await aio_pika.connect(
        host=details["server"],
        port=details["port"],
        login=details["username"],
        password=details["password"],
        virtualhost=details["virtualHost"],
        ssl=True,
        ssl_context=trusting(access),
    )

    async def take(message: AbstractIncomingMessage) -> None:
        orjson.loads(message.body)
        await message.ack()
        bare.took()

    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        queue = await channel.get_queue(details["queueName"], ensure=False)
        await queue.consume(take)
        yield


@asynccontextmanager
async def bare_signalr(access: dict[str, Any], bare: Bare) -> AsyncIterator[None]:
    """Parse each frame of the hub."""
    url = f"{access['streams']}{HUB}"

    async def listen(client: aiohttp.ClientWebSocketResponse) -> None:
        async for message in client:
            for text in message.data.split(END):
                if text and orjson.loads(text).get("type") == 1:
                    bare.took()

    async with aiohttp.ClientSession() as session:
        login = {"userName": SIGNALR, "password": PASSWORD}
        async with session.post(
            f"{access['api']}/api/accounts/login", json=login
        ) as answer:
            token = (await answer.json())["accessToken"]
        session.headers["Authorization"] = f"Bearer {token}"
        async with session.post(f"{url}/negotiate?negotiateVersion=1") as answer:
            connection = (await answer.json())["connectionToken"]
        async with session.ws_connect(url, params={"id": connection}) as client:
            await client.send_str(f'{{"protocol":"json","version":1}}{END}')
            for serial in serials(SIGNALR):
                invocation = {
                    "type": 1,
                    "target": "SubscribeWithCurrentState",
                    "arguments": [serial, False],
                }
                await client.send_str(orjson.dumps(invocation).decode() + END)
            task = asyncio.create_task(listen(client))
            try:
                yield
            finally:
                task.cancel()
                await asyncio.wait({task})


BARE = {AMQP: bare_amqp, SIGNALR: bare_signalr}
