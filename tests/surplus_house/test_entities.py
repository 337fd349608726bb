"""What a user sees and sets."""

import ast
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.sunbridge.charging import Traits
from custom_components.sunbridge.surplus import controller, switched, switching
from custom_components.sunbridge.surplus.adapter.coordinator import SurplusCoordinator
from custom_components.sunbridge.surplus.adapter.loads import charger_of
from custom_components.sunbridge.surplus.adapter.settings import LoadSetup
from custom_components.sunbridge.surplus.adapter.state import (
    SWITCH_REASONS,
    SWITCH_STATUSES,
    HouseState,
    LoadStatus,
    status_of,
)
from custom_components.sunbridge.surplus.adapter.tables import CHARGER, PRODUCTS
from custom_components.sunbridge.surplus.adapter.wishes import (
    HouseWishes,
    LoadWishes,
    Phases,
    as_dict,
    from_dict,
)
from custom_components.sunbridge.surplus.model import (
    AtStop,
    BatteryRule,
    Eagerness,
    Mode,
    Reason,
)
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .conftest import BATTERY
from .house import BOX, PUMP, House, coordinators, house_fixture, set_up, surplus_entry  # noqa: F401

SETUP = LoadSetup("00", "charger", "Box", 3, AtStop.PAUSE, {})
TRAITS = Traits(
    min_a=6.0,
    max_a=20.0,
    step_a=0.5,
    phases=(1, 3),
    spacing_s=5.0,
    reply_s=12.0,
    delay_s=2.0,
    switch_pause_s=20.0,
    refresh_s=60.0,
    feed_every_s=5.0,
)


async def set_value(hass: HomeAssistant, entity_id: str, value: Any) -> None:
    """Set a number, switch, or time, as a user does."""
    domain = entity_id.partition(".")[0]
    service, data = {
        "number": ("set_value", {"value": value}),
        "switch": ("turn_on" if value else "turn_off", {}),
        "time": ("set_value", {"time": value}),
    }[domain]
    await hass.services.async_call(
        domain, service, {"entity_id": entity_id, **data}, blocking=True
    )


async def test_what_there_is(hass: HomeAssistant, house: House) -> None:
    """A house and a load of each kind have their entities, in their subentries."""
    entry = surplus_entry(
        hass,
        ("any_charger", BOX),
        ("switched_load", PUMP),
        battery=BATTERY,
        options={},
    )
    await set_up(hass, entry)
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    by_part = {
        part: sorted(
            one.unique_id.removeprefix(f"surplus_{part or 'house'}_")
            for one in found
            if one.config_subentry_id == part
        )
        for part in (None, "00", "01")
    }
    assert by_part == {
        None: ["battery_rule", "margin", "meter_fresh", "surplus"],
        "00": [
            "available",
            "eagerness",
            "finish_at",
            "finish_by",
            "import_today",
            "max_current",
            "min_current",
            "missed_today",
            "mode",
            "phases",
            "reason",
            "resume",
            "state",
            "sun_today",
            "switches_today",
            "target_current",
            "target_energy",
        ],
        "01": [
            "available",
            "eagerness",
            "import_today",
            "missed_today",
            "mode",
            "reason",
            "resume",
            "state",
            "sun_today",
            "switches_today",
        ],
    }
    registry = dr.async_get(hass)
    box = registry.async_get_device_by_identifier(
        ("sunbridge", "surplus_00"), entry.entry_id
    )
    above = registry.async_get_device_by_identifier(
        ("sunbridge", "surplus_house"), entry.entry_id
    )
    assert box is not None
    assert above is not None
    assert box.name == "Box"
    assert box.via_device_id == above.id


@pytest.mark.parametrize(
    ("battery", "options"),
    [
        (None, None),
        ({**BATTERY, "soc": None}, ["car_first", "battery_first"]),
        (BATTERY, ["car_first", "battery_first", "band"]),
    ],
)
async def test_battery_rules(
    hass: HomeAssistant, house: House, battery: Any, options: list[str] | None
) -> None:
    """There are the rules for which the house has the sensors."""
    await set_up(hass, surplus_entry(hass, battery=battery, options={}))
    state = hass.states.get("select.surplus_battery_rule")
    found = None if state is None else state.attributes["options"]
    assert found == options


