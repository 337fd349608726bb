"""The energy dashboard's settings fill the form in."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.sunbridge.meters.energy_prefs import Proposal, async_propose
from homeassistant.components.energy import data as energy_data
from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .conftest import answered, register, say
from .flows import begin, go_on, suggested

GRID = {
    "type": "grid",
    "stat_energy_from": "sensor.import_total",
    "stat_energy_to": "sensor.export_total",
    "stat_rate": "sensor.grid",
    "cost_adjustment_day": 0.0,
}
SOLAR = {
    "type": "solar",
    "stat_energy_from": "sensor.roof_total",
    "stat_rate": "sensor.roof",
    "config_entry_solar_forecast": None,
}
BATTERY = {
    "type": "battery",
    "stat_energy_from": "sensor.discharged",
    "stat_energy_to": "sensor.charged",
    "stat_rate": "sensor.battery",
    "stat_soc": "sensor.soc",
    "capacity": 4.7,
}
HOME = {"type": "home", "stat_energy_to": "sensor.used", "stat_rate": "sensor.load"}
# Home Assistant 2026.10 doesn't know the house itself yet.
KNOWS_HOME = hasattr(energy_data, "HOME_SOURCE_SCHEMA")


def without(source: dict[str, Any], *keys: str, **more: Any) -> dict[str, Any]:
    """Return a source that lacks something, or has something else."""
    return {key: value for key, value in source.items() if key not in keys} | more


@pytest.fixture
async def dashboard(
    recorder_mock: Recorder,
    house: None,
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
) -> Any:
    """Let the user set the energy dashboard up, through Home Assistant's own command."""
    assert await async_setup_component(hass, "energy", {})
    client = await hass_ws_client()

    async def save(*sources: dict[str, Any]) -> Proposal:
        await client.send_json_auto_id(
            {"type": "energy/save_prefs", "energy_sources": list(sources)}
        )
        answer = await client.receive_json()
        assert answer["success"], answer
        await hass.async_block_till_done()
        return await async_propose(hass)

    return save


async def test_whole_house(hass: HomeAssistant, dashboard: Any) -> None:
    """All of it is proposed, and the user only confirms."""
    home = [HOME] if KNOWS_HOME else []
    await dashboard(GRID, SOLAR, BATTERY, *home)
    result = await begin(hass)
    assert result["type"] is FlowResultType.MENU
    assert result["menu_options"] == ["nrgkick_energy", "nrgkick_by_hand"]
    result = await go_on(hass, result, {"next_step_id": "nrgkick_energy"})
    proposed = suggested(result)
    assert proposed == {
        "grid": ["sensor.grid"],
        "inverters": ["sensor.roof"],
        "battery": ["sensor.battery"],
        "soc": "sensor.soc",
        "load": ["sensor.load"] if KNOWS_HOME else [],
    }
    result = await go_on(hass, result, proposed)
    assert result["step_id"] == "nrgkick_grid_feed_in"
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "nrgkick_battery_charge"
    result = await go_on(hass, result, {"inverted": False})
    access = {"allowed": ["127.0.0.1"], "transport": "shared", "port": 8099}
    result = await go_on(hass, result, access)
    await hass.async_block_till_done()
    entry: Any = result["result"]
    battery = list(entry.subentries.values())[-1]
    assert battery.data["capacity_wh"] == 4700
    found = answered(entry)[1]
    assert found["energy_meters"] == {"0": {"grid_power_w": -542}}
    assert found["load_power_w"] == (1683 if KNOWS_HOME else 2225 - 542 - 749)


async def test_many_roofs(hass: HomeAssistant, dashboard: Any) -> None:
    """The wallbox takes five inverters."""
    roofs = (without(SOLAR, stat_rate=f"sensor.roof_{one}") for one in range(7))
    await dashboard(GRID, *roofs)
    result = await go_on(hass, await begin(hass), {"next_step_id": "nrgkick_energy"})
    assert len(suggested(result)["inverters"]) == 5


async def test_by_hand_all_the_same(hass: HomeAssistant, dashboard: Any) -> None:
    """Who doesn't want that chooses by hand, with nothing filled in."""
    await dashboard(GRID, BATTERY)
    result = await go_on(hass, await begin(hass), {"next_step_id": "nrgkick_by_hand"})
    assert result["step_id"] == "nrgkick_by_hand"
    assert suggested(result) == {}


@pytest.mark.parametrize(
    ("battery", "chosen"),
    [(BATTERY, "sensor.other"), (without(BATTERY, "capacity"), "sensor.battery")],
)
async def test_capacity_is_not_known(
    hass: HomeAssistant, dashboard: Any, battery: dict[str, Any], chosen: str
) -> None:
    """The dashboard may not have it, or that of a battery which isn't taken."""
    await dashboard(GRID, battery)
    say(hass, "sensor.other", 50)
    result = await go_on(hass, await begin(hass), {"next_step_id": "nrgkick_energy"})
    house = {"grid": ["sensor.grid"], "battery": [chosen]}
    result = await go_on(hass, result, house)
    for _ in range(2):
        result = await go_on(hass, result, {"inverted": False})
    access = {"allowed": ["127.0.0.1"], "transport": "shared", "port": 8099}
    result = await go_on(hass, result, access)
    entry: Any = result["result"]
    assert "capacity_wh" not in list(entry.subentries.values())[-1].data


