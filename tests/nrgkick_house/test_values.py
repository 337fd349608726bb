"""Never a wrong number: what can't be trusted isn't served."""

from copy import deepcopy
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulators.nrgkick import sample_values

from .conftest import (
    HOST,
    SAMPLE,
    WHOLE,
    after_a_look,
    answered,
    coordinator_of,
    issues,
    named,
    new_entry,
    register,
    say,
    set_up,
    shown,
)

pytestmark = pytest.mark.usefixtures("house")

ANSWER = "sensor.nrgkick_custom_api_answer"
GOLDEN = sample_values()["device_values"]

# What each entity is the number of; without its power a device isn't served.
PLACES = {
    "sensor.roof": ("inverters",),
    "sensor.roof_today": ("inverters", "0", "pv_energy_day_wh"),
    "sensor.roof_total": ("inverters", "0", "pv_energy_total_wh"),
    "sensor.battery": ("batteries",),
    "sensor.soc": ("batteries", "0", "soc"),
    "sensor.rod": ("smart_loads",),
    "sensor.tank": ("smart_loads", "0", "temp"),
    "sensor.load": ("load_power_w",),
}
POWERS = {name for name, place in PLACES.items() if len(place) == 1} | {"sensor.grid"}


def lacking(entity_id: str) -> tuple[int, Any]:
    """Return what is answered when an entity can't be trusted."""
    if entity_id == "sensor.grid":
        return 503, None
    document: Any = deepcopy(GOLDEN)
    place = document
    *path, last = PLACES[entity_id]
    for key in path:
        place = place[key]
    del place[last]
    return 200, document


