"""A process with the vendor Easee, and consumers that only parse what it publishes.

Its cloud, hub and queue are the simulator's. Chargers charge; what they say is made in
order of a number, so that the other side knows it too.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
import json
from multiprocessing import get_context
from multiprocessing.connection import Connection
import signal
import ssl
import time
from typing import Any, override

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
import aiohttp
import orjson

from simulators.certificates import Authority
from simulators.clock import Clock
from simulators.easee import Account, Car, Charger, Cloud
from simulators.easee.hub import END
from simulators.easee.wire import as_text, timestamp
from simulators.rabbitmq import RabbitMQ

AMQP, SIGNALR, ONE, MANY = "amqp", "signalr", "one", "many"
FLEETS = {AMQP: 20, SIGNALR: 20, ONE: 1, MANY: 200}
PASSWORD = "marked-password"
HUB = "/hubs/chargers"
PREFETCH = 100

LIMIT_S = 120.0
LOOK_EVERY_S = 0.02

# Observation id: entity, smallest value, decimals.
IDS = {
    114: ("current_offered", 6.0, 2),
    120: ("power", 1.0, 3),
    121: ("energy_session", 1.0, 3),
    183: ("current_l1", 5.0, 2),
    184: ("current_l2", 5.1, 2),
    185: ("current_l3", 5.2, 2),
    194: ("voltage_l1", 220.0, 1),
    195: ("voltage_l2", 220.1, 1),
    196: ("voltage_l3", 220.2, 1),
}
# In place of the session's, once an hour.
LIFETIME = 124
ENTITIES = {LIFETIME: "energy_lifetime"} | {key: row[0] for key, row in IDS.items()}

# Each charger says all that it has once a minute of its own time, which isn't ours: it
# begins days ago, and is never ahead.
STEP_S = 60
SWEEPS_PER_HOUR = 3600 // STEP_S
DAYS_AGO = 10
# Values come again after so many sweeps.
STEPS = 250
# What is published together, at such a pace.
MOST_PER_S = 100


@dataclass(frozen=True)
class Sample:
    """What a charger says: id, value and epoch s."""

    serial: str
    number: int
    value: float
    at_s: float


def serials(fleet: str) -> list[str]:
    """Return the serials of a fleet."""
    first = 100_000 * (1 + list(FLEETS).index(fleet))
    return [f"EH{first + number}" for number in range(FLEETS[fleet])]


def samples(fleet: str, start_s: float, numbers: range) -> Iterator[Sample]:
    """Return what the chargers of a fleet say; each value differs from the last one."""
    chargers, ids = serials(fleet), list(IDS)
    for number in numbers:
        sweep, place = divmod(number, len(chargers) * len(ids))
        key = ids[place % len(ids)]
        _, smallest, decimals = IDS[key]
        steps = sweep % STEPS
        if key == 121:
            steps = sweep
            if sweep % SWEEPS_PER_HOUR == 0:
                key, smallest = LIFETIME, 2000.0
        value = round(smallest + steps * 10**-decimals, decimals)
        yield Sample(chargers[place // len(ids)], key, value, start_s + sweep * STEP_S)


def _observation(sample: Sample) -> dict[str, Any]:
    return {
        "mid": sample.serial,
        "dataType": 3,
        "id": sample.number,
        "timestamp": timestamp(sample.at_s),
        "value": as_text(sample.value),
    }


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


class _Vendor:
    """Does what the commands say."""

    def __init__(self, cloud: Cloud, broker: RabbitMQ, start_s: float) -> None:
        self._cloud = cloud
        self._broker = broker
        self._start_s = start_s

    async def publish(self, way: str, numbers: range, per_s: float) -> list[float]:
        """Publish at a pace, or as fast as can be with 0; return when each was."""
        said = samples(way, self._start_s, numbers)
        if way == AMQP:
            return await self._publish(list(said), per_s)
        return await self._send(list(said), per_s)

    async def _publish(self, said: list[Sample], per_s: float) -> list[float]:
        times_s: list[float] = []
        messages = [
            (
                f"{sample.serial}.O.{sample.number}",
                _dumps(_observation(sample)).encode(),
                {"ArrivalTime": datetime.fromtimestamp(sample.at_s, UTC)},
            )
            for sample in said
        ]

        def timed(part: slice) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
            for message in messages[part]:
                times_s.append(time.monotonic())
                yield message

        if not per_s:
            await self._broker.publish_many(timed(slice(None)))
            return times_s
        handful = max(1, round(per_s / MOST_PER_S))
        start_s = time.monotonic()
        for first in range(0, len(messages), handful):
            await _until(start_s + first / per_s)
            await self._broker.publish_many(timed(slice(first, first + handful)))
        return times_s

    async def _send(self, said: list[Sample], per_s: float) -> list[float]:
        """Send each in a WebSocket message of its own, as a hub does that isn't busy.

        Past the hub's queue, which would join them as long as nobody takes them.
        """
        frames = [
            _dumps(
                {
                    "type": 1,
                    "target": self._cloud.hub.target,
                    "arguments": [_observation(sample)],
                }
            )
            + END
            for sample in said
        ]
        (connection,) = self._cloud.hub.connections
        times_s: list[float] = []
        start_s = time.monotonic()
        for place, frame in enumerate(frames):
            if per_s:
                await _until(start_s + place / per_s)
            times_s.append(time.monotonic())
            await connection.socket.send_str(frame)
        return times_s

    async def hold(self) -> None:
        """Cut the queue's consumer off, and don't tell it any more where to go."""
        self._cloud.faults.only_paths = "/api/streams/amqp"
        self._cloud.faults.status = 500
        await self._broker.close_connections()

    async def release(self) -> None:
        """Tell it again."""
        self._cloud.faults.status = None

    async def depth(self) -> int:
        """Return how many messages are in the queue."""
        return await self._broker.depth()

    async def listeners(self, way: str) -> int:
        """Return the consumers of the queue, or the products that are subscribed to."""
        if way == AMQP:
            return await self._broker.consumers()
        return len(self._cloud.hub.subscriptions)


async def _until(at_s: float) -> None:
    if (wait_s := at_s - time.monotonic()) > 0:
        await asyncio.sleep(wait_s)


def _account(fleet: str, number: int) -> Account:
    clock = Clock()
    clock.advance(-86400.0 * (DAYS_AGO + 1))
    chargers = [
        Charger(serial, name=f"Bench {serial}", circuit_id=1000 + place, clock=clock)
        for place, serial in enumerate(serials(fleet))
    ]
    for charger in chargers:
        charger.plug_in(Car())
    return Account(
        fleet, PASSWORD, chargers=chargers, integration=fleet == AMQP, user_id=number
    )


async def _run(pipe: Connection) -> None:
    task = asyncio.current_task()
    assert task is not None
    # The broker ends with this process in any case.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    accounts = [_account(fleet, number) for number, fleet in enumerate(FLEETS, 1)]
    authority = Authority()
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(RabbitMQ(authority=authority))
        cloud = await stack.enter_async_context(Cloud(accounts, broker=broker))
        start_s = float(int(time.time()) - 86400 * DAYS_AGO)
        pipe.send(
            {
                "api": cloud.url,
                "streams": cloud.streams_url,
                "authority": authority.pem,
                "amqp": broker.details,
                "start_s": start_s,
            }
        )
        vendor = _Vendor(cloud, broker, start_s)
        while True:
            try:
                command, arguments = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            pipe.send(await getattr(vendor, command)(*arguments))


def serve(pipe: Connection) -> None:
    """Be the vendor until the pipe is closed.

    The first message is how to reach it; then each command, a name and arguments, is
    answered. Times are of a clock that all processes share.
    """
    with suppress(asyncio.CancelledError, KeyboardInterrupt):
        asyncio.run(_run(pipe))


# The other side of it.


class Vendor:
    """The process with the vendor."""

    def __init__(self, pipe: Connection, access: dict[str, Any]) -> None:
        """Talk to it by the pipe; ``access`` is how its servers are reached."""
        self._pipe = pipe
        self.access = access
        self._said = 0

    async def ask(self, command: str, *arguments: Any) -> Any:
        """Let it do something; return what it answers."""
        self._pipe.send((command, arguments))
        return await asyncio.to_thread(self._pipe.recv)

    def next(self, count: int) -> range:
        """Return the numbers of so many samples that weren't said yet."""
        self._said += count
        return range(self._said - count, self._said)

    def samples(self, way: str, numbers: range) -> Iterator[Sample]:
        """Return what is said by these numbers."""
        return samples(way, self.access["start_s"], numbers)

    async def until(self, command: str, wanted: int, *arguments: Any) -> None:
        """Wait until a count is so."""
        async with asyncio.timeout(LIMIT_S):
            while await self.ask(command, *arguments) != wanted:
                await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def started() -> AsyncIterator[Vendor]:
    """Start the process, and end it with its broker."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Vendor(ours, await asyncio.to_thread(ours.recv))
    finally:
        ours.close()
        await asyncio.to_thread(process.join, LIMIT_S)
        process.kill()


def trusting(access: dict[str, Any]) -> ssl.SSLContext:
    """Return what trusts the broker."""
    return ssl.create_default_context(cadata=access["authority"])


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
