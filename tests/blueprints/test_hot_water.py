"""A relay by the surplus, with a minimum run and a minimum pause."""

from collections.abc import Mapping
from typing import Any

import pytest

from .conftest import House

RELAY = "input_boolean.relay"
INPUTS: Mapping[str, Any] = {"relay": RELAY, "surplus": "sensor.surplus"}
DEFAULT_PAUSE_MIN = 10
DEFAULT_RUN_MIN = 20


class Sun:
    """A meter that reports each half minute, whatever it says."""

    def __init__(self, house: House, unit: str | None = "W") -> None:
        """Begin without sun."""
        self._house = house
        self._attributes = {"unit_of_measurement": unit} if unit else {}
        self.says: object = 0

    async def shine(self, says: object, **time: float) -> None:
        """Say something for a time."""
        self.says = says
        left_s = 60 * time.get("minutes", 0)
        while left_s > 0:
            self._house.hass.states.async_set(
                "sensor.surplus", str(self.says), self._attributes
            )
            await self._house.go(seconds=30)
            left_s -= 30


@pytest.fixture
def sun(house: House) -> Sun:
    """Return a meter in W."""
    return Sun(house)


async def _running(house: House, sun: Sun) -> None:
    """Start, and let it run for just its minimum."""
    await house.start("hot_water", INPUTS)
    await sun.shine(3000, minutes=DEFAULT_PAUSE_MIN + 5)
    assert house.state(RELAY) == "on"
    await sun.shine(500, minutes=DEFAULT_RUN_MIN)


async def test_sun(house: House, sun: Sun) -> None:
    """It's on while there's enough, and has its times."""
    await house.start("hot_water", INPUTS)
    await sun.shine(2499, minutes=30)
    assert house.state(RELAY) == "off"
    await sun.shine(2500, minutes=3)
    assert house.state(RELAY) == "off"
    await sun.shine(2500, minutes=2)
    assert house.state(RELAY) == "on"
    # Its own power is gone from the surplus.
    await sun.shine(0, minutes=60)
    assert house.state(RELAY) == "on"
    await sun.shine(-10, minutes=3)
    assert house.state(RELAY) == "on"
    await sun.shine(-10, minutes=2)
    assert house.state(RELAY) == "off"


async def test_minimum_run_and_pause(house: House, sun: Sun) -> None:
    """However short the sun is, it runs and pauses for its minimum."""
    await house.start("hot_water", INPUTS)
    for _ in range(2):
        await sun.shine(3000, minutes=7)
        assert house.state(RELAY) == "off"
        await sun.shine(3000, minutes=8)
        assert house.state(RELAY) == "on"
        await sun.shine(-3000, minutes=14)
        assert house.state(RELAY) == "on"
        await sun.shine(-3000, minutes=12)
        assert house.state(RELAY) == "off"


async def test_clouds(house: House, sun: Sun) -> None:
    """Short gaps neither start nor stop it."""
    await house.start("hot_water", INPUTS)
    for _ in range(20):
        await sun.shine(3000, minutes=2)
        await sun.shine(500, minutes=1)
    assert house.state(RELAY) == "off"
    await sun.shine(3000, minutes=5)
    assert house.state(RELAY) == "on"
    for _ in range(20):
        await sun.shine(-500, minutes=2)
        await sun.shine(500, minutes=1)
    assert house.state(RELAY) == "on"


@pytest.mark.parametrize("says", ["unavailable", "unknown", "nonsense", "nan"])
async def test_surplus_gone(house: House, sun: Sun, says: str) -> None:
    """Without a value it stops, and doesn't start."""
    await _running(house, sun)
    await sun.shine(says, minutes=5)
    assert house.state(RELAY) == "off"
    await sun.shine(says, minutes=30)
    assert house.state(RELAY) == "off"


async def test_surplus_removed(house: House, sun: Sun) -> None:
    """Without the sensor it stops too."""
    await _running(house, sun)
    house.hass.states.async_remove("sensor.surplus")
    await house.go(minutes=5)
    assert house.state(RELAY) == "off"


async def test_frozen(house: House, sun: Sun) -> None:
    """A high value that isn't reported any more isn't the sun."""
    await _running(house, sun)
    await sun.shine(3000, minutes=1)
    await house.go(minutes=14)
    assert house.state(RELAY) == "on"
    await house.go(minutes=6)
    assert house.state(RELAY) == "off"
    await house.go(minutes=30)
    assert house.state(RELAY) == "off"


