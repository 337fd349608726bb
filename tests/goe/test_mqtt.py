"""A go-e charger over a real broker, by both ways to it."""

import asyncio
import json
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import mqtt as mqtt_module
from custom_components.sunbridge.vendors.goe.push import GoePushCoordinator
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from simulators.goe import Car, Charger, MqttFront
from simulators.mosquitto import Mosquitto

from ..conftest import SERIAL, TOKEN
from .conftest import set_up, until
from .over_mqtt import CURRENT, POWER, any_entry, coordinator, set_current, state

__all__ = ["any_entry", "coordinator"]


async def test_live(
    hass: HomeAssistant,
    on_broker: MqttFront,
    charger: Charger,
    any_entry: MockConfigEntry,
) -> None:
    """Values arrive by themselves, commands are obeyed, and all ends with the entry."""
    coordinator = await set_up(hass, any_entry)
    assert state(hass, POWER) == "0"
    assert state(hass, "sensor.garage_total_energy") == "1234.567"
    # By MQTT this firmware doesn't tell the name, so there's no text for it.
    assert state(hass, "switch.garage_simulate_unplugging") is None

    charger.plug_in(Car(start_delay_s=0, ramp_a_per_s=1000))
    await until(lambda: state(hass, POWER) == "11040")
    await set_current(hass, 10)
    assert charger.status()["amp"] == 10
    await until(lambda: state(hass, POWER) == "6900")
    assert state(hass, CURRENT) == "10"

    await hass.config_entries.async_unload(any_entry.entry_id)
    await hass.async_block_till_done()
    messages = coordinator.counters["messages"]
    await asyncio.sleep(0.3)
    assert coordinator.counters["messages"] == messages


async def test_flood_is_one_update(
    hass: HomeAssistant, on_broker: MqttFront, broker_entry: MockConfigEntry
) -> None:
    """What the broker kept comes as one report."""
    on_broker.silent = True
    await asyncio.sleep(0.2)
    broker_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(broker_entry.entry_id)
    coordinator = broker_entry.runtime_data.coordinators[0]
    assert len(coordinator.data.raw) > 100
    assert coordinator.counters["reports"] == 1
    # Nothing was said since: what the broker kept may be as old as it likes.
    assert coordinator.counters["messages"] == 0
    assert state(hass, POWER) == STATE_UNAVAILABLE
    on_broker.silent = False
    await until(lambda: state(hass, POWER) == "0")


