"""A home battery that holds the grid at zero, and a sensor of it that reports seldom."""

from collections.abc import Callable
from dataclasses import replace
import random
from typing import Any, override

import pytest

from custom_components.sunbridge.surplus import BatterySample, Decision, Inputs, Sample
from simulators.household import Battery, BatteryTraits, Reading, Sensor, SensorTraits

from .world import World

BIG = BatteryTraits(capacity_wh=40_000, start_share=0.5)
PERIODS_S = [1, 2, 5, 10, 30, 60, 110]


class Fixed(Battery):
    """A battery that was told what to do, or can't do anything."""

    def __init__(self, power_w: float) -> None:
        """Make it."""
        super().__init__(BIG)
        self.power_w = power_w

    @override
    def step(self, grid_w: float) -> float:
        return self.power_w


def clouds(second: int) -> float:
    """Return a sun that comes and goes."""
    return 8000.0 - 3500 * (second // 154 % 2)


class Home(World):
    """A house whose battery's sensor has a period, and reports late besides.

    ``out_wh`` is what the battery gave and ``sun_wh`` what the car took of the sun.
    """

    def __init__(
        self,
        sun_w: float | Callable[[int], float],
        period_s: int,
        late_s: int = 0,
        traits: BatteryTraits = BIG,
        **house: Any,
    ) -> None:
        """Build it."""
        super().__init__(sun_w, **house)
        self.store = Battery(traits)
        self.sensor = Sensor(SensorTraits(period_s, late_s), random.Random(0))
        self.battery_w = self._answer
        self.before_w = self.out_wh = self.sun_wh = 0.0
        self.starts = 0

    def _answer(self, grid_w: float) -> float:
        """Answer to the second before."""
        power_w = self.store.step(self.before_w)
        self.before_w = grid_w - power_w
        self.out_wh += max(power_w, 0.0) / 3600
        self.sensor.step(self.now_s, power_w)
        return power_w

    @override
    def inputs(self) -> Inputs:
        """Return what is known: of the battery only what its sensor said."""
        reading = self.sensor.reading
        battery = BatterySample(0.0, None, self.now_s)
        if reading is not None:
            soc = 100 * self.store.soc
            battery = BatterySample(reading.value, soc, reading.reported_at_s)
        return replace(super().inputs(), battery=battery)

    @override
    def step(self) -> Decision:
        before_w = self.car.power_w
        decision = super().step()
        self.starts += self.car.power_w > 0 >= before_w
        sun_w = self.sun_w(self.second) if callable(self.sun_w) else self.sun_w
        self.sun_wh += min(self.car.power_w, sun_w) / 3600
        return decision

    def settle(self, seconds: int = 600) -> None:
        """Let time pass, and count from then on."""
        self.run(seconds)
        self.out_wh = self.sun_wh = 0.0
        self.starts = 0


@pytest.mark.parametrize(
    ("period_s", "late_s"),
    [*((period_s, 0) for period_s in PERIODS_S), (5, 5), (10, 5), (30, 10), (60, 5)],
)
def test_a_slow_sensor_makes_no_cycle(period_s: int, late_s: int) -> None:
    """What the car took from the battery isn't there once more."""
    home = Home(6000, period_s, late_s)
    home.settle()
    assert len(home.run(900)) <= 2
    assert home.starts == 0
    assert home.out_wh < 5
    assert home.sun_wh > 0.95 * 1500


@pytest.mark.parametrize(
    ("period_s", "late_s"),
    [*((period_s, 0) for period_s in PERIODS_S), (5, 5), (10, 8), (30, 10)],
)
def test_clouds(period_s: int, late_s: int) -> None:
    """The battery is asked to help for about as long as its sensor is silent."""
    home = Home(clouds, period_s, late_s)
    home.settle()
    assert len(home.run(3000)) <= 50
    assert home.starts == 0
    # 3.5 kW, ten times, until its report, and until the car has answered.
    silent_s = min(period_s + late_s, 77)
    assert home.out_wh < 10 * 3500 * (silent_s + 15) / 3600


@pytest.mark.parametrize("power_w", [-2000.0, 0.0, 1000.0])
@pytest.mark.parametrize("period_s", [5, 30])
def test_a_battery_that_does_what_it_wants(period_s: int, power_w: float) -> None:
    """The grid shows what is missing at once, and what is left soon."""
    home = Home(8000, period_s)
    home.store = Fixed(power_w)
    home.settle()
    before_w = home.car.power_w
    assert before_w > 7000
    home.sun_w = 5000
    home.run(6)
    assert home.car.power_w < 5000
    home.sun_w = 8000
    home.run(25)
    assert home.car.power_w == before_w


def test_at_its_limit() -> None:
    """What is beyond its power shows in the grid, and is the car's at once."""
    home = Home(5000, 60, traits=replace(BIG, power_w=1000.0))
    home.settle()
    home.sun_w = 8000
    home.run(30)
    assert home.car.power_w > 6500
    home.sun_w = 5000
    home.run(6)
    assert home.car.power_w < 6500


def test_one_that_rests_says_nothing() -> None:
    """0 W is believed for long, and the sun is followed as without a battery."""
    home, alone = Home(clouds, 5), World(clouds)
    home.store = Fixed(0.0)
    home.run(10)
    home.sensor = Sensor(SensorTraits(10_000), random.Random(0))
    home.sensor.reading = Reading(0.0, home.now_s)
    alone.run(10)
    for _ in range(1800):
        home.step()
        alone.step()
        if home.second > 400:
            assert home.car.power_w == alone.car.power_w


def every_10_s(home: Home) -> None:
    """Let the grid's meter report as seldom."""
    last: Sample | None = None

    def report(grid_w: float) -> Sample:
        nonlocal last
        if last is None or home.now_s % 10 == 0:
            last = Sample(grid_w, home.now_s)
        return last

    home.meter = report


@pytest.mark.parametrize("period_s", [1, 10])
def test_with_the_grid(period_s: int) -> None:
    """One whose reports come with the grid's is of the same moment, if that is slow."""
    home = Home(clouds, period_s)
    every_10_s(home)
    home.settle()
    for _ in range(1500):
        home.step()
        if home.second % 154 > 12:
            assert home.decision.surplus_w == pytest.approx(clouds(home.second), abs=50)
