"""A go-e charger over a real broker, by both ways to it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
import json
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import mqtt as mqtt_module, push
from custom_components.sunbridge.vendors.goe.ha_broker import HaBroker
from custom_components.sunbridge.vendors.goe.push import GoePushCoordinator
from homeassistant.components import mqtt
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from simulators.goe import Car, Charger, MqttFront
from simulators.mosquitto import Mosquitto
from simulators.proxy import Proxy

from ..conftest import SERIAL, TOKEN

POWER = "sensor.garage_power"
CURRENT = "number.garage_charging_current"


@pytest.fixture(params=["broker", "mqtt"])
def any_entry(
    request: pytest.FixtureRequest,
    ha_mqtt: None,
    broker_entry: MockConfigEntry,
    mqtt_entry: MockConfigEntry,
) -> MockConfigEntry:
    """Return the entry by either way to the broker."""
    return broker_entry if request.param == "broker" else mqtt_entry


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the state of an entity, None if there's none."""
    found = hass.states.get(entity_id)
    return None if found is None else found.state


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> GoePushCoordinator:
    """Set the charger up; return its coordinator when it's live."""
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator: GoePushCoordinator = entry.runtime_data.coordinators[0]
    await until(lambda: coordinator.available)
    return coordinator


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, on_broker: MqttFront, broker_entry: MockConfigEntry
) -> GoePushCoordinator:
    """Set the charger up over a broker of its own."""
    return await set_up(hass, broker_entry)


async def set_current(hass: HomeAssistant, amperes: float) -> None:
    """Set the charging current, as a user does."""
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": CURRENT, "value": amperes},
        blocking=True,
    )


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
    with patch.object(mqtt_module, "RESULT_TIMEOUT_S", 0.5):
        await set_current(hass, 10)
    assert state(hass, CURRENT) == "10"


@pytest.mark.parametrize("kill", [False, True])
async def test_broker_lost_and_back(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    any_entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    kill: bool,
) -> None:
    """Entities are unavailable at once, and come back without a reload."""
    # This isn't about how fast a busy machine is.
    monkeypatch.setattr(mqtt_module, "RESULT_TIMEOUT_S", 20.0)
    coordinator = await set_up(hass, any_entry)
    await broker.stop(kill=kill)
    await until(lambda: state(hass, POWER) == STATE_UNAVAILABLE)
    with pytest.raises(HomeAssistantError) as raised:
        await coordinator.async_send({"amp": 10})
    assert raised.value.translation_key == "goe_broker_cannot_connect"
    await broker.start()
    await until(lambda: state(hass, POWER) == "0")
    await set_current(hass, 12)
    assert state(hass, CURRENT) == "12"
    assert caplog.text.count("Garage isn't heard any more") == 1
    assert caplog.text.count("Garage is heard again") == 1
    assert coordinator.config_entry.state is ConfigEntryState.LOADED


@pytest.fixture
async def proxy(broker: Mosquitto) -> AsyncGenerator[Proxy]:
    """Stand between Home Assistant and the broker."""
    async with Proxy(broker.host, broker.port) as proxy:
        yield proxy


@pytest.mark.parametrize("more_bytes", [1, 7, 40, 301])
async def test_cut_in_the_middle_of_a_packet(
    hass: HomeAssistant,
    on_broker: MqttFront,
    proxy: Proxy,
    broker_entry: MockConfigEntry,
    more_bytes: int,
) -> None:
    """A network that breaks anywhere is a lost broker, and comes back."""
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry, data={**broker_entry.data, "port": proxy.port}
    )
    await hass.config_entries.async_setup(broker_entry.entry_id)
    await hass.async_block_till_done()
    await until(lambda: state(hass, POWER) == "0")
    proxy.bytes_left = more_bytes
    await until(lambda: state(hass, POWER) == STATE_UNAVAILABLE)
    await until(lambda: state(hass, POWER) == "0")
    coordinator = broker_entry.runtime_data.coordinators[0]
    assert not coordinator.diagnostics()["malformed"]
    await hass.config_entries.async_unload(broker_entry.entry_id)


async def test_slow_consumer(
    hass: HomeAssistant,
    on_broker: MqttFront,
    proxy: Proxy,
    charger: Charger,
    broker_entry: MockConfigEntry,
) -> None:
    """When the way is too slow for all that's said, the values are right at the end."""
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry, data={**broker_entry.data, "port": proxy.port}
    )
    await hass.config_entries.async_setup(broker_entry.entry_id)
    await hass.async_block_till_done()
    await until(lambda: state(hass, CURRENT) == "16")
    proxy.bytes_per_s = 1_000
    for number in range(3_000):
        await on_broker.publish(
            f"{on_broker.base}amp", b"%d" % (6 + number % 10), retain=True
        )
    proxy.bytes_per_s = None
    charger.set("amp", 32)
    await until(lambda: state(hass, CURRENT) == "32")
    coordinator = broker_entry.runtime_data.coordinators[0]
    assert coordinator.available
    assert not coordinator.diagnostics()["malformed"]
    await hass.config_entries.async_unload(broker_entry.entry_id)


