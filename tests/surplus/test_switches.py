"""What is said while a charger pauses, for its contactor or for its car."""

from dataclasses import dataclass
from typing import override

import pytest

from custom_components.sunbridge.surplus import Report, SetCharger

from .world import CHARGER, Plant, World


@dataclass
class Slow(Plant):
    """A charger that reports each 5 s."""

    last: Report | None = None

    @override
    def report(self, now_s: int) -> Report | None:
        if now_s % 5 == 0 or self.last is None:
            self.last = super().report(now_s)
        return self.last


def test_nothing_is_said_that_would_be_said_again() -> None:
    """In the pause of a switch it hears nothing new, and at its end what counts then."""
    world = World(8800)
    world.run(300)
    world.sun_w = 2300
    while (world.car.phases, world.car.amps > 0) != (1, True):
        world.step()
        assert world.second < 3600
    world.run(60)
    world.sun_w = 8800
    while not isinstance(world.said[-1][1], SetCharger) or (
        world.said[-1][1].phases == 1
    ):
        world.step()
        assert world.second < 3600
    began = world.said[-1][0]
    world.sun_w = 5400
    assert world.run(7) == []
    told = world.run(20)
    assert told
    assert began + CHARGER.switch_pause_s - CHARGER.reply_s <= world.said[-len(told)][0]
    world.run(60)
    assert world.said[-1][1] == SetCharger("car", 8.0, 3)


@pytest.mark.parametrize("start_s", [21, 22, 23])
def test_a_car_that_begins_late(start_s: int) -> None:
    """What the meter sees before the charger says it isn't a loss of the sun."""
    world = World(8800)
    world.plants["car"] = Slow(CHARGER, phases=3, start_s=start_s)
    world.run(400)
    assert [command for _, command in world.said] == [SetCharger("car", 13.0, 3)]
