"""Loads by the entities of other integrations are added and changed."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er

from ..nrgkick_house.conftest import register, say
from .conftest import new_entry
from .flows import add_load, change_load, load_goes_on, options_in, suggested

pytestmark = pytest.mark.usefixtures("empty_rooms", "box")

BOX = {
    "name": "Barn",
    "current": "number.limit",
    "switch": "switch.charge",
    "power": ["sensor.box"],
    "measured_current": "sensor.amps",
    "connected_phases": "3",
    "phases_entity": "select.phases",
    "max_a": 20.0,
    "plugged": "binary_sensor.plug",
    "session_energy": "sensor.session",
    "priority": 2.0,
    "at_stop": "pause",
}
PHASES = {"one_phase": "1p", "three_phases": "3p"}
BOX_STORED = {
    **BOX,
    **PHASES,
    "inverted": False,
    "connected_phases": 3,
    "max_a": 20,
    "priority": 2,
}
LEAST = {
    "name": "Barn",
    "current": "number.from_0",
    "power": ["sensor.box"],
    "connected_phases": "1",
    "max_a": 16,
    "priority": 1,
    "at_stop": "leave",
}
LEAST_STORED = {
    **LEAST,
    "inverted": False,
    "measured_current": None,
    "switch": None,
    "phases_entity": None,
    "one_phase": None,
    "three_phases": None,
    "connected_phases": 1,
    "plugged": None,
    "session_energy": None,
}
HEATER = {
    "name": "Hot water",
    "switch": "switch.heater",
    "power_w": 1800.0,
    "power": ["sensor.heater"],
    "min_run_min": 15.0,
    "min_pause_min": 5.0,
    "priority": 3.0,
    "at_stop": "pause",
}
HEATER_STORED = {
    **HEATER,
    "power_w": 1800,
    "min_run_min": 15,
    "min_pause_min": 5,
    "priority": 3,
}
TAKE = {"next_step_id": "finish"}


@pytest.fixture
def box(hass: HomeAssistant) -> None:
    """Let the entities of a charger and a heater say something."""
    amperes = {"unit_of_measurement": "A", "max": 32, "step": 1}
    say(hass, "sensor.box", 3.68, "kW")
    say(hass, "sensor.amps", 16, "A")
    say(hass, "sensor.session", 4.2, "kWh")
    say(hass, "sensor.heater", 0)
    for entity_id, state, attributes in (
        ("number.limit", "16", {**amperes, "min": 6}),
        ("number.from_0", "16", {**amperes, "min": 0}),
        ("number.percent", "50", {"unit_of_measurement": "%", "min": 0, "max": 100}),
        ("select.phases", "3p", {"options": ["auto", "1p", "3p"]}),
        ("select.empty", "unavailable", {}),
        ("switch.charge", "on", {}),
        ("switch.phases", "on", {}),
        ("switch.heater", "off", {}),
        ("binary_sensor.plug", "on", {}),
    ):
        hass.states.async_set(entity_id, state, attributes)


def form(entered: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return what a user enters, without what's left empty."""
    found = {**entered, **changed}
    return {key: value for key, value in found.items() if value is not None}


def only(entry: MockConfigEntry) -> Any:
    """Return the only load."""
    (load,) = entry.subentries.values()
    return load


async def test_any_charger(hass: HomeAssistant) -> None:
    """All that a charger may have is asked for, and its power is seen."""
    entry = new_entry(hass)
    result = await add_load(hass, entry, "any_charger")
    assert suggested(result) == {"priority": 1}
    result = await load_goes_on(hass, result, BOX)
    assert result["step_id"] == "phases"
    assert options_in(result, "one_phase") == ["auto", "1p", "3p"]
    assert suggested(result) == PHASES
    result = await load_goes_on(hass, result, {"one_phase": "1p", "three_phases": "1p"})
    assert result["errors"] == {"three_phases": "surplus_same_option"}
    result = await load_goes_on(hass, result, PHASES)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "consumption"
    assert result["description_placeholders"] == {"power": "3680 W"}
    result = await load_goes_on(hass, result, TAKE)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    load = only(entry)
    assert load.subentry_type == "any_charger"
    assert load.title == "Barn"
    assert load.data == BOX_STORED


async def test_least(hass: HomeAssistant) -> None:
    """A number that may be 0 and a measurement are enough."""
    entry = new_entry(hass)
    result = await add_load(hass, entry, "any_charger", LEAST)
    assert result["step_id"] == "consumption"
    await load_goes_on(hass, result, TAKE)
    assert only(entry).data == LEAST_STORED


