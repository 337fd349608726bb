"""The broker's address, login and certificates: wrong, put right, and changed."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack
from typing import Any

from cryptography.hazmat.primitives import serialization
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.const import CONF_TRANSPORT
from custom_components.sunbridge.vendors.goe import flow_mqtt
from custom_components.sunbridge.vendors.goe.connect_mqtt import async_broker
from custom_components.sunbridge.vendors.goe.const import BROKER, CONF_TLS
from custom_components.sunbridge.vendors.goe.own_broker import OwnBroker
from custom_components.sunbridge.vendors.hidden import HIDDEN
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, section
from homeassistant.helpers import entity_registry as er
from homeassistant.util.ssl import client_context
from simulators.certificates import Authority
from simulators.goe import Charger, CloudFront, MqttFront
from simulators.mosquitto import Mosquitto

from .flows import BASE, access, choices, enter, finish, short
from .test_config_flow import reconfigure, start

__all__ = ["short"]


def with_certificates(**certificates: str) -> dict[str, Any]:
    """Return what a user enters of TLS."""
    return {"tls": True, "certificates": certificates}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"password": "wrong"}, "goe_broker_auth"),
        ({"username": ""}, "goe_broker_auth"),
        ({"port": 1}, "goe_broker_cannot_connect"),
        ({"tls": True}, "goe_broker_tls"),
        (with_certificates(ca_certificate="rubbish"), "goe_broker_certificate"),
        (with_certificates(ca_certificate="\ufeff–BEGIN"), "goe_broker_certificate"),
    ],
)
async def test_broker_errors(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    wrong: dict[str, Any],
    error: str,
) -> None:
    """Each failure is told, and the flow ends well once it's gone."""
    flow_id = await start(hass, "goe_broker")
    result = await enter(hass, flow_id, access(broker, **wrong))
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "goe_broker"
    assert result["errors"] == {"base": error}
    result = await enter(hass, flow_id, access(broker))
    assert result["step_id"] == "goe_charger"
    await finish(hass, await enter(hass, flow_id, {"charger": BASE}))


async def test_a_slow_broker(
    hass: HomeAssistant, broker: Mosquitto, on_broker: MqttFront
) -> None:
    """It's waited for longer than chargers are listened for."""
    flow_id = await start(hass, "goe_broker")
    broker.freeze()
    entering = hass.async_create_task(enter(hass, flow_id, access(broker)))
    done, _ = await asyncio.wait({entering}, timeout=flow_mqtt.HEAR_S + 1)
    assert not done
    broker.thaw()
    assert (await entering)["step_id"] == "goe_charger"
    await finish(hass, await enter(hass, flow_id, {"charger": BASE}))


async def test_a_broker_that_hangs(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It's told, and the flow ends well once it's back."""
    flow_id = await start(hass, "goe_broker")
    broker.freeze()
    with monkeypatch.context() as patch:
        patch.setattr(flow_mqtt, "CONNECT_S", 0.3)
        result = await enter(hass, flow_id, access(broker))
    assert result["errors"] == {"base": "goe_broker_cannot_connect"}
    broker.thaw()
    assert (await enter(hass, flow_id, access(broker)))["step_id"] == "goe_charger"
    await finish(hass, await enter(hass, flow_id, {"charger": BASE}))


@pytest.fixture(params=[False, True], ids=["strict", "plain"])
async def authority(request: pytest.FixtureRequest) -> Authority:
    """Return an authority that nobody knows."""
    return Authority(plain=request.param)


@pytest.fixture
async def safe_broker(
    socket_enabled: None, charger: Charger, authority: Authority
) -> AsyncGenerator[Mosquitto]:
    """Run a broker that speaks TLS only and wants certificates, with the charger."""
    async with AsyncExitStack() as stack:
        broker = Mosquitto(authority=authority, client_certificates=True)
        await stack.enter_async_context(broker)
        front = MqttFront(
            charger,
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            tls=broker.tls_with(authority.issue("charger")),
            tick_s=0.05,
        )
        await stack.enter_async_context(front)
        yield broker


def encrypted_key(pem: str) -> str:
    """Return a key with a passphrase."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"passphrase"),
    ).decode()


def collapsed(form: Any) -> bool:
    """Tell whether a form hides its certificates at first."""
    (found,) = [
        part
        for part in form["data_schema"].schema.values()
        if isinstance(part, section)
    ]
    is_collapsed: bool = found.options["collapsed"]
    return is_collapsed


