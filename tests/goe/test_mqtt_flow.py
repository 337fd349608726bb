"""Adding and changing a go-e charger over a real broker."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives import serialization
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.const import DOMAIN
from custom_components.sunbridge.vendors.goe import flow_mqtt
from custom_components.sunbridge.vendors.hidden import HIDDEN
from homeassistant.config_entries import SOURCE_MQTT, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from simulators.certificates import Authority
from simulators.goe import Charger, CloudFront, MqttFront
from simulators.mosquitto import Mosquitto

from ..conftest import SERIAL, TOKEN
from .test_config_flow import reconfigure, start

BASE = f"go-eCharger/{SERIAL}/"


@pytest.fixture(autouse=True)
def short() -> Any:
    """Don't listen for long where nothing is to be heard."""
    with patch.object(flow_mqtt, "HEAR_S", 0.9):
        yield


def access(broker: Mosquitto, **other: Any) -> dict[str, Any]:
    """Return what a user enters of a broker."""
    return {
        "host": broker.host,
        "port": broker.port,
        "username": broker.username,
        "password": broker.password,
        "tls": False,
        **other,
    }


async def enter(
    hass: HomeAssistant, flow_id: str, user_input: dict[str, Any]
) -> ConfigFlowResult:
    """Fill a form in."""
    return await hass.config_entries.flow.async_configure(flow_id, user_input)


def choices(result: ConfigFlowResult) -> list[dict[str, str]]:
    """Return the chargers that a form offers."""
    assert result["step_id"] == "goe_charger"
    assert result["data_schema"] is not None
    selector = next(iter(result["data_schema"].schema.values()))
    options: list[dict[str, str]] = selector.config["options"]
    return options


async def finish(hass: HomeAssistant, result: ConfigFlowResult) -> MockConfigEntry:
    """Expect an entry that is loaded, and unload it."""
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done()
    entry: Any = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)
    return entry


async def test_add_over_a_broker(
    hass: HomeAssistant, broker: Mosquitto, on_broker: MqttFront
) -> None:
    """The chargers that are heard are listed, and one is added."""
    flow_id = await start(hass, "goe_broker")
    result = await enter(hass, flow_id, access(broker))
    assert choices(result) == [
        {"value": BASE, "label": f"go-e Charger ({SERIAL}, 60.2)"}
    ]
    result = await enter(hass, flow_id, {"charger": BASE})
    entry = await finish(hass, result)
    assert entry.data == {
        "vendor": "goe",
        "transport": "broker",
        "serial": SERIAL,
        "base_topic": BASE,
        **access(broker),
    }
    assert entry.unique_id == f"goe_{SERIAL}"


async def test_add_over_home_assistant(
    hass: HomeAssistant, ha_mqtt: None, on_broker: MqttFront
) -> None:
    """Where Home Assistant has a broker, it's a way to the charger, too."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    result = await enter(hass, result["flow_id"], {"next_step_id": "goe"})
    menu: Any = result["menu_options"]
    assert menu == ["goe_local", "goe_cloud", "goe_mqtt", "goe_broker"]
    result = await enter(hass, result["flow_id"], {"next_step_id": "goe_mqtt"})
    assert len(choices(result)) == 1
    result = await enter(hass, result["flow_id"], {"charger": BASE})
    entry = await finish(hass, result)
    assert entry.data["transport"] == "mqtt"
    assert "password" not in entry.data


async def test_no_mqtt_integration(hass: HomeAssistant) -> None:
    """Without Home Assistant's MQTT that way isn't offered."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    result = await enter(hass, result["flow_id"], {"next_step_id": "goe"})
    menu: Any = result["menu_options"]
    assert menu == ["goe_local", "goe_cloud", "goe_broker"]


@pytest.mark.parametrize(
    ("typed", "prefix"),
    [
        ("12345", "go-eCharger/"),
        ("12345", "/go-eCharger/"),
        (f" house/cellar/{SERIAL} ", "house/cellar/"),
        (f"/go-eCharger/{SERIAL}/", "/go-eCharger/"),
    ],
)
async def test_typed(
    hass: HomeAssistant, broker: Mosquitto, charger: Charger, typed: str, prefix: str
) -> None:
    """A serial number, or a topic of one's own, can be typed."""
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
        flow_id = await start(hass, "goe_broker")
        await enter(hass, flow_id, access(broker))
        result = await enter(hass, flow_id, {"charger": typed})
        entry = await finish(hass, result)
    assert entry.data["base_topic"] == f"{prefix}{SERIAL}/"


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ("999999", {"charger": "goe_mqtt_silent"}),
        ("house/999999", {"charger": "goe_mqtt_silent"}),
        ("garage", {"charger": "goe_invalid_topic"}),
        ("+/012345", {"charger": "goe_invalid_topic"}),
        ("#", {"charger": "goe_invalid_topic"}),
        ("/", {"charger": "goe_invalid_topic"}),
    ],
)
async def test_typed_wrong(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    typed: str,
    errors: dict[str, str],
) -> None:
    """What isn't heard or can't be a topic is told, and can be corrected."""
    flow_id = await start(hass, "goe_broker")
    await enter(hass, flow_id, access(broker))
    result = await enter(hass, flow_id, {"charger": typed})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    await finish(hass, await enter(hass, flow_id, {"charger": SERIAL}))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"password": "wrong"}, "goe_broker_auth"),
        ({"username": ""}, "goe_broker_auth"),
        ({"port": 1}, "goe_broker_cannot_connect"),
        ({"tls": True}, "goe_broker_tls"),
        ({"tls": True, "ca_certificate": "rubbish"}, "goe_broker_certificate"),
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


@pytest.fixture
async def authority() -> Authority:
    """Return an authority that nobody knows."""
    return Authority()


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


