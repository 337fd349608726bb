"""The simulated broker gives its operator what the vendor's gives: consuming only."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
import socket

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from aiormq.exceptions import (
    ChannelAccessRefused,
    ChannelNotFoundEntity,
    ProbableAuthenticationError,
)
import pytest

from simulators.certificates import Authority
from simulators.easee import SHAPES, Account, Charger, Publisher
from simulators.ports import free_ports
from simulators.rabbitmq import EndedError, RabbitMQ

RANGE = "/proc/sys/net/ipv4/ip_local_port_range"


@pytest.fixture
async def broker(socket_enabled: None) -> AsyncGenerator[RabbitMQ]:
    """Run a broker."""
    async with RabbitMQ(authority=Authority()) as broker:
        yield broker


async def connect(broker: RabbitMQ, password: str | None = None) -> AbstractConnection:
    """Connect as the operator."""
    details = broker.details
    return await aio_pika.connect(
        host=details["server"],
        port=details["port"],
        login=details["username"],
        password=password or details["password"],
        ssl=True,
        ssl_context=broker.tls(),
    )


def watch(connection: AbstractConnection) -> asyncio.Event:
    """Return what is set when the connection ends, as ``closed`` isn't then."""
    closed = asyncio.Event()
    connection.close_callbacks.add(lambda *_: closed.set())
    return closed


async def ignore(_: AbstractIncomingMessage) -> None:
    """Take a message without a word."""


async def drain(
    connection: AbstractConnection, broker: RabbitMQ, count: int
) -> list[AbstractIncomingMessage]:
    """Take messages from the queue."""
    channel = await connection.channel()
    queue = await channel.get_queue(broker.queue, ensure=False)
    messages: list[AbstractIncomingMessage] = []
    async with queue.iterator(no_ack=True) as iterator:
        while len(messages) < count:
            messages.append(await asyncio.wait_for(anext(iterator), 5))
    await channel.close()
    return messages


async def test_rights(broker: RabbitMQ) -> None:
    """The operator may look at its queue and consume, and nothing else."""
    connection = await connect(broker)
    async with connection.channel() as channel:
        queue = await channel.declare_queue(broker.queue, passive=True)
        assert queue.declaration_result.consumer_count == 0
        tag = await queue.consume(ignore)
        assert await broker.consumers() == 1
        await queue.cancel(tag)
    channel = await connection.channel()
    with pytest.raises(ChannelAccessRefused):
        await channel.declare_queue("another")
    channel = await connection.channel()
    with pytest.raises(ChannelAccessRefused):
        await channel.default_exchange.publish(aio_pika.Message(b""), broker.queue)
    channel = await connection.channel()
    exchange = await channel.get_exchange(broker.exchange, ensure=False)
    with pytest.raises(ChannelAccessRefused):
        await exchange.publish(aio_pika.Message(b""), "EH123456.C.48.1")
    await connection.close()


async def test_restart_keeps_messages(broker: RabbitMQ) -> None:
    """Messages outlive a restart and a kill, and the publisher connects again."""
    for kill in (False, True):
        await broker.publish("a.O.1", b"kept", headers={"ArrivalTime": 1})
        # The broker needs a moment to write it to its disk.
        await asyncio.sleep(0.5)
        await broker.stop(kill=kill)
        assert not broker.running
        await broker.start()
    connection = await connect(broker)
    await broker.publish("a.O.2", b"new", content_encoding="identity")
    messages = await drain(connection, broker, 3)
    assert [message.body for message in messages] == [b"kept", b"kept", b"new"]
    assert messages[0].routing_key == "a.O.1"
    assert messages[0].headers == {"ArrivalTime": 1}
    assert await broker.depth() == 0
    await connection.close()


async def test_death(broker: RabbitMQ) -> None:
    """A broker that ends while nobody stops it says so, and can be started again."""
    assert broker.died is None
    server = broker._server
    assert server is not None
    server.kill()
    await server.wait()
    assert not broker.running
    assert str(broker.died).startswith("the broker ended with -9")
    await broker.stop(kill=True)
    assert broker.died is None
    await broker.start()
    assert broker.running
    await broker.publish("a.O.1", b"again")
    assert await broker.depth() == 1


async def test_port_taken(socket_enabled: None) -> None:
    """A broker that can't start says why."""
    broker = RabbitMQ(authority=Authority())
    with socket.socket() as other:
        other.bind((broker.host, broker.admin_port))
        with pytest.raises(EndedError, match="could_not_start_listener"):
            async with broker:
                pytest.fail("it started")


def test_ports(socket_enabled: None) -> None:
    """Ports are different, free, and none that the kernel gives to others."""
    ports = free_ports(50)
    assert len(set(ports)) == 50
    low, _ = map(int, Path(RANGE).read_text().split())
    assert max(ports) < low
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", ports[0]))


async def test_credentials_and_queue(broker: RabbitMQ) -> None:
    """Rotated credentials end connections; a deleted queue is gone until made again."""
    connection = await connect(broker)
    old = broker.password
    closed = watch(connection)
    await broker.rotate_credentials()
    assert broker.password != old
    await asyncio.wait_for(closed.wait(), 5)
    with pytest.raises(ProbableAuthenticationError):
        await connect(broker, old)
    connection = await connect(broker)
    await broker.delete_queue()
    channel = await connection.channel()
    with pytest.raises(ChannelNotFoundEntity):
        await channel.declare_queue(broker.queue, passive=True)
    await broker.create_queue()
    await broker.publish_many(("a.O.1", b"%d" % n, None) for n in range(100))
    messages = await drain(connection, broker, 100)
    assert [int(message.body) for message in messages] == list(range(100))
    closed = watch(connection)
    await broker.close_connections()
    await asyncio.wait_for(closed.wait(), 5)


async def test_publisher(broker: RabbitMQ) -> None:
    """Each shape carries what a charger says, in order."""
    charger = Charger()
    account = Account("a", "marked-password", chargers=[charger], integration=True)
    connection = await connect(broker)
    async with Publisher([account], broker) as publisher:
        for shape in SHAPES:
            publisher.shape = shape
            charger.observe(120, 3.5, 1_700_000_000)
            await publisher.flush()
            (message,) = await drain(connection, broker, 1)
            assert message.routing_key in {"EH123456.O.120", "EH123456.OP.1"}
            arrival = datetime.fromtimestamp(1_700_000_000, UTC)
            assert message.headers["ArrivalTime"] == arrival
            if shape != "gzip":
                assert b"3.5" in message.body
            else:
                assert message.content_encoding == "gzip"
        count = await publisher.poison()
        assert len(await drain(connection, broker, count)) == count
    await connection.close()
