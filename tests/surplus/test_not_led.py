"""Loads that do something else than they're told: nobody else is promised their watts."""

from dataclasses import replace
from typing import Any, override

import pytest

from custom_components.sunbridge.surplus import Charger, Mode, Reason, Sample, Switch
from custom_components.sunbridge.surplus.model import Issue

from .world import CHARGER, PUMP, Plant, World, charging


class Stubborn(Plant):
    """A load that takes a power by itself, whatever it's told."""

    own_w = 2000.0

    @override
    def step(self, now_s: int) -> float:
        """Return the power of a second."""
        super().step(now_s)
        self.power_w, self.current_a = self.own_w, self.own_w / 690
        return self.power_w


def average_grid_w(world: World, seconds: int = 600) -> float:
    """Return what the house takes on average."""
    grid_w = []
    for _ in range(seconds):
        world.step()
        grid_w.append(world.grid_w)
    return sum(grid_w) / seconds


@pytest.mark.parametrize("priority", [-1, 5])
@pytest.mark.parametrize("says_power", [False, True])
def test_heat_pump_runs_by_itself(priority: int, says_power: bool) -> None:
    """Its SG-ready input is off, and it runs for its own reasons: the car gets the rest."""
    pump = Switch("pump", 2000.0, mode=Mode.OFF, priority=priority)
    world = World(3700, CHARGER, pump)
    world.plants["pump"] = Stubborn(pump, says_power=says_power)
    world.run(1200)
    assert average_grid_w(world) < 150
    assert 1300 < world.car.power_w < 1900
    assert world.decision.issues == frozenset()


def test_a_charger_that_is_off_charges() -> None:
    """It says 0 A and takes 7 kW: no second car joins it."""
    other = Charger("other", mode=Mode.OFF)
    world = World(5000, CHARGER, other)
    world.plants["other"] = Stubborn(other)
    world.plants["other"].own_w = 7000.0  # type: ignore[attr-defined]
    world.run(900)
    assert world.car.power_w == 0
    assert average_grid_w(world) < 2100


def test_it_may_still_be_turned_on() -> None:
    """There has to be more than it takes anyway; and it isn't turned to and fro."""
    pump = replace(PUMP, power_w=2000.0, priority=1)
    world = World(4300, CHARGER, pump)
    world.plants["pump"] = Stubborn(pump)
    world.run(1800)
    assert world.car.power_w > 1500
    assert average_grid_w(world) < 150
    assert world.decision.loads["pump"].day.starts == 0
    world.set(mode=Mode.OFF)
    world.run(1800)
    assert world.decision.loads["pump"].reason is Reason.FOLLOWING


def test_a_deaf_charger() -> None:
    """That it's told again and again to stop doesn't make its watts free."""
    other = Charger("other", priority=1)
    world = World(8800, CHARGER, other)
    world.run(300)
    assert world.car.power_w > 8000
    world.car.obeys = False
    world.set(mode=Mode.OFF)
    taken_w = []
    for _ in range(900):
        world.step()
        taken_w.append(world.plants["other"].power_w)
    # Until it should have stopped, and the other's least time is over.
    assert sum(taken_w) / 3600 < 160


def slow(world: World, interval_s: int) -> None:
    """Let the meter report seldom."""
    last: Sample | None = None

    def meter(grid_w: float) -> Sample:
        nonlocal last
        if last is None or world.now_s - last.at_s >= interval_s:
            last = Sample(grid_w, world.now_s)
        return last

    world.meter = meter


@pytest.mark.parametrize("interval_s", [1, 10, 30, 60])
def test_limit_of_import(interval_s: int) -> None:
    """What a load has begun to take isn't there a second time until it's measured."""
    world = World(-1000, replace(CHARGER, mode=Mode.FAST), max_import_w=5000)
    slow(world, interval_s)
    world.run(300)
    for _ in range(1500):
        world.step()
        assert world.grid_w < 5000
    assert world.car.power_w > 3000
    assert world.view.day.starts <= 2


def test_limit_of_import_for_two() -> None:
    """What one has begun to take since the meter spoke isn't there for the other."""
    loads = [
        Charger(name, mode=Mode.FAST, max_a=8, phases=(3,)) for name in ("car", "other")
    ]
    world = World(-500, *loads, max_import_w=7000)
    slow(world, 60)
    world.plants["other"].is_plugged = False
    world.run(300)
    assert world.car.power_w > 4000
    world.plants["other"].is_plugged = True
    for _ in range(1200):
        world.step()
        assert world.grid_w < 7000


def ignoring_phases(world: World, kept: int) -> None:
    """Let the charger take each current, but stay at its phases."""
    told = world.car.tell

    def tell(now_s: int, amps: float, phases: int) -> None:
        del phases
        told(now_s, amps, kept)

    world.car.tell = tell  # type: ignore[method-assign]


def test_phases_that_dont_change() -> None:
    """What was meant for one phase isn't given to three, and the rest is the sun's."""
    world = charging(8800, 300)
    assert world.car.phases == 3
    ignoring_phases(world, 3)
    world.sun_w = 1500
    world.run(240)
    assert world.car.amps <= 6
    world.run(600)
    assert world.view.reason is Reason.NOT_OBEYING
    assert world.decision.issues == {Issue.NOT_OBEYING}
    # It can't do with less.
    assert world.car.power_w == 0
    world.sun_w = 5500
    world.run(600)
    assert world.car.power_w > 4500
    assert average_grid_w(world) < 200


