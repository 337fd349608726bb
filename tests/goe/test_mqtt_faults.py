"""The broker, the network or the charger on it is lost, and comes back."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import mqtt as mqtt_module, push
from custom_components.sunbridge.vendors.goe.ha_broker import HaBroker
from custom_components.sunbridge.vendors.goe.push import GoePushCoordinator
from homeassistant.components import mqtt
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.goe import Charger, MqttFront
from simulators.mosquitto import Mosquitto
from simulators.proxy import Proxy

from ..conftest import SERIAL
from .conftest import set_up, until
from .over_mqtt import CURRENT, POWER, any_entry, coordinator, set_current, state

__all__ = ["any_entry", "coordinator"]


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


async def test_others_who_wait_for_mqtt(
    hass: HomeAssistant, broker: Mosquitto, mqtt_entry: MockConfigEntry
) -> None:
    """What Home Assistant shares among those who wait for its MQTT isn't cancelled.

    Or the second try would end for good, and with it the other integrations.
    """
    MockConfigEntry(domain="mqtt", data={"broker": broker.host}).add_to_hass(hass)
    waiting = hass.async_create_task(mqtt.async_wait_for_mqtt_client(hass))
    mqtt_entry.add_to_hass(hass)
    with patch.object(push, "FIRST_REPORT_TIMEOUT_S", 0.1):
        for _ in range(2):
            await hass.config_entries.async_setup(mqtt_entry.entry_id)
            assert mqtt_entry.state is ConfigEntryState.SETUP_RETRY
            await hass.config_entries.async_unload(mqtt_entry.entry_id)
    assert not waiting.done()
    waiting.cancel()


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


async def test_wrong_password_at_the_start(
    hass: HomeAssistant, broker: Mosquitto, broker_entry: MockConfigEntry
) -> None:
    """A broker that starts with Home Assistant may not know its users yet."""
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry, data={**broker_entry.data, "password": "wrong"}
    )
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(broker_entry.entry_id)
    assert broker_entry.state is ConfigEntryState.SETUP_RETRY
    assert broker_entry.error_reason_translation_key == "goe_broker_auth"
    assert not list(broker_entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


async def test_password_changed(
    hass: HomeAssistant,
    broker: Mosquitto,
    coordinator: GoePushCoordinator,
    broker_entry: MockConfigEntry,
) -> None:
    """A broker that refuses the login later asks for another, until it's taken."""

    def is_asked() -> bool:
        return bool(list(broker_entry.async_get_active_flows(hass, {SOURCE_REAUTH})))

    async def change(password: str) -> None:
        await broker.stop()
        broker.password = password
        await broker._configure()
        await broker.start()

    right = broker.password
    await change("another")
    await until(is_asked)
    await change(right)
    await until(lambda: not is_asked())
    assert state(hass, POWER) == STATE_UNAVAILABLE
