"""The action that tells a charger the powers of the house."""

from typing import Any

import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from simulators.goe import Charger, LocalFront

from .conftest import SERIAL


@pytest.fixture
async def device_id(
    hass: HomeAssistant, local: LocalFront, local_entry: MockConfigEntry
) -> str:
    """Set the charger up; return its device."""
    local_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(local_entry.entry_id)
    await hass.async_block_till_done()
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("sunbridge", f"goe_{SERIAL}"), local_entry.entry_id
    )
    assert device is not None
    return device.id


async def feed(hass: HomeAssistant, **data: Any) -> None:
    """Call the action."""
    await hass.services.async_call("sunbridge", "feed_pv", data, blocking=True)


async def test_feed(hass: HomeAssistant, device_id: str, charger: Charger) -> None:
    """The charger is told what the caller knows."""
    # As templates give them.
    await feed(
        hass, device_id=device_id, grid_w="-2300.5", pv_w="4800", battery_w=-1200
    )
    found = charger.status()
    assert (found["pgrid"], found["ppv"], found["pakku"]) == (-2300, 4800, -1200)


async def test_grid_alone(
    hass: HomeAssistant, device_id: str, charger: Charger
) -> None:
    """The rest can be left out."""
    await feed(hass, device_id=device_id, grid_w=700)
    found = charger.status()
    assert (found["pgrid"], found["ppv"], found["pakku"]) == (700, None, None)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"grid_w": "nan"},
        {"grid_w": "inf"},
        {"grid_w": "unavailable"},
        {"grid_w": 1, "pv_w": -1},
        {"grid_w": 1, "battery_w": None},
        {"grid_w": 1, "other": 1},
    ],
)
async def test_no_number(
    hass: HomeAssistant, device_id: str, charger: Charger, data: dict[str, Any]
) -> None:
    """What isn't a number, or isn't known, is refused and not taken for 0."""
    with pytest.raises(probatio.Invalid):
        await feed(hass, device_id=device_id, **data)
    assert charger.status()["pgrid"] is None


async def test_no_such_device(hass: HomeAssistant, device_id: str) -> None:
    """A device has to be one of a loaded entry."""
    with pytest.raises(ServiceValidationError) as raised:
        await feed(hass, device_id="none", grid_w=1)
    assert raised.value.translation_key == "no_such_device"


async def test_failure(
    hass: HomeAssistant, device_id: str, local: LocalFront, charger: Charger
) -> None:
    """A charger that can't be reached is told as with other commands."""
    local.faults[SERIAL].drop = True
    with pytest.raises(HomeAssistantError) as raised:
        await feed(hass, device_id=device_id, grid_w=1)
    assert raised.value.translation_key == "goe_local_cannot_connect"
