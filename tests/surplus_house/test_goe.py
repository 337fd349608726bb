"""A go-e charger under the surplus, over real sockets and by the real clock."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulators.goe import Car, Charger, LocalFront

from ..nrgkick_house.conftest import say
from .house import set_up, surplus_entry


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(25):
        while not condition():
            await asyncio.sleep(0.05)


@pytest.fixture
async def garage(
    hass: HomeAssistant,
    charger: Charger,
    local: LocalFront,
    local_entry: MockConfigEntry,
) -> dict[str, Any]:
    """Set the charger up, with a car and its own surplus logic; return it as a load."""
    charger.plug_in(Car())
    for key, value in {"fup": True, "lmo": 4, "frc": 0, "psm": 0, "acp": True}.items():
        charger.set(key, value)
    local_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(local_entry.entry_id)
    await hass.async_block_till_done()
    (coordinator,) = local_entry.runtime_data.coordinators
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("sunbridge", coordinator.device_id), local_entry.entry_id
    )
    assert device is not None
    return {"device": device.id, "priority": 1, "at_stop": "leave"}


async def test_fed(
    hass: HomeAssistant, charger: Charger, garage: dict[str, Any]
) -> None:
    """It's told the powers of the house, and charges by itself."""
    say(hass, "sensor.grid", -9000)
    say(hass, "sensor.roof", 9500)
    load = ("charger", {**garage, "how": "feed"})
    await set_up(hass, surplus_entry(hass, load, pv={"power": ["sensor.roof"]}))
    await until(lambda: charger.status()["pgrid"] == -9000)
    status = charger.status()
    assert (status["ppv"], status["pakku"]) == (9500, None)
    await until(lambda: charger.status()["car"] == 2)
    state = hass.states.get("sensor.garage_surplus_reason")
    assert state is not None
    assert state.state == "feeding"
    assert charger.status()["frc"] == 0


async def test_regulated(
    hass: HomeAssistant, charger: Charger, garage: dict[str, Any]
) -> None:
    """It's told a current, and off."""
    charger.set("lmo", 3)
    say(hass, "sensor.grid", -9000)
    await set_up(hass, surplus_entry(hass, ("charger", {**garage, "how": "regulate"})))
    select = {"entity_id": "select.garage_surplus_mode"}
    await hass.services.async_call(
        "select", "select_option", {**select, "option": "fast"}, blocking=True
    )
    await until(lambda: charger.status()["frc"] == 2)
    assert charger.status()["amp"] == 32
    await hass.services.async_call(
        "select", "select_option", {**select, "option": "off"}, blocking=True
    )
    await until(lambda: charger.status()["frc"] == 1)
