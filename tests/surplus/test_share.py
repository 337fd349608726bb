"""Several loads and one surplus."""

from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.sunbridge.surplus import (
    BatteryRule,
    BatterySample,
    Charger,
    Feed,
    Mode,
    Switch,
)

from .world import PUMP, START_S, World

FIRST = Charger("car")
SECOND = Charger("second", priority=1)


def test_priority() -> None:
    """The second gets what the first leaves, and gives it back."""
    world = World(8800, FIRST, SECOND, PUMP)
    world.set("pump", priority=2)
    world.run(900)
    first, second = world.plants["car"], world.plants["second"]
    assert (first.phases, second.amps) == (3, 0)
    assert world.grid_w < 400
    # More than the first can take.
    world.sun_w = 14_000
    world.run(900)
    assert (first.amps, first.phases) == (16, 3)
    assert second.power_w > 1500
    assert -1500 < world.grid_w < 400
    world.sun_w = 8800
    world.run(900)
    assert second.amps == 0
    assert first.amps >= 12
    assert world.grid_w < 400


def test_a_higher_one_takes_over() -> None:
    """What a lower one takes is there for a higher one that comes."""
    world = World(4000, FIRST, SECOND)
    world.car.is_plugged = False
    world.run(300)
    assert world.plants["second"].power_w > 3000
    world.car.is_plugged = True
    world.run(600)
    assert world.car.power_w > 3000
    assert world.plants["second"].amps == 0


def test_nothing_is_claimed_twice() -> None:
    """In no moment are two told to take the same watts."""
    world = World(
        lambda second: 1000 + 60 * (second * 37 // 400 % 200),
        FIRST,
        SECOND,
        replace(PUMP, priority=2),
    )
    for _ in range(5400):
        decision = world.step()
        views = [decision.loads[name] for name in ("car", "second", "pump")]
        left_w = decision.surplus_w
        assert left_w is not None
        # Each sees what those before it leave, and none gets more than there is.
        available = [view.available_w for view in views]
        assert available[0] == pytest.approx(left_w)
        for before, after in pairwise(available):
            assert before is not None
            assert after is not None
            assert after <= before + 1e-6


@pytest.mark.parametrize("takes_over", ["manual", "fast", "offline"])
def test_what_isnt_ours_isnt_shared(takes_over: str) -> None:
    """A load that somebody else has in hand takes what it takes."""
    world = World(8800, FIRST, replace(SECOND, priority=-1, mode=Mode.FAST))
    second = world.plants["second"]
    world.run(60)
    if takes_over == "manual":
        second.amps = 8
        world.run(10)
    elif takes_over == "offline":
        second.is_online = False
    world.run(900)
    assert world.car.amps == 0 if takes_over != "manual" else world.car.amps <= 16
    left_w = 8800 - second.power_w
    assert world.car.power_w == pytest.approx(max(left_w, 0.0), abs=600)


def test_equals() -> None:
    """Among equals the one that runs goes on."""
    for name in ("car", "second"):
        world = World(4500, FIRST, replace(SECOND, priority=0))
        world.plants[name].amps, world.plants[name].phases = 6, 3
        world.run(900)
        assert world.plants[name].power_w > 3500


def test_a_switch_keeps_its_times() -> None:
    """Whatever the sun does, it runs and rests long enough."""
    pump = Switch("pump", 800.0, min_run_s=600, min_pause_s=300)
    world = World(lambda second: 1500 * (second // 40 % 3 > 0), pump)
    states = []
    for _ in range(7200):
        world.step()
        states.append(world.plants["pump"].amps > 0)
    changes = [at for at in range(1, 7200) if states[at] != states[at - 1]]
    assert changes
    for start, end in pairwise(changes):
        assert end - start >= (600 if states[start] else 300) - 5


def test_feeding_leaves_for_others() -> None:
    """One that follows by itself sees only what is there for it."""
    world = World(8800, FIRST, Charger("second", priority=1, feed_every_s=5.0))
    world.run(300)
    feeds = [one for _, one in world.said if isinstance(one, Feed)]
    assert world.car.power_w > 8000
    assert feeds[-1].grid_w == pytest.approx(world.car.power_w - 8800, abs=400)


def _battery(world: World, soc: float | None, most_w: float = 3000.0) -> None:
    """Give the house a battery that holds the grid at zero as well as it can."""
    world.battery = BatterySample(0.0, soc, START_S)
    power_w = 0.0

    def answer(grid_w: float) -> float:
        nonlocal power_w
        goal_w = max(-most_w, min(most_w, grid_w))
        power_w += 0.3 * (goal_w - power_w)
        return power_w

    world.battery_w = answer


@pytest.mark.parametrize(
    ("rule", "soc", "amps"),
    [
        (BatteryRule.CAR_FIRST, 20.0, 13),
        # Within a band nobody knows where it is, so that the battery is first.
        (BatteryRule.BAND, None, 8),
        (BatteryRule.BATTERY_FIRST, 90.0, 8),
        # A full one takes no more, and what it takes is only to hold the grid.
        (BatteryRule.BATTERY_FIRST, 99.0, 13),
        (BatteryRule.BAND, 20.0, 8),
        (BatteryRule.BAND, 60.0, 8),
        (BatteryRule.BAND, 85.0, 13),
    ],
)
def test_battery(rule: BatteryRule, soc: float | None, amps: int) -> None:
    """Who is first gets what it can take; the other one the rest."""
    world = World(8800, FIRST, battery_rule=rule)
    _battery(world, soc)
    world.run(900)
    assert world.car.amps == pytest.approx(amps, abs=1)
    assert world.battery is not None
    assert world.battery.power_w is not None
    assert world.battery.power_w < 300


@pytest.mark.parametrize("rule", BatteryRule)
def test_battery_isnt_emptied_into_the_car(rule: BatteryRule) -> None:
    """Without sun a battery that could feed the car doesn't."""
    world = World(8800, FIRST, battery_rule=rule)
    _battery(world, 90.0, 5000.0)
    world.run(600)
    world.sun_w = 0
    world.run(400)
    assert world.car.amps == 0


def test_band_has_a_memory() -> None:
    """Between its ends it's still the turn of whose it was."""
    world = World(8800, FIRST, battery_rule=BatteryRule.BAND)
    _battery(world, 85.0)
    world.run(600)
    assert world.car.amps >= 12
    world.battery = BatterySample(0.0, 60.0, START_S)
    world.run(600)
    assert world.car.amps >= 12
    world.battery = BatterySample(0.0, 40.0, START_S)
    world.run(600)
    assert world.car.amps < 10
    world.battery = BatterySample(0.0, 60.0, START_S)
    world.run(600)
    assert world.car.amps < 10
