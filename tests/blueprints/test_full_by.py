"""An energy by a time, on some days."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from .conftest import AUTOMATION, House

TARGET = "number.car_target_energy"
AT = "time.car_finish_at"
BY = "switch.car_finish_by"
STATE = "sensor.car_state"
INPUTS: Mapping[str, Any] = {
    "target_energy": TARGET,
    "finish_at": AT,
    "finish_by": BY,
    "state": STATE,
    "energy": 20,
    "tell": ["notify.phone"],
}
# A promise of 20 kWh by seven, and none.
PROMISE = [
    ("number.set_value", TARGET, 20),
    ("time.set_value", AT, datetime(2026, 6, 18, 7).time()),
    ("switch.turn_on", BY, None),
]
NO_PROMISE = [("switch.turn_off", BY, None), ("number.set_value", TARGET, 0)]
# That of last morning was made, so nothing is missed.
MADE = {AUTOMATION: ("on", {"last_triggered": "2026-06-17T05:00:00+00:00"})}


@pytest.fixture
def car(house: House) -> House:
    """Return a house on a Wednesday noon, without a car, and with no promise."""
    house.hass.states.async_set(TARGET, "0", {"min": 0, "max": 100})
    house.hass.states.async_set(AT, "06:00:00")
    house.hass.states.async_set(BY, "off")
    house.hass.states.async_set(STATE, "no_car")
    return house


def _told(house: House) -> list[str]:
    """Return the messages, and forget the rest."""
    return [text for action, _, text in house.taken() if action.startswith("notify")]


def _move(house: House, to: str) -> None:
    """Set the clock before anything is set up."""
    house.freezer.move_to(to)


async def test_plugged_in(car: House) -> None:
    """Who plugs in gets the promise, and may change it until the next time."""
    await car.start("full_by", INPUTS, kept=MADE)
    await car.go(minutes=11)
    assert car.taken() == []
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken() == PROMISE
    assert car.state(AT) == "07:00:00"
    # Less, but not by seven.
    car.set(number__car_target_energy=5, switch__car_finish_by="off")
    for state in ("charging", "waiting", "unavailable", "done", "unknown", "waiting"):
        car.set(sensor__car_state=state)
        await car.go(minutes=6)
    assert car.taken() == []
    car.set(sensor__car_state="no_car")
    await car.settle()
    assert car.taken() == []
    car.set(sensor__car_state="charging")
    await car.settle()
    assert car.taken() == PROMISE


async def test_each_day(car: House) -> None:
    """The promise of the next day is made when that of the day is over."""
    await car.start("full_by", {**INPUTS, "days": ["thu", "sat"]}, kept=MADE)
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken() == PROMISE
    await car.go(step_s=1700, hours=18.9)
    assert car.taken() == []
    await car.go(minutes=10)
    # Thursday, seven o'clock: Friday isn't promised.
    assert car.taken() == NO_PROMISE
    await car.go(step_s=1700, hours=23.7)
    assert car.taken() == []
    await car.go(minutes=30)
    # Friday: Saturday is.
    assert car.taken() == PROMISE


async def test_evening_before_a_free_day(car: House) -> None:
    """Who plugs in before a day without a promise gets none, and keeps an own one."""
    await car.start("full_by", {**INPUTS, "days": ["wed"]}, kept=MADE)
    car.set(switch__car_finish_by="on")
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken() == []
    # That of the automation is taken back.
    car.set(time__car_finish_at="07:00:00", sensor__car_state="no_car")
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken() == NO_PROMISE


async def test_new(car: House) -> None:
    """A new automation makes its first promise by itself."""
    await car.start("full_by", INPUTS)
    await car.go(minutes=5)
    assert car.taken() == PROMISE
    await car.go(step_s=300, hours=3)
    assert car.taken() == []


@pytest.mark.parametrize("gone", [TARGET, AT, BY, STATE])
async def test_away_at_seven(car: House, gone: str) -> None:
    """If the load is away at seven the promise is made when it's back."""
    before = car.state(gone)
    await car.start("full_by", INPUTS, kept=MADE)
    await car.go(step_s=1700, hours=18)
    car.hass.states.async_set(gone, "unavailable")
    await car.go(step_s=300, hours=2)
    assert car.taken() == []
    car.hass.states.async_set(gone, str(before), {"min": 0, "max": 100})
    await car.go(minutes=5)
    assert car.taken() == PROMISE


