"""The meters are chosen, and their signs are seen before anything charges by them."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from ..nrgkick_house.conftest import register, say
from .conftest import BATTERY, GRID, OPTIONS, new_entry
from .flows import begin, go_on, reconfigure, suggested

pytestmark = pytest.mark.usefixtures("meters", "empty_rooms")

HOUSE = {
    "grid": ["sensor.grid"],
    "pv": ["sensor.roof", "sensor.roof_2"],
    "battery": ["sensor.battery"],
    "soc": "sensor.soc",
}


async def finish(hass: HomeAssistant, result: dict[str, Any]) -> dict[str, Any]:
    """Take all signs as they are; return the end."""
    while result["type"] is FlowResultType.FORM:
        assert set(suggested(result)) == {"inverted"}
        result = await go_on(hass, result, suggested(result))
    await hass.async_block_till_done()
    return result


async def made(hass: HomeAssistant, user_input: Any) -> Any:
    """Return the entry of what somebody chose."""
    result = await finish(hass, await go_on(hass, await begin(hass), user_input))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    return result["result"]


async def test_left_halfway(hass: HomeAssistant) -> None:
    """Steps that a closed browser left halfway don't keep from beginning again."""
    await begin(hass)
    result = await begin(hass)
    assert result["step_id"] == "surplus_by_hand"
    await finish(hass, await go_on(hass, result, HOUSE))
    assert not hass.config_entries.flow.async_progress(include_uninitialized=True)


