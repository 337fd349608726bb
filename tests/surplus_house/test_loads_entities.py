"""Loads by entities of other integrations: what they say, and what they're told."""

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.sunbridge.surplus.adapter.calls import Calls
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er

from ..nrgkick_house.conftest import say
from .house import BOX, PUMP, House, house_fixture, set_up, surplus_entry  # noqa: F401

REASON = "sensor.box_reason"
STATE = "sensor.box_state"


def box(**changes: Any) -> tuple[str, Mapping[str, Any]]:
    """Return the box as a load, with other settings."""
    return "any_charger", {**BOX, **changes}


async def charging(hass: HomeAssistant, house: House, *loads: Any) -> Any:
    """Set the surplus up, and let the box charge from the sun for a while."""
    entry = surplus_entry(hass, *loads)
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 1000)
    await house.run(60)
    house.box.writes.clear()
    return entry


async def test_start_on_one_phase(hass: HomeAssistant, house: House) -> None:
    """What is at rest gets its phases first, then its current, then it's let go."""
    house.sun_w = 2300
    await set_up(hass, surplus_entry(hass))
    await house.until(lambda: house.box.offered_a > 0)
    assert house.box.writes == [
        ("phases", "1p"),
        ("current", 10.0),
        ("switch", True),
    ]
    assert house.shown(STATE) in {"starting", "waiting"}
    await house.run(60)
    assert house.shown(STATE) == "charging"


async def test_phases_are_switched_without_current(
    hass: HomeAssistant, house: House
) -> None:
    """Contactors don't cut a current, and the pause for that is nobody's but ours."""
    await charging(hass, house)
    house.sun_w = 2300
    states: list[str] = []
    powers_w: list[float] = []
    select = house.box.phases.async_select_option

    async def watched(option: str) -> None:
        powers_w.append(house.box.power_w)
        await select(option)

    with patch.object(house.box.phases, "async_select_option", watched):
        for _ in range(200):
            await house.run(1)
            states.append(house.shown(STATE))
            if house.box.writes and house.box.writes[-1] == ("switch", True):
                break
    assert house.box.writes[-4:] == [
        ("switch", False),
        ("phases", "1p"),
        ("current", 10.0),
        ("switch", True),
    ]
    assert powers_w == [0.0]
    assert "manual" not in states
    await house.run(60)
    assert house.shown(STATE) == "charging"
    assert house.box.power_w < 2400


async def test_half_a_command_is_not_somebody_else(
    hass: HomeAssistant, house: House
) -> None:
    """When the phases can't be switched it stays paused, and is no manual change."""
    await charging(hass, house)
    house.sun_w = 2300

    async def fail(option: str) -> None:
        raise HomeAssistantError

    with patch.object(house.box.phases, "async_select_option", fail):
        await house.until(lambda: ("switch", False) in house.box.writes, 900)
        await house.run(60)
        assert house.shown(STATE) != "manual"
        assert house.box.offered_a == 0
    await house.until(lambda: house.box.offered_a > 0, 400)
    assert house.box.phases.current_option == "1p"
    await house.run(30)
    assert house.shown(STATE) == "charging"


async def test_without_a_switch(hass: HomeAssistant, house: House) -> None:
    """Where nothing else pauses it's 0 A, and never something up to 6."""
    house.box.current._attr_native_min_value = 0
    house.box.current._attr_native_value = 0.0
    house.box.switch._attr_is_on = True
    await charging(hass, house, box(switch=None))
    house.sun_w = 0
    await house.until(lambda: house.box.current.native_value == 0, 300)
    written = [value for what, value in house.box.writes if what == "current"]
    assert all(value == 0 or value >= 6 for value in written)
    assert ("switch", False) not in house.box.writes
    await house.run(10)
    assert house.shown(STATE) == "waiting"


async def test_limits_of_the_number(hass: HomeAssistant, house: House) -> None:
    """It's never told more than it takes, and in its steps."""
    house.box.current._attr_native_max_value = 10.4
    house.box.current._attr_native_step = 0.5
    house.box.current._attr_native_min_value = 7
    await charging(hass, house)
    assert house.box.current.native_value == 10
    maximum = hass.states.get("number.box_maximum_current")
    assert maximum is not None
    assert maximum.attributes["max"] == 10.4
    house.sun_w = 6000
    await house.run(20)
    assert house.box.current.native_value == pytest.approx(9.2, abs=0.4)
    house.sun_w = 5000
    await house.run(20)
    assert house.box.current.native_value == pytest.approx(7.7, abs=0.4)
    house.sun_w = 4000
    await house.run(20)
    assert house.box.current.native_value == 7


