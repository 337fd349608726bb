"""The house is chosen, and its signs are seen before anything is served."""

from typing import Any

import pytest

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .conftest import answered, issues, register, say
from .flows import begin, go_on

pytestmark = pytest.mark.usefixtures("house")

HOUSE = {
    "grid": ["sensor.grid"],
    "inverters": ["sensor.roof"],
    "battery": ["sensor.battery"],
    "soc": "sensor.soc",
}
ACCESS = {"allowed": ["127.0.0.1"], "transport": "shared", "port": 8099}


async def finish(hass: HomeAssistant, result: dict[str, Any]) -> Any:
    """Take all signs as they are, and let the wallbox in; return the entry."""
    while result["step_id"] != "nrgkick_access":
        shown_inverted = {
            str(key): key.description["suggested_value"]
            for key in result["data_schema"].schema
        }
        result = await go_on(hass, result, shown_inverted)
    result = await go_on(hass, result, ACCESS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry = result["result"]
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def test_left_halfway(hass: HomeAssistant) -> None:
    """Steps that a closed browser left halfway don't keep from beginning again."""
    await begin(hass)
    result = await begin(hass)
    assert result["step_id"] == "nrgkick_by_hand"
    await finish(hass, await go_on(hass, result, HOUSE))
    assert not hass.config_entries.flow.async_progress(include_uninitialized=True)


async def test_by_hand(hass: HomeAssistant) -> None:
    """A wrong sign is seen and turned around, and back."""
    result = await begin(hass)
    assert result["step_id"] == "nrgkick_by_hand"
    result = await go_on(hass, result, HOUSE)
    assert result["step_id"] == "nrgkick_grid_feed_in"
    assert result["description_placeholders"] == {"power": "542 W"}
    result = await go_on(hass, result, {"inverted": True})
    assert result["step_id"] == "nrgkick_grid_consumption"
    assert result["description_placeholders"] == {"power": "542 W"}
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "nrgkick_grid_feed_in"
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "nrgkick_battery_charge"
    assert result["description_placeholders"] == {"power": "749 W"}
    result = await go_on(hass, result, {"inverted": True})
    assert result["step_id"] == "nrgkick_battery_discharge"
    entry = await finish(hass, result)
    assert entry.unique_id == "nrgkick"
    assert [part.title for part in entry.subentries.values()] == [
        "sensor.grid",
        "sensor.roof",
        "sensor.battery",
    ]
    assert answered(entry) == (
        200,
        {
            "inverters": {"0": {"inv_power_ac_w": 2225, "battery_connected": False}},
            "energy_meters": {"0": {"grid_power_w": -542}},
            "batteries": {"0": {"bat_power_w": 749, "soc": 78.2, "mode": 0}},
            # What flows in: from the roof, the battery and the grid.
            "load_power_w": 2225 + 749 - 542,
        },
    )
    assert not issues(hass)


@pytest.mark.parametrize(
    ("state", "grid", "battery", "power"),
    [
        ("-1.24", "feed_in", "charge", "1240 W"),
        ("1.24", "consumption", "discharge", "1240 W"),
        ("0.0004", "idle", "idle", "0 W"),
        ("unavailable", "not_known", "not_known", "0 W"),
        ("unknown", "not_known", "not_known", "0 W"),
    ],
)
async def test_every_direction(
    hass: HomeAssistant, state: str, grid: str, battery: str, power: str
) -> None:
    """Each direction has a step of its own, with words of its own."""
    say(hass, "sensor.grid", state, "kW")
    say(hass, "sensor.battery", state, "kW")
    result = await go_on(hass, await begin(hass), HOUSE)
    for step in (f"nrgkick_grid_{grid}", f"nrgkick_battery_{battery}"):
        assert result["step_id"] == step
        assert result["description_placeholders"] == {"power": power}
        result = await go_on(hass, result, {"inverted": False})
    await finish(hass, result)


async def test_one_way_sensors(hass: HomeAssistant) -> None:
    """Import and export, charge and discharge may be metered apart."""
    for entity_id, power_w in (
        ("sensor.import", 100),
        ("sensor.import_2", 11),
        ("sensor.export", 2500),
        ("sensor.charge", 0),
        ("sensor.discharge", 800),
    ):
        say(hass, entity_id, power_w)
    chosen = {
        "grid": ["sensor.import", "sensor.import_2"],
        "grid_reverse": ["sensor.export"],
        "battery": ["sensor.discharge"],
        "battery_reverse": ["sensor.charge"],
        "load": ["sensor.load"],
    }
    result = await go_on(hass, await begin(hass), chosen)
    assert result["step_id"] == "nrgkick_grid_feed_in"
    assert result["description_placeholders"] == {"power": "2389 W"}
    entry = await finish(hass, result)
    assert answered(entry)[1] == {
        "energy_meters": {"0": {"grid_power_w": -2389}},
        "batteries": {"0": {"bat_power_w": 800, "mode": 0}},
        "load_power_w": 1683,
    }
    # What meters one way can't be negative: nobody knows what it means.
    for entity_id, power_w in (("sensor.export", 2500), ("sensor.import", 100)):
        say(hass, entity_id, -power_w)
        assert answered(entry) == (503, None)
        say(hass, entity_id, power_w)
        assert answered(entry)[0] == 200


async def test_grid_alone(hass: HomeAssistant) -> None:
    """The grid is all that's needed; the load is as much as it gives."""
    say(hass, "sensor.grid", 300)
    result = await go_on(hass, await begin(hass), {"grid": ["sensor.grid"]})
    entry = await finish(hass, result)
    assert answered(entry)[1] == {
        "energy_meters": {"0": {"grid_power_w": 300}},
        "load_power_w": 300,
    }


async def test_not_there_yet(hass: HomeAssistant) -> None:
    """A sensor that says nothing now may be right, and is served when it speaks."""
    result = await go_on(hass, await begin(hass), {"grid": ["sensor.later"]})
    assert result["step_id"] == "nrgkick_grid_not_known"
    entry = await finish(hass, result)
    assert answered(entry) == (503, None)
    say(hass, "sensor.later", -20)
    assert answered(entry)[1]["energy_meters"] == {"0": {"grid_power_w": -20}}


async def test_registered_by_id(hass: HomeAssistant) -> None:
    """What the registry knows is stored by its id, so that names may change."""
    ids = {
        entity_id: register(hass, entity_id).id
        for entity_id in ("sensor.grid", "sensor.soc", "sensor.load")
    }
    chosen = {**HOUSE, "load": ["sensor.load"]}
    entry = await finish(hass, await go_on(hass, await begin(hass), chosen))
    assert entry.data["load_power"] == [ids["sensor.load"]]
    grid, roof, battery = entry.subentries.values()
    assert grid.data["power"] == [ids["sensor.grid"]]
    assert roof.data["power"] == ["sensor.roof"]
    assert battery.data["soc"] == ids["sensor.soc"]


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"grid": []}, {"grid": "no_source"}),
        ({"grid": ["sensor.soc"]}, {"grid": "wrong_unit"}),
        ({"grid": ["sensor.text"]}, {"grid": "not_a_number"}),
        ({"grid": ["sensor.without"]}, {"grid": "wrong_unit"}),
        ({"grid_reverse": ["sensor.soc"]}, {"grid_reverse": "wrong_unit"}),
        ({"grid_reverse": ["sensor.grid"]}, {"base": "same_source"}),
        ({"grid": ["sensor.grid"] * 2}, {"base": "same_source"}),
        (
            {"inverters": ["sensor.grid", "sensor.soc"]},
            {"inverters": "wrong_unit"},
        ),
        (
            {"inverters": ["sensor.roof", "sensor.roof"]},
            {"inverters": "same_source"},
        ),
        (
            {"inverters": [f"sensor.roof_{number}" for number in range(6)]},
            {"inverters": "nrgkick_too_many_inverters"},
        ),
        ({"battery": ["sensor.soc"]}, {"battery": "wrong_unit"}),
        ({"battery": []}, {"battery": "no_source"}),
        (
            {"battery": [], "soc": None, "battery_reverse": ["sensor.charge"]},
            {"battery": "no_source"},
        ),
        (
            {"battery_reverse": ["sensor.text"]},
            {"battery_reverse": "not_a_number"},
        ),
        ({"soc": "sensor.grid"}, {"soc": "wrong_unit"}),
        ({"load": ["sensor.roof_today"]}, {"load": "wrong_unit"}),
        ({"load": ["sensor.load"] * 2}, {"base": "same_source"}),
    ],
)
async def test_errors(
    hass: HomeAssistant, changed: dict[str, Any], errors: dict[str, str]
) -> None:
    """Each mistake is told where it was made, and can be put right."""
    say(hass, "sensor.text", "charging")
    hass.states.async_set("sensor.without", "12")
    wrong = {
        key: value for key, value in {**HOUSE, **changed}.items() if value is not None
    }
    result = await go_on(hass, await begin(hass), wrong)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "nrgkick_by_hand"
    assert result["errors"] == errors
    entry = await finish(hass, await go_on(hass, result, HOUSE))
    assert len(entry.subentries) == 3
