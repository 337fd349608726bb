"""A broker that fails in each way, and others at its queue: it's noticed and told."""

import asyncio
import gc
import logging
import ssl
from typing import Any

import aio_pika
import aiormq
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import amqp, connect
from custom_components.sunbridge.vendors.issues import async_raise
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulators.easee import Car, Charger, Cloud, Id, Publisher
from simulators.proxy import Proxy
from simulators.rabbitmq import RabbitMQ

from .conftest import account_of, set_up, state, until
from .over_amqp import POWER, lines, until_empty, until_shown

STATUS = "sensor.garage_status"


def library_objects() -> int:
    """Return how many objects there are of the libraries that speak AMQP."""
    gc.collect()
    return sum(
        type(one).__module__.startswith(("aio_pika", "aiormq", "pamqp"))
        for one in gc.get_objects()
    )


DOWN_AND_UP = [
    "Easee: the stream of Easee was lost",
    "Easee: the stream of Easee is back",
]


@pytest.mark.parametrize("kill", [True, False])
async def test_broker_restarts(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    kill: bool,
) -> None:
    """The stream comes back by itself, what waited comes too; one line each way."""
    caplog.set_level(logging.INFO)
    await set_up(hass, amqp_entry)
    caplog.clear()
    await rabbit.stop(kill=kill)
    await until(lambda: not account_of(amqp_entry).is_linked)
    charger.plug_in(Car())
    # Meanwhile REST is read.
    await until(lambda: state(hass, STATUS) == "charging")
    await rabbit.start()
    await until(lambda: account_of(amqp_entry).is_linked, 30)
    await until_shown(hass, partner, charger, 2.5)
    assert lines(caplog) == DOWN_AND_UP


