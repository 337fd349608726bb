"""What holds for each blueprint: its file, its inputs, its page."""

from collections.abc import Iterator, Mapping
import re
from typing import Any
from urllib.parse import quote

import probatio
import pytest

from custom_components.sunbridge.surplus.adapter.state import LoadStatus
from custom_components.sunbridge.surplus.model import Mode
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint import errors, models
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util import yaml as yaml_util

from .conftest import BLUEPRINTS, House

FOLDER = BLUEPRINTS / "automation" / "sunbridge"
FILES = sorted(FOLDER.glob("*.yaml"))
NAMES = [file.stem for file in FILES]
PAGE = (BLUEPRINTS.parent / "docs" / "blueprints.md").read_text()
AT_GITHUB = (
    "https://github.com/sunbridge-hub/sunbridge/blob/main/blueprints/automation/"
    "sunbridge/{}.yaml"
)

# What each needs, at the least.
NEEDED: Mapping[str, Mapping[str, Any]] = {
    "cheap_hours": {
        "mode": "select.car_mode",
        "cheap": "sensor.price",
        "memory": "input_text.memory",
    },
    "enough_sun": {"surplus": "sensor.surplus", "car": "sensor.car_state"},
    "feed_pv": {"charger": "0123456789abcdef", "grid": ["sensor.grid"]},
    "full_by": {
        "target_energy": "number.car_target_energy",
        "finish_at": "time.car_finish_at",
        "finish_by": "switch.car_finish_by",
        "state": "sensor.car_state",
    },
    "hot_water": {"relay": "switch.tank", "surplus": "sensor.surplus"},
    "minimum_first": {
        "mode": "select.car_mode",
        "level": "sensor.charge",
        "memory": "input_text.memory",
    },
}

# Inputs that can't be, one at a time.
WRONG = [
    ("cheap_hours", "mode", "not an entity"),
    ("cheap_hours", "cheap", ""),
    ("cheap_hours", "memory", "not an entity"),
    ("cheap_hours", "only_if", [{"condition": "moon"}]),
    ("enough_sun", "minutes", "ten"),
    ("enough_sun", "tell", "not an entity"),
    ("enough_sun", "then", [{"do": "something"}]),
    ("feed_pv", "only_if", "{% if %}"),
    ("full_by", "finish_time", "25:00:00"),
    ("full_by", "state", "not an entity"),
    ("full_by", "energy_from", "not an entity"),
    ("hot_water", "relay", "not an entity"),
    ("hot_water", "start_for", -5),
    ("minimum_first", "level", "not an entity"),
]


def _blueprint(name: str) -> models.Blueprint:
    """Load a file as Home Assistant does."""
    return models.Blueprint(
        yaml_util.load_yaml_dict(FOLDER / f"{name}.yaml"),
        path=f"{name}.yaml",
        expected_domain="automation",
        schema=AUTOMATION_BLUEPRINT_SCHEMA,
    )


def _strings(node: object) -> Iterator[str]:
    """Yield each string in a blueprint, but no names of actions."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key != "action":
                yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)
    elif isinstance(node, str):
        yield node


def test_all_are_here() -> None:
    """Each blueprint is tested here."""
    assert list(NEEDED) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_metadata(name: str) -> None:
    """It says where it's from, what it needs, and that in words."""
    blueprint = _blueprint(name)
    assert blueprint.metadata["source_url"] == AT_GITHUB.format(name)
    assert blueprint.metadata["homeassistant"] == {"min_version": "2026.10.0"}
    assert blueprint.metadata["author"] == "Sunbridge"
    assert blueprint.validate() is None
    assert len(blueprint.metadata["description"]) > 80
    needed = {
        key for key, option in blueprint.inputs.items() if "default" not in option
    }
    assert needed == set(NEEDED[name])


