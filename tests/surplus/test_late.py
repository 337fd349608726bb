"""A charger whose power is later than the meter: its own change is none of the sun."""

from collections.abc import Callable
from dataclasses import replace
import math

import pytest

from .test_limit import Late
from .world import CHARGER, World


def late_world(
    sun_w: float | Callable[[int], float], late_s: int, every_s: int, *, tells: bool
) -> World:
    """Return a house in which the charger's power is late, read seldom, or both."""
    charger = replace(CHARGER, reply_s=12.0 + late_s + every_s)
    world = World(sun_w, charger)
    world.plants["car"] = Late(charger, late_s=late_s, every_s=every_s, tells=tells)
    return world


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("late_s", [0, 1, 2, 4, 8])
@pytest.mark.parametrize("every_s", [1, 5, 10])
def test_steady_sun(late_s: int, every_s: int, *, tells: bool) -> None:
    """It finds its current and stays there."""
    world = late_world(7000, late_s, every_s, tells=tells)
    world.run(120)
    powers_w = set()
    for _ in range(1200):
        world.step()
        powers_w.add(world.car.power_w)
        assert world.grid_w < 20
    assert len(powers_w) == 1
    assert 6000 < powers_w.pop() < 7000
    assert world.view.day.starts == 1


@pytest.mark.parametrize("late_s", [1, 2, 4, 8])
def test_moving_sun(late_s: int) -> None:
    """It costs little more than one that tells its power at once."""
    imported_wh: dict[int, float] = {}
    commands: dict[int, int] = {}
    for of_s in (0, late_s):
        world = late_world(
            lambda second: (
                7000 + 2000 * math.sin(second / 90) + 1500 * (second // 200 % 2)
            ),
            of_s,
            1,
            tells=False,
        )
        world.run(120)
        imported_wh[of_s], commands[of_s] = 0.0, 0
        for _ in range(3600):
            commands[of_s] += len(world.step().commands)
            imported_wh[of_s] += max(0.0, world.grid_w) / 3600
        assert world.view.day.starts == 1
    assert imported_wh[late_s] < imported_wh[0] + 6 * late_s
    assert commands[late_s] < commands[0] + 10