async def test_credentials_rotate(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Fresh connection details are fetched for each connection."""
    caplog.set_level(logging.INFO)
    await set_up(hass, amqp_entry)
    caplog.clear()
    asked = len(cloud.asked("/api/streams/amqp/v2"))
    await rabbit.rotate_credentials()
    await until(lambda: account_of(amqp_entry).counters["connections"] == 2)
    assert len(cloud.asked("/api/streams/amqp/v2")) > asked
    await until_shown(hass, partner, charger, 2.5)
    assert lines(caplog) == DOWN_AND_UP


async def test_queue_is_deleted(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A repair issue tells it, until there's a queue again."""
    caplog.set_level(logging.INFO)
    await set_up(hass, amqp_entry)
    caplog.clear()
    await rabbit.delete_queue()
    issue = f"easee_queue_{amqp_entry.entry_id}"
    issues = ir.async_get(hass).issues
    await until(lambda: ("sunbridge", issue) in issues)
    await rabbit.create_queue()
    await until(lambda: account_of(amqp_entry).is_linked)
    assert ("sunbridge", issue) not in issues
    await until_shown(hass, partner, charger, 2.5)
    assert lines(caplog) == DOWN_AND_UP


async def test_cut_without_a_word(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A peer that vanishes is missed by its heartbeats, one that resets at once."""
    monkeypatch.setattr(amqp, "HEARTBEAT_S", 1)
    # So that something is asked of the broker when it vanishes: the library cancels
    # that, as if somebody had cancelled us.
    monkeypatch.setattr(amqp, "SHARED_AFTER_S", 0.3)
    monkeypatch.setattr(amqp, "SHARED_EVERY_S", 0.3)
    async with Proxy(rabbit.host, rabbit.port) as proxy:
        details = dict(rabbit.details)
        monkeypatch.setattr(
            type(rabbit), "details", property(lambda _: {**details, "port": proxy.port})
        )
        await set_up(hass, amqp_entry)
        account = account_of(amqp_entry)
        proxy.cut()
        await until(lambda: account.counters["connections"] == 2)
        proxy.freeze()
        charger.observe(Id.POWER, 2.5)
        await partner.flush()
        await until(lambda: account.counters["disconnections"] == 2, 20)
        proxy.thaw()
        await until(lambda: state(hass, POWER) == "2.5")
        await until(lambda: account.is_linked, 20)
        await until_empty(rabbit)


async def test_shared_queue(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another consumer gets a part of the messages: the user should know."""
    monkeypatch.setattr(amqp, "SHARED_AFTER_S", 0.2)
    monkeypatch.setattr(amqp, "SHARED_EVERY_S", 0.2)
    await set_up(hass, amqp_entry)
    issue = ("sunbridge", f"easee_shared_queue_{amqp_entry.entry_id}")
    issues = ir.async_get(hass).issues
    await asyncio.sleep(0.5)
    assert issue not in issues
    connection = await aio_pika.connect(
        host=rabbit.host,
        port=rabbit.port,
        login=rabbit.username,
        password=rabbit.password,
        ssl=True,
        ssl_context=rabbit.tls(),
    )
    channel = await connection.channel()
    queue = await channel.get_queue(rabbit.queue)
    await queue.consume(lambda message: message.ack())
    await until(lambda: issue in issues)
    await connection.close()
    await until(lambda: issue not in issues)


@pytest.mark.parametrize("answered", [0, 1])
async def test_broker_only_beats(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    answered: int,
) -> None:
    """One that goes on with heartbeats and answers nothing is given up."""
    asked = 0
    declare = aiormq.Channel.queue_declare

    async def rarely(*args: Any, **how: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked > answered:
            await asyncio.Event().wait()
        return await declare(*args, **how)

    amqp_entry.add_to_hass(hass)
    with monkeypatch.context() as patched:
        patched.setattr(aiormq.Channel, "queue_declare", rarely)
        patched.setattr(amqp, "SHARED_AFTER_S", 0.01)
        patched.setattr(amqp, "CONNECT_TIMEOUT_S", 1.0)
        assert await hass.config_entries.async_setup(amqp_entry.entry_id)
        # Asked once more: it was given up.
        await until(lambda: asked >= answered + 2, 30)
    await until(lambda: account_of(amqp_entry).is_linked, 30)
    charger.plug_in(Car())
    await until_shown(hass, partner, charger, 2.5)


async def test_looks_leave_nothing(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection that lasts for weeks is looked at thousands of times."""
    looks = 0
    looked = amqp.AmqpStream._looked

    async def counted(*args: Any) -> Any:
        nonlocal looks
        found = await looked(*args)
        looks += 1
        return found

    monkeypatch.setattr(amqp, "SHARED_AFTER_S", 0.01)
    monkeypatch.setattr(amqp, "SHARED_EVERY_S", 0.01)
    monkeypatch.setattr(amqp.AmqpStream, "_looked", counted)
    await set_up(hass, amqp_entry)
    await until(lambda: looks >= 5)
    before = library_objects()
    await until(lambda: looks >= 45)
    assert library_objects() - before < 20


async def test_shared_queue_is_left(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Who hears the other stream now isn't warned of the queue any more."""
    async_raise(hass, entry, "easee_shared_queue")
    await set_up(hass, entry)
    issue = ("sunbridge", f"easee_shared_queue_{entry.entry_id}")
    assert issue not in ir.async_get(hass).issues


async def test_untrusted_broker(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A certificate is always verified; then the log-in, then the encryption."""
    trusting = rabbit.tls()
    # A broker's certificate, signed by nobody that is known.
    stranger = ssl.create_default_context()
    monkeypatch.setattr(connect, "client_context", lambda: stranger)
    amqp_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(amqp_entry.entry_id)
    account = account_of(amqp_entry)
    await until(lambda: account.counters["EaseeStreamTlsError"] >= 2)
    # REST is read meanwhile.
    charger.observe(Id.POWER, 3.0)
    await until(lambda: state(hass, "sensor.garage_power") == "3.0")

    monkeypatch.setattr(connect, "client_context", lambda: trusting)
    details = dict(rabbit.details)
    wrong = {**details, "password": "marked-wrong"}
    monkeypatch.setattr(type(rabbit), "details", property(lambda _: wrong))
    assert await hass.config_entries.async_reload(amqp_entry.entry_id)
    account = account_of(amqp_entry)
    await until(lambda: account.counters["EaseeStreamAuthError"] >= 2)

    wrong["useSsl"] = False
    await until(lambda: account.counters["EaseeResponseError"] >= 1)
    issue = ("sunbridge", f"easee_queue_{amqp_entry.entry_id}")
    assert issue in ir.async_get(hass).issues
    wrong |= details
    await until(lambda: account.is_linked)
    assert issue not in ir.async_get(hass).issues
