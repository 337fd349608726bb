"""What the house may take from the grid holds, and costs no more than it has to."""

from collections import deque
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, override

import pytest

from custom_components.sunbridge.surplus import (
    Charger,
    Command,
    Feed,
    Mode,
    Reason,
    Report,
    Sample,
    SetCharger,
    Switch,
)

from .world import CHARGER, Plant, World

FAST = replace(CHARGER, mode=Mode.FAST)
FED = replace(CHARGER, feed_every_s=5.0)
HOUSE_W = 1000.0


@dataclass
class Late(Plant):
    """A load whose power comes some seconds late, or is read seldom.

    ``tells`` is that the time of the report is that of the power.
    """

    late_s: int = 0
    every_s: int = 1
    tells: bool = True
    reports: deque[Any] = field(default_factory=lambda: deque(maxlen=64))
    read: Report | None = None

    @override
    def report(self, now_s: int) -> Report | None:
        self.reports.append(super().report(now_s))
        if self.read is None or now_s % self.every_s == 0:
            old = self.reports[max(len(self.reports) - 1 - self.late_s, 0)]
            self.read = old
            if not self.tells:
                told = ("at_s", "set_a", "phases", "is_on")
                new = self.reports[-1]
                self.read = replace(
                    old, **{one: getattr(new, one) for one in told if hasattr(new, one)}
                )
        return self.read


def late_meter(world: World, late_s: int) -> None:
    """Let what the grid's meter says be some seconds old."""
    values: deque[float] = deque(maxlen=late_s + 1)

    def meter(grid_w: float) -> Sample:
        values.append(grid_w)
        return Sample(values[0], world.now_s)

    world.meter = meter


def longest_over_s(world: World, seconds: int) -> int:
    """Let time pass; return for how long at most loads took more than the limit."""
    limit_w = world.house.max_import_w
    assert limit_w is not None
    longest_s = over_s = 0
    for _ in range(seconds):
        world.step()
        # What the house takes by itself isn't ours.
        is_ours = any(plant.power_w > 0 for plant in world.plants.values())
        over_s = over_s + 1 if is_ours and world.grid_w > limit_w + 20 else 0
        longest_s = max(longest_s, over_s)
    return longest_s


def oven_w(second: int) -> float:
    """Return the sun less the house, which has an oven on for half of the time."""
    return -HOUSE_W - (2500.0 if second % 120 >= 60 else 0.0)


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("late_s", [0, 2, 4, 8])
@pytest.mark.parametrize("every_s", [1, 5, 30, 60])
def test_a_power_that_is_late(late_s: int, every_s: int, *, tells: bool) -> None:
    """What the meter sees of a car before the charger says so isn't the house's."""
    charger = replace(FAST, reply_s=12.0 + late_s + every_s)
    world = World(-HOUSE_W, charger, max_import_w=8000)
    world.plants["car"] = Late(charger, late_s=late_s, every_s=every_s, tells=tells)
    assert longest_over_s(world, 600) == 0
    assert world.view.day.starts == 1
    assert world.view.day.switches == 0
    assert world.car.session_wh > 1000


@pytest.mark.parametrize("late_s", [2, 4, 8])
def test_a_meter_that_is_late(late_s: int) -> None:
    """What a car has begun to take isn't there a second time."""
    world = World(-HOUSE_W, FAST, max_import_w=8000)
    late_meter(world, late_s)
    assert longest_over_s(world, 600) == 0
    assert world.view.day.starts == 1
    assert world.car.session_wh > 1000


@pytest.mark.parametrize("late_s", [0, 4, 8])
@pytest.mark.parametrize("every_s", [1, 5, 30])
@pytest.mark.parametrize("start_s", [8, 14, 23, 38])
def test_an_oven_beside_a_late_power(late_s: int, every_s: int, start_s: int) -> None:
    """The house's own rise is answered at once, whatever is known of the car."""
    charger = replace(FAST, reply_s=12.0 + late_s + every_s)
    world = World(-HOUSE_W, charger, max_import_w=8000)
    world.plants["car"] = Late(
        charger, late_s=late_s, every_s=every_s, tells=False, start_s=start_s
    )
    world.sun_w = lambda second: oven_w(second + 40)
    assert longest_over_s(world, 1800) <= 5
    assert world.view.day.starts == 1
    assert world.car.session_wh > 2500


@pytest.mark.parametrize("at_s", [1, 2, 3, 4, 6, 9, 14])
def test_an_oven_while_the_car_goes_down(at_s: int) -> None:
    """One thing after the other: the second isn't hidden by the answer to the first."""
    world = World(-HOUSE_W, FAST, max_import_w=8000)
    world.plants["car"] = Late(FAST, late_s=4, tells=False)
    world.run(300)
    world.sun_w = lambda second: -HOUSE_W - 1500 * (1 + (second >= 300 + at_s))
    # Until the car has surely answered, and then once more.
    assert longest_over_s(world, 120) <= 13
    assert world.car.power_w > 3000
    assert world.view.day.starts == 1


