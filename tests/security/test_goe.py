"""A go-e charger's secrets, by each way to it."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import (
    coordinator as coordinator_module,
    http as http_module,
    push as push_module,
    trouble as trouble_module,
)
from custom_components.sunbridge.vendors.hidden import HIDDEN
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.goe import Charger, CloudFront, LocalFront, MqttFront
from simulators.mosquitto import Mosquitto

from ..conftest import SERIAL, TOKEN
from .conftest import Begin
from .watch import Planted, Watch, remove

# A whole life takes its time where others work too.
pytestmark = pytest.mark.timeout(300)

USER = "marked-mqtt-user"
PASSWORD = "marked-mqtt-password"
WRONG = "marked-wrong-secret"
CURRENT = "number.garage_charging_current"

# What a charger knows of its owner, by its keys.
PRIVATE: dict[str, Any] = {
    "cak": "marked-cloud-key",
    "cards": [{"name": "marked-card-name", "energy": 1, "cardId": True}],
    "c0n": "marked-card-owner",
    "ccw": {"ssid": "marked-wifi", "ip": "marked-address"},
    "data": '{"i":120,"url":"marked-export-link"}',
    "dll": "marked-download-link",
    "host": f"go-echarger_{SERIAL}",
    "lri": "marked-card-serial",
    "mcu": "mqtts://marked-url-user:marked-url-password@broker",
    "mtp": f"go-eCharger/{SERIAL}/",
    "ocppu": "wss://marked-ocpp-url",
    "ocppck": "marked-client-key",
    "scan": [{"ssid": "marked-neighbour"}],
    "tsi": "marked-session-card",
    "wifis": [{"ssid": "marked-wifi-name", "key": "marked-wifi-key"}],
    # Nobody has described these, and this isn't a kind of car.
    "zzy": "marked-new-text",
    "zzz": {"marked-new-name": ["marked-new-value"]},
    "dsrc": {"who": "marked-wrong-type"},
}
MARKS = {
    word: word
    for word in (
        "marked-cloud-key", "marked-url-password", "marked-url-user", "marked-client-key",
        "marked-wifi-key", "marked-export-link", "marked-download-link",
        "marked-ocpp-url",
    )
}  # fmt: skip
PLANTED = Planted(
    doors={
        "token": TOKEN, "user": USER, "password": PASSWORD, "wrong": WRONG, **MARKS
    },
    persons={
        "serial": SERIAL,
        "any": "marked-",
        "card": "marked-card",
        "wifi": "marked-wifi",
        "neighbour": "marked-neighbour",
        "new": "marked-new",
    },
)  # fmt: skip
FAULTS: list[dict[str, Any]] = [
    *({"status_code": status} for status in (400, 401, 403, 404, 422, 500, 503)),
    {"rate_limit": True},
    {"rate_limit": True, "retry_after_s": 1.0},
    *({"garbage": kind} for kind in ("html", "truncated", "list", "not_utf8")),
    {"garbage": "empty_object"},
    {"offline": True},
    {"cloud_off": True},
    {"hang": True},
    {"drop": True},
    {"bad_types": {"nrg": "marked-wrong-type", "sse": 5, "fwv": ["marked-x"]}},
    {"bad_types": {"sse": "marked-other"}},
]


@pytest.fixture
def charger() -> Charger:
    """Return a charger that knows all about its owner."""
    found = Charger(serial=SERIAL, token=TOKEN, name="Garage", seed=1, reaction_s=0)
    found._values |= PRIVATE
    found._reported |= dict.fromkeys(PRIVATE)
    return found


async def live(hass: HomeAssistant, watch: Watch, entry: MockConfigEntry) -> Any:
    """Set an entry up, look at it, and send what is refused."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator = entry.runtime_data.coordinators[0]
    await watch.look(entry)
    with patch.object(coordinator_module, "CONFIRM_TIMEOUT_S", 0.2):
        for values in ({"amp": 99}, {"zzy": "x"}, {"amp": 10}):
            try:
                await coordinator.async_send(values)
            except HomeAssistantError as err:
                watch.hear(err)
    return coordinator