async def test_charger_silent(
    hass: HomeAssistant, coordinator: GoePushCoordinator, on_broker: MqttFront
) -> None:
    """A charger that says nothing becomes unavailable by its age alone."""
    assert coordinator.max_age_s == 30
    on_broker.silent = True
    await asyncio.sleep(0.1)
    coordinator._async_cancel_expiry()
    coordinator.max_age_s = 0.2
    coordinator.async_data_from(0.0)
    await until(lambda: state(hass, POWER) == STATE_UNAVAILABLE)
    on_broker.silent = False
    await until(lambda: state(hass, POWER) == "0")


async def test_charger_says_goodbye(
    hass: HomeAssistant, coordinator: GoePushCoordinator, on_broker: MqttFront
) -> None:
    """A last will makes it unavailable at once, and the next word available."""
    on_broker.silent = True
    await asyncio.sleep(0.2)
    await on_broker.publish(f"{on_broker.base}mcc", b"false", retain=True)
    await until(lambda: state(hass, POWER) == STATE_UNAVAILABLE)
    on_broker.silent = False
    await until(lambda: state(hass, POWER) == "0")


async def test_power_loss(
    hass: HomeAssistant,
    broker: Mosquitto,
    charger: Charger,
    broker_entry: MockConfigEntry,
) -> None:
    """The broker tells the last will of a charger whose connection breaks."""
    front = MqttFront(
        charger,
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        tick_s=0.05,
    )
    async with front:
        await set_up(hass, broker_entry)
        assert front._client is not None
        # As if the cable was cut: no good-bye is said.
        socket: Any = front._client._client.socket()
        socket.shutdown(2)
        coordinator = broker_entry.runtime_data.coordinators[0]
        await until(lambda: coordinator.counters["messages"] > 0)
        await until(lambda: state(hass, POWER) == STATE_UNAVAILABLE)
        await until(lambda: state(hass, POWER) == "0")


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


async def test_nothing_heard(
    hass: HomeAssistant, broker: Mosquitto, broker_entry: MockConfigEntry
) -> None:
    """A charger that isn't on the broker is waited for, and says so."""
    broker_entry.add_to_hass(hass)
    with patch.object(push, "FIRST_REPORT_TIMEOUT_S", 0.3):
        await hass.config_entries.async_setup(broker_entry.entry_id)
    assert broker_entry.state is ConfigEntryState.SETUP_RETRY
    assert broker_entry.error_reason_translation_key == "goe_mqtt_silent"


async def test_no_broker(
    hass: HomeAssistant, broker: Mosquitto, broker_entry: MockConfigEntry
) -> None:
    """A broker that isn't there doesn't hold up the start."""
    await broker.stop()
    hass.set_state(CoreState.starting)
    broker_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(broker_entry.entry_id)
    assert broker_entry.state is ConfigEntryState.SETUP_RETRY
    assert broker_entry.error_reason_translation_key == "goe_broker_cannot_connect"
    hass.set_state(CoreState.running)


async def test_no_mqtt_integration(hass: HomeAssistant, broker: Mosquitto) -> None:
    """Without Home Assistant's MQTT the entry waits for it."""
    entry = MockConfigEntry(
        domain="sunbridge",
        title="Garage",
        data={
            "vendor": "goe",
            "transport": "mqtt",
            "serial": SERIAL,
            "base_topic": f"go-eCharger/{SERIAL}/",
        },
    )
    entry.add_to_hass(hass)
    with patch.object(push, "FIRST_REPORT_TIMEOUT_S", 0.2):
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "goe_broker_cannot_connect"


async def test_half_subscribed(hass: HomeAssistant, ha_mqtt: None) -> None:
    """A subscription that fails doesn't keep those before it for ever."""
    subscribe = mqtt.async_subscribe
    ended: list[str] = []

    async def first_only(_: HomeAssistant, topic: str, *args: Any, **more: Any) -> Any:
        if topic == "second":
            raise HomeAssistantError
        end = await subscribe(hass, topic, *args, **more)

        def unsubscribe() -> None:
            ended.append(topic)
            end()

        return unsubscribe

    broker = HaBroker(hass)
    with patch.object(mqtt, "async_subscribe", first_only):
        await broker.start(["first", "second"], lambda *_: None, lambda _: None)
    assert broker.error is not None
    await broker.stop()
    assert ended == ["first"]


async def test_wrong_password(
    hass: HomeAssistant, broker: Mosquitto, broker_entry: MockConfigEntry
) -> None:
    """A broker that refuses the login asks for another, at the set-up."""
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry, data={**broker_entry.data, "password": "wrong"}
    )
    await hass.config_entries.async_setup(broker_entry.entry_id)
    await hass.async_block_till_done()
    assert broker_entry.state is ConfigEntryState.SETUP_ERROR
    assert len(list(broker_entry.async_get_active_flows(hass, {SOURCE_REAUTH}))) == 1


async def test_password_changed(
    hass: HomeAssistant,
    broker: Mosquitto,
    coordinator: GoePushCoordinator,
    broker_entry: MockConfigEntry,
) -> None:
    """A broker that refuses the login later asks for another too."""
    await broker.stop()
    broker.password = "another"
    await broker._configure()
    await broker.start()
    await until(
        lambda: bool(list(broker_entry.async_get_active_flows(hass, {SOURCE_REAUTH})))
    )
    assert state(hass, POWER) == STATE_UNAVAILABLE


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
