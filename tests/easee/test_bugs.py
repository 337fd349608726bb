"""Errors of our own while a stream is heard: it goes on, for all other products too."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge import bugs
from custom_components.sunbridge.vendors.easee import amqp, hub
from custom_components.sunbridge.vendors.easee.charger_keys import (
    DYNAMIC_CHARGER_CURRENT,
)
from custom_components.sunbridge.vendors.easee.stored import Kept
from homeassistant.core import HomeAssistant
from simulators.easee import Charger, Cloud, Equalizer, Id, Publisher
from simulators.rabbitmq import RabbitMQ

from .conftest import SERIAL, account_of, set_up, state, until
from .over_amqp import until_empty, until_shown

POWER = "sensor.garage_power"
IMPORT = "sensor.house_import_power"


def broken(*_: Any, **__: Any) -> Any:
    """Fail in a way that nobody thought of."""
    raise LookupError("marked")


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin again at once."""
    monkeypatch.setattr(bugs, "_AGAIN_S", 0.0)


@pytest.mark.parametrize("what", ["take", "flush"])
async def test_one_product(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    equalizer: Equalizer,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    what: str,
) -> None:
    """What is wrong with one product is told once, and others are shown."""
    await set_up(hass, entry)
    account = account_of(entry)
    with monkeypatch.context() as patched:
        patched.setattr(account.products[SERIAL], what, broken)
        for power_kw in (3.0, 4.0):
            charger.observe(Id.POWER, power_kw)
        await until(lambda: account.counters["bug"] >= 1)
        equalizer.set_grid(2500)
        await until(lambda: state(hass, IMPORT) == "2.5")
    charger.observe(Id.POWER, 5.0)
    await until(lambda: state(hass, POWER) == "5.0")
    assert account.counters["connections"] == 1
    assert caplog.text.count("an error of Sunbridge") == 1


async def test_signalr(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream that breaks by our own fault is opened again."""
    await set_up(hass, entry)
    account = account_of(entry)
    with monkeypatch.context() as patched:
        patched.setattr(hub.HubStream, "_frame", broken)
        charger.observe(Id.POWER, 3.0)
        await until(lambda: account.counters["bug"] >= 1)
    charger.observe(Id.POWER, 4.0)
    await until(lambda: state(hass, POWER) == "4.0")
    await until(lambda: account.is_linked)


async def test_amqp(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No message stays in the queue because of it, and a broken stream comes back."""
    await set_up(hass, amqp_entry)
    account = account_of(amqp_entry)
    with monkeypatch.context() as patched:
        patched.setattr(amqp, "message", broken)
        for power_kw in range(150):
            charger.observe(Id.POWER, power_kw / 10)
        await partner.flush()
        await until_empty(rabbit)
    assert account.shapes["LookupError"] == 150
    with monkeypatch.context() as patched:
        patched.setattr(amqp.AmqpStream, "_until_lost", broken)
        account._stream.reconnect()
        await until(lambda: account.counters["bug"] >= 1)
    await until_shown(hass, partner, charger, 4.0)


async def test_renewing(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A dynamic current is renewed all the same."""
    await set_up(hass, entry)
    coordinator = account_of(entry).products[SERIAL]
    charger.observe(Id.DYNAMIC_CURRENT, 10.0)
    await until(lambda: coordinator.data[DYNAMIC_CHARGER_CURRENT] == 10)
    now_s = hass.loop.time()
    with monkeypatch.context() as patched:
        patched.setattr(coordinator, "_async_again", broken)
        coordinator.async_keep_on(Kept(10.0, now_s, now_s + 600))
        await until(lambda: coordinator.counters["bug"] >= 1)
    await until(lambda: coordinator.counters["renewals"] == 1)