def test_phases_that_change_later() -> None:
    """It's tried again after an hour, and at once for another car."""
    world = charging(8800, 300)
    ignoring_phases(world, 3)
    world.sun_w = 2500
    world.run(900)
    del world.car.tell
    world.run(3900)
    assert world.car.phases == 1
    assert world.car.power_w > 1800
    assert world.decision.issues == frozenset()


def test_one_phase_only() -> None:
    """It doesn't go to three: it charges with all that one phase can."""
    world = charging(3000, 300)
    assert world.car.phases == 1
    ignoring_phases(world, 1)
    world.sun_w = 8800
    world.run(900)
    assert (world.car.amps, world.car.phases) == (16, 1)
    assert world.decision.issues == {Issue.NOT_OBEYING}


def test_phases_that_nobody_tells() -> None:
    """Somebody lets the charger choose, and it takes three: its power tells."""
    world = charging(3500, 300)
    assert world.car.phases == 1
    report = world.car.report

    def silent(now_s: int) -> Any:
        return replace(report(now_s), phases=None)  # type: ignore[type-var]

    world.car.report = silent  # type: ignore[method-assign]
    world.car.phases = 3
    world.run(60)
    assert world.view.reason is Reason.MANUAL
    world.controller.resume("car")
    world.run(240)
    assert average_grid_w(world) < 400


def test_power_that_is_polled() -> None:
    """An old power beside a new current tells nothing of the phases."""
    world = World(lambda second: 3700 if second < 900 else 1500)
    report = world.car.report
    power_w = 0.0

    def polled(now_s: int) -> Any:
        nonlocal power_w
        if now_s % 30 == 0:
            power_w = world.car.power_w
        return replace(report(now_s), phases=None, power_w=power_w)  # type: ignore[type-var]

    world.car.report = polled  # type: ignore[method-assign]
    world.set(phases=(1,))
    reasons = set()
    for _ in range(1800):
        world.step()
        reasons.add(world.view.reason)
    assert Reason.FOLLOWING in reasons
    assert Reason.MANUAL not in reasons


def test_one_phase_under_clouds() -> None:
    """That it takes each new current doesn't hide that it has one phase only."""
    world = charging(3000, 300)
    ignoring_phases(world, 1)
    world.sun_w = lambda second: 7500 + 2500 * (1 if second // 20 % 2 else -1)
    world.run(1200)
    assert world.decision.issues == {Issue.NOT_OBEYING}
    assert (world.car.amps, world.car.phases) == (16, 1)


@pytest.mark.parametrize("phases", [None, (1,)])
def test_a_user_mends_the_phases(phases: tuple[int, ...] | None) -> None:
    """Who says that it's in order, or what it shall have, doesn't wait for an hour."""
    world = charging(8800, 300)
    ignoring_phases(world, 3)
    world.sun_w = 1500
    world.run(900)
    assert world.view.reason is Reason.NOT_OBEYING
    del world.car.tell
    world.sun_w = 2500
    if phases is None:
        world.controller.resume("car")
    else:
        world.set(phases=phases)
    world.run(400)
    assert world.car.phases == 1
    assert world.car.power_w > 1800


class Frozen:
    """A power sensor that keeps its last value, and its time, from a moment on."""

    def __init__(self, world: World, load_id: str) -> None:
        """Follow a load; it's alive at first."""
        self._world = world
        self._plant = world.plants[load_id]
        self._report = self._plant.report
        self._last: tuple[float, int] | None = None
        self.is_dead = False
        self._plant.report = self.report  # type: ignore[method-assign]

    def report(self, now_s: int) -> Any:
        """Return a report as an entity's: it's renewed, whatever its age."""
        found: Any = self._report(now_s)
        if self._last is None or not self.is_dead:
            changed = self._last is None or self._last[0] != found.power_w
            at_s = now_s if changed or self._last is None else self._last[1]
            self._last = found.power_w, at_s
        power_w, at_s = self._last
        return replace(found, power_w=power_w, power_at_s=at_s, at_s=now_s - 60)


def test_frozen_power_of_a_car() -> None:
    """The sun goes, and the car's sensor tells of the morning: the car stops."""
    world = World(8800)
    frozen = Frozen(world, "car")
    world.run(600)
    assert world.car.power_w > 8000
    frozen.is_dead = True
    world.sun_w = -300
    world.run(900)
    assert world.car.power_w == 0


@pytest.mark.parametrize("load", [CHARGER, replace(PUMP, power_w=2500.0)])
def test_frozen_power_of_a_load_that_is_off(load: Charger | Switch) -> None:
    """What it took isn't there for another."""
    other = Switch("other", 1500.0, priority=1, min_pause_s=0.0, min_run_s=0.0)
    world = World(3000, load, other)
    frozen = Frozen(world, load.load_id)
    world.run(900)
    plant = world.plants[load.load_id]
    assert plant.power_w > 2000
    frozen.is_dead = True
    world.set(load.load_id, mode=Mode.OFF)
    world.sun_w = 500
    for second in range(900):
        world.step()
        if second > 60:
            assert world.plants["other"].power_w == 0, second
    assert plant.power_w == 0


def test_silence_of_what_is_steady() -> None:
    """A car that takes what it takes isn't doubted: its sensor has nothing to tell."""
    world = World(8800)
    Frozen(world, "car")
    world.car.most_a = 10.0
    world.run(3600)
    assert world.car.power_w == pytest.approx(6900)
    assert world.view.available_w == pytest.approx(8800, abs=200)
