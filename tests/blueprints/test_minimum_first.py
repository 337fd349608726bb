"""The least first, then the sun."""

from collections.abc import Mapping
from typing import Any

import pytest

from .conftest import House

MODE = "select.car_mode"
MEMORY = "input_text.memory"
INPUTS: Mapping[str, Any] = {
    "mode": MODE,
    "level": "sensor.charge",
    "memory": MEMORY,
    "least": 30,
}
OPTIONS = {"options": ["off", "surplus", "minimum", "fast"]}
MINIMUM = ("select.select_option", MODE, "minimum")
SURPLUS = ("select.select_option", MODE, "surplus")


@pytest.fixture
def car(house: House) -> House:
    """Return a house with a car that has enough."""
    house.hass.states.async_set(MODE, "surplus", OPTIONS)
    house.set(sensor__charge=55)
    return house


async def test_level(car: House) -> None:
    """Below the least it charges at least slowly, then by the sun again."""
    await car.start("minimum_first", INPUTS)
    await car.go(minutes=6)
    assert car.taken() == []
    car.set(sensor__charge=29.9)
    await car.settle()
    assert car.taken() == [MINIMUM]
    for percent in range(20, 30):
        car.set(sensor__charge=percent)
        await car.go(minutes=6)
    assert car.taken() == []
    car.set(sensor__charge=30)
    await car.settle()
    assert car.taken() == [SURPLUS]
    assert car.state(MEMORY) == ""


async def test_beyond(car: House) -> None:
    """Once begun it goes on to somewhat more, and doesn't begin again there."""
    await car.start("minimum_first", {**INPUTS, "spare": 2, "low_mode": "fast"})
    car.set(sensor__charge=29)
    await car.settle()
    assert car.taken() == [("select.select_option", MODE, "fast")]
    car.set(sensor__charge=31.9)
    await car.settle()
    assert car.taken() == []
    car.set(sensor__charge=32)
    await car.settle()
    assert car.taken() == [SURPLUS]
    car.set(sensor__charge=30)
    await car.go(minutes=6)
    assert car.taken() == []


async def test_each_session(car: House) -> None:
    """With the energy of a session each one begins with its least."""
    car.set(sensor__charge=0)
    await car.start("minimum_first", {**INPUTS, "least": 5})
    await car.go(minutes=5)
    assert car.taken() == [MINIMUM]
    car.set(sensor__charge=5.01)
    await car.settle()
    assert car.taken() == [SURPLUS]
    car.set(sensor__charge=0)
    await car.settle()
    assert car.taken() == [MINIMUM]


@pytest.mark.parametrize("mode", ["off", "fast", "minimum"])
async def test_left_alone(car: House, mode: str) -> None:
    """What charges at least slowly by hand, or not at all, is left alone."""
    car.set(select__car_mode=mode)
    await car.start("minimum_first", INPUTS)
    car.set(sensor__charge=5)
    await car.go(minutes=6)
    car.set(sensor__charge=50)
    await car.go(minutes=6)
    assert car.taken() == []


async def test_level_gone(car: House) -> None:
    """A level that is gone for long is no reason to take from the grid."""
    car.set(sensor__charge="unknown")
    await car.start("minimum_first", INPUTS, kept={})
    await car.go(minutes=40)
    assert car.taken() == []
    car.set(sensor__charge=10)
    await car.settle()
    assert car.taken() == [MINIMUM]
    car.set(sensor__charge="unavailable")
    await car.go(minutes=29)
    assert car.taken() == []
    await car.go(minutes=6)
    assert car.taken() == [SURPLUS]


async def test_reached_while_away(car: House) -> None:
    """What was reached while Home Assistant was away ends at its start."""
    car.set(select__car_mode="minimum")
    await car.start("minimum_first", INPUTS, kept={MEMORY: ("low surplus", {})})
    assert car.taken() == [SURPLUS]


async def test_turns(car: House) -> None:
    """A memory that is shared with the cheap hours isn't touched while it's theirs."""
    car.set(select__car_mode="fast", sensor__charge=10)
    await car.start("minimum_first", INPUTS, kept={MEMORY: ("cheap surplus", {})})
    await car.go(minutes=6)
    assert car.taken() == []
    assert car.state(MEMORY) == "cheap surplus"
    # The cheap time is over.
    car.set(select__car_mode="surplus", input_text__memory="")
    await car.go(minutes=5)
    assert car.taken() == [MINIMUM]
