"""A message when the sun is enough and the car isn't plugged in."""

from collections.abc import Mapping
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from homeassistant.core import HomeAssistant

from .conftest import AUTOMATION, House

INPUTS: Mapping[str, Any] = {
    "surplus": "sensor.surplus",
    "car": "sensor.car_state",
    "tell": ["notify.phone"],
}
W = {"unit_of_measurement": "W"}


@pytest.fixture
def sunny(house: House) -> House:
    """Return a house that is going to have sun, and a car that isn't there."""
    house.hass.states.async_set("sensor.surplus", "300", W)
    house.set(sensor__car_state="no_car")
    return house


def _message(watts: int) -> tuple[str, str, str]:
    """Return what is told."""
    return (
        "notify.send_message",
        "notify.phone",
        f"The sun is enough for the car: {watts} W are left over, "
        "and it isn't plugged in.",
    )


async def test_once_a_day(sunny: House) -> None:
    """It's told once a day, after some minutes."""
    await sunny.start("enough_sun", INPUTS)
    await sunny.go(minutes=20)
    sunny.set(sensor__surplus=2345.6)
    await sunny.go(minutes=9.5)
    assert sunny.taken() == []
    await sunny.go(minutes=1)
    assert sunny.taken() == [_message(2350)]
    for watts in (100, 3000):
        sunny.set(sensor__surplus=watts)
        await sunny.go(minutes=80)
    assert sunny.taken() == []
    # The next day, though the sun (of a test) never set.
    await sunny.go(step_s=1800, hours=8.5)
    assert sunny.taken() == []
    await sunny.go(minutes=60)
    assert sunny.taken() == [_message(3000)]


async def test_dip(sunny: House) -> None:
    """Each dip begins anew."""
    await sunny.start("enough_sun", INPUTS)
    for _ in range(6):
        sunny.set(sensor__surplus=2500)
        await sunny.go(minutes=9)
        sunny.set(sensor__surplus=1999)
        await sunny.go(minutes=2)
    assert sunny.taken() == []


@pytest.mark.parametrize(
    "state", ["waiting", "charging", "done", "off", "unavailable", "unknown"]
)
async def test_car_is_there(sunny: House, state: str) -> None:
    """Nothing is told of a car that is plugged in, or of which nothing is known."""
    sunny.set(sensor__car_state=state)
    await sunny.start("enough_sun", INPUTS)
    sunny.set(sensor__surplus=5000)
    await sunny.go(minutes=90)
    assert sunny.taken() == []
    sunny.set(sensor__car_state="no_car")
    await sunny.go(minutes=10.5)
    assert sunny.taken() == [_message(5000)]


async def test_plug(sunny: House) -> None:
    """A binary sensor says it as well, and a meter in kW."""
    sunny.set(binary_sensor__plug="on")
    sunny.hass.states.async_set("sensor.surplus", "1", {"unit_of_measurement": "kW"})
    await sunny.start("enough_sun", {**INPUTS, "car": "binary_sensor.plug"})
    sunny.set(sensor__surplus=2.5)
    await sunny.go(minutes=20)
    assert sunny.taken() == []
    sunny.set(binary_sensor__plug="off")
    await sunny.go(minutes=10.5)
    assert sunny.taken() == [_message(2500)]


@pytest.mark.parametrize("state", ["unavailable", "unknown", "nan"])
async def test_surplus_gone(sunny: House, state: str) -> None:
    """A surplus that goes in between isn't enough any more."""
    await sunny.start("enough_sun", INPUTS)
    sunny.set(sensor__surplus=2500)
    await sunny.go(minutes=9)
    sunny.set(sensor__surplus=state)
    await sunny.go(minutes=120)
    assert sunny.taken() == []


async def test_restart_in_the_sun(sunny: House) -> None:
    """The sun that shines already at the start is told too, within an hour."""
    sunny.set(sensor__surplus=2500)
    await sunny.start("enough_sun", INPUTS, kept={})
    await sunny.go(minutes=75)
    assert sunny.taken() == [_message(2500)]


async def test_restart_after_it_was_told(sunny: House) -> None:
    """A restart doesn't tell it again, but the next day does."""
    await sunny.start(
        "enough_sun",
        INPUTS,
        kept={AUTOMATION: ("on", {"last_triggered": "2026-06-16T22:30:00+00:00"})},
    )
    sunny.set(sensor__surplus=2500)
    await sunny.go(minutes=90)
    # 22:30 in UTC was today already.
    assert sunny.taken() == []
    await sunny.go(step_s=1800, hours=10)
    assert sunny.taken() == []
    await sunny.go(minutes=60)
    assert sunny.taken() == [_message(2500)]


async def test_told_yesterday(sunny: House) -> None:
    """What was told yesterday night is no reason today."""
    await sunny.start(
        "enough_sun",
        INPUTS,
        kept={AUTOMATION: ("on", {"last_triggered": "2026-06-16T21:30:00+00:00"})},
    )
    sunny.set(sensor__surplus=2500)
    await sunny.go(minutes=11)
    assert sunny.taken() == [_message(2500)]


async def test_own_words_and_actions(hass: HomeAssistant, sunny: House) -> None:
    """Words and actions of the user's, and a condition; nobody has to be told."""
    events = async_capture_events(hass, "sun_is_enough")
    await sunny.start(
        "enough_sun",
        {
            **INPUTS,
            "tell": [],
            "enough_w": 1000,
            "minutes": 1,
            "message": "Sonne! {{ watts }}",
            "only_if": "{{ is_state('input_boolean.winter', 'on') }}",
            "then": [{"event": "sun_is_enough", "event_data": {"text": "{{ text }}"}}],
        },
    )
    sunny.set(sensor__surplus=1000)
    await sunny.go(minutes=5)
    assert not events
    # What is so when the user's condition comes true is told within an hour.
    sunny.set(input_boolean__winter="on")
    await sunny.go(minutes=65)
    assert [event.data for event in events] == [{"text": "Sonne! 1000"}]
    assert sunny.taken() == []


async def test_message_fails(hass: HomeAssistant, sunny: House) -> None:
    """If the message can't be sent the user's actions are done all the same."""
    events = async_capture_events(hass, "sun_is_enough")
    sunny.broken.add("notify.phone")
    await sunny.start("enough_sun", {**INPUTS, "then": [{"event": "sun_is_enough"}]})
    sunny.set(sensor__surplus=2500)
    await sunny.go(minutes=11)
    assert len(events) == 1