async def test_gone_while_it_waits(house: House, sun: Sun) -> None:
    """A value that goes just before the start is no start."""
    await house.start("hot_water", INPUTS)
    await sun.shine(0, minutes=DEFAULT_PAUSE_MIN + 1)
    await sun.shine(3000, minutes=2)
    await sun.shine("unavailable", minutes=10)
    assert house.state(RELAY) == "off"


@pytest.mark.parametrize(
    ("unit", "is_grid", "enough", "too_little"),
    [("kW", False, 3, -0.1), ("W", True, -3000, 100), ("kW", True, -3, 0.1)],
)
async def test_units_and_signs(
    house: House, unit: str, is_grid: bool, enough: float, too_little: float
) -> None:
    """A meter may speak of kW, and of what is bought."""
    sun = Sun(house, unit)
    await house.start("hot_water", {**INPUTS, "is_grid": is_grid})
    await sun.shine(-enough, minutes=15)
    assert house.state(RELAY) == "off"
    await sun.shine(enough, minutes=5)
    assert house.state(RELAY) == "on"
    await sun.shine(too_little, minutes=DEFAULT_RUN_MIN + 5)
    assert house.state(RELAY) == "off"


@pytest.mark.parametrize("unit", [None, "kWh"])
async def test_no_power(house: House, unit: str | None) -> None:
    """What isn't a power starts nothing, and what runs is stopped."""
    sun = Sun(house, unit)
    await house.start("hot_water", INPUTS)
    await sun.shine(9000, minutes=20)
    assert house.state(RELAY) == "off"
    house.set(input_boolean__relay="on")
    await sun.shine(9000, minutes=DEFAULT_RUN_MIN + 5)
    assert house.state(RELAY) == "off"


async def test_no_sensor_at_start(house: House, sun: Sun) -> None:
    """After a restart the minimum run is anew, then the value counts."""
    await house.start("hot_water", INPUTS, kept={RELAY: ("on", {})})
    await house.go(minutes=18)
    assert house.state(RELAY) == "on"
    await sun.shine(100, minutes=10)
    assert house.state(RELAY) == "on"
    await sun.shine(-100, minutes=5)
    assert house.state(RELAY) == "off"


async def test_sun_at_start(house: House, sun: Sun) -> None:
    """The sun that shines already when Home Assistant starts counts."""
    await house.start("hot_water", INPUTS, kept={RELAY: ("off", {})})
    await sun.shine(3000, minutes=DEFAULT_PAUSE_MIN + 5)
    assert house.state(RELAY) == "on"


async def test_relay_gone(house: House, sun: Sun) -> None:
    """A relay that isn't there is neither switched nor counted."""
    await house.start("hot_water", {**INPUTS, "relay": "switch.tank"})
    await sun.shine(3000, minutes=15)
    house.set(switch__tank="unavailable")
    await sun.shine(3000, minutes=15)
    assert house.taken() == []
    house.set(switch__tank="off")
    await sun.shine(3000, minutes=15)
    assert house.taken() == [("switch.turn_on", "switch.tank", None)]


async def test_no_times(house: House, sun: Sun) -> None:
    """Without times it follows within a minute."""
    times = dict.fromkeys(("start_for", "stop_for", "min_run", "min_pause"), 0)
    await house.start("hot_water", {**INPUTS, **times})
    await sun.shine(3000, minutes=1.5)
    assert house.state(RELAY) == "on"
    await sun.shine(-10, minutes=1.5)
    assert house.state(RELAY) == "off"


async def test_only_if(house: House, sun: Sun) -> None:
    """A condition of the user's is one of the start, not of the run."""
    await house.start(
        "hot_water",
        {
            **INPUTS,
            "only_if": [
                {
                    "condition": "numeric_state",
                    "entity_id": "input_number.slider",
                    "below": 55,
                }
            ],
        },
    )
    house.set(input_number__slider=60)
    await sun.shine(3000, minutes=20)
    assert house.state(RELAY) == "off"
    house.set(input_number__slider=50)
    await sun.shine(3000, minutes=5)
    assert house.state(RELAY) == "on"
    house.set(input_number__slider=60)
    await sun.shine(3000, minutes=30)
    assert house.state(RELAY) == "on"
