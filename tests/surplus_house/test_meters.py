"""The meters of a house, as the engine believes them (reference surplus 4.3)."""

from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..nrgkick_house.conftest import register, say
from .conftest import BATTERY
from .house import BOX, PUMP, House, house_fixture, set_up, surplus_entry  # noqa: F401
from .test_hub import charging

REASON = "sensor.box_reason"
STATE = "sensor.box_state"


@pytest.mark.parametrize("kind", ["silent", "unavailable", "stuck", "other_unit"])
async def test_meter_is_lost(hass: HomeAssistant, house: House, kind: str) -> None:
    """It's held for a while, then it's a pause, and after ten minutes an issue."""
    await charging(hass, house)
    last_w = round(house.grid_w)

    def says(_: float) -> Any:
        if kind == "other_unit":
            say(hass, "sensor.grid", last_w, "VA")
            return None
        return {"silent": None, "unavailable": "unavailable", "stuck": last_w}[kind]

    house.meter = says
    # It would be more if the meter were there.
    house.sun_w = 12_000
    await house.run(45)
    assert house.shown(REASON) == "meter_hold"
    assert house.shown("binary_sensor.surplus_grid_meter") == "off"
    assert house.box.offered_a == 13
    await house.until(lambda: not house.box.offered_a, 120)
    await house.run(5)
    assert house.shown(REASON) == "meter_lost"
    assert house.shown(STATE) == "problem"
    assert house.shown("sensor.surplus_power") == "unknown"
    assert house.issues == set()
    await house.run(560, 5)
    expected = "surplus_meter_frozen" if kind == "stuck" else "surplus_meter_lost"
    assert house.issues == {expected}
    assert not house.box.offered_a
    house.meter = round
    await house.until(lambda: house.box.power_w > 9000)
    await house.run(12)
    assert house.issues == set()


async def test_meter_comes_back(hass: HomeAssistant, house: House) -> None:
    """One that its integration removes and makes again is followed again."""
    say(hass, "sensor.grid", 0)
    stored = register(hass, "sensor.grid").id
    grid = {"power": [stored], "reverse": [], "inverted": False}
    await charging(hass, house, grid=grid)
    er.async_get(hass).async_remove("sensor.grid")
    await house.until(lambda: not house.box.offered_a, 120)
    await house.run(12)
    assert "surplus_source" in house.issues
    assert register(hass, "sensor.grid").id == stored
    await house.until(lambda: house.box.power_w > 5000)
    await house.run(12)
    assert house.issues == set()


async def test_same_value_is_news(hass: HomeAssistant, house: House) -> None:
    """A slow meter that says the same a few times isn't a silent one."""
    await charging(hass, house)
    held_w = round(house.grid_w)
    house.meter = lambda _: held_w if house.second % 10 == 0 else None
    await house.run(30)
    assert house.shown(REASON) == "following"
    house.meter = lambda _: None
    await house.run(40)
    assert house.shown(REASON) == "meter_hold"


async def test_minimum_without_a_meter(hass: HomeAssistant, house: House) -> None:
    """What always has a minimum has it without a meter, too."""
    await charging(hass, house)
    await house.select("select.box_mode", "minimum")
    house.meter = lambda _: "unknown"
    await house.run(200)
    assert house.box.offered_a == 6
    assert house.shown(STATE) == "problem"


async def test_battery_is_missing(hass: HomeAssistant, house: House) -> None:
    """A battery of which nothing is known isn't emptied, and after a while it's told."""
    say(hass, "sensor.battery", 0)
    await charging(hass, house, battery={**BATTERY, "soc": None})
    # One that rests says so only once, perhaps.
    await house.run(200)
    assert house.shown(STATE) == "charging"
    # It covers what the car takes beyond the sun, so that the grid shows nothing.
    house.meter = lambda grid_w: max(grid_w, 0) // 10
    house.sun_w = 8000
    say(hass, "sensor.battery", "unavailable")
    await house.until(lambda: not house.box.offered_a, 300)
    await house.run(590, 5)
    assert house.issues == {"surplus_battery_unknown"}
    house.meter = round
    say(hass, "sensor.battery", 0)
    await house.until(lambda: house.box.power_w > 5000)
    await house.run(12)
    assert house.issues == set()