async def test_what_is_gone(hass: HomeAssistant, house: House) -> None:
    """What a house or a load doesn't have any more leaves no entity behind."""
    entry = surplus_entry(hass, ("any_charger", BOX), battery=BATTERY)
    await set_up(hass, entry)
    target, rule = "number.box_target_energy", "select.surplus_battery_rule"
    registry = er.async_get(hass)
    registry.async_update_entity(rule, disabled_by=er.RegistryEntryDisabler.USER)
    (load,) = entry.subentries.values()
    before = {one.entity_id for one in registry.entities.values()}
    assert {target, rule} <= before
    hass.config_entries.async_update_subentry(
        entry, load, data={**load.data, "plugged": None}
    )
    hass.config_entries.async_update_entry(entry, data={**entry.data, "battery": None})
    await hass.async_block_till_done()
    after = {one.entity_id for one in registry.entities.values()}
    assert before - after == {target, rule}


async def test_wishes_count_at_once_and_stay(hass: HomeAssistant, house: House) -> None:
    """Each wish reaches the controller's settings at once, and outlives a reload."""
    entry = surplus_entry(hass)
    await set_up(hass, entry)
    await house.select("select.box_mode", "minimum")
    await house.select("select.box_eagerness", "eager")
    await house.select("select.box_phases_2", "one")
    await set_value(hass, "number.box_maximum_current", 10)
    await set_value(hass, "number.box_minimum_current", 8)
    await set_value(hass, "number.box_target_energy", 12.5)
    await set_value(hass, "switch.box_finish_in_time", True)
    await set_value(hass, "time.box_finish_at", "05:30:00")
    for _ in range(2):
        _, (load,) = coordinators(entry)
        found = load.diagnostics()
        settings = found["settings"]
        assert settings["mode"] == "minimum"
        assert settings["eagerness"] == "eager"
        assert settings["phases"] == (1,)
        assert (settings["min_a"], settings["max_a"]) == (8, 10)
        assert settings["target_wh"] == 12_500
        assert settings["finish_at_s"] is not None
        assert found["wishes"]["finish_at"] == "05:30:00"
        assert house.shown("select.box_phases_2") == "one"
        assert house.shown("number.box_target_energy") == "12.5"
        assert house.shown("switch.box_finish_in_time") == "on"
        await hass.config_entries.async_reload(entry.entry_id)
    # Neither limit may pass the other.
    for number, value in (("minimum", 11), ("maximum", 7)):
        with pytest.raises(ServiceValidationError):
            await set_value(hass, f"number.box_{number}_current", value)
    await set_value(hass, "number.box_target_energy", 0)
    assert coordinators(entry)[1][0].diagnostics()["settings"]["target_wh"] is None


async def test_refresh(hass: HomeAssistant, house: House) -> None:
    """Who asks for an update gets what there is: nothing is asked for here."""
    entry = surplus_entry(hass)
    await set_up(hass, entry)
    for coordinator in entry.runtime_data.coordinators:
        before = coordinator.data
        await coordinator.async_refresh()
        assert coordinator.data is before
        assert coordinator.available


async def test_off(hass: HomeAssistant, house: House) -> None:
    """Off is off, however much sun there is."""
    entry = surplus_entry(hass)
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 5000)
    await house.select("select.box_mode", "off")
    await house.until(lambda: not house.box.offered_a, 60)
    await house.run(30)
    assert house.shown("sensor.box_state") == "off"
    assert house.shown("sensor.box_target_current") == "0.0"
    assert not house.box.offered_a


async def test_database_isnt_flooded(hass: HomeAssistant, house: House) -> None:
    """Powers are told each 10 s at most, a reason at once, energies now and then."""
    await set_up(hass, surplus_entry(hass))
    await house.until(lambda: house.box.power_w > 5000)
    await house.run(60)
    events = async_capture_events(hass, EVENT_STATE_CHANGED)
    sun_w = house.sun_w
    for second in range(120):
        # Within the same step of the current.
        house.sun_w = sun_w + 100 * (second % 3)
        await house.run(1)
    counts: dict[str, int] = {}
    for event in events:
        entity_id = event.data["entity_id"]
        counts[entity_id] = counts.get(entity_id, 0) + 1
    ours = {
        entity_id: count
        for entity_id, count in counts.items()
        if not entity_id.startswith(("number.box_current", "sensor.box_power"))
    }
    assert 8 <= counts["sensor.surplus_power"] <= 13
    assert 8 <= counts["sensor.box_available_power"] <= 13
    # 0.3 kWh, with two decimals.
    assert 20 <= counts["sensor.box_from_the_sun_today"] <= 35
    assert set(ours) <= {
        "sensor.grid",
        "sensor.surplus_power",
        "sensor.box_available_power",
        "sensor.box_from_the_sun_today",
        "sensor.box_from_the_grid_today",
        "sensor.box_missed_today",
        "sensor.box_target_current",
        "sensor.box_reason",
    }
    value = float(house.shown("sensor.surplus_power"))
    assert value % 10 == 0
    # What isn't known isn't shown for 10 s more.
    events.clear()
    await house.select("select.box_mode", "off")
    assert house.shown("sensor.box_reason") == "off"