async def fail(
    watch: Watch, entry: MockConfigEntry, front: CloudFront | LocalFront
) -> None:
    """Let everything go wrong that can."""
    coordinator = entry.runtime_data.coordinators[0]
    for faults in FAULTS:
        for name, value in faults.items():
            setattr(front.faults[SERIAL], name, value)
        # Only what hangs isn't waited for: a busy machine answers late.
        timeout_s = 0.2 if "hang" in faults else 30
        with patch.object(http_module, "REQUEST_TIMEOUT_S", timeout_s):
            await coordinator.async_refresh()
            watch.hear(coordinator.last_exception)
            try:
                await coordinator.async_send({"amp": 8})
            except HomeAssistantError as err:
                watch.hear(err)
        await watch.look(entry)
        front.faults[SERIAL] = type(front.faults[SERIAL])()


async def end(
    hass: HomeAssistant,
    watch: Watch,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Unload and remove the entry."""
    await watch.look(entry)
    await remove(hass, watch, entry, hass_storage)


async def configure(hass: HomeAssistant, watch: Watch, flow_id: str, given: Any) -> Any:
    """Go on with a flow; note what it says."""
    result = await hass.config_entries.flow.async_configure(flow_id, given)
    watch.hear([result.get(key) for key in ("errors", "reason", "title")])
    watch.hear(result.get("description_placeholders"))
    await hass.async_block_till_done()
    return result


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing."""
    monkeypatch.setattr(http_module, "REQUEST_TIMEOUT_S", 30)
    monkeypatch.setattr(coordinator_module, "CONFIRM_TIMEOUT_S", 0.2)
    monkeypatch.setattr(push_module, "FIRST_REPORT_TIMEOUT_S", 30)
    monkeypatch.setattr(trouble_module, "AUTH_FAILURES_S", 0)
    monkeypatch.setattr(trouble_module, "FORBIDDEN_LONG_S", 0)


def addresses(front: CloudFront | LocalFront) -> list[str]:
    """Return all addresses that were asked for."""
    return [f"{request.path}?{request.raw_query}" for request in front.requests]


@pytest.mark.usefixtures("quick")
async def test_cloud(
    hass: HomeAssistant,
    watch: Begin,
    cloud: CloudFront,
    charger: Charger,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """The token travels in a header only; the serial number is the cloud's host."""
    seen = await watch(PLANTED)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    coordinator = await live(hass, seen, entry)
    await fail(seen, entry, cloud)
    charger.token = WRONG
    for _ in range(3):
        await coordinator.async_refresh()
        seen.hear(coordinator.last_exception)
    await hass.async_block_till_done()
    await seen.look(entry)
    (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    await configure(hass, seen, flow["flow_id"], {"token": "marked-guess"})
    result = await configure(hass, seen, flow["flow_id"], {"token": WRONG})
    assert result["reason"] == "reauth_successful"
    assert entry.data["token"] == WRONG
    result = await entry.start_reconfigure_flow(hass)
    choice = {"next_step_id": "goe_cloud"}
    await configure(hass, seen, result["flow_id"], choice)
    for token in ("marked-guess", HIDDEN):
        given = {"serial": SERIAL, "token": token}
        changed = await configure(hass, seen, result["flow_id"], given)
    assert changed["reason"] == "reconfigure_successful"
    assert entry.data["token"] == WRONG
    await end(hass, seen, entry, hass_storage)
    seen.urls = addresses(cloud)
    # The simulator's paths have the serial number that is the vendor's host name.
    seen.check(in_urls={"serial"})
    assert any(WRONG in str(request.headers) for request in cloud.requests)


@pytest.mark.usefixtures("quick")
async def test_local(
    hass: HomeAssistant,
    watch: Begin,
    local: LocalFront,
    local_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """In the local network there's no secret at all in what is asked."""
    seen = await watch(PLANTED)
    local_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(local_entry, pref_disable_polling=True)
    await live(hass, seen, local_entry)
    await fail(seen, local_entry, local)
    await end(hass, seen, local_entry, hass_storage)
    seen.urls = addresses(local)
    seen.check()


@pytest.fixture
async def broker(socket_enabled: None) -> Any:
    """Run a broker with a user that is a secret too."""
    async with Mosquitto(username=USER, password=PASSWORD) as mosquitto:
        yield mosquitto


async def speak(front: MqttFront) -> None:
    """Let the charger say what it shouldn't."""
    for key, payload in (
        ("nrg", b'"marked-wrong-type"'),
        ("amp", b"marked-no-json"),
        ("zzx", b'{"marked-new-name": 1}'),
        ("marked-key", b"1"),
        ("wifis", b'[{"key": "marked-wifi-key"}]'),
    ):
        await front.publish(f"{front.base}{key}", payload, retain=True)


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.mark.usefixtures("quick")
async def test_own_broker(
    hass: HomeAssistant,
    watch: Begin,
    broker: Mosquitto,
    on_broker: MqttFront,
    broker_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """The broker's user and password are nowhere but in the entry."""
    seen = await watch(PLANTED)
    broker_entry.add_to_hass(hass)
    coordinator = await live(hass, seen, broker_entry)
    await speak(on_broker)
    on_broker.writable = False
    try:
        await coordinator.async_send({"amp": 9})
    except HomeAssistantError as err:
        seen.hear(err)
    await seen.look(broker_entry)
    # It comes back with another password, which the charger knows.
    await broker.stop()
    await until(lambda: not coordinator.available)
    await seen.look(broker_entry)
    broker.password = on_broker._broker["password"] = WRONG
    await broker._configure()
    await broker.start()
    assert await hass.config_entries.async_unload(broker_entry.entry_id)
    await hass.config_entries.async_setup(broker_entry.entry_id)
    await hass.async_block_till_done()
    await seen.look(broker_entry)
    (flow,) = broker_entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    for password in ("marked-guess", WRONG):
        given = {"username": USER, "password": password}
        result = await configure(hass, seen, flow["flow_id"], given)
    assert result["reason"] == "reauth_successful"
    await end(hass, seen, broker_entry, hass_storage)
    seen.urls = [on_broker.base]
    seen.check(in_urls={"serial"})


@pytest.mark.usefixtures("quick")
async def test_home_assistants_broker(
    hass: HomeAssistant,
    watch: Begin,
    ha_mqtt: None,
    on_broker: MqttFront,
    mqtt_entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """What Home Assistant's MQTT receives is in none of our lines."""
    seen = await watch(PLANTED)
    mqtt_entry.add_to_hass(hass)
    await live(hass, seen, mqtt_entry)
    await speak(on_broker)
    await asyncio.sleep(0.3)
    await seen.look(mqtt_entry)
    await hass.config_entries.async_unload(mqtt_entry.entry_id)
    await hass.config_entries.async_remove(mqtt_entry.entry_id)
    await hass.async_block_till_done()
    seen.urls = [on_broker.base]
    # Set to debug it logs each message, which is its own business and its user's.
    seen.check(in_urls={"serial"}, not_of={"homeassistant.components.mqtt"})


@pytest.mark.parametrize(
    "broken",
    [
        {"ca_certificate": "marked-authority"},
        {"client_certificate": "marked-certificate", "client_key": "marked-pem-key"},
    ],
)
async def test_certificates(
    hass: HomeAssistant, watch: Begin, broker: Mosquitto, broken: dict[str, str]
) -> None:
    """Certificates that can't be read are told of without what they are."""
    doors = {**PLANTED.doors, **broken}
    seen = await watch(Planted(doors, PLANTED.persons))
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": SOURCE_USER}
    )
    for step in ("goe", "goe_broker"):
        result = await configure(hass, seen, result["flow_id"], {"next_step_id": step})
    given = {
        "host": broker.host, "port": broker.port, "username": USER,
        "password": PASSWORD, "tls": True, "certificates": broken,
    }  # fmt: skip
    result = await configure(hass, seen, result["flow_id"], given)
    assert result["errors"] == {"base": "goe_broker_certificate"}
    assert not seen.logs(ours=True)
    for record in seen.caplog.records:
        assert "marked" not in record.getMessage(), record.name
    assert "marked" not in str(seen.said)
