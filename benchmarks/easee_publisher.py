"""A process with the vendor Easee: its cloud, hub and queue are the simulator's."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
import json
from multiprocessing.connection import Connection
import signal
import time
from typing import Any

from simulators.certificates import Authority
from simulators.clock import Clock
from simulators.easee import Account, Car, Charger, Cloud
from simulators.easee.hub import END
from simulators.easee.wire import as_text, timestamp
from simulators.rabbitmq import RabbitMQ

from .easee_samples import AMQP, DAYS_AGO, FLEETS, PASSWORD, Sample, samples, serials

# What is published together, at such a pace.
MOST_PER_S = 100


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