async def test_changed_while_set_up(
    hass: HomeAssistant,
    charger: Charger,
    on_broker: MqttFront,
    broker_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the charger says once, before there are entities, isn't lost."""
    forward = hass.config_entries.async_forward_entry_setups

    async def later(entry: Any, platforms: Any) -> None:
        coordinator = broker_entry.runtime_data.coordinators[0]
        charger.plug_in()
        await until(lambda: coordinator.data.raw["car"] != 1)
        await forward(entry, platforms)

    monkeypatch.setattr(hass.config_entries, "async_forward_entry_setups", later)
    await set_up(hass, broker_entry)
    assert state(hass, "binary_sensor.garage_car_plugged_in") == "on"


async def test_only_what_is_wanted(
    hass: HomeAssistant, coordinator: GoePushCoordinator, on_broker: MqttFront
) -> None:
    """A key that no entity shows isn't even read."""
    unread = coordinator._link.unread
    reports = coordinator.counters["reports"]
    on_broker.silent = True
    await asyncio.sleep(0.2)
    reports = coordinator.counters["reports"]
    for number in range(20):
        await on_broker.publish(f"{on_broker.base}utc", b'"%d"' % number, retain=True)
    await until(lambda: coordinator._link.unread >= unread + 20)
    assert coordinator.counters["reports"] == reports


@pytest.mark.parametrize(
    "payload",
    [b"\xff\xfe", b"[230, 231", b"0" * 5_000_000, b"", b"NaN", b"lots", b'"lots"'],
    ids=["not_utf8", "half", "zeros", "empty", "nan", "word", "text"],
)
async def test_garbage(
    hass: HomeAssistant,
    coordinator: GoePushCoordinator,
    on_broker: MqttFront,
    caplog: pytest.LogCaptureFixture,
    payload: bytes,
) -> None:
    """What isn't a value is unknown, counted and logged once, and harms no other."""
    on_broker.silent = True
    await asyncio.sleep(0.2)
    for _ in range(2):
        await on_broker.publish(f"{on_broker.base}nrg", payload, retain=True)
        await on_broker.publish(f"{on_broker.base}amp", b"14", retain=True)
        await on_broker.publish(f"{on_broker.base}amp", b"13", retain=True)
    await until(lambda: state(hass, CURRENT) == "13")
    assert state(hass, POWER) == STATE_UNKNOWN
    assert caplog.text.count("the value of nrg is of another type") == 1
    assert coordinator.diagnostics()["malformed"]["nrg"] >= 1
    on_broker.silent = False
    on_broker.charger.plug_in()
    await until(lambda: state(hass, POWER) != STATE_UNKNOWN)


async def test_strange_topics(
    hass: HomeAssistant, coordinator: GoePushCoordinator, on_broker: MqttFront
) -> None:
    """Topics that are no keys fill no memory."""
    keys = len(coordinator.data.raw)
    await on_broker.publish(f"{on_broker.base}no key!", b"1", retain=False)
    await on_broker.publish(f"{on_broker.base}{'x' * 60}", b"1", retain=False)
    await on_broker.publish(f"{on_broker.base}amp", b"12", retain=False)
    await until(lambda: state(hass, CURRENT) == "12")
    assert len(coordinator.data.raw) == keys


async def test_refused(hass: HomeAssistant, coordinator: GoePushCoordinator) -> None:
    """The charger's own words reach the user."""
    with pytest.raises(HomeAssistantError) as raised:
        await coordinator.async_send({"amp": 99})
    assert raised.value.translation_key == "goe_rejected"
    assert "value out of range 99" in str(raised.value)


@pytest.mark.parametrize("answers", [True, False])
async def test_writing_not_allowed(
    hass: HomeAssistant,
    coordinator: GoePushCoordinator,
    on_broker: MqttFront,
    issue_registry: ir.IssueRegistry,
    broker_entry: MockConfigEntry,
    answers: bool,
) -> None:
    """A charger that takes no settings is explained, until it takes one."""
    issue = ("sunbridge", f"goe_mqtt_read_only_{broker_entry.entry_id}")
    on_broker.writable, on_broker.answers = False, answers
    with (
        patch.object(mqtt_module, "RESULT_TIMEOUT_S", 0.2),
        pytest.raises(HomeAssistantError) as raised,
    ):
        await set_current(hass, 10)
    assert raised.value.translation_key == (
        "goe_rejected" if answers else "goe_mqtt_no_answer"
    )
    assert issue_registry.async_get_issue(*issue) is not None
    assert state(hass, CURRENT) == "16"
    on_broker.writable, on_broker.answers = True, True
    await set_current(hass, 10)
    assert issue_registry.async_get_issue(*issue) is None


async def test_no_answer_of_one_that_is_gone(
    hass: HomeAssistant,
    coordinator: GoePushCoordinator,
    on_broker: MqttFront,
    issue_registry: ir.IssueRegistry,
) -> None:
    """A charger without power isn't one that may only be read."""
    on_broker.silent, on_broker.writable, on_broker.answers = True, False, False
    # What it had begun to say has arrived.
    heard = None
    while heard != (heard := coordinator.counters["messages"]):
        await asyncio.sleep(0.5)
    with (
        patch.object(mqtt_module, "RESULT_TIMEOUT_S", 0.2),
        pytest.raises(HomeAssistantError) as raised,
    ):
        await set_current(hass, 10)
    assert raised.value.translation_key == "goe_mqtt_no_answer"
    assert not issue_registry.issues


async def test_read_only_reported(
    hass: HomeAssistant,
    coordinator: GoePushCoordinator,
    on_broker: MqttFront,
    charger: Charger,
) -> None:
    """Firmware that tells of its read-only mode isn't asked in vain."""
    await on_broker.publish(f"{on_broker.base}mcr", b"true", retain=True)
    await until(lambda: coordinator.data.raw.get("mcr") is True)
    with pytest.raises(HomeAssistantError) as raised:
        await set_current(hass, 10)
    assert raised.value.translation_key == "goe_mqtt_read_only"
    assert charger.status()["amp"] == 16


@pytest.mark.parametrize("firmware", ["051.4", "60.2"])
async def test_no_answer_but_effect(
    hass: HomeAssistant,
    on_broker: MqttFront,
    broker_entry: MockConfigEntry,
    charger: Charger,
    firmware: str,
) -> None:
    """Old firmware doesn't answer: then the new value is the answer."""
    charger._values["fwv"] = firmware
    on_broker.answers = False
    await set_up(hass, broker_entry)
    with patch.object(mqtt_module, "RESULT_TIMEOUT_S", 2.0):
        await set_current(hass, 10)
    assert state(hass, CURRENT) == "10"


async def test_another_prefix(
    hass: HomeAssistant,
    coordinator: GoePushCoordinator,
    on_broker: MqttFront,
    charger: Charger,
    broker_entry: MockConfigEntry,
) -> None:
    """A charger is followed when its prefix changes, and set where it is."""
    await on_broker.move("home/")
    charger.plug_in(Car(start_delay_s=0, ramp_a_per_s=1000))
    await until(lambda: state(hass, POWER) == "11040")
    assert broker_entry.data["base_topic"] == f"home/{SERIAL}/"
    await set_current(hass, 10)
    await until(lambda: state(hass, POWER) == "6900")


@pytest.mark.parametrize("prefix", ["/go-eCharger/", "house/cellar/"])
async def test_prefixes(
    hass: HomeAssistant,
    broker: Mosquitto,
    charger: Charger,
    broker_entry: MockConfigEntry,
    prefix: str,
) -> None:
    """A leading slash and topics of one's own are heard."""
    base = f"{prefix}{SERIAL}/"
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry, data={**broker_entry.data, "base_topic": base}
    )
    front = MqttFront(
        charger,
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        prefix=prefix,
        tick_s=0.05,
    )
    async with front:
        assert await hass.config_entries.async_setup(broker_entry.entry_id)
        await hass.async_block_till_done()
        await until(lambda: state(hass, POWER) == "0")
        await set_current(hass, 10)
        assert charger.status()["amp"] == 10
        await hass.config_entries.async_unload(broker_entry.entry_id)


