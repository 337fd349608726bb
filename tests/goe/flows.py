"""A user in front of the steps of MQTT."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import flow_mqtt
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulators.mosquitto import Mosquitto

from ..conftest import SERIAL

BASE = f"go-eCharger/{SERIAL}/"


@pytest.fixture(autouse=True)
def short() -> Any:
    """Don't listen for long where nothing is to be heard."""
    with patch.multiple(flow_mqtt, HEAR_S=0.9, QUIET_S=0.15):
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


def choices(result: ConfigFlowResult) -> list[str]:
    """Return the chargers that a form offers."""
    assert result["step_id"] == "goe_charger"
    assert result["data_schema"] is not None
    selector = next(iter(result["data_schema"].schema.values()))
    options: list[str] = selector.config["options"]
    return options


async def finish(hass: HomeAssistant, result: ConfigFlowResult) -> MockConfigEntry:
    """Expect an entry that is loaded, and unload it."""
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done()
    entry: Any = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    await hass.config_entries.async_unload(entry.entry_id)
    return entry
