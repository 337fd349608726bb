"""The house is chosen, its signs are seen, and the wallbox let in."""

from typing import Any

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .conftest import say

pytestmark = pytest.mark.usefixtures("house")


async def begin(hass: HomeAssistant) -> Any:
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    return await go_on(hass, result, {"next_step_id": "nrgkick"})


async def go_on(hass: HomeAssistant, result: Any, user_input: Any) -> Any:
    return await hass.config_entries.flow.async_configure(result["flow_id"], user_input)


async def test_by_hand(hass: HomeAssistant) -> None:
    """A wrong sign is seen and turned around before anything is served."""
    result = await begin(hass)
    assert result["step_id"] == "nrgkick_by_hand"
    result = await go_on(
        hass,
        result,
        {
            "grid": ["sensor.grid"],
            "inverters": ["sensor.roof"],
            "battery": ["sensor.battery"],
            "soc": "sensor.soc",
        },
    )
    assert result["step_id"] == "nrgkick_grid_feed_in"
    assert result["description_placeholders"] == {"power": "542 W"}
    result = await go_on(hass, result, {"inverted": True})
    assert result["step_id"] == "nrgkick_grid_consumption"
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "nrgkick_grid_feed_in"
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "nrgkick_battery_charge"
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "nrgkick_access"
    result = await go_on(
        hass,
        result,
        {"allowed": ["127.0.0.1"], "transport": "shared", "port": 8099},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert len(entry.subentries) == 3
    coordinator = entry.runtime_data.coordinators[0]
    reply = coordinator.reply("GET", "/api/v1/values.json", "127.0.0.1")
    assert reply.status == 200
    print(reply.body, hass.states.async_all())
