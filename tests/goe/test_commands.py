"""Commands to a go-e charger over its cloud: obeyed, refused, or not sent."""

from typing import Any
from unittest.mock import patch

import pytest

from custom_components.sunbridge.vendors.goe import coordinator as coordinator_module
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.goe import Charger, CloudFront

from ..conftest import SERIAL
from .test_local import state


@pytest.mark.parametrize(
    ("domain", "service", "entity", "data", "key", "value", "shown"),
    [
        ("number", "set_value", "charging_current", {"value": 10}, "amp", 10, "10"),
        ("number", "set_value", "energy_limit", {"value": 12.5}, "dwo", 12500, "12.5"),
        ("number", "set_value", "energy_limit", {"value": 0}, "dwo", None, "unknown"),
        ("switch", "turn_on", "pv_surplus", {}, "fup", True, "on"),
        ("switch", "turn_off", "charge_pauses", {}, "acp", False, "off"),
        ("select", "select_option", "charging_override", {"option": "off"}, "frc", 1, "off"),
        ("time", "set_value", "time_of_the_next_trip", {"time": "06:30:00"}, "att", 23400, "06:30:00"),
    ],
)  # fmt: skip
async def test_command(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    charger: Charger,
    domain: str,
    service: str,
    entity: str,
    data: dict[str, Any],
    key: str,
    value: Any,
    shown: str,
) -> None:
    """A command reaches the charger and is shown when the charger reports it."""
    charger.set("dwo", 30_000)
    entity_id = f"{domain}.garage_{entity}"
    await hass.services.async_call(
        domain, service, {"entity_id": entity_id, **data}, blocking=True
    )
    assert charger.status()[key] == value
    await hass.async_block_till_done()
    assert state(hass, entity_id) == shown


async def test_button(
    hass: HomeAssistant, coordinator: GoePollCoordinator, charger: Charger
) -> None:
    """A command that shows up nowhere is done when the charger took it."""
    reboots = charger.status()["rbc"]
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.garage_restart"}, blocking=True
    )
    assert charger.status()["rbc"] == reboots + 1


async def test_rejected(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """What the charger refuses is told with its key and reason."""
    with pytest.raises(HomeAssistantError) as raised:
        await coordinator.async_send({"amp": 99})
    assert raised.value.translation_key == "goe_rejected"
    assert "amp: value out of range 99" in str(raised.value)


async def test_not_confirmed(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """A command without effect is told, and the real value stays."""
    cloud.faults[SERIAL].ignore_sets = True
    with (
        patch.object(coordinator_module, "CONFIRM_TIMEOUT_S", 0.2),
        pytest.raises(HomeAssistantError) as raised,
    ):
        await hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": "number.garage_charging_current", "value": 10},
            blocking=True,
        )
    assert raised.value.translation_key == "goe_not_confirmed"
    assert "amp" in str(raised.value)
    assert state(hass, "number.garage_charging_current") == "16"


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"offline": True}, "goe_offline"),
        ({"cloud_off": True}, "goe_forbidden"),
        ({"status_code": 500}, "goe_server_error"),
        ({"rate_limit": True}, "goe_rate_limited"),
        ({"drop": True}, "goe_cannot_connect"),
    ],
)
async def test_command_fails(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    fault: dict[str, Any],
    key: str,
) -> None:
    """A command that can't be sent is told in words that say what to do."""
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    with pytest.raises(HomeAssistantError) as raised:
        await coordinator.async_send({"amp": 10})
    assert raised.value.translation_key == key
    assert str(raised.value) != key
