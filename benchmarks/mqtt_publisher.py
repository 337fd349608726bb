"""A process that publishes on a broker at a given pace, and says when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
import time
from typing import Any

import aiomqtt

from simulators.mosquitto import Mosquitto

from . import apart

Message = tuple[str, bytes]

# So many messages are sent at once, then it waits for its pace.
_HANDFUL = 20


async def _run(pipe: Connection, access: dict[str, Any]) -> None:
    async with aiomqtt.Client(**access) as client:
        pipe.send("ready")
        while True:
            try:
                command, messages, per_s = await asyncio.to_thread(pipe.recv)
            except EOFError:
                return
            if command == "blast":
                await _blast(access, messages)
                pipe.send([])
                continue
            times_s = []
            start_s = time.monotonic()
            for number, (topic, payload) in enumerate(messages):
                if number % _HANDFUL == 0 or per_s < 1000:
                    await asyncio.sleep(
                        max(0.0, start_s + number / per_s - time.monotonic())
                    )
                times_s.append(time.monotonic())
                await client.publish(topic, payload, retain=command == "keep")
            pipe.send(times_s)


async def _blast(access: dict[str, Any], messages: list[Message]) -> None:
    """Publish by a socket of its own, packets ready made (MQTT 3.1.1, 3.1 and 3.3)."""
    reader, writer = await asyncio.open_connection(access["hostname"], access["port"])
    user, password = access["username"].encode(), access["password"].encode()
    body = b"\x00\x04MQTT\x04\xc2\x00\x3c\x00\x05blast"
    body += len(user).to_bytes(2) + user + len(password).to_bytes(2) + password
    writer.write(b"\x10" + bytes([len(body)]) + body)
    await reader.readexactly(4)
    packets = []
    for topic, payload in messages:
        body = len(topic).to_bytes(2) + topic.encode() + payload
        packets.append(b"\x30" + bytes([len(body)]) + body)
    writer.write(b"".join(packets) + b"\xe0\x00")
    await writer.drain()
    await reader.read()


def publish(pipe: Connection, access: dict[str, Any]) -> None:
    """Publish what comes by the pipe until it's closed.

    A command is ``say``, ``keep`` (retained) or ``blast`` (as fast as can be), a list of topics and payloads, and how many a second. The answer has the
    times of sending, by a clock that all processes share.
    """
    asyncio.run(_run(pipe, access))


# The other side of it.


class Publisher:
    """The process that publishes."""

    def __init__(self, peer: apart.Peer) -> None:
        """Talk to it."""
        self._peer = peer

    async def send(
        self, messages: list[Message], per_s: float, *, command: str = "say"
    ) -> list[float]:
        """Publish; return when each was sent."""
        times_s: list[float] = await self._peer.ask((command, messages, per_s))
        return times_s

    async def blast(self, messages: list[Message]) -> None:
        """Publish as fast as the broker takes it."""
        await self.send(messages, 0, command="blast")


@asynccontextmanager
async def started(broker: Mosquitto) -> AsyncIterator[Publisher]:
    """Start the process, and end it."""
    access = {
        "hostname": broker.host,
        "port": broker.port,
        "username": broker.username,
        "password": broker.password,
    }
    async with apart.started(publish, access) as peer:
        yield Publisher(peer)
