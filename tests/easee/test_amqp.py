"""An integration account over AMQP, with a real RabbitMQ: what messages bring."""

import asyncio
from functools import partial
import gc
import logging
import random
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.easee import account as account_module
from homeassistant.core import HomeAssistant
from simulators.clock import Clock
from simulators.easee import SHAPES, Account, Car, Charger, Cloud, Id, Publisher
from simulators.rabbitmq import RabbitMQ

from .conftest import PASSWORD, SERIAL, USERNAME, account_of, set_up, state, until
from .over_amqp import POWER, lines, until_empty, until_shown


def connected(account: Any, times: int) -> bool:
    """Tell whether the stream was opened so often."""
    return bool(account.counters["connections"] >= times)


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
        await until_shown(hass, partner, charger, float(power_kw))
    for arrival in ("datetime", "epoch_s", "epoch_ms", "ticks", "iso"):
        partner.shape, partner.arrival = "expanded", arrival
        clock.advance(2)
        charger.observe(Id.POWER, random.random())
    for _ in range(2):
        await partner.poison()
    # What can't be read doesn't stop what comes behind it.
    clock.advance(2)
    await until_shown(hass, partner, charger, 9.5)
    await until_empty(rabbit)
    assert account.counters["disconnections"] == 0
    told = [line for line in lines(caplog) if "unknown shape" in line]
    assert len(told) == len(set(told)) == len(account.shapes)
    assert all(count >= 2 for count in account.shapes.values())
    # Other chargers of the operator are nobody's business.
    await rabbit.publish("EH777777.O.120", b'{"Timestamp": 0, "Value": 5}')
    await until(lambda: account.counters["foreign"] == 1)
    assert not [line for line in lines(caplog) if "EH777777" in line]


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
    assert 0 <= float(state(hass, "sensor.garage_delay_since_the_device") or -1) < 5


@pytest.mark.timeout(150)
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
    async with asyncio.timeout(40):
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
    await until_shown(hass, partner, charger, 2.5)


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
