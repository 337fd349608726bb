"""An integration account over AMQP, with a real RabbitMQ and real faults."""

import asyncio
from functools import partial
import gc
import logging
import random
from typing import Any

import aio_pika
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.easee import account as account_module, amqp
from custom_components.sunbridge.vendors.issues import async_raise
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulators.clock import Clock
from simulators.easee import SHAPES, Account, Car, Charger, Cloud, Id, Publisher
from simulators.proxy import Proxy
from simulators.rabbitmq import RabbitMQ

from .conftest import PASSWORD, SERIAL, USERNAME, account_of, set_up, state, until

POWER = "sensor.garage_power"
STATUS = "sensor.garage_status"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return our log's lines about the stream."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith(("custom_components", "aiormq", "aio_pika"))
        and record.levelno >= logging.INFO
    ]


def shows(hass: HomeAssistant, power_kw: str) -> bool:
    """Tell whether a power is shown."""
    return state(hass, POWER) == power_kw


def connected(account: Any, times: int) -> bool:
    """Tell whether the stream was opened so often."""
    return bool(account.counters["connections"] >= times)


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


async def test_each_shape(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    clock: Clock,
    amqp_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever the bodies look like, values arrive; poison is left out and told once."""
    caplog.set_level(logging.INFO)
    await set_up(hass, amqp_entry)
    account = account_of(amqp_entry)
    for power_kw, shape in enumerate(SHAPES, 1):
        partner.shape = shape
        # Not all shapes tell fractions of a second.
        clock.advance(2)
        charger.observe(Id.POWER, float(power_kw))
        await partner.flush()
        shown = str(float(power_kw))
        await until(partial(shows, hass, shown))
    for arrival in ("datetime", "epoch_s", "epoch_ms", "ticks", "iso"):
        partner.shape, partner.arrival = "expanded", arrival
        clock.advance(2)
        charger.observe(Id.POWER, random.random())
    for _ in range(2):
        await partner.poison()
    # What can't be read doesn't stop what comes behind it.
    clock.advance(2)
    charger.observe(Id.POWER, 9.5)
    await partner.flush()
    await until(lambda: state(hass, POWER) == "9.5")
    await until_empty(rabbit)
    assert account.counters["disconnections"] == 0
    told = [line for line in lines(caplog) if "unknown shape" in line]
    assert len(told) == len(set(told)) == len(account.shapes)
    assert all(count >= 2 for count in account.shapes.values())
    # Other chargers of the operator are nobody's business.
    await rabbit.publish("EH777777.O.120", b'{"Timestamp": 0, "Value": 5}')
    await until(lambda: account.counters["foreign"] == 1)
    assert not [line for line in lines(caplog) if "EH777777" in line]


async def until_empty(rabbit: RabbitMQ) -> None:
    """Wait until nothing waits in the queue, acknowledged or not."""
    async with asyncio.timeout(20):
        while await rabbit.depth():
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_delays(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The header and the device's time tell how long a message took."""
    monkeypatch.setattr(account_module, "REPLAY_S", 0.0)
    await set_up(hass, amqp_entry)
    charger.observe(Id.POWER, 3.0)
    await partner.flush()
    since_cloud = "sensor.garage_delay_since_the_cloud"
    await until(lambda: state(hass, since_cloud) is not None)
    assert 0 <= float(state(hass, since_cloud) or -1) < 5
    assert 0 <= float(state(hass, "sensor.garage_delay_since_the_charger") or -1) < 5


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
    charger.observe(Id.POWER, 2.5)
    await partner.flush()
    await until(lambda: state(hass, POWER) == "2.5")
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
    charger.observe(Id.POWER, 2.5)
    await partner.flush()
    await until(lambda: state(hass, POWER) == "2.5")
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
    charger.observe(Id.POWER, 2.5)
    await partner.flush()
    await until(lambda: state(hass, POWER) == "2.5")
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


async def test_backlog(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
) -> None:
    """10,000 messages wait: the newest of each id is shown, few are written.

    They are out of order, and some come twice.
    """
    await set_up(hass, amqp_entry)
    assert await hass.config_entries.async_unload(amqp_entry.entry_id)
    now_s = charger.clock.time()
    numbers = [Id.POWER, Id.SESSION_ENERGY, 183, 184, 185, 194]
    newest: dict[int, tuple[float, float]] = {}
    messages: list[tuple[str, bytes, dict[str, Any]]] = []
    chance = random.Random(1)
    for place in range(10_000):
        number, at_s = chance.choice(numbers), now_s + 0.05 * chance.randrange(10_000)
        value = round(chance.uniform(1, 7), 2)
        if (at_s, value) > newest.get(number, (0, 0)):
            newest[number] = (at_s, value)
        body = f'{{"Timestamp": {at_s:.3f}, "Value": {value}}}'.encode()
        messages.append((f"{SERIAL}.O.{number}", body, {}))
        if place % 10 == 0:
            messages.append(messages[-1])
    await rabbit.publish_many(messages)
    async with asyncio.timeout(10):
        while await rabbit.depth() < 11_000:
            await asyncio.sleep(0.05)
    writes: list[Any] = []
    hass.bus.async_listen(
        "state_changed",
        lambda event: (
            writes.append(event) if event.data["entity_id"] == POWER else None
        ),
    )
    assert await hass.config_entries.async_setup(amqp_entry.entry_id)
    await until_empty(rabbit)
    account = account_of(amqp_entry)
    await until(lambda: account.counters["messages"] >= 11_000)
    account._do_flush()
    await hass.async_block_till_done()
    values = account.products[SERIAL].data.values
    names = account.products[SERIAL].data.keys
    for number, (at_s, value) in newest.items():
        assert account.products[SERIAL].data.times_s[names[number].name] == (
            pytest.approx(at_s, abs=0.001)
        )
        assert values[names[number].name] == pytest.approx(value, abs=0.06)
    assert len(writes) < 30


async def test_redelivered_and_reordered(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
) -> None:
    """Connections are cut amid a stream; nothing is lost, and the newest stays."""
    await set_up(hass, amqp_entry)
    account = account_of(amqp_entry)
    now_s = charger.clock.time()
    for turn in range(3):
        messages: list[tuple[str, bytes, dict[str, Any]]] = [
            (
                f"{SERIAL}.O.120",
                f'{{"Timestamp": {now_s + turn + place / 1000:.3f},'
                f' "Value": {turn + place / 1000:.3f}}}'.encode(),
                {},
            )
            for place in range(1000)
        ]
        random.Random(turn).shuffle(messages)
        await rabbit.publish_many(messages)
        await rabbit.close_connections()
        await until(partial(connected, account, turn + 2), 20)
    await until_empty(rabbit)
    await until(lambda: state(hass, POWER) == "2.999")
    assert account.counters["messages"] >= 3000


async def test_start_state_is_read_all_the_same(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    user: Account,
    charger: Charger,
    amqp_entry: MockConfigEntry,
) -> None:
    """Messages that come at once are no reason not to read the rest."""
    charger.plug_in(Car())
    user.chargers.append(Charger("EH222222", name="Yard", node_master=False))
    await partner.flush()
    await set_up(hass, amqp_entry)
    for serial in (SERIAL, "EH222222"):
        assert cloud.asked(f"/state/{serial}/observations")
    await until(lambda: state(hass, "sensor.garage_voltage_l1") is not None)
    await until(lambda: state(hass, "sensor.yard_voltage_l1") is not None)


async def test_rest_and_stream_apart(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    charger: Charger,
    amqp_entry: MockConfigEntry,
) -> None:
    """Without REST the queue goes on."""
    await set_up(hass, amqp_entry)
    cloud.faults.rest_down = True
    charger.observe(Id.POWER, 2.5)
    await partner.flush()
    await until(lambda: state(hass, POWER) == "2.5")


async def test_nothing_left(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No consumer, task or connection is left, and no secret was told."""
    caplog.set_level(logging.DEBUG)
    await set_up(hass, amqp_entry)
    charger.scan()
    await partner.poison()
    await until_empty(rabbit)
    assert await rabbit.consumers() == 1
    found = str(await async_get_config_entry_diagnostics(hass, amqp_entry))
    before = len(asyncio.all_tasks())
    assert await hass.config_entries.async_unload(amqp_entry.entry_id)
    assert await rabbit.consumers() == 0
    gc.collect()
    assert len(asyncio.all_tasks()) < before
    ours = "\n".join(
        record.getMessage() + str(record.exc_info or "")
        for record in caplog.records
        if record.name.startswith("custom_components")
        or (record.name.startswith(("aiormq", "aio_pika")) and record.levelno > 10)
    )
    secrets = [
        PASSWORD, USERNAME, SERIAL, rabbit.password, rabbit.username, rabbit.queue,
        rabbit.exchange, "marked",
    ]  # fmt: skip
    for secret in secrets:
        assert secret not in ours
        assert secret not in found
    # Not even the libraries' debug log has the password.
    assert rabbit.password not in caplog.text