async def test_current_alone(hass: HomeAssistant) -> None:
    """Where only the current is measured there's no power to be shown."""
    entry = new_entry(hass)
    entered = form(LEAST, power=None, measured_current="sensor.amps")
    result = await add_load(hass, entry, "any_charger", entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    measured = {"power": [], "measured_current": "sensor.amps"}
    assert only(entry).data == {**LEAST_STORED, **measured}


async def test_phases_by_switch(hass: HomeAssistant) -> None:
    """A switch is on with three phases, so that nothing has to be asked."""
    entry = new_entry(hass)
    entered = form(BOX, phases_entity="switch.phases")
    result = await add_load(hass, entry, "any_charger", entered)
    assert result["step_id"] == "consumption"
    await load_goes_on(hass, result, TAKE)
    assert only(entry).data == {
        **BOX_STORED,
        "phases_entity": "switch.phases",
        "one_phase": None,
        "three_phases": None,
    }


@pytest.mark.parametrize(
    ("state", "step", "power"),
    [
        ("3680", "consumption", "3680 W"),
        ("0.4", "idle", "0 W"),
        # A little below nothing is noise, and more is nobody knows what.
        ("-5", "idle", "0 W"),
        ("-3680", "not_known", "0 W"),
        ("unavailable", "not_known", "0 W"),
    ],
)
async def test_preview(hass: HomeAssistant, state: str, step: str, power: str) -> None:
    """The charger's power is said in words, and a wrong sensor is changed."""
    say(hass, "sensor.box", state)
    say(hass, "sensor.other", 1234)
    entry = new_entry(hass)
    result = await add_load(hass, entry, "any_charger", LEAST)
    assert result["step_id"] == step
    assert result["description_placeholders"] == {"power": power}
    result = await load_goes_on(hass, result, {"next_step_id": "again"})
    assert result["step_id"] == "user"
    assert suggested(result) == LEAST
    result = await load_goes_on(hass, result, form(LEAST, power=["sensor.other"]))
    assert result["step_id"] == "consumption"
    assert result["description_placeholders"] == {"power": "1234 W"}
    await load_goes_on(hass, result, TAKE)
    assert only(entry).data["power"] == ["sensor.other"]


@pytest.mark.parametrize(
    ("changed", "errors"),
    [
        ({"current": "number.percent"}, {"current": "surplus_not_amperes"}),
        ({"current": "number.later"}, {"current": "surplus_not_amperes"}),
        ({"switch": None}, {"switch": "surplus_no_pause"}),
        (
            {"power": [], "measured_current": None},
            {"power": "surplus_not_measured"},
        ),
        ({"power": ["sensor.amps"], "measured_current": None}, {"power": "wrong_unit"}),
        ({"power": ["sensor.text"]}, {"power": "not_a_number"}),
        ({"power": ["sensor.box"] * 2}, {"power": "surplus_same_entity"}),
        ({"measured_current": "sensor.box"}, {"power": "surplus_same_entity"}),
        (
            {"measured_current": "sensor.session", "session_energy": None},
            {"measured_current": "surplus_not_amperes"},
        ),
        (
            {"phases_entity": "switch.charge"},
            {"phases_entity": "surplus_same_entity"},
        ),
        ({"connected_phases": "1"}, {"phases_entity": "surplus_one_phase_only"}),
        ({"phases_entity": "select.empty"}, {"phases_entity": "surplus_no_options"}),
        ({"session_energy": "sensor.heater"}, {"session_energy": "wrong_unit"}),
        (
            {"current": "number.percent", "session_energy": "sensor.heater"},
            {"current": "surplus_not_amperes", "session_energy": "wrong_unit"},
        ),
    ],
)
async def test_errors(
    hass: HomeAssistant, changed: dict[str, Any], errors: dict[str, str]
) -> None:
    """Each mistake is told where it was made, and can be put right."""
    say(hass, "sensor.text", "charging")
    entry = new_entry(hass)
    entered = form(BOX, **changed)
    result = await add_load(hass, entry, "any_charger", entered)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    assert {key: result["errors"][key] for key in errors} == errors
    assert suggested(result) == entered
    for user_input in (BOX, PHASES, TAKE):
        result = await load_goes_on(hass, result, user_input)
    assert only(entry).data == BOX_STORED


async def test_one_error_a_mistake(hass: HomeAssistant) -> None:
    """What is right isn't blamed."""
    result = await add_load(
        hass, new_entry(hass), "any_charger", form(BOX, switch=None)
    )
    assert result["errors"] == {"switch": "surplus_no_pause"}


async def test_taken(hass: HomeAssistant) -> None:
    """What commands a load commands no other; what only measures may be shared."""
    heater = {**HEATER_STORED, "switch": register(hass, "switch.heater").id}
    entry = new_entry(hass, [("any_charger", BOX_STORED), ("switched_load", heater)])
    result = await add_load(hass, entry, "any_charger", BOX)
    assert result["errors"] == {
        "current": "surplus_taken",
        "switch": "surplus_taken",
        "phases_entity": "surplus_taken",
    }
    entered = form(HEATER, switch="switch.heater")
    result = await add_load(hass, entry, "switched_load", entered)
    assert result["errors"] == {"switch": "surplus_taken"}
    entered = form(HEATER, switch="switch.charge")
    result = await add_load(hass, entry, "switched_load", entered)
    assert result["errors"] == {"switch": "surplus_taken"}
    # Its own are its own.
    result = await load_goes_on(hass, await change_load(hass, entry), BOX)
    assert result["step_id"] == "phases"


async def test_entity_of_a_charger(hass: HomeAssistant) -> None:
    """Entities of a charger that is a load itself would command it twice."""
    owner = MockConfigEntry(domain="sunbridge")
    owner.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("sunbridge", "1")}
    )
    register(hass, "number.from_0", device_id=device.id)
    charger = {"device": device.id, "how": "regulate", "priority": 1}
    entry = new_entry(hass, [("charger", charger)])
    result = await add_load(hass, entry, "any_charger", LEAST)
    assert result["errors"] == {"current": "surplus_taken"}
    result = await add_load(hass, new_entry(hass), "any_charger", LEAST)
    assert result["step_id"] == "consumption"