async def test_several_sensors_are_one_sample(
    hass: HomeAssistant, house: House
) -> None:
    """What import and export say within some ms is decided on once."""
    grid = {"power": ["sensor.in"], "reverse": ["sensor.out"], "inverted": False}
    say(hass, "sensor.in", 0)
    say(hass, "sensor.out", 5000)
    entry = surplus_entry(hass, grid=grid)
    await set_up(hass, entry)
    await house.run(1)
    coordinator = entry.runtime_data.coordinators[0]
    before = coordinator.diagnostics()["counters"]["decisions"]
    # Between the two the sum would be import.
    say(hass, "sensor.out", 0)
    say(hass, "sensor.in", 0)
    say(hass, "sensor.out", 4000)
    await house.run(1)
    found = coordinator.diagnostics()
    assert found["counters"]["decisions"] <= before + 2
    assert found["grid"]["power_w"] == -4000
    # One that isn't there makes the sum unknown, not another one.
    say(hass, "sensor.in", "unavailable")
    await house.run(1)
    assert coordinator.diagnostics()["grid"]["power_w"] is None


async def test_oldest_part_counts(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """A sum is as old as its oldest part, also of what was there before."""
    grid = {"power": ["sensor.in", "sensor.out"], "reverse": [], "inverted": False}
    say(hass, "sensor.out", -5000)
    await house.run(20)
    say(hass, "sensor.in", 0)
    await house.run(5)
    entry = surplus_entry(hass, grid=grid)
    await set_up(hass, entry)
    found = entry.runtime_data.coordinators[0].diagnostics()
    assert found["now_s"] - found["grid"]["at_s"] == pytest.approx(25, abs=0.5)
    await house.run(3)
    say(hass, "sensor.out", -5000)
    await house.run(1)
    found = entry.runtime_data.coordinators[0].diagnostics()
    assert found["now_s"] - found["grid"]["at_s"] == pytest.approx(9, abs=1.1)


@pytest.mark.parametrize("phases", [1, 3])
async def test_one_direction_rests(
    hass: HomeAssistant, house: House, phases: int
) -> None:
    """While all goes out, what comes in is 0 and may be silent; and the reverse."""
    names = range(phases)
    grid = {
        "power": [f"sensor.in_{name}" for name in names],
        "reverse": [f"sensor.out_{name}" for name in names],
        "inverted": False,
    }
    said: dict[str, int] = {}

    def says(grid_w: float) -> None:
        """Report what isn't as it was."""
        for name in names:
            part_w = round(grid_w / phases)
            values = {f"in_{name}": max(part_w, 0), f"out_{name}": max(-part_w, 0)}
            for meter, value in values.items():
                if said.get(meter) != value:
                    said[meter] = value
                    say(hass, f"sensor.{meter}", value)

    house.meter = says
    says(0)
    entry = surplus_entry(hass, grid=grid)
    await set_up(hass, entry)
    for second in range(400):
        # The sun changes, and there's always more than the car can have.
        house.sun_w = 16_000 + second % 7 * 100
        await house.run(1)
    assert house.grid_w < -1000
    assert house.box.power_w > 9000
    assert house.shown(REASON) == "at_maximum"
    # It's dead when both are silent.
    house.meter = lambda _: None
    await house.until(lambda: not house.box.offered_a, 120)
    assert house.shown(REASON) == "meter_lost"


async def test_it_rests(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """Without news it decides when something may change by the time alone."""
    entry = surplus_entry(hass)
    await set_up(hass, entry)
    await house.run(5)
    coordinator = entry.runtime_data.coordinators[0]
    before = coordinator.diagnostics()["counters"]["decisions"]
    for _ in range(120):
        freezer.tick(1)
        async_fire_time_changed(hass)
        await house.settle()
    decisions = coordinator.diagnostics()["counters"]["decisions"] - before
    assert 4 <= decisions <= 40
