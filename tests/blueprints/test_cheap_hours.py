"""Fast while electricity is cheap, then what was before."""

from collections.abc import Mapping
from typing import Any

import pytest

from .conftest import House

MODE = "select.car_mode"
MEMORY = "input_text.memory"
INPUTS: Mapping[str, Any] = {
    "mode": MODE,
    "cheap": "sensor.price",
    "memory": MEMORY,
    "limit": 0.2,
}
OPTIONS = {"options": ["off", "surplus", "minimum", "fast"]}
FAST = ("select.select_option", MODE, "fast")
SURPLUS = ("select.select_option", MODE, "surplus")


@pytest.fixture
def car(house: House) -> House:
    """Return a house with a car in the sun, and dear electricity."""
    house.hass.states.async_set(MODE, "surplus", OPTIONS)
    house.set(sensor__price=0.31)
    return house


async def test_price(car: House) -> None:
    """While the price is below the limit it's fast, then what was before."""
    await car.start("cheap_hours", INPUTS)
    await car.go(minutes=11)
    assert car.taken() == []
    car.set(sensor__price=0.2)
    await car.settle()
    assert car.taken() == [FAST]
    assert car.state(MEMORY) == "cheap surplus"
    # Another cheap hour changes nothing.
    car.set(sensor__price=-0.05)
    await car.go(minutes=65)
    assert car.taken() == []
    car.set(sensor__price=0.201)
    await car.settle()
    assert car.taken() == [SURPLUS]
    assert car.state(MEMORY) == ""
    # And again.
    car.set(sensor__price=0.1)
    await car.settle()
    assert car.taken() == [FAST]


async def test_on_and_off(car: House) -> None:
    """Something that is on while it's cheap does as well, whatever the limit."""
    car.set(binary_sensor__cheap="off", select__car_mode="minimum")
    await car.start("cheap_hours", {**INPUTS, "cheap": "binary_sensor.cheap"})
    car.set(binary_sensor__cheap="on")
    await car.settle()
    assert car.taken() == [FAST]
    car.set(binary_sensor__cheap="off")
    await car.settle()
    assert car.taken() == [("select.select_option", MODE, "minimum")]


@pytest.mark.parametrize("mode", ["off", "fast"])
async def test_left_alone(car: House, mode: str) -> None:
    """What is off stays off, and what is fast by hand stays fast afterwards."""
    car.set(select__car_mode=mode)
    await car.start("cheap_hours", INPUTS)
    car.set(sensor__price=0.1)
    await car.go(minutes=6)
    car.set(sensor__price=0.3)
    await car.go(minutes=6)
    assert car.taken() == []
    assert car.state(MODE) == mode


async def test_chosen_meanwhile(car: House) -> None:
    """Who chooses another mode in a cheap hour keeps it, and afterwards too."""
    await car.start("cheap_hours", INPUTS)
    car.set(sensor__price=0.1)
    await car.settle()
    assert car.taken() == [FAST]
    car.set(select__car_mode="off")
    await car.go(minutes=11)
    car.set(sensor__price=0.3)
    await car.go(minutes=11)
    assert car.taken() == []
    assert car.state(MODE) == "off"
    assert car.state(MEMORY) == ""


@pytest.mark.parametrize("gone", ["unavailable", "unknown", "nonsense", None])
async def test_price_gone(car: House, gone: str | None) -> None:
    """A price that is gone is waited for, then it isn't cheap any more."""
    await car.start("cheap_hours", INPUTS)
    car.set(sensor__price=0.1)
    await car.settle()
    assert car.taken() == [FAST]
    if gone is None:
        car.hass.states.async_remove("sensor.price")
        await car.go(minutes=1)
    else:
        car.set(sensor__price=gone)
        await car.go(minutes=9)
        assert car.taken() == []
        await car.go(minutes=6)
    assert car.taken() == [SURPLUS]


async def test_no_price_at_start(car: House) -> None:
    """Without a price nothing is fast, however long it lasts."""
    car.set(sensor__price="unavailable")
    await car.start("cheap_hours", INPUTS, kept={})
    await car.go(minutes=30)
    assert car.taken() == []


async def test_price_comes_late(car: House) -> None:
    """The price that was cheap before a restart is waited for after it."""
    car.set(sensor__price="unavailable", select__car_mode="fast")
    await car.start("cheap_hours", INPUTS, kept={MEMORY: ("cheap minimum", {})})
    await car.go(minutes=4)
    car.set(sensor__price=0.1)
    await car.go(minutes=30)
    assert car.taken() == []
    car.set(sensor__price=0.3)
    await car.settle()
    assert car.taken() == [("select.select_option", MODE, "minimum")]