async def test_change(hass: HomeAssistant) -> None:
    """What is stored is shown, also after the entities were renamed."""
    ids = {
        entity_id: register(hass, entity_id).id
        for entity_id in ("number.limit", "sensor.box", "select.phases", "sensor.amps")
    }
    entry = new_entry(hass)
    result = await add_load(hass, entry, "any_charger", BOX)
    for user_input in (PHASES, TAKE):
        result = await load_goes_on(hass, result, user_input)
    (subentry_id,) = entry.subentries
    by_id = {
        "current": ids["number.limit"],
        "power": [ids["sensor.box"]],
        "phases_entity": ids["select.phases"],
        "measured_current": ids["sensor.amps"],
    }
    assert only(entry).data == {**BOX_STORED, **by_id}
    registry = er.async_get(hass)
    registry.async_update_entity("number.limit", new_entity_id="number.cap")
    registry.async_update_entity("select.phases", new_entity_id="select.mode")
    registry.async_remove("sensor.amps")
    await hass.async_block_till_done()
    attributes = {"unit_of_measurement": "A", "min": 6, "max": 32}
    hass.states.async_set("number.cap", "16", attributes)
    hass.states.async_set("select.mode", "3p", {"options": ["1p", "3p", "off"]})
    result = await change_load(hass, entry, subentry_id)
    assert result["step_id"] == "reconfigure"
    shown = suggested(result)
    renamed = {"current": "number.cap", "phases_entity": "select.mode"}
    asked = {key: shown[key] for key in BOX if key in shown}
    assert asked == form({**BOX, "max_a": 20}, **renamed, measured_current=None)
    result = await load_goes_on(hass, result, {**asked, "name": "Shed"})
    assert suggested(result) == PHASES
    result = await load_goes_on(hass, result, {**PHASES, "one_phase": "off"})
    result = await load_goes_on(hass, result, {"next_step_id": "again"})
    assert result["step_id"] == "reconfigure"
    result = await load_goes_on(hass, result, {**asked, "name": "Shed"})
    for user_input in (PHASES, TAKE):
        result = await load_goes_on(hass, result, user_input)
    assert result["reason"] == "reconfigure_successful"
    load = only(entry)
    assert load.title == "Shed"
    assert load.data == {
        **BOX_STORED,
        **by_id,
        "name": "Shed",
        "measured_current": None,
    }


async def test_other_options(hass: HomeAssistant) -> None:
    """What another select doesn't offer isn't proposed."""
    entry = new_entry(hass, [("any_charger", BOX_STORED)])
    hass.states.async_set("select.other", "1", {"options": ["1", "3p"]})
    result = await change_load(hass, entry)
    entered = form(BOX, phases_entity="select.other")
    result = await load_goes_on(hass, result, entered)
    assert suggested(result) == {"one_phase": "1", "three_phases": "3p"}


async def test_switched_load(hass: HomeAssistant) -> None:
    """A load that is on or off has a power and its least times."""
    entry = new_entry(hass, [("any_charger", BOX_STORED)])
    result = await add_load(hass, entry, "switched_load")
    assert suggested(result) == {"priority": 3}
    # A power that is too large misses sun, and one that is too small imports.
    assert result["data_schema"](form(HEATER, power_w=None))["power_w"] == 2000
    entered = form(HEATER, power=None, min_run_min=None, min_pause_min=None)
    result = await load_goes_on(hass, result, entered)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    load = list(entry.subentries.values())[1]
    assert load.subentry_type == "switched_load"
    assert load.title == "Hot water"
    assert load.data == {
        **HEATER_STORED,
        "power": [],
        "min_run_min": 20,
        "min_pause_min": 10,
    }


async def test_change_switched_load(hass: HomeAssistant) -> None:
    """A switched load is changed; mistakes are told."""
    entry = new_entry(hass, [("switched_load", HEATER_STORED)])
    result = await change_load(hass, entry)
    assert suggested(result) == HEATER_STORED
    for power, error in (
        (["sensor.soc"], "wrong_unit"),
        (["sensor.heater"] * 2, "surplus_same_entity"),
    ):
        say(hass, "sensor.soc", 50, "%")
        result = await load_goes_on(hass, result, form(HEATER, power=power))
        assert result["errors"] == {"power": error}
    result = await load_goes_on(hass, result, form(HEATER, power_w=900.0, name="Rod"))
    assert result["reason"] == "reconfigure_successful"
    load = only(entry)
    assert load.title == "Rod"
    assert load.data == {**HEATER_STORED, "name": "Rod", "power_w": 900}