async def test_missed_at_seven(car: House) -> None:
    """If Home Assistant is away at seven the promise is made at its start."""
    _move(car, "2026-06-18 09:10:00+02:00")
    await car.start("full_by", INPUTS, kept=MADE)
    assert car.taken() == PROMISE


async def test_restart_undoes_nothing(car: House) -> None:
    """A restart in between leaves what a user has changed."""
    _move(car, "2026-06-18 02:00:00+02:00")
    car.set(sensor__car_state="unavailable", number__car_target_energy=5)
    await car.start("full_by", INPUTS, kept=MADE)
    car.set(sensor__car_state="waiting")
    await car.go(minutes=11)
    assert car.taken() == []


async def test_midnight(car: House) -> None:
    """After midnight the next seven o'clock is today's."""
    _move(car, "2026-06-18 00:30:00+02:00")
    await car.start("full_by", {**INPUTS, "days": ["thu"]}, kept=MADE)
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken() == PROMISE


@pytest.mark.parametrize(
    ("plugged_in", "told"),
    [("2026-06-18 05:00:00+02:00", 0), ("2026-06-18 05:15:00+02:00", 1)],
)
async def test_too_late(car: House, plugged_in: str, told: int) -> None:
    """If the time won't do somebody is told; 20 kWh take 1:49 with 11 kW."""
    _move(car, plugged_in)
    await car.start("full_by", INPUTS, kept=MADE)
    car.set(sensor__car_state="starting")
    await car.settle()
    messages = _told(car)
    assert messages == (
        ["The time is too short: 20.0 kWh can't be charged by 07:00."] * told
    )


async def test_really_full(car: House) -> None:
    """Without an energy it's promised to be full, and no time is too short for that."""
    _move(car, "2026-06-18 06:30:00+02:00")
    await car.start("full_by", {**INPUTS, "energy": 0}, kept=MADE)
    car.set(number__car_target_energy=20, sensor__car_state="charging")
    await car.settle()
    assert car.taken() == [("number.set_value", TARGET, 0), *PROMISE[1:]]
    await car.go(minutes=31)
    assert _told(car) == ["It's 07:00, and the car isn't full yet."]


async def test_clock_change(car: House) -> None:
    """In the night of summer time there's an hour less."""
    _move(car, "2026-03-29 01:30:00+01:00")
    made = {AUTOMATION: ("on", {"last_triggered": "2026-03-28T06:00:00+00:00"})}
    inputs = {**INPUTS, "days": ["sun"], "energy": 50, "finish_time": "06:30:00"}
    await car.start("full_by", inputs, kept=made)
    car.set(sensor__car_state="starting")
    await car.settle()
    # Four hours give 44 kWh; on the clock it looks like five.
    assert _told(car) == ["The time is too short: 50.0 kWh can't be charged by 06:30."]


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("charging", 1),
        ("starting", 1),
        ("manual", 1),
        ("problem", 1),
        ("done", 0),
        ("waiting", 0),
        ("no_car", 0),
        ("off", 0),
    ],
)
async def test_not_full(car: House, state: str, told: int) -> None:
    """If it isn't full by seven somebody is told, unless it takes no more."""
    _move(car, "2026-06-18 06:50:00+02:00")
    car.set(sensor__car_state=state, switch__car_finish_by="on")
    car.set(time__car_finish_at="07:00:00")
    await car.start("full_by", INPUTS, kept=MADE)
    await car.go(minutes=11)
    calls = car.taken()
    messages = [text for action, _, text in calls if action.startswith("notify")]
    assert messages == ["It's 07:00, and the car isn't full yet."] * told
    assert calls[told:] == PROMISE