async def test_measured_current(hass: HomeAssistant, house: House) -> None:
    """Where there's no power a current tells it."""
    load = box(power=[], measured_current="sensor.box_amps", phases_entity=None)
    say_power = house.say

    def say_all() -> None:
        say_power()
        say(hass, "sensor.box_amps", round(house.box.power_w / 690, 1), "A")

    house.say = say_all  # type: ignore[method-assign]
    await charging(hass, house, load)
    assert house.shown(STATE) == "charging"
    assert float(house.shown("sensor.surplus_power")) == pytest.approx(8800, abs=200)
    # It isn't taken for another unit's number.
    house.say = say_power  # type: ignore[method-assign]
    say(hass, "sensor.box_amps", 12_500, "mA")
    await house.run(3)
    assert house.shown(REASON) == "offline"


async def test_phases_by_a_switch(hass: HomeAssistant, house: House) -> None:
    """A switch that is on has three phases."""
    hass.states.async_set("switch.three", "on")
    calls: list[ServiceCall] = []

    async def turn(call: ServiceCall) -> None:
        if call.data["entity_id"] == ["switch.three"] or (
            call.data["entity_id"] == "switch.three"
        ):
            calls.append(call)
            hass.states.async_set("switch.three", call.service.removeprefix("turn_"))

    load = box(
        switch="input_boolean.go",
        phases_entity="switch.three",
        one_phase=None,
        three_phases=None,
    )
    hass.states.async_set("input_boolean.go", "off")

    async def go(call: ServiceCall) -> None:
        on = call.service == "turn_on"
        hass.states.async_set(
            "input_boolean.go", "on" if on else "off", context=call.context
        )
        house.box.switch._attr_is_on = on

    for service in ("turn_on", "turn_off"):
        hass.services.async_register("input_boolean", service, go)
    house.sun_w = 2300
    entry = surplus_entry(hass, load)
    await set_up(hass, entry)
    for service in ("turn_on", "turn_off"):
        hass.services.async_register("switch", service, turn)
    await house.until(lambda: house.box.offered_a > 0)
    await house.run(1)
    assert [call.service for call in calls] == ["turn_off"]
    report = entry.runtime_data.coordinators[1].diagnostics()["report"]
    assert report["phases"] == 1


@pytest.mark.parametrize("unit", ["mA", None])
async def test_number_of_another_unit(
    hass: HomeAssistant, house: House, unit: str | None
) -> None:
    """What isn't in A isn't a current."""
    house.box.current._attr_device_class = None
    house.box.current._attr_native_unit_of_measurement = unit
    await house.run(1)
    await set_up(hass, surplus_entry(hass))
    await house.run(60)
    assert house.shown(REASON) == "offline"
    assert house.box.writes == []


async def test_charger_that_chooses_its_phases(
    hass: HomeAssistant, house: House
) -> None:
    """An option that is neither one phase nor three says nothing of them."""
    house.box.phases._attr_current_option = "auto"
    await house.run(1)
    entry = surplus_entry(hass)
    await set_up(hass, entry)
    await house.run(2)
    report = entry.runtime_data.coordinators[1].diagnostics()["report"]
    assert report["phases"] is None


async def test_entities_get_other_names(hass: HomeAssistant, house: House) -> None:
    """What is stored by the registry's id is found by any name."""
    registry = er.async_get(hass)
    ids = {
        key: registry.async_get(BOX[key]).id  # type: ignore[union-attr]
        for key in ("current", "switch", "phases_entity")
    }
    await charging(hass, house, box(**ids))
    registry.async_update_entity(
        "number.box_current", new_entity_id="number.renamed_current"
    )
    registry.async_update_entity("switch.box", new_entity_id="switch.renamed")
    await house.settle()
    house.sun_w = 6000
    await house.run(30)
    assert house.box.current.native_value == 9
    assert house.shown(STATE) == "charging"
    house.sun_w = 0
    await house.until(lambda: not house.box.switch.is_on, 300)


async def test_entity_is_removed(hass: HomeAssistant, house: House) -> None:
    """An entity that is gone is told; a load without it can only be paused."""
    registry = er.async_get(hass)
    found = registry.async_get("number.box_current")
    assert found is not None
    await charging(hass, house, box(current=found.id))
    house.box.write = lambda: None  # type: ignore[method-assign]
    registry.async_remove("number.box_current")
    await house.run(12)
    assert house.issues == {"surplus_source"}
    house.sun_w = 0
    await house.until(lambda: not house.box.switch.is_on, 300)
    house.box.switch.async_write_ha_state()
    await house.run(12)
    assert house.shown(REASON) == "offline"
    assert house.box.writes == [("switch", False)]