def test_restless_values(hass: HomeAssistant) -> None:
    """A value that comes or goes is told at once, whatever was told just before."""
    entry = surplus_entry(hass)
    coordinator = SurplusCoordinator(
        hass,
        entry,
        {"identifiers": {("sunbridge", "x")}},  # type: ignore[arg-type]
        {},
        HouseState(),
        lambda _: None,
    )
    told: list[float | None] = []
    coordinator.async_add_listener(
        lambda: told.append(coordinator.data.surplus), frozenset({"surplus"})
    )
    coordinator.async_update_listeners()
    told.clear()
    for at_s, power_w in (
        (100.0, 10.0),
        (101.0, 20.0),
        (102.0, None),
        (103.0, 30.0),
        (104.0, 40.0),
        (113.0, 50.0),
    ):
        coordinator.async_show(HouseState(surplus=power_w), at_s)
    assert told == [10.0, None, 30.0, 50.0]


def test_every_reason_has_a_status() -> None:
    """Each reason is something that a load does."""
    for reason in Reason:
        for is_taking in (True, False):
            assert isinstance(status_of(reason, is_taking=is_taking), LoadStatus)
    for reason in SWITCH_REASONS:
        # A switch that is meant to be on takes power, as far as anybody knows.
        taking = reason not in {Reason.OFF, Reason.NO_SURPLUS, Reason.STARTING_SOON}
        assert status_of(reason, is_taking=taking) in SWITCH_STATUSES


def test_reasons_of_switches() -> None:
    """What the code of switches may say is among what their sensor may show."""
    said = {
        node.attr
        for module in (switched, switching)
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Reason"
    }
    assert {Reason[name] for name in said} == set(SWITCH_REASONS)
    assert "Reason." not in Path(str(controller.__file__)).read_text()


def test_products() -> None:
    """The tables have a row of each key once, and all wishes have one."""
    for table in PRODUCTS.values():
        keys = [row.key for rows in table.values() for row in rows]
        assert len(keys) == len(set(keys))
    assert sum(len(rows) for rows in CHARGER.values()) == 17


def test_limits_of_a_user() -> None:
    """What a user wants counts within what the charger can do."""
    wishes = LoadWishes(
        mode=Mode.FAST,
        eagerness=Eagerness.EAGER,
        phases=Phases.THREE,
        min_a=8.0,
        max_a=32.0,
        target_kwh=7.5,
    )
    found = charger_of(SETUP, TRAITS, wishes, is_fed=True)
    assert (found.min_a, found.max_a, found.step_a) == (8.0, 20.0, 0.5)
    assert found.phases == (3,)
    assert found.target_wh == 7500
    assert (found.feed_every_s, found.refresh_s) == (5.0, 60.0)
    assert (found.priority, found.at_stop) == (3, AtStop.PAUSE)
    regulated = charger_of(SETUP, TRAITS, LoadWishes(min_a=4.0), is_fed=False)
    assert regulated.feed_every_s is None
    assert (regulated.min_a, regulated.max_a) == (6.0, 20.0)
    assert regulated.phases == (1, 3)
    # It has lost its three phases, or allows less than the user's least.
    weak = Traits(6.0, 7.0, 1.0, (1,), 5.0, 12.0, 2.0, 20.0)
    found = charger_of(SETUP, weak, wishes, is_fed=False)
    assert (found.min_a, found.max_a, found.phases) == (7.0, 7.0, (1,))


def test_wishes_as_json() -> None:
    """What is kept comes back as it was."""
    load = LoadWishes(
        Mode.MINIMUM, Eagerness.CAUTIOUS, Phases.ONE, 7.0, 12.0, 3.5, True, time(5, 30)
    )
    assert from_dict(LoadWishes(), as_dict(load)) == load
    house = HouseWishes(BatteryRule.BAND, 150.0)
    assert from_dict(HouseWishes(), as_dict(house)) == house
    broken = {"mode": None, "max_a": "x", "finish_by": 1, "finish_at": "25:00", "a": 1}
    assert from_dict(load, broken) == load