async def test_ended_while_away(car: House) -> None:
    """A cheap hour that ended while Home Assistant was away is ended at the start."""
    car.set(select__car_mode="fast")
    await car.start("cheap_hours", INPUTS, kept={MEMORY: ("cheap surplus", {})})
    assert car.taken() == [SURPLUS]
    assert car.state(MEMORY) == ""


async def test_began_while_away(car: House) -> None:
    """One that began meanwhile is begun, even if the load comes later."""
    car.set(select__car_mode="unavailable", sensor__price=0.1)
    await car.start("cheap_hours", INPUTS, kept={MEMORY: ("unavailable", {})})
    await car.go(minutes=1)
    assert car.taken() == []
    car.set(select__car_mode="surplus")
    await car.settle()
    assert car.taken() == [FAST]
    assert car.state(MEMORY) == "cheap surplus"


async def test_by_hand_over_restart(car: House) -> None:
    """Fast by hand isn't taken for ours after a restart."""
    car.set(select__car_mode="fast")
    await car.start("cheap_hours", INPUTS, kept={MEMORY: ("", {})})
    await car.go(minutes=11)
    assert car.taken() == []


async def test_load_away_at_the_end(car: House) -> None:
    """The end waits for a load that isn't there."""
    await car.start("cheap_hours", INPUTS)
    car.set(sensor__price=0.1)
    await car.settle()
    assert car.taken() == [FAST]
    car.set(select__car_mode="unavailable")
    car.set(sensor__price=0.3)
    await car.go(minutes=11)
    assert car.taken() == []
    car.set(select__car_mode="fast")
    await car.settle()
    assert car.taken() == [SURPLUS]


async def test_failure_is_tried_again(car: House) -> None:
    """An action that fails is tried again, at the begin and at the end."""
    car.broken.add(MODE)
    await car.start("cheap_hours", INPUTS)
    car.set(sensor__price=0.1)
    await car.go(step_s=5, minutes=1)
    assert car.taken() == [FAST]
    assert car.state(MEMORY) == ""
    car.broken.clear()
    await car.go(minutes=5)
    assert car.taken() == [FAST]
    car.broken.add(MODE)
    car.set(sensor__price=0.3)
    await car.go(step_s=5, minutes=1)
    assert car.taken() == [SURPLUS]
    assert car.state(MEMORY) == "cheap surplus"
    car.broken.clear()
    await car.go(minutes=5)
    assert car.taken() == [SURPLUS]


@pytest.mark.parametrize("memory", ["input_text.short", "input_text.nowhere"])
async def test_no_memory(car: House, memory: str) -> None:
    """What can't be remembered isn't begun, since nothing would end it."""
    await car.start("cheap_hours", {**INPUTS, "memory": memory})
    car.set(sensor__price=0.1)
    await car.go(minutes=11)
    assert car.taken() == []


async def test_only_if(car: House) -> None:
    """A condition of the user's has to hold from begin to end."""
    await car.start(
        "cheap_hours",
        {
            **INPUTS,
            "only_if": [
                {
                    "condition": "state",
                    "entity_id": "input_boolean.winter",
                    "state": "on",
                }
            ],
        },
    )
    car.set(sensor__price=0.1)
    await car.go(minutes=6)
    assert car.taken() == []
    car.set(input_boolean__winter="on")
    await car.go(minutes=6)
    assert car.taken() == [FAST]
    car.set(input_boolean__winter="off")
    await car.go(minutes=6)
    assert car.taken() == [SURPLUS]


async def test_over_midnight(car: House) -> None:
    """A cheap night is one cheap time."""
    await car.start("cheap_hours", INPUTS)
    await car.go(step_s=300, hours=10)
    car.set(sensor__price=0.1)
    await car.go(step_s=300, hours=7)
    assert car.taken() == [FAST]
    car.set(sensor__price=0.3)
    await car.settle()
    assert car.taken() == [SURPLUS]


async def test_mode_before_is_no_more(car: House) -> None:
    """A load that lost its mode before goes by the surplus."""
    car.set(select__car_mode="fast")
    await car.start("cheap_hours", INPUTS, kept={MEMORY: ("cheap eco", {})})
    assert car.taken() == [SURPLUS]


async def test_seldom_triggered(car: House) -> None:
    """What changes nothing is no run, so the database isn't filled."""
    await car.start("cheap_hours", INPUTS)
    await car.go(hours=2)
    state = car.hass.states.get("automation.of_a_blueprint")
    assert state
    assert state.attributes["last_triggered"] is None