async def test_tls(
    hass: HomeAssistant, safe_broker: Mosquitto, authority: Authority
) -> None:
    """Encrypted, with the user's own authority and a client certificate."""
    flow_id = await start(hass, "goe_broker")
    encrypted = access(safe_broker, tls=True)
    result = await enter(hass, flow_id, encrypted)
    assert result["errors"] == {"base": "goe_broker_tls"}

    encrypted["ca_certificate"] = authority.pem
    result = await enter(hass, flow_id, encrypted)
    # The broker wants the client's certificate too.
    assert result["errors"] is not None
    assert result["errors"]["base"] in ("goe_broker_tls", "goe_broker_cannot_connect")

    own = authority.issue("home-assistant")
    encrypted |= {"client_certificate": own.certificate}
    result = await enter(hass, flow_id, encrypted)
    assert result["errors"] == {"base": "goe_broker_certificate"}

    # Nobody asks for the passphrase of a key.
    encrypted |= {"client_key": encrypted_key(own.key)}
    result = await enter(hass, flow_id, encrypted)
    assert result["errors"] == {"base": "goe_broker_certificate"}

    encrypted |= {"client_key": own.key}
    result = await enter(hass, flow_id, encrypted)
    assert len(choices(result)) == 1
    entry = await finish(hass, await enter(hass, flow_id, {"charger": BASE}))
    assert entry.data["tls"] is True


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
    suggested = {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description and "suggested_value" in key.description
    }
    assert suggested["password"] == HIDDEN
    assert broker.password not in str(suggested)
    await enter(hass, result["flow_id"], suggested)
    result = await enter(hass, result["flow_id"], {"charger": BASE})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert broker_entry.data["password"] == broker.password
    assert broker_entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(broker_entry.entry_id)


async def test_already_set_up(
    hass: HomeAssistant,
    broker: Mosquitto,
    on_broker: MqttFront,
    entry: MockConfigEntry,
) -> None:
    """A charger that is set up by another way isn't added again."""
    entry.add_to_hass(hass)
    flow_id = await start(hass, "goe_broker")
    await enter(hass, flow_id, access(broker))
    result = await enter(hass, flow_id, {"charger": BASE})
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "goe_other_transport"


def found(topic: str, payload: str = "22") -> MqttServiceInfo:
    """Return what Home Assistant's MQTT tells of a topic."""
    return MqttServiceInfo(
        topic=topic,
        payload=payload,
        qos=0,
        retain=True,
        subscribed_topic="go-eCharger/+/var",
        timestamp=0.0,
    )


@pytest.fixture
def undiscovered() -> Generator[None]:
    """Let Home Assistant's MQTT find no charger by itself, before the test does."""
    with patch(
        "homeassistant.components.mqtt.discovery.async_get_mqtt", return_value={}
    ):
        yield


@pytest.mark.usefixtures("undiscovered")
async def test_discovery(
    hass: HomeAssistant, ha_mqtt: None, on_broker: MqttFront
) -> None:
    """A charger on Home Assistant's broker offers itself."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": SOURCE_MQTT}, data=found(f"{BASE}var")
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "goe_mqtt_found"
    assert result["description_placeholders"] == {"name": f"go-e Charger ({SERIAL})"}
    entry = await finish(hass, await enter(hass, result["flow_id"], {}))
    assert entry.data["transport"] == "mqtt"
    assert entry.data["base_topic"] == BASE


async def test_discovery_by_home_assistant(
    hass: HomeAssistant, on_broker: MqttFront, ha_mqtt: None
) -> None:
    """Home Assistant's MQTT listens to the topics of the manifest by itself."""
    async with asyncio.timeout(30):
        while not (flows := hass.config_entries.flow.async_progress_by_handler(DOMAIN)):
            await asyncio.sleep(0.1)
    (flow,) = flows
    assert flow["context"]["source"] == SOURCE_MQTT
    assert flow["context"]["unique_id"] == f"goe_{SERIAL}"
    await finish(hass, await enter(hass, flow["flow_id"], {}))


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("go-eCharger/garage/var", "22"),
        (f"{BASE}var", ""),
        ("go-eCharger/999999/var", "22"),
    ],
)
async def test_discovery_of_something_else(
    hass: HomeAssistant,
    ha_mqtt: None,
    on_broker: MqttFront,
    topic: str,
    payload: str,
) -> None:
    """What has no serial number, was deleted or says nothing isn't offered."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": SOURCE_MQTT}, data=found(topic, payload)
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "goe_no_serial"


@pytest.mark.usefixtures("undiscovered")
async def test_discovery_of_a_known_one(
    hass: HomeAssistant, ha_mqtt: None, on_broker: MqttFront, entry: MockConfigEntry
) -> None:
    """A charger that is set up isn't offered again."""
    entry.add_to_hass(hass)
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": SOURCE_MQTT}, data=found(f"{BASE}var")
    )
    assert result["reason"] == "already_configured"


async def test_several(
    hass: HomeAssistant, broker: Mosquitto, on_broker: MqttFront
) -> None:
    """All that are heard are listed, and what else is there isn't."""
    front = MqttFront(
        Charger("023456", TOKEN, name="Carport"),
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        prefix="/go-eCharger/",
        tick_s=0.05,
    )
    async with front:
        await on_broker.publish("go-eCharger/garage/amp", b"16", retain=True)
        await on_broker.publish("go-eCharger/777777/amp", b"half", retain=True)
        flow_id = await start(hass, "goe_broker")
        result = await enter(hass, flow_id, access(broker))
    assert [choice["value"] for choice in choices(result)] == [
        "/go-eCharger/023456/",
        BASE,
    ]
    hass.config_entries.flow.async_abort(flow_id)
