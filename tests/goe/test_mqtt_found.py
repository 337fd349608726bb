"""A go-e charger that Home Assistant's own MQTT finds."""

import asyncio
from collections.abc import Generator
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.const import DOMAIN
from homeassistant.config_entries import SOURCE_MQTT
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from simulators.goe import MqttFront

from ..conftest import SERIAL
from .flows import BASE, enter, finish, short

__all__ = ["short"]


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