async def test_two_chargers(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    coordinator: GoePushCoordinator,
    charger: Charger,
    broker_entry: MockConfigEntry,
) -> None:
    """Two chargers on one broker are two."""
    other = Charger("023456", TOKEN, name="Carport", reaction_s=0)
    front = MqttFront(
        other,
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        tick_s=0.05,
    )
    entry = MockConfigEntry(
        domain="sunbridge",
        title="Carport",
        unique_id="goe_023456",
        data={
            **broker_entry.data,
            "serial": "023456",
            "base_topic": "go-eCharger/023456/",
        },
    )
    async with front:
        await set_up(hass, entry)
        await set_current(hass, 10)
        other.plug_in(Car(start_delay_s=0, ramp_a_per_s=1000))
        await until(lambda: state(hass, "sensor.carport_power") == "11040")
        assert state(hass, POWER) == "0"
        assert (charger.status()["amp"], other.status()["amp"]) == (10, 16)
        await hass.config_entries.async_unload(entry.entry_id)


async def test_diagnostics(
    hass: HomeAssistant, coordinator: GoePushCoordinator, broker_entry: MockConfigEntry
) -> None:
    """Diagnostics tell how it goes, and no secrets."""
    from custom_components.sunbridge.diagnostics import (  # noqa: PLC0415
        async_get_config_entry_diagnostics,
    )

    found = await async_get_config_entry_diagnostics(hass, broker_entry)
    text = json.dumps(found)
    for secret in (SERIAL, TOKEN, "marked-broker-password", "127.0.0.1", "house"):
        assert secret not in text
    (device,) = found["coordinators"]
    assert device["linked"] is True
    assert device["transport"] == "broker"


async def test_update_entity(
    hass: HomeAssistant, coordinator: GoePushCoordinator
) -> None:
    """To ask for an update of a charger that pushes does no harm."""
    await coordinator.async_refresh()
    assert coordinator.last_update_success
    assert state(hass, POWER) == "0"