@pytest.mark.parametrize("house_w", [2700.0, 2740.0, 2750.0])
def test_minimum_near_the_limit(house_w: float) -> None:
    """A house that just leaves the least, or just doesn't, starts no car each minute."""
    charger = replace(CHARGER, mode=Mode.MINIMUM, phases=(1,))
    world = World(-house_w, charger, max_import_w=4000)
    late_meter(world, 2)
    world.sun_w = lambda second: -house_w - 60 * (second * 7919 % 13 / 6 - 1)
    longest_over_s(world, 1800)
    assert 1 <= world.view.day.starts <= 6


@pytest.mark.parametrize("says_power", [True, False])
def test_a_pump_whose_power_is_late(*, says_power: bool) -> None:
    """It's turned on once, and off when the house needs what it takes."""
    pump = Switch("pump", 2000.0, mode=Mode.FAST, min_pause_s=60.0)
    world = World(-HOUSE_W, pump, max_import_w=4000)
    world.plants["pump"] = Late(pump, late_s=8, tells=False, says_power=says_power)
    assert longest_over_s(world, 600) == 0
    assert world.decision.loads["pump"].day.starts == 1
    assert world.plants["pump"].power_w > 0
    world.sun_w = -2500
    assert longest_over_s(world, 60) <= 5
    assert world.plants["pump"].power_w == 0


def test_a_pump_that_takes_more() -> None:
    """What counts is what the house takes, and not what is known of the pump."""
    pump = Switch("pump", 1000.0, mode=Mode.FAST)
    world = World(-HOUSE_W, pump, max_import_w=4000)
    world.run(700)
    world.plants["pump"].load = replace(pump, power_w=2500.0)
    world.run(120)
    assert world.plants["pump"].power_w > 0
    world.sun_w = -2000
    assert longest_over_s(world, 120) <= 5


def test_phases_rise_seldom() -> None:
    """A hob goes on and off: the current follows it, the contactor doesn't."""
    world = World(
        lambda second: -500 - (2200 if second % 150 < 60 else 0),
        FAST,
        max_import_w=5000,
    )
    assert longest_over_s(world, 1800) <= 5
    assert world.view.day.switches <= 1
    assert world.view.day.starts == 1
    assert world.car.session_wh > 1300


def test_phases_rise_again() -> None:
    """When there has been room for a while it's used."""
    world = World(-500, FAST, max_import_w=5000)
    world.run(120)
    assert world.car.phases == 3
    world.sun_w = -3000
    world.run(60)
    assert world.car.phases == 1
    world.sun_w = -500
    world.run(200)
    assert (world.car.phases, world.car.amps) == (1, 16)
    world.run(200)
    assert world.car.phases == 3
    assert world.view.day.switches == 2


def test_no_limit_no_patience() -> None:
    """Who asks for all gets it at once."""
    world = World(2500)
    world.run(300)
    assert world.car.phases == 1
    world.set(mode=Mode.FAST)
    world.run(40)
    assert (world.car.phases, world.car.amps) == (3, 16)


@dataclass
class Own(Plant):
    """A charger that follows what it's fed, and holds its least for five minutes."""

    is_forced: bool = False
    fed_at_s: int = 0
    low_at_s: int | None = None

    def feed(self, now_s: int, grid_w: float) -> None:
        """Follow."""
        self.fed_at_s, self.is_forced = now_s, False
        amps = (self.power_w - grid_w) // 690
        if amps >= 6:
            self.low_at_s = None
            self.coming = [(now_s + 1, min(amps, 16.0), 3)]
        elif self.amps and (self.low_at_s is None or now_s - self.low_at_s < 300):
            self.low_at_s = self.low_at_s or now_s
            self.coming = [(now_s + 1, 6.0, 3)]
        else:
            self.low_at_s = None
            self.coming = [(now_s + 1, 0.0, 3)]

    @override
    def tell(self, now_s: int, amps: float, phases: int) -> None:
        self.is_forced = True
        super().tell(now_s, amps, phases)

    @override
    def step(self, now_s: int) -> float:
        if not self.is_forced and now_s - self.fed_at_s > 10:
            self.coming = [(now_s, 0.0, 3)]
        return super().step(now_s)

    @override
    def report(self, now_s: int) -> Report | None:
        found: Any = super().report(now_s)
        # While its own logic offers nothing that's unknown.
        rests = not self.is_forced and not self.amps
        return replace(found, set_a=None) if rests else found  # type: ignore[no-any-return]


class FedWorld(World):
    """A house whose charger follows by itself."""

    def __init__(self, *args: Any, **house: Any) -> None:
        """Build it."""
        super().__init__(*args, FED, **house)
        self.own = self.plants["car"] = Own(FED, phases=3)

    @override
    def _obey(self, command: Command) -> None:
        if isinstance(command, Feed):
            self.own.feed(self.now_s, command.grid_w)
        else:
            super()._obey(command)

    def turns(self) -> int:
        """Return how often it went from being fed to being told, or back."""
        kinds = [isinstance(command, Feed) for _, command in self.said]
        return sum(one != other for one, other in pairwise(kinds))