@pytest.fixture
async def entry(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> MockConfigEntry:
    """Serve the vendor's example, while time goes only when it's told to."""
    refresh(hass)
    found = new_entry(hass)
    await set_up(hass, found)
    assert answered(found) == (200, GOLDEN)
    return found


def refresh(hass: HomeAssistant, *but: str) -> None:
    """Let all sensors say the same again, but for some."""
    for entity_id, (value, unit) in SAMPLE.items():
        if entity_id not in but:
            say(hass, entity_id, value, unit)


@pytest.mark.parametrize("entity_id", SAMPLE)
async def test_not_to_be_trusted(
    hass: HomeAssistant, entry: MockConfigEntry, entity_id: str
) -> None:
    """Whatever is wrong with a sensor, its number is left out, and comes back."""
    value, unit = SAMPLE[entity_id]
    expected = lacking(entity_id)
    for state in (
        "unknown", "unavailable", "", " ", "nan", "NaN", "inf", "-inf", "1e999",
        "1_000", "1,5", "0x10", "none", "on", "١٢", "9" * 30,
    ):  # fmt: skip
        say(hass, entity_id, state, unit)
        assert answered(entry) == expected, state
        say(hass, entity_id, value, unit)
        assert answered(entry) == (200, GOLDEN)
    for wrong in ("VA", "kvar", "w", "KW", "wh", "K W", "", None):
        hass.states.async_set(entity_id, value, {"unit_of_measurement": wrong})
        assert answered(entry) == expected, wrong
    hass.states.async_set(entity_id, value)
    assert answered(entry) == expected
    # As it's after a start, before its integration has said anything.
    hass.states.async_set(
        entity_id, value, {"unit_of_measurement": unit, "restored": True}
    )
    assert answered(entry) == expected
    hass.states.async_remove(entity_id)
    assert answered(entry) == expected
    say(hass, entity_id, value, unit)
    assert answered(entry) == (200, GOLDEN)


@pytest.mark.parametrize("entity_id", SAMPLE)
async def test_too_old(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    entity_id: str,
) -> None:
    """A power that is too old isn't served; what changes slowly may be old."""
    freezer.tick(60)
    refresh(hass, entity_id)
    assert answered(entry) == (200, GOLDEN)
    freezer.tick(1)
    refresh(hass, entity_id)
    found = answered(entry)
    assert found == (lacking(entity_id) if entity_id in POWERS else (200, GOLDEN))
    # The same number anew is as good as another one.
    refresh(hass)
    assert answered(entry) == (200, GOLDEN)


async def test_all_too_old(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Old by time alone: nothing is said, and nobody asks, and it's shown all the same."""
    assert shown(hass, ANSWER) == "serving"
    freezer.tick(61)
    assert answered(entry) == (503, None)
    assert shown(hass, ANSWER) == "not_trustworthy"
    refresh(hass)
    # It's looked at every half a minute.
    await after_a_look(hass, freezer)
    assert shown(hass, ANSWER) == "serving"
    for _ in range(2):
        await after_a_look(hass, freezer)
    assert shown(hass, ANSWER) == "not_trustworthy"


async def test_seldom_but_alive(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A sensor that reports every two minutes may be ten old, once that's known."""
    for _ in range(2):
        freezer.tick(120)
        refresh(hass)
    freezer.tick(61)
    refresh(hass, "sensor.grid")
    assert answered(entry)[0] == 503
    freezer.tick(59)
    refresh(hass)
    for _ in range(5):
        freezer.tick(120)
        refresh(hass, "sensor.grid")
        assert answered(entry)[0] == 200
    freezer.tick(1)
    refresh(hass, "sensor.grid")
    assert answered(entry)[0] == 503


async def test_the_limit_is_the_users(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """The shortest limit and the factor are options."""
    refresh(hass)
    options = {"required": ["grid"], "factor": 2, "minimum_s": 10}
    entry = new_entry(hass, options=options)
    await set_up(hass, entry)
    freezer.tick(11)
    refresh(hass, "sensor.grid")
    assert answered(entry)[0] == 503
    for _ in range(4):
        refresh(hass)
        freezer.tick(20)
    refresh(hass, "sensor.grid")
    assert answered(entry)[0] == 200
    freezer.tick(21)
    refresh(hass, "sensor.grid")
    assert answered(entry)[0] == 503


async def test_clock_is_set(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """A clock that was set back doesn't make old numbers young, nor is it a trap."""
    freezer.tick(-3600)
    # Here the loop's clock is set as well, which in truth isn't.
    coordinator_of(entry)._forget()
    assert answered(entry)[0] == 503
    refresh(hass)
    assert answered(entry) == (200, GOLDEN)


async def test_one_of_a_sum(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """A sum that lacks a part is another number: it isn't served."""
    say(hass, "sensor.second", 42)
    refresh(hass)
    kinds = dict(WHOLE)
    meter = {**kinds["energy_meter"], "power": ["sensor.grid", "sensor.second"]}
    entry = new_entry(hass, [("energy_meter", meter)], load="none")
    await set_up(hass, entry)
    assert answered(entry)[1] == {"energy_meters": {"0": {"grid_power_w": -500}}}
    say(hass, "sensor.second", "unavailable")
    assert answered(entry) == (503, None)


async def test_unit_of_the_user(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Who changes a sensor's unit gets the same answer."""
    for value, unit in (("-0.542", "kW"), ("-542000", "mW"), ("-0.000542", "MW")):
        say(hass, "sensor.grid", value, unit)
        assert answered(entry) == (200, GOLDEN)
    say(hass, "sensor.tank", "319.95", "K")
    say(hass, "sensor.roof_total", "1248804", "kJ")
    assert answered(entry) == (200, GOLDEN)


async def test_rename(hass: HomeAssistant) -> None:
    """What the registry knows may be called something else at any time."""
    ids = {name: register(hass, name).id for name in SAMPLE}
    entry = new_entry(hass, named(ids), load_power=[ids["sensor.load"]])
    await set_up(hass, entry)
    assert answered(entry) == (200, GOLDEN)
    registry = er.async_get(hass)
    for name, (value, unit) in SAMPLE.items():
        registry.async_update_entity(name, new_entity_id=f"{name}_renamed")
        # Home Assistant takes the old state away, and the new one comes.
        hass.states.async_remove(name)
        assert answered(entry) == lacking(name)
        say(hass, f"{name}_renamed", value, unit)
        assert answered(entry) == (200, GOLDEN)
    await hass.async_block_till_done()
    assert not issues(hass)
    say(hass, "sensor.grid_renamed", 100)
    assert answered(entry)[1]["energy_meters"] == {"0": {"grid_power_w": 100}}
    # Somebody else may take the old name.
    say(hass, "sensor.grid", 9999)
    assert answered(entry)[1]["energy_meters"] == {"0": {"grid_power_w": 100}}


async def test_removal(hass: HomeAssistant) -> None:
    """A removed sensor is an issue at once, until another one is chosen."""
    entry_id = register(hass, "sensor.grid").id
    ids = {name: name for name in SAMPLE} | {"sensor.grid": entry_id}
    entry = new_entry(hass, named(ids))
    await set_up(hass, entry)
    er.async_get(hass).async_remove("sensor.grid")
    await hass.async_block_till_done()
    assert issues(hass) == {"nrgkick_source"}
    assert answered(entry) == (503, None)
    # One of the same name is another one.
    say(hass, "sensor.grid", -542)
    assert answered(entry) == (503, None)
    subentry = entry.subentries["01"]
    data = {**subentry.data, "power": ["sensor.grid"]}
    hass.config_entries.async_update_subentry(entry, subentry, data=data)
    await hass.async_block_till_done()
    assert not issues(hass)
    assert answered(entry) == (200, GOLDEN)


async def test_comes_back(hass: HomeAssistant) -> None:
    """One that its integration removes and makes again is followed again."""
    ids = {name: name for name in SAMPLE}
    ids["sensor.grid"] = register(hass, "sensor.grid").id
    entry = new_entry(hass, named(ids))
    await set_up(hass, entry)
    er.async_get(hass).async_remove("sensor.grid")
    await hass.async_block_till_done()
    assert issues(hass) == {"nrgkick_source"}
    assert register(hass, "sensor.grid").id == ids["sensor.grid"]
    await hass.async_block_till_done()
    assert not issues(hass)
    say(hass, "sensor.grid", -542)
    assert answered(entry) == (200, GOLDEN)


async def test_gone_without_a_registry(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """Who isn't in the registry is missed a little later, and so is its return seen."""
    hass.states.async_remove("sensor.soc")
    assert answered(entry) == lacking("sensor.soc")
    assert not issues(hass)
    await after_a_look(hass, freezer)
    assert issues(hass) == {"nrgkick_source"}
    say(hass, "sensor.soc", 78.2, "%")
    await after_a_look(hass, freezer)
    assert not issues(hass)


async def test_unavailable_is_not_gone(hass: HomeAssistant) -> None:
    """One that the registry knows is only not there now, such as a disabled one."""
    ids = {name: name for name in SAMPLE}
    ids["sensor.grid"] = register(hass, "sensor.grid").id
    entry = new_entry(hass, named(ids))
    await set_up(hass, entry)
    hass.states.async_remove("sensor.grid")
    er.async_get(hass).async_update_entity(
        "sensor.grid", disabled_by=er.RegistryEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert not issues(hass)
    assert answered(entry) == (503, None)


async def test_start_of_home_assistant(hass: HomeAssistant) -> None:
    """While it starts, sensors that aren't there yet aren't missed."""
    hass.set_state(CoreState.starting)
    hass.states.async_remove("sensor.grid")
    entry = new_entry(hass)
    await set_up(hass, entry)
    assert answered(entry) == (503, None)
    assert shown(hass, ANSWER) == "not_trustworthy"
    # Neither by what the registry tells meanwhile.
    register(hass, "sensor.soc")
    await hass.async_block_till_done()
    assert not issues(hass)
    say(hass, "sensor.grid", -542)
    assert answered(entry) == (200, GOLDEN)
    hass.states.async_remove("sensor.load")
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await hass.async_block_till_done()
    assert issues(hass) == {"nrgkick_source"}


async def test_later_registered(
    hass: HomeAssistant, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    """An entity that was stored by its name, and is renamed later, is missed."""
    register(hass, "sensor.tank")
    await hass.async_block_till_done()
    assert answered(entry) == (200, GOLDEN)
    er.async_get(hass).async_update_entity("sensor.tank", new_entity_id="sensor.boiler")
    hass.states.async_remove("sensor.tank")
    assert answered(entry) == lacking("sensor.tank")
    await after_a_look(hass, freezer)
    assert issues(hass) == {"nrgkick_source"}


async def test_what_is_left_out_is_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Diagnostics say what isn't served, and why."""
    say(hass, "sensor.battery", "unavailable")
    say(hass, "sensor.load", 5, "VA")
    answered(entry)
    found = coordinator_of(entry).diagnostics()
    assert found["left_out"] == [
        {"part": "battery", "key": "bat_power_w", "reasons": ["unavailable"]},
        {"part": "load", "key": "load_power_w", "reasons": ["wrong_unit"]},
    ]
    assert set(found["last_answer"]["document"]["device_values"]) == {
        "inverters",
        "energy_meters",
        "smart_loads",
    }
    assert list(found["asked_by"]) == [HOST]