def shown(form: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a form suggests, also in its section."""
    for key, found in form["data_schema"].schema.items():
        if isinstance(found, section):
            yield str(key), dict(shown({"data_schema": found.schema}))
        elif key.description and "suggested_value" in key.description:
            yield str(key), key.description["suggested_value"]


async def test_tls(
    hass: HomeAssistant, safe_broker: Mosquitto, authority: Authority
) -> None:
    """Encrypted, with the user's own authority and a client certificate."""
    flow_id = await start(hass, "goe_broker")
    assert collapsed(await hass.config_entries.flow.async_configure(flow_id))
    result = await enter(hass, flow_id, access(safe_broker, tls=True))
    assert result["errors"] == {"base": "goe_broker_tls"}
    assert not collapsed(result)

    certificates = {"ca_certificate": authority.pem}
    encrypted = access(safe_broker, tls=True, certificates=certificates)
    result = await enter(hass, flow_id, encrypted)
    # The broker wants the client's certificate too, and hangs up.
    assert result["errors"] == {"base": "goe_broker_tls"}
    assert not collapsed(result)

    own = authority.issue("home-assistant")
    certificates |= {"client_certificate": own.certificate}
    result = await enter(hass, flow_id, encrypted)
    assert result["errors"] == {"base": "goe_broker_certificate"}

    # Nobody asks for the passphrase of a key.
    certificates |= {"client_key": encrypted_key(own.key)}
    result = await enter(hass, flow_id, encrypted)
    assert result["errors"] == {"base": "goe_broker_certificate"}

    certificates |= {"client_key": own.key}
    result = await enter(hass, flow_id, encrypted)
    assert len(choices(result)) == 1
    entry = await finish(hass, await enter(hass, flow_id, {"charger": BASE}))
    assert entry.data["tls"] is True
    assert entry.data["client_key"] == own.key.strip()


@pytest.mark.parametrize("name", ["ca_certificate", "client_certificate", "client_key"])
async def test_stored_certificates(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    broker_entry: MockConfigEntry,
    name: str,
) -> None:
    """Whoever has one sees it at once, but not the key; it's kept."""
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry, data={**broker_entry.data, name: "stored"}
    )
    result = await reconfigure(hass, broker_entry, "goe_broker")
    assert not collapsed(result)
    found = dict(shown(result))
    assert found["certificates"] == {name: HIDDEN if "key" in name else "stored"}
    await enter(hass, result["flow_id"], found)
    await enter(hass, result["flow_id"], {"charger": BASE})
    await hass.async_block_till_done()
    assert broker_entry.data[name] == "stored"
    await hass.config_entries.async_unload(broker_entry.entry_id)


async def test_unreadable_certificate_later(
    hass: HomeAssistant, broker_entry: MockConfigEntry
) -> None:
    """An entry whose certificate can't be read says so."""
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry,
        data={**broker_entry.data, "tls": True, "ca_certificate": "rubbish"},
    )
    await hass.config_entries.async_setup(broker_entry.entry_id)
    assert broker_entry.state is ConfigEntryState.SETUP_ERROR
    assert broker_entry.error_reason_translation_key == "goe_broker_certificate"


async def test_nothing_but_mqtt_is_offered(hass: HomeAssistant) -> None:
    """A broker may hang up on who offers it HTTP by ALPN."""
    data = {CONF_TRANSPORT: BROKER, "host": "h", "port": 8883, CONF_TLS: True}
    broker = await async_broker(hass, data)
    assert isinstance(broker, OwnBroker)
    assert broker._access.tls is client_context()


async def test_reauth(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    broker_entry: MockConfigEntry,
) -> None:
    """A new login is tested, stored and used."""
    broker_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        broker_entry, data={**broker_entry.data, "password": "old"}
    )
    result = await broker_entry.start_reauth_flow(hass)
    assert result["step_id"] == "goe_broker_reauth"
    flow_id = result["flow_id"]
    login = {"username": broker.username, "password": "wrong"}
    result = await enter(hass, flow_id, login)
    assert result["errors"] == {"base": "goe_broker_auth"}
    result = await enter(hass, flow_id, {**login, "password": broker.password})
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert broker_entry.state is ConfigEntryState.LOADED
    assert broker_entry.data["password"] == broker.password
    await hass.config_entries.async_unload(broker_entry.entry_id)


async def test_switch_from_the_cloud(
    hass: HomeAssistant,
    cloud: CloudFront,
    broker: Mosquitto,
    on_broker: MqttFront,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """The way changes to MQTT; the entities that it has too stay what they were."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    power = entity_registry.async_get("sensor.garage_power")
    result = await reconfigure(hass, entry, "goe_broker")
    await enter(hass, result["flow_id"], access(broker))
    result = await enter(hass, result["flow_id"], {"charger": BASE})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["transport"] == "broker"
    assert "token" not in entry.data
    assert entity_registry.async_get("sensor.garage_power") == power
    options = await hass.config_entries.options.async_init(entry.entry_id)
    assert options["data_schema"] is not None
    # Nothing is polled here.
    assert [str(key) for key in options["data_schema"].schema] == ["max_age_s"]
    await hass.config_entries.async_unload(entry.entry_id)


async def test_same_broker(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    broker_entry: MockConfigEntry,
) -> None:
    """The form doesn't show the stored password, and who leaves it so keeps it."""
    broker_entry.add_to_hass(hass)
    result = await reconfigure(hass, broker_entry, "goe_broker")
    assert result["data_schema"] is not None
    suggested = dict(shown(result))
    assert suggested["password"] == HIDDEN
    assert broker.password not in str(suggested)
    await enter(hass, result["flow_id"], suggested)
    result = await enter(hass, result["flow_id"], {"charger": BASE})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert broker_entry.data["password"] == broker.password
    assert broker_entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(broker_entry.entry_id)
