"""A go-e charger over a broker in Home Assistant."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe.push import GoePushCoordinator
from homeassistant.core import HomeAssistant
from simulators.goe import MqttFront

from .conftest import set_up

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


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the state of an entity, None if there's none."""
    found = hass.states.get(entity_id)
    return None if found is None else found.state


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, on_broker: MqttFront, broker_entry: MockConfigEntry
) -> GoePushCoordinator:
    """Set the charger up over a broker of its own."""
    found = await set_up(hass, broker_entry)
    assert isinstance(found, GoePushCoordinator)
    return found


async def set_current(hass: HomeAssistant, amperes: float) -> None:
    """Set the charging current, as a user does."""
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": CURRENT, "value": amperes},
        blocking=True,
    )