def test_a_fed_one_that_holds() -> None:
    """It would hold its least for minutes; the house can't have that."""
    world = FedWorld(9000, max_import_w=5000)
    world.run(300)
    assert world.car.power_w > 8000
    assert world.view.reason is Reason.FEEDING
    world.sun_w = -6000
    assert longest_over_s(world, 600) <= 20
    assert world.car.power_w == 0
    assert world.turns() == 1
    assert SetCharger("car", 0.0, 3) in [command for _, command in world.said]
    # As long as there's no room nobody but us decides.
    world.run(1200)
    assert world.turns() == 1
    world.sun_w = -500
    world.run(600)
    assert isinstance(world.said[-1][1], Feed)
    world.sun_w = 9000
    world.run(300)
    assert world.car.power_w > 8000
    assert world.turns() == 2


def test_a_fed_one_may_have_what_there_is() -> None:
    """With room for its least it has that, as long as it would be bridged."""
    world = FedWorld(9000, max_import_w=3000)
    world.run(300)
    world.sun_w = -1500
    assert longest_over_s(world, 60) <= 20
    assert world.car.phases == 1
    assert world.car.amps == 6
    assert world.turns() == 1


def test_a_fed_one_within_the_limit() -> None:
    """A cloud, a kettle or a car that goes down by itself is no reason to take over."""
    world = FedWorld(
        lambda second: 9000 if second % 400 < 200 else 500, max_import_w=5000
    )
    world.run(3600)
    assert world.turns() == 0
    world.sun_w = lambda second: 9000 if second % 60 < 54 else -9000
    world.run(600)
    assert world.turns() == 0


def test_no_hunting_between_two() -> None:
    """Under clouds it's taken over once, and follows the sun all the same."""
    world = FedWorld(
        lambda second: 9000 if second % 240 < 120 else -6000, max_import_w=5000
    )
    world.run(7200)
    assert world.turns() <= 1
    assert world.car.session_wh > 3000


def test_a_fed_one_is_fast() -> None:
    """What it did by itself it's told to go on with, for it isn't fed any more."""
    world = FedWorld(30_000)
    world.run(120)
    assert world.car.amps == 16
    world.set(mode=Mode.FAST)
    world.run(120)
    assert world.car.power_w > 10_000


def test_offline_counts_nothing() -> None:
    """What a charger took before it was offline isn't what it takes now."""
    world = World(8800, Charger("car"), Charger("second", priority=1))
    world.plants["second"].is_plugged = False
    world.run(600)
    before = world.view.day
    assert before.sun_wh > 500
    world.car.is_online, world.car.takes = False, False
    world.run(3600)
    assert world.view.day == before
    assert world.decision.surplus_w == pytest.approx(8800, abs=50)
    assert world.decision.loads["second"].available_w == pytest.approx(8800, abs=50)
    world.car.is_online = world.car.takes = True
    world.run(600)
    assert world.view.day.sun_wh > before.sun_wh + 500


def test_offline_pump_counts_nothing() -> None:
    """Neither does a load that is on or off."""
    pump = Switch("pump", 1000.0)
    world = World(1500, pump)
    world.run(900)
    before = world.decision.loads["pump"].day
    world.plants["pump"].is_online = False
    world.run(3600)
    assert world.decision.loads["pump"].day == before
    assert before.sun_wh > 0


@pytest.mark.parametrize("is_first", [True, False])
def test_beside_one_without_a_car(is_first: bool) -> None:
    """What a charger has been told is nobody's while nobody is there to take it."""
    idle, car = Charger("idle"), replace(FAST, load_id="car")
    loads = (idle, car) if is_first else (car, idle)
    world = World(-HOUSE_W, *loads, max_import_w=8000)
    plant = world.plants["idle"]
    plant.is_plugged, plant.amps, plant.phases = False, 16, 3
    assert longest_over_s(world, 400) == 0
    assert world.view.day.starts == 1
    assert world.car.session_wh > 650


@pytest.mark.parametrize(
    ("phases", "uses", "most_a", "oven"),
    [((3,), 1, 32.0, 6500), ((1, 3), 3, 2.5, 6000), ((1, 3), 3, 7.0, 3500)],
)
def test_a_car_that_takes_less(
    phases: tuple[int, ...], uses: int, most_a: float, oven: float
) -> None:
    """An oven isn't taken for what the car could take and doesn't."""
    world = World(-HOUSE_W, replace(FAST, phases=phases), max_import_w=8000)
    world.car.uses, world.car.most_a = uses, most_a
    world.run(150)
    assert world.car.power_w > 1500
    world.sun_w = -HOUSE_W - oven
    assert longest_over_s(world, 120) <= 5


def test_its_own_logic_has_other_phases() -> None:
    """A fed one is commanded within what it may be offered, and that by settings."""
    world = World(-3000, replace(FED, phases=(1,)), max_import_w=5000)
    world.car.amps, world.car.phases = 16, 3
    assert longest_over_s(world, 60) <= 20
    assert world.car.phases == 1 or not world.car.amps