@pytest.mark.parametrize("name", NAMES)
def test_inputs(name: str) -> None:
    """Each input has a name, a selector that takes its default, and a use."""
    blueprint = _blueprint(name)
    for key, option in blueprint.inputs.items():
        assert option["name"], key
        choice = selector(option["selector"])
        if (default := option.get("default")) not in (None, []):
            probatio.Schema(choice)(default)
        if "entity" in option["selector"]:
            assert option["selector"]["entity"]["filter"], key
    used = yaml_util.extract_inputs(blueprint.data)
    assert used == set(blueprint.inputs)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_old_and_nothing_guessed(name: str) -> None:
    """The syntax is today's; no entity is fixed, and no number is made up."""
    blueprint = _blueprint(name)
    assert {"triggers", "conditions", "actions", "mode"} <= set(blueprint.data)
    body = {key: value for key, value in blueprint.data.items() if key != "blueprint"}
    for text in _strings(body):
        assert not re.search(r"float\(|int\(|\| float\(0|default\(0", text), text
        assert not re.fullmatch(r"(sensor|switch|select|number)\.\w+", text), text
    source = (FOLDER / f"{name}.yaml").read_text()
    assert not re.search(r"^\s*-?\s*(platform|service):", source, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_modes_are_those_of_the_code(name: str) -> None:
    """Modes that a blueprint offers are modes of a load."""
    modes = {str(mode) for mode in Mode}
    for key, option in _blueprint(name).inputs.items():
        if key.endswith("_mode"):
            values = {one["value"] for one in option["selector"]["select"]["options"]}
            assert values <= modes


def test_states_are_those_of_the_code() -> None:
    """Plugging in is any state but that of no car, whichever there are."""
    (plug,) = (
        trigger
        for trigger in _blueprint("full_by").data["triggers"]
        if trigger.get("id") == "plug"
    )
    assert plug["from"] == LoadStatus.NO_CAR
    assert set(plug["to"]) == set(LoadStatus) - {LoadStatus.NO_CAR}


@pytest.mark.parametrize("name", NAMES)
def test_page(name: str) -> None:
    """The page has a button that imports it, and a link to the file."""
    address = quote(AT_GITHUB.format(name), safe="")
    assert f"redirect/blueprint_import/?blueprint_url={address})" in PAGE
    assert f"](../blueprints/automation/sunbridge/{name}.yaml)" in PAGE


@pytest.mark.parametrize("name", NAMES)
async def test_least_inputs(house: House, name: str) -> None:
    """With the least inputs it's an automation, with nothing there nothing happens."""
    await house.start(name, NEEDED[name], kept={})
    state = house.hass.states.get("automation.of_a_blueprint")
    assert state
    assert state.state == "on"
    await house.go(minutes=6)
    assert house.taken() == []


@pytest.mark.parametrize(
    ("name", "key"), [(name, key) for name in NAMES for key in NEEDED[name]]
)
async def test_missing_input(
    hass: HomeAssistant, house: House, name: str, key: str
) -> None:
    """Without an input that it needs it's refused."""
    inputs = {one: value for one, value in NEEDED[name].items() if one != key}
    await _set_up(hass, name, inputs)
    state = hass.states.get("automation.of_a_blueprint")
    assert state
    assert state.state == "unavailable"


@pytest.mark.parametrize(("name", "key", "value"), WRONG)
async def test_wrong_input(
    hass: HomeAssistant, house: House, name: str, key: str, value: object
) -> None:
    """With an input that can't be it's refused."""
    await _set_up(hass, name, {**NEEDED[name], key: value})
    state = hass.states.get("automation.of_a_blueprint")
    assert state
    assert state.state == "unavailable"


async def _set_up(hass: HomeAssistant, name: str, inputs: Mapping[str, Any]) -> None:
    """Set an automation up that may be refused."""
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "id": "of_a_blueprint",
                "alias": "Of a blueprint",
                "use_blueprint": {"path": f"sunbridge/{name}.yaml", "input": inputs},
            }
        },
    )
    await hass.async_block_till_done()


def test_newer_inputs_are_refused() -> None:
    """A version that is too new would be refused, so the one that is named counts."""
    data = yaml_util.load_yaml_dict(FILES[0])
    data["blueprint"]["homeassistant"]["min_version"] = "2099.1.0"
    blueprint = models.Blueprint(data, schema=AUTOMATION_BLUEPRINT_SCHEMA)
    assert blueprint.validate() == ["Requires at least Home Assistant 2099.1.0"]
    data["blueprint"]["homeassistant"]["min_version"] = "soon"
    with pytest.raises(errors.InvalidBlueprint):
        models.Blueprint(data, schema=AUTOMATION_BLUEPRINT_SCHEMA)
