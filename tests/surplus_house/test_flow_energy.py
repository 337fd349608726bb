"""The energy dashboard's settings fill the meters in."""

from typing import Any

import pytest

from homeassistant.components.energy.data import async_get_manager
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component

from .conftest import BATTERY, GRID
from .flows import begin, go_on, suggested

SOURCES: list[Any] = [
    {
        "type": "grid",
        "stat_energy_from": "sensor.import_total",
        "stat_energy_to": "sensor.export_total",
        "stat_rate": "sensor.grid",
        "cost_adjustment_day": 0.0,
    },
    *(
        {
            "type": "solar",
            "stat_energy_from": f"{roof}_total",
            "stat_rate": roof,
            "config_entry_solar_forecast": None,
        }
        for roof in ("sensor.roof", "sensor.roof_2")
    ),
    {
        "type": "battery",
        "stat_energy_from": "sensor.discharged",
        "stat_energy_to": "sensor.charged",
        "stat_rate": "sensor.battery",
        "stat_soc": "sensor.soc",
        "capacity": 4.7,
    },
]


@pytest.fixture
async def dashboard(
    recorder_mock: Recorder, hass: HomeAssistant, meters: None, empty_rooms: None
) -> Any:
    """Let the user set the energy dashboard up."""
    assert await async_setup_component(hass, "energy", {})

    async def save(*sources: Any) -> None:
        manager = await async_get_manager(hass)
        # The rest of the dashboard stays as it is.
        settings: Any = {"energy_sources": [*sources]}
        await manager.async_update(settings)
        await hass.async_block_till_done()

    return save


async def test_proposed(hass: HomeAssistant, dashboard: Any) -> None:
    """All of it is proposed, and the user only confirms."""
    await dashboard(*SOURCES)
    result = await begin(hass)
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["surplus_energy", "surplus_by_hand"]
    result = await go_on(hass, result, {"next_step_id": "surplus_energy"})
    assert result["step_id"] == "surplus_energy"
    proposed = suggested(result)
    assert proposed == {
        "grid": ["sensor.grid"],
        "pv": ["sensor.roof", "sensor.roof_2"],
        "battery": ["sensor.battery"],
        "soc": "sensor.soc",
    }
    result = await go_on(hass, result, proposed)
    for step in ("surplus_grid_feed_in", "surplus_battery_charge"):
        assert result["step_id"] == step
        result = await go_on(hass, result, {"inverted": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].data == {
        "vendor": "surplus",
        "grid": GRID,
        "pv": {"power": ["sensor.roof", "sensor.roof_2"]},
        "battery": BATTERY,
    }


async def test_grid_alone(hass: HomeAssistant, dashboard: Any) -> None:
    """A dashboard may know the grid and no more; what is wrong with it is told."""
    await dashboard({**SOURCES[0], "stat_rate": "sensor.soc"})
    result = await go_on(hass, await begin(hass), {"next_step_id": "surplus_energy"})
    assert suggested(result) == {"grid": ["sensor.soc"], "pv": [], "battery": []}
    result = await go_on(hass, result, {"grid": ["sensor.soc"]})
    assert result["step_id"] == "surplus_energy"
    assert result["errors"] == {"grid": "wrong_unit"}
    result = await go_on(hass, result, {"grid": ["sensor.grid"]})
    assert result["step_id"] == "surplus_grid_feed_in"
    result = await go_on(hass, result, {"inverted": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_by_hand_all_the_same(hass: HomeAssistant, dashboard: Any) -> None:
    """Who doesn't want that chooses by hand, with nothing filled in."""
    await dashboard(*SOURCES)
    result = await go_on(hass, await begin(hass), {"next_step_id": "surplus_by_hand"})
    assert result["step_id"] == "surplus_by_hand"
    assert suggested(result) == {}


async def test_no_grid(hass: HomeAssistant, dashboard: Any) -> None:
    """A dashboard that doesn't know the grid's power isn't worth a question."""
    await dashboard(*SOURCES[1:])
    assert (await begin(hass))["step_id"] == "surplus_by_hand"