async def test_by_hand(hass: HomeAssistant) -> None:
    """A wrong sign is seen and turned around, and back."""
    result = await begin(hass)
    assert result["step_id"] == "surplus_by_hand"
    assert suggested(result) == {}
    result = await go_on(hass, result, HOUSE)
    for step, inverted in (
        ("surplus_grid_feed_in", True),
        ("surplus_grid_consumption", False),
        ("surplus_grid_feed_in", False),
    ):
        assert result["step_id"] == step
        assert result["description_placeholders"] == {"power": "1240 W"}
        result = await go_on(hass, result, {"inverted": inverted})
    assert result["step_id"] == "surplus_battery_charge"
    assert result["description_placeholders"] == {"power": "749 W"}
    assert suggested(result) == {"inverted": False}
    result = await go_on(hass, result, {"inverted": True})
    assert result["step_id"] == "surplus_battery_discharge"
    assert suggested(result) == {"inverted": True}
    result = await go_on(hass, result, {"inverted": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.title == "Surplus"
    assert entry.unique_id == "surplus"
    assert entry.data == {
        "vendor": "surplus",
        "grid": GRID,
        "pv": {"power": ["sensor.roof", "sensor.roof_2"]},
        "battery": {**BATTERY, "inverted": True},
    }
    assert entry.options == OPTIONS
    assert not entry.subentries


@pytest.mark.parametrize(
    ("state", "grid", "battery", "power"),
    [
        ("-1.24", "feed_in", "charge", "1240 W"),
        ("1.24", "consumption", "discharge", "1240 W"),
        ("0.0004", "idle", "idle", "0 W"),
        ("unavailable", "not_known", "not_known", "0 W"),
    ],
)
async def test_every_direction(
    hass: HomeAssistant, state: str, grid: str, battery: str, power: str
) -> None:
    """Each direction has a step of its own, with words of its own."""
    say(hass, "sensor.grid", state, "kW")
    say(hass, "sensor.battery", state, "kW")
    result = await go_on(hass, await begin(hass), HOUSE)
    for step in (f"surplus_grid_{grid}", f"surplus_battery_{battery}"):
        assert result["step_id"] == step
        shown = result["description_placeholders"]
        assert shown == {"power": power}
        result = await go_on(hass, result, {"inverted": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY


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
    }
    result = await go_on(hass, await begin(hass), chosen)
    assert result["step_id"] == "surplus_grid_feed_in"
    assert result["description_placeholders"] == {"power": "2389 W"}
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "surplus_battery_discharge"
    entry = (await finish(hass, result))["result"]
    assert entry.data == {
        "vendor": "surplus",
        "grid": {
            "power": ["sensor.import", "sensor.import_2"],
            "reverse": ["sensor.export"],
            "inverted": False,
        },
        "pv": None,
        "battery": {
            "power": ["sensor.discharge"],
            "reverse": ["sensor.charge"],
            "inverted": False,
            "soc": None,
        },
    }


async def test_grid_alone(hass: HomeAssistant) -> None:
    """The grid is all that's needed; nobody is asked for a battery that isn't there."""
    entry = await made(hass, {"grid": ["sensor.grid"]})
    assert entry.data == {
        "vendor": "surplus",
        "grid": GRID,
        "pv": None,
        "battery": None,
    }


async def test_not_there_yet(hass: HomeAssistant) -> None:
    """A sensor that says nothing now may be right."""
    result = await go_on(hass, await begin(hass), {"grid": ["sensor.later"]})
    assert result["step_id"] == "surplus_grid_not_known"
    entry = (await finish(hass, result))["result"]
    assert entry.data["grid"]["power"] == ["sensor.later"]


async def test_only_one(hass: HomeAssistant) -> None:
    """There's one house, and one surplus."""
    new_entry(hass)
    result = await begin(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"grid": []}, {"grid": "no_source"}),
        ({"grid": ["sensor.soc"]}, {"grid": "wrong_unit"}),
        ({"grid": ["sensor.grid", "sensor.text"]}, {"grid": "not_a_number"}),
        ({"grid": ["sensor.without"]}, {"grid": "wrong_unit"}),
        ({"grid": ["sensor.grid"] * 2}, {"grid": "same_source"}),
        ({"grid_reverse": ["sensor.soc"]}, {"grid_reverse": "wrong_unit"}),
        ({"grid_reverse": ["sensor.grid"]}, {"grid_reverse": "same_source"}),
        ({"pv": ["sensor.soc"]}, {"pv": "wrong_unit"}),
        ({"pv": ["sensor.roof", "sensor.grid"]}, {"pv": "same_source"}),
        ({"battery": ["sensor.soc"]}, {"battery": "wrong_unit"}),
        ({"battery": ["sensor.grid"]}, {"battery": "same_source"}),
        ({"battery": None}, {"battery": "no_source"}),
        (
            {"battery": [], "soc": None, "battery_reverse": ["sensor.battery"]},
            {"battery": "no_source"},
        ),
        ({"battery_reverse": ["sensor.text"]}, {"battery_reverse": "not_a_number"}),
        ({"soc": "sensor.roof"}, {"soc": "wrong_unit"}),
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
    assert result["step_id"] == "surplus_by_hand"
    assert result["errors"] == errors
    assert suggested(result) == wrong
    result = await finish(hass, await go_on(hass, result, HOUSE))
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_reconfigure(hass: HomeAssistant) -> None:
    """What is stored is shown, and its sign stays until it's turned."""
    entry = new_entry(hass, grid={**GRID, "inverted": True})
    result = await reconfigure(hass, entry)
    assert result["step_id"] == "surplus_reconfigure"
    assert suggested(result) == {
        "grid": ["sensor.grid"],
        "grid_reverse": [],
        "pv": ["sensor.roof"],
        "battery": ["sensor.battery"],
        "battery_reverse": [],
        "soc": "sensor.soc",
    }
    result = await go_on(hass, result, {**HOUSE, "pv": ["sensor.soc"]})
    assert result["step_id"] == "surplus_reconfigure"
    assert result["errors"] == {"pv": "wrong_unit"}
    result = await go_on(hass, result, HOUSE)
    assert result["step_id"] == "surplus_grid_consumption"
    assert suggested(result) == {"inverted": True}
    result = await go_on(hass, result, {"inverted": False})
    assert result["step_id"] == "surplus_grid_feed_in"
    result = await finish(hass, result)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data == {
        "vendor": "surplus",
        "grid": GRID,
        "pv": {"power": ["sensor.roof", "sensor.roof_2"]},
        "battery": BATTERY,
    }
    assert entry.options == OPTIONS


async def test_battery_comes_and_goes(hass: HomeAssistant) -> None:
    """What isn't chosen any more isn't stored any more."""
    entry = new_entry(hass)
    result = await go_on(
        hass, await reconfigure(hass, entry), {"grid": ["sensor.grid"]}
    )
    await finish(hass, result)
    assert entry.data["pv"] is entry.data["battery"] is None
    result = await reconfigure(hass, entry)
    assert suggested(result) == {
        "grid": ["sensor.grid"],
        "grid_reverse": [],
        "pv": [],
        "battery": [],
        "battery_reverse": [],
    }
    await finish(hass, await go_on(hass, result, HOUSE))
    assert entry.data["battery"] == BATTERY


async def test_renamed_and_removed(hass: HomeAssistant) -> None:
    """What the registry knows is stored by its id, so that names may change."""
    ids = {
        name: register(hass, f"sensor.{name}").id
        for name in ("grid", "roof", "battery", "soc")
    }
    entry = await made(hass, HOUSE)
    assert entry.data["grid"]["power"] == [ids["grid"]]
    assert entry.data["pv"]["power"] == [ids["roof"], "sensor.roof_2"]
    assert entry.data["battery"] == {
        **BATTERY,
        "power": [ids["battery"]],
        "soc": ids["soc"],
    }
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.grid", new_entity_id="sensor.meter")
    registry.async_update_entity("sensor.battery", new_entity_id="sensor.store")
    registry.async_remove("sensor.roof")
    registry.async_remove("sensor.soc")
    await hass.async_block_till_done()
    shown = suggested(await reconfigure(hass, entry))
    assert shown["grid"] == ["sensor.meter"]
    assert shown["pv"] == ["sensor.roof_2"]
    assert shown["battery"] == ["sensor.store"]
    assert "soc" not in shown