@pytest.mark.parametrize(
    ("day", "by", "at"),
    [(20, "on", "07:00:00"), (18, "off", "07:00:00"), (18, "on", "09:00:00")],
)
async def test_nothing_was_promised(car: House, day: int, by: str, at: str) -> None:
    """Nobody is told of another day, of a promise taken back or of another time."""
    _move(car, f"2026-06-{day} 06:50:00+02:00")
    car.set(sensor__car_state="charging", switch__car_finish_by=by)
    car.set(time__car_finish_at=at)
    made = {AUTOMATION: ("on", {"last_triggered": f"2026-06-{day - 1}T05:00:00+00:00"})}
    await car.start("full_by", INPUTS, kept=made)
    await car.go(minutes=11)
    assert _told(car) == []


async def test_slider(car: House) -> None:
    """A slider says how much, at once, but only while it's promised."""
    await car.start(
        "full_by", {**INPUTS, "energy_from": "input_number.slider"}, kept=MADE
    )
    car.set(input_number__slider=33)
    await car.settle()
    assert car.taken() == []
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken()[0] == ("number.set_value", TARGET, 33)
    car.set(input_number__slider=44)
    await car.settle()
    assert car.taken()[0] == ("number.set_value", TARGET, 44)
    # What rounds to the same is no news.
    car.set(input_number__slider=44.04)
    await car.settle()
    assert car.taken() == []
    # No more than the load takes.
    car.set(input_number__slider=150)
    await car.settle()
    assert car.taken()[0] == ("number.set_value", TARGET, 100)
    # Without a value nothing changes, and later the fixed energy counts.
    for state in ("unavailable", "unknown"):
        car.set(input_number__slider=state)
        await car.settle()
    assert car.taken() == []
    car.set(sensor__car_state="no_car")
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken()[0] == ("number.set_value", TARGET, 20)


async def test_sensor_in_wh(car: House) -> None:
    """A sensor may speak of Wh."""
    car.hass.states.async_set("sensor.need", "12340", {"unit_of_measurement": "Wh"})
    await car.start("full_by", {**INPUTS, "energy_from": "sensor.need"}, kept=MADE)
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken()[0] == ("number.set_value", TARGET, 12.3)


@pytest.mark.parametrize(
    ("source", "kwh"), [("sensor.need", 0.1), ("input_number.slider", 0)]
)
async def test_enough(car: House, source: str, kwh: float) -> None:
    """A sensor that finds nothing missing isn't a wish for all; a slider at 0 is."""
    car.hass.states.async_set(source, "-3" if kwh else "0")
    await car.start("full_by", {**INPUTS, "energy_from": source}, kept=MADE)
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken()[0] == ("number.set_value", TARGET, kwh)
    # Without a value it's what was entered.
    car.set(**{source.replace(".", "__"): "unavailable"}, sensor__car_state="no_car")
    car.set(sensor__car_state="waiting")
    await car.settle()
    assert car.taken()[0] == ("number.set_value", TARGET, 20)


async def test_two_at_once(car: House) -> None:
    """Two reasons at once are one after the other."""
    _move(car, "2026-06-18 06:59:50+02:00")
    await car.start("full_by", INPUTS, kept=MADE)
    car.freezer.tick(11)
    car.set(sensor__car_state="waiting")
    await car.go(seconds=20)
    assert car.taken() == PROMISE * 2


async def test_by_hand(car: House) -> None:
    """Who runs it by hand gets the promise."""
    await car.start("full_by", INPUTS, kept=MADE)
    await car.hass.services.async_call(
        "automation", "trigger", {"entity_id": AUTOMATION}, blocking=True
    )
    assert car.taken() == PROMISE