async def test_meter_is_removed(hass: HomeAssistant, house: House) -> None:
    """A meter that is gone is told, until it's back."""
    await charging(hass, house)
    house.meter = lambda _: None
    hass.states.async_remove("sensor.grid")
    await house.run(12)
    assert house.issues == {"surplus_source"}
    house.meter = round
    await house.run(12)
    assert house.issues == set()


async def test_target_by_a_counter(hass: HomeAssistant, house: House) -> None:
    """A session's energy is what its counter says."""
    say(hass, "sensor.box_energy", "1.5", "kWh")
    await charging(hass, house, box(session_energy="sensor.box_energy"))
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": "number.box_target_energy", "value": 2},
        blocking=True,
    )
    await house.run(10)
    assert house.shown(STATE) == "charging"
    say(hass, "sensor.box_energy", "2000", "Wh")
    await house.run(10)
    assert house.shown(STATE) == "done"
    assert house.shown(REASON) == "target_reached"
    assert house.box.offered_a == 0


async def test_car_that_takes_nothing(hass: HomeAssistant, house: House) -> None:
    """A car that is full is told so, and its watts are free for others."""
    house.box.takes = False
    await set_up(hass, surplus_entry(hass))
    await house.until(lambda: house.shown(REASON) == "not_taking", 400)
    assert house.shown(STATE) == "waiting"


async def test_unknown_plug(hass: HomeAssistant, house: House) -> None:
    """Where nobody knows whether there's a car there may be one."""
    await set_up(hass, surplus_entry(hass, box(plugged=None)))
    await house.until(lambda: house.box.power_w > 5000)


async def test_pump_with_a_meter(hass: HomeAssistant, house: House) -> None:
    """What a switched load takes is what its sensor says; it's another one's when off."""
    load = ("switched_load", {**PUMP, "power": ["sensor.pump"], "min_run_min": 1})
    say(hass, "sensor.pump", 0)
    house.sun_w = 1800
    await set_up(hass, surplus_entry(hass, load))
    await house.until(lambda: house.pump.is_on is True, 900, 5)
    say(hass, "sensor.pump", 970)
    await house.run(10)
    assert float(house.shown("sensor.surplus_power")) == pytest.approx(1770, abs=30)
    # Who switches it off by hand has it.
    await hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": "switch.pump"},
        blocking=True,
        context=Context(parent_id="another"),
    )
    await house.run(2)
    assert house.shown("sensor.pump_state") == "manual"
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.pump_take_control_back"}, blocking=True
    )
    await house.run(2)
    assert house.shown("sensor.pump_state") == "waiting"
    house.pump._attr_available = False
    await house.run(2)
    assert house.shown("sensor.pump_state") == "problem"
    assert house.shown("sensor.pump_reason") == "offline"


async def test_pump_is_paused_at_the_end(hass: HomeAssistant, house: House) -> None:
    """A switched load may be left on, or not."""
    entry = surplus_entry(hass, ("switched_load", {**PUMP, "at_stop": "pause"}))
    await set_up(hass, entry)
    await house.select("select.pump_mode", "fast")
    await house.until(lambda: house.pump.is_on is True, 900, 5)
    await house.run(5)
    assert house.shown("sensor.pump_reason") == "fast"
    assert house.shown("sensor.pump_state") == "charging"
    await hass.config_entries.async_unload(entry.entry_id)
    assert house.pump.is_on is False


async def test_whose_change_it_is(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    """Ours is what we called and what follows from that; nobody's is the device's."""
    calls = Calls(hass)
    contexts: list[Context] = []

    async def take(call: ServiceCall) -> None:
        contexts.append(call.context)

    hass.services.async_register("number", "set_value", take)

    def says(value: int, context: Context | None = None) -> bool:
        hass.states.async_set("number.x", str(value), context=context)
        state = hass.states.get("number.x")
        assert state is not None
        calls.async_observe(state)
        return calls.changed_by_other

    # The first word is no change.
    assert not says(1, Context(user_id="u"))
    await calls.async_call(hass.states.get("number.x"), "set_value", value=2)
    assert not says(2, contexts[0])
    assert not says(3, Context(parent_id=contexts[0].id))
    assert not says(4)
    assert not says(4, Context(user_id="u"))
    assert says(5, Context(user_id="u"))
    # It's so for a moment, or until we command it again.
    assert says(6)
    freezer.tick(11)
    assert not says(7)
    assert calls.is_touched
    assert says(8, Context(parent_id="automation"))
    calls.async_begin()
    assert not says(9)
    assert not calls.is_touched
