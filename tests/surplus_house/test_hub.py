"""The engine in Home Assistant: each row of what goes wrong (reference surplus 4.3)."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockUser

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import issue_registry as ir

from ..nrgkick_house.conftest import say
from .conftest import BATTERY
from .house import BOX, PUMP, House, house_fixture, set_up, surplus_entry  # noqa: F401

REASON = "sensor.box_reason"
STATE = "sensor.box_state"


async def charging(hass: HomeAssistant, house: House, **more: Any) -> Any:
    """Set the surplus up, and let the box charge from the sun for a while."""
    entry = surplus_entry(hass, **more)
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 5000)
    await house.run(60)
    assert house.shown(STATE) == "charging"
    house.box.writes.clear()
    return entry


async def test_follows_the_sun(hass: HomeAssistant, house: House) -> None:
    """It starts with the current that fits, follows at once, and stops."""
    await set_up(hass, surplus_entry(hass))
    assert house.shown(STATE) == "waiting"
    await house.until(lambda: house.box.offered_a > 0)
    assert house.box.writes == [("current", 13.0), ("switch", True)]
    await house.run(60)
    assert house.shown(STATE) == "charging"
    assert house.shown(REASON) == "following"
    assert -400 < house.grid_w < 100
    house.sun_w = 5000
    await house.run(20)
    assert house.box.current.native_value == 8
    house.sun_w = 300
    await house.until(lambda: not house.box.offered_a)
    assert house.box.writes[-1] == ("switch", False)
    await house.run(5)
    assert house.shown(STATE) == "waiting"
    assert house.shown(REASON) == "no_surplus"


async def test_start_waits_for_the_meter(hass: HomeAssistant, house: House) -> None:
    """Nothing is said before the meter was there; what it said once doesn't count."""
    hass.states.async_set(
        "sensor.grid", "-8800", {"unit_of_measurement": "W", "restored": True}
    )
    house.meter = lambda grid_w: None
    await set_up(hass, surplus_entry(hass))
    await house.run(60)
    assert house.box.writes == []
    assert house.shown(REASON) == "not_seen"
    assert house.shown("sensor.surplus_power") == "unknown"
    assert house.shown("binary_sensor.surplus_grid_meter") == "off"
    house.meter = round
    await house.until(lambda: house.box.offered_a > 0)
    assert house.shown("binary_sensor.surplus_grid_meter") == "on"


async def test_start_takes_over_a_charge(hass: HomeAssistant, house: House) -> None:
    """A charge that runs isn't stopped and started; it's followed."""
    house.box.switch._attr_is_on = True
    house.box.current._attr_native_value = 8.0
    await house.run(30)
    await set_up(hass, surplus_entry(hass))
    await house.run(60)
    assert {what for what, _ in house.box.writes} == {"current"}
    assert house.box.current.native_value == 13
    assert house.shown("sensor.box_switches_today") == "0.0"


async def test_battery_rule(hass: HomeAssistant, house: House) -> None:
    """What the battery gives isn't surplus, and what it takes is, unless it's first."""
    house.sun_w = 500
    await house.run(1)
    say(hass, "sensor.battery", -4500)
    await set_up(hass, surplus_entry(hass, battery={**BATTERY, "soc": None}))
    await house.run(12)
    assert 4900 < float(house.shown("sensor.surplus_power")) < 5100
    await house.select("select.surplus_battery_rule", "battery_first")
    await house.run(12)
    assert float(house.shown("sensor.surplus_power")) < 500


async def test_band(hass: HomeAssistant, house: House) -> None:
    """Within a band of charge they take turns."""
    say(hass, "sensor.battery", -4500)
    say(hass, "sensor.soc", 90, "%")
    house.sun_w = 500
    entry = surplus_entry(
        hass, battery=BATTERY, options={"band_low": 40, "band_high": 95}
    )
    await set_up(hass, entry)
    await house.select("select.surplus_battery_rule", "band")
    await house.run(12)
    assert float(house.shown("sensor.surplus_power")) < 500
    say(hass, "sensor.soc", 95, "%")
    await house.run(12)
    assert float(house.shown("sensor.surplus_power")) > 4500
    say(hass, "sensor.soc", 39, "%")
    await house.run(12)
    assert float(house.shown("sensor.surplus_power")) < 500


async def test_charger_is_offline(hass: HomeAssistant, house: House) -> None:
    """One that isn't there is told nothing, and is read before it's told anything."""
    await charging(hass, house)
    house.box.is_available = False
    house.sun_w = 6000
    await house.run(30)
    assert house.box.writes == []
    assert house.shown(REASON) == "offline"
    assert house.shown(STATE) == "problem"
    # Meanwhile it was changed, and that's its state now.
    house.box.current._attr_native_value = 10.0
    house.box.is_available = True
    await house.run(30)
    assert house.shown(STATE) == "charging"
    assert house.box.offered_a == 9


