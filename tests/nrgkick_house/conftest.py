"""A house in Home Assistant, and a wallbox that asks for it."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

POWERS = {
    "sensor.grid": (-542, "W"),
    "sensor.roof": (2.225, "kW"),
    "sensor.battery": (-300, "W"),
}


def say(hass: HomeAssistant, entity_id: str, value: Any, unit: str = "W") -> None:
    """Let a sensor say something."""
    hass.states.async_set(
        entity_id, str(value), {"unit_of_measurement": unit, "friendly_name": entity_id}
    )


@pytest.fixture
async def house(hass: HomeAssistant, socket_enabled: None) -> None:
    """Let the sensors of a house say something."""
    assert await async_setup_component(hass, "http", {})
    for entity_id, (value, unit) in POWERS.items():
        say(hass, entity_id, value, unit)
    say(hass, "sensor.soc", 78.2, "%")
