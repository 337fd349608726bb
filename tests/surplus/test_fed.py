"""A charger that follows by itself, and what it's told in between."""

from dataclasses import replace
from typing import override

import pytest

from custom_components.sunbridge.surplus import Feed, Mode, Reason, Report, SetCharger
from custom_components.sunbridge.surplus.model import Issue

from .world import CHARGER, Plant, World

FED = replace(CHARGER, feed_every_s=2.0)


def without_meter(mode: Mode) -> World:
    """Let it be fast, then follow again while there's no meter."""
    world = World(-500, replace(FED, mode=Mode.FAST))
    world.run(120)
    assert (world.car.amps, world.car.phases) == (16, 3)
    world.meter = lambda _: None
    world.run(300)
    world.set(mode=mode)
    return world


def test_fast_before_the_meter_is_lost() -> None:
    """It has no reason to rest by itself, so it's told to."""
    world = without_meter(Mode.SURPLUS)
    assert world.run(60) == [SetCharger("car", 0, 3)]
    assert world.car.power_w == 0
    assert world.view.reason is Reason.METER_LOST
    world.meter = None
    world.run(10)
    assert isinstance(world.said[-1][1], Feed)


def test_minimum_before_the_meter_is_lost() -> None:
    """The least is what it should always have."""
    world = without_meter(Mode.MINIMUM)
    world.run(60)
    assert world.car.amps == 6


def test_minimum_is_regulated() -> None:
    """Its own logic would pause without the sun, so it's told the least and more."""
    world = World(-500, replace(FED, mode=Mode.MINIMUM))
    world.run(60)
    assert world.car.amps == 6
    world.sun_w = 8800
    world.run(300)
    assert world.car.amps in {13, 14}
    assert not any(isinstance(command, Feed) for _, command in world.said)
    world.set(mode=Mode.SURPLUS)
    world.run(10)
    assert isinstance(world.said[-1][1], Feed)


def test_silence_is_its_pause() -> None:
    """One that was fed learns of a lost meter by itself, and is told nothing."""
    world = World(5000, FED)
    world.run(60)
    assert world.said
    world.meter = lambda _: None
    world.run(60)
    assert world.run(300) == []
    assert world.view.reason is Reason.METER_LOST


def test_deaf_and_fed() -> None:
    """It's tried some times, and then said."""
    world = without_meter(Mode.SURPLUS)
    world.car.obeys = False
    world.run(1800)
    assert world.view.reason is Reason.NOT_OBEYING
    assert world.decision.issues >= {Issue.NOT_OBEYING}
    assert len(world.said) < 40


def test_a_lost_feed() -> None:
    """One that may not have come doesn't end the duty to tell it to rest."""
    world = World(-500, replace(FED, mode=Mode.FAST))
    world.run(120)
    world.set(mode=Mode.SURPLUS)
    while not isinstance(world.said[-1][1], Feed):
        world.step()
    assert world.car.amps == 16
    world.meter = lambda _: None
    world.run(300)
    assert world.car.power_w == 0


def test_another_car_at_a_forced_charger() -> None:
    """It's told to rest: who was forced isn't free because a cable was pulled."""
    world = World(-500, replace(FED, mode=Mode.FAST))
    world.run(120)
    world.car.is_plugged = False
    world.run(30)
    world.set(mode=Mode.SURPLUS)
    world.meter = lambda _: None
    world.run(300)
    world.car.is_plugged = True
    assert world.run(60) == [SetCharger("car", 0, 3)]
    assert world.car.power_w == 0


class _Seldom(Plant):
    """A charger that is read each five seconds."""

    read: Report | None = None
    phase: int = 0

    @override
    def report(self, now_s: int) -> Report | None:
        if self.read is None or now_s % 5 == self.phase:
            self.read = super().report(now_s)
        return self.read


@pytest.mark.parametrize("phase", range(5))
def test_a_power_that_is_read_seldom(phase: int) -> None:
    """It's told what the meter shows, whenever its own power was read."""
    world = World(5000, replace(FED, feed_every_s=5.0))
    world.plants["car"] = car = _Seldom(FED)
    car.phase = phase
    for second in range(300):
        if second % 30 == 0:
            # It follows by itself, up and down.
            car.tell(world.now_s, 6 + second // 30 % 3 * 5, 1)
        before = len(world.said)
        world.step()
        for _, command in world.said[before:]:
            assert isinstance(command, Feed)
            assert command.grid_w == pytest.approx(world.grid_w)
    assert len(world.said) > 50