async def test_not_confirmed(hass: HomeAssistant, house: House) -> None:
    """What doesn't obey is asked a few times, then now and then; that's told."""
    await charging(hass, house)
    house.box.obeys = False
    house.sun_w = 6000
    await house.until(lambda: house.shown(REASON) == "not_obeying", 900, 3)
    assert 4 <= len(house.box.writes) <= 6
    assert house.shown(STATE) == "problem"
    await house.run(12)
    assert house.issues == {"surplus_not_obeying"}
    house.box.writes.clear()
    await house.run(280, 5)
    assert len(house.box.writes) <= 1
    house.box.obeys = True
    await house.until(lambda: house.box.offered_a == 9)
    await house.run(30)
    assert house.shown(STATE) == "charging"
    assert house.issues == set()


async def test_changed_by_a_user(
    hass: HomeAssistant, house: House, hass_admin_user: MockUser
) -> None:
    """Who changes it by hand has it, until he gives it back."""
    await charging(hass, house)
    house.sun_w = 7000
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": "number.box_current", "value": 16},
        blocking=True,
        context=Context(user_id=hass_admin_user.id),
    )
    await house.run(2)
    assert house.shown(STATE) == "manual"
    house.box.writes.clear()
    await house.run(200)
    assert house.box.writes == []
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.box_take_control_back"}, blocking=True
    )
    await house.run(30)
    assert house.shown(STATE) == "charging"
    assert house.box.offered_a == 10


async def test_changed_by_an_automation(hass: HomeAssistant, house: House) -> None:
    """An automation's change is somebody else's; a change with ours as cause is not."""
    await charging(hass, house)
    await hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": "switch.box"},
        blocking=True,
        context=Context(parent_id="another"),
    )
    await house.run(2)
    assert house.shown(STATE) == "manual"


async def test_changed_at_the_charger(hass: HomeAssistant, house: House) -> None:
    """What the charger's own app changes has no context, and is seen all the same."""
    await charging(hass, house)
    house.box.current._attr_native_value = 7.0
    await house.run(4)
    assert house.shown(STATE) == "charging"
    await house.run(5)
    assert house.shown(STATE) == "manual"
    # A car that is unplugged and plugged in again begins anew.
    house.box.is_plugged = False
    await house.run(5)
    assert house.shown(STATE) == "no_car"
    house.box.is_plugged = True
    await house.until(lambda: house.box.power_w > 5000)


async def test_two_writers(hass: HomeAssistant, house: House) -> None:
    """What something else changes again and again is told."""
    await charging(hass, house)
    for amps in (7.0, 8.0, 9.0, 10.0):
        house.box.current._attr_native_value = amps
        await house.run(12)
    assert house.issues == {"surplus_two_writers"}
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_placeholders == {"name": "Box"}


async def test_clock_jumps(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that is set doesn't matter: ages are of the event loop."""
    await charging(hass, house)
    real = __import__("time").time
    for jump_s in (7200.0, -86_400.0):
        monkeypatch.setattr("time.time", lambda by=jump_s: real() + by)
        await house.run(30)
        assert house.shown(STATE) == "charging"
        assert house.shown(REASON) == "following"
    assert {what for what, _ in house.box.writes} <= {"current"}
    assert house.box.offered_a in {12, 13}


async def test_import_limit(hass: HomeAssistant, house: House) -> None:
    """What the house may import isn't exceeded, in no mode."""
    house.sun_w = -500
    entry = surplus_entry(hass, options={"max_import_w": 6000})
    await set_up(hass, entry)
    await house.select("select.box_mode", "fast")
    await house.run(60)
    assert house.box.power_w > 4000
    assert house.grid_w < 6000
    house.sun_w = -4000
    await house.run(60)
    assert house.grid_w < 6000


async def test_margin(hass: HomeAssistant, house: House) -> None:
    """So much is exported at least."""
    await charging(hass, house)
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": "number.surplus_feed_in_margin", "value": 1000},
        blocking=True,
    )
    await house.run(30)
    assert -1700 < house.grid_w < -600


async def test_pump(hass: HomeAssistant, house: House) -> None:
    """A load that is on or off runs on the sun, and for its least time at least."""
    house.sun_w = 1800
    await set_up(hass, surplus_entry(hass, ("switched_load", PUMP)))
    assert house.shown("sensor.pump_state") == "waiting"
    await house.until(lambda: house.pump.is_on is True, 1200, 5)
    await house.run(30)
    assert house.shown("sensor.pump_state") == "charging"
    assert house.shown("sensor.pump_reason") == "following"
    house.sun_w = -500
    await house.run(900, 5)
    assert house.shown("sensor.pump_reason") == "minimum_run"
    await house.until(lambda: not house.pump.is_on, 600, 5)


async def test_two_loads_share(hass: HomeAssistant, house: House) -> None:
    """No watt is claimed twice: the first gets what it can take."""
    house.sun_w = 9000
    await set_up(
        hass, surplus_entry(hass, ("any_charger", BOX), ("switched_load", PUMP))
    )
    await house.run(900, 5)
    assert house.box.offered_a == 13
    assert not house.pump.is_on
    house.sun_w = 12_200
    await house.until(lambda: house.pump.is_on is True, 900, 5)
    assert house.box.offered_a == 16
