"""Fixtures for all tests."""

from collections.abc import AsyncGenerator, Generator
from unittest.mock import patch

from hypothesis import HealthCheck, settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Before Home Assistant's test plug-in mounts a custom_components of its own.
import custom_components.sunbridge  # noqa: F401
from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity
from simulators.goe import Charger, CloudFront, LocalFront, MqttFront
from simulators.mosquitto import Mosquitto

SERIAL = "012345"
TOKEN = "marked-token-K3xWvQ"


@pytest.fixture(autouse=True)
def auto_enable_custom_integrations(request: pytest.FixtureRequest) -> None:
    """Load custom components; the recorder has to come first where a test has it."""
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    if "hass" in request.fixturenames:
        request.getfixturevalue("enable_custom_integrations")


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Use Home Assistant's serializer."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Enable entities that are disabled by default."""
    with patch.object(Entity, "entity_registry_enabled_default", True):
        yield


@pytest.fixture
def charger() -> Charger:
    """Return a charger without a car."""
    return Charger(serial=SERIAL, token=TOKEN, name="Garage", seed=1, reaction_s=0)


@pytest.fixture
async def cloud(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch, charger: Charger
) -> AsyncGenerator[CloudFront]:
    """Serve the charger by a cloud, which the integration finds in place of go-e's."""
    async with CloudFront([charger]) as front:
        monkeypatch.setenv("SUNBRIDGE_GOE_CLOUD_URL", front.url + "/{serial}")
        yield front


@pytest.fixture
async def local(socket_enabled: None, charger: Charger) -> AsyncGenerator[LocalFront]:
    """Serve the charger in the local network, with its API switched on."""
    charger.set("hai", True)
    async with LocalFront(charger) as front:
        yield front


@pytest.fixture
def local_entry(local: LocalFront) -> MockConfigEntry:
    """Return the entry of the charger in the local network."""
    return MockConfigEntry(
        domain="sunbridge",
        title="Garage",
        unique_id=f"goe_{SERIAL}",
        data={
            "vendor": "goe",
            "transport": "local",
            "serial": SERIAL,
            "host": local.url.removeprefix("http://"),
        },
    )


@pytest.fixture
async def broker(socket_enabled: None) -> AsyncGenerator[Mosquitto]:
    """Run a broker."""
    async with Mosquitto() as mosquitto:
        yield mosquitto


@pytest.fixture
async def on_broker(charger: Charger, broker: Mosquitto) -> AsyncGenerator[MqttFront]:
    """Connect the charger to the broker."""
    front = MqttFront(
        charger,
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
        tick_s=0.05,
    )
    async with front:
        yield front


@pytest.fixture
def broker_entry(broker: Mosquitto) -> MockConfigEntry:
    """Return the entry of the charger over a broker of its own."""
    return MockConfigEntry(
        domain="sunbridge",
        title="Garage",
        unique_id=f"goe_{SERIAL}",
        data={
            "vendor": "goe",
            "transport": "broker",
            "serial": SERIAL,
            "base_topic": f"go-eCharger/{SERIAL}/",
            "host": broker.host,
            "port": broker.port,
            "username": broker.username,
            "password": broker.password,
            "tls": False,
        },
    )


@pytest.fixture
async def ha_mqtt(hass: HomeAssistant, broker: Mosquitto) -> AsyncGenerator[None]:
    """Set Home Assistant's own MQTT integration up, on the same broker."""
    mqtt_entry = MockConfigEntry(
        domain="mqtt",
        version=mqtt.CONFIG_ENTRY_VERSION,
        minor_version=mqtt.CONFIG_ENTRY_MINOR_VERSION,
        data={
            "broker": broker.host,
            "port": broker.port,
            "username": broker.username,
            "password": broker.password,
        },
        # Its messages of its own birth fail when a test stops the broker.
        options={"birth_message": {}, "will_message": {}},
    )
    mqtt_entry.add_to_hass(hass)
    with (
        patch("homeassistant.config.load_yaml_config_file", return_value={}),
        patch("homeassistant.components.mqtt.client.RECONNECT_INTERVAL_SECONDS", 0.5),
    ):
        assert await hass.config_entries.async_setup(mqtt_entry.entry_id)
        await hass.async_block_till_done()
        yield
        await hass.config_entries.async_unload(mqtt_entry.entry_id)


@pytest.fixture
def mqtt_entry() -> MockConfigEntry:
    """Return the entry of the charger over Home Assistant's MQTT."""
    return MockConfigEntry(
        domain="sunbridge",
        title="Garage",
        unique_id=f"goe_{SERIAL}",
        data={
            "vendor": "goe",
            "transport": "mqtt",
            "serial": SERIAL,
            "base_topic": f"go-eCharger/{SERIAL}/",
        },
    )


@pytest.fixture
def entry() -> MockConfigEntry:
    """Return the entry of the charger."""
    return MockConfigEntry(
        domain="sunbridge",
        title="Garage",
        unique_id=f"goe_{SERIAL}",
        data={
            "vendor": "goe",
            "transport": "cloud",
            "serial": SERIAL,
            "token": TOKEN,
        },
    )


# The same examples on each machine, and no failure because a machine is slow.
settings.register_profile(
    "sunbridge",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("sunbridge")