async def test_wrong_proposal(hass: HomeAssistant, dashboard: Any) -> None:
    """A dashboard that is wrong is told, and the form keeps what was chosen."""
    await dashboard(without(GRID, stat_rate="sensor.soc"), SOLAR)
    result = await go_on(hass, await begin(hass), {"next_step_id": "nrgkick_energy"})
    proposed = suggested(result)
    result = await go_on(hass, result, proposed)
    assert result["step_id"] == "nrgkick_energy"
    assert result["errors"] == {"grid": "wrong_unit"}
    assert suggested(result) == proposed


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ((), Proposal()),
        ((without(GRID, "stat_rate"), without(SOLAR, "stat_rate")), Proposal()),
        # Statistics of others have no entity, and so no state.
        (
            (
                without(GRID, stat_rate="meter:power"),
                without(BATTERY, stat_soc="bms:soc"),
            ),
            Proposal(battery=["sensor.battery"], capacity_wh=4700),
        ),
        # Several are added up; the charge of one isn't that of all.
        (
            (
                GRID,
                BATTERY,
                without(BATTERY, stat_rate="sensor.second", stat_soc="sensor.soc_2"),
            ),
            Proposal(
                grid=["sensor.grid"],
                battery=["sensor.battery", "sensor.second"],
                capacity_wh=9400,
            ),
        ),
        (
            (BATTERY, without(BATTERY, "capacity", stat_rate="sensor.second")),
            Proposal(battery=["sensor.battery", "sensor.second"]),
        ),
        # One that isn't measured doesn't count.
        (
            (without(BATTERY, "stat_rate", capacity=9.0), BATTERY),
            Proposal(battery=["sensor.battery"], soc="sensor.soc", capacity_wh=4700),
        ),
        (
            (without(BATTERY, "stat_soc", "capacity"),),
            Proposal(battery=["sensor.battery"]),
        ),
        # As many as there are.
        (
            tuple(without(SOLAR, stat_rate=f"sensor.roof_{one}") for one in range(7)),
            Proposal(inverters=[f"sensor.roof_{one}" for one in range(7)]),
        ),
        # One sensor for two: nobody knows which of them it is.
        ((GRID, without(SOLAR, stat_rate="sensor.grid")), Proposal()),
        (
            (
                GRID,
                {
                    "type": "gas",
                    "stat_energy_from": "sensor.gas",
                    "stat_cost": None,
                    "entity_energy_price": None,
                    "number_energy_price": None,
                },
            ),
            Proposal(grid=["sensor.grid"]),
        ),
    ],
)
async def test_proposals(dashboard: Any, sources: Any, expected: Proposal) -> None:
    """Only what is sure is proposed."""
    assert await dashboard(*sources) == expected


async def test_two_sensors(hass: HomeAssistant, dashboard: Any) -> None:
    """What the dashboard reckons itself has the wallbox's signs already."""
    say(hass, "sensor.import", 0)
    say(hass, "sensor.export", 1240)
    config = {"stat_rate_from": "sensor.import", "stat_rate_to": "sensor.export"}
    found = await dashboard(without(GRID, "stat_rate", power_config=config))
    (grid,) = found.grid
    state = hass.states.get(grid)
    assert state is not None
    assert float(state.state) == -1240


@pytest.mark.parametrize(
    ("sensors", "expected"),
    [
        ({"sensor.plant_power": "power", "sensor.plant_voltage": "voltage"}, True),
        ({"sensor.plant_power": "power", "sensor.plant_power_2": "power"}, False),
        ({"sensor.plant_voltage": "voltage"}, False),
    ],
)
async def test_power_of_the_device(
    hass: HomeAssistant, dashboard: Any, sensors: dict[str, str], expected: bool
) -> None:
    """Without a power the device that has the energy may have one, and only one."""
    owner = MockConfigEntry(domain="meter")
    owner.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("meter", "1")}
    )
    register(
        hass, "sensor.plant_energy", device_id=device.id, original_device_class="energy"
    )
    for entity_id, device_class in sensors.items():
        register(
            hass, entity_id, device_id=device.id, original_device_class=device_class
        )
    plant = without(SOLAR, "stat_rate", stat_energy_from="sensor.plant_energy")
    found = await dashboard(GRID, plant)
    assert found.inverters == (["sensor.plant_power"] if expected else [])
    # The only power of a device can't be that of two things.
    both = await dashboard(
        without(GRID, "stat_rate", stat_energy_from="sensor.plant_energy"), plant
    )
    assert both == Proposal()


async def test_no_dashboard(hass: HomeAssistant, house: None) -> None:
    """Without the energy integration, or without its settings, there's no menu."""
    assert await async_propose(hass) == Proposal()
    assert (await begin(hass))["step_id"] == "nrgkick_by_hand"


async def test_no_settings(
    recorder_mock: Recorder, house: None, hass: HomeAssistant
) -> None:
    """The same where the dashboard was never set up."""
    assert await async_setup_component(hass, "energy", {})
    assert await async_propose(hass) == Proposal()
    assert (await begin(hass))["step_id"] == "nrgkick_by_hand"
