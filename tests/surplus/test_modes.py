"""What a user wants is what a load does: modes, limits, targets, times."""

from dataclasses import replace

import pytest

from custom_components.sunbridge.surplus import (
    Charger,
    Eagerness,
    Feed,
    Mode,
    Reason,
    SetCharger,
)

from .world import CHARGER, PUMP, World, charging


@pytest.mark.parametrize(
    ("mode", "sun_w", "amps", "phases", "reason"),
    [
        (Mode.OFF, 8800, 0, 3, Reason.OFF),
        (Mode.SURPLUS, 8800, 13, 3, Reason.FOLLOWING),
        (Mode.SURPLUS, 2500, 11, 1, Reason.FOLLOWING),
        (Mode.SURPLUS, 0, 0, 1, Reason.NO_SURPLUS),
        (Mode.SURPLUS, 30_000, 16, 3, Reason.AT_MAXIMUM),
        (Mode.MINIMUM, 8800, 13, 3, Reason.FOLLOWING),
        (Mode.MINIMUM, 0, 6, 1, Reason.BRIDGING),
        (Mode.FAST, 0, 16, 3, Reason.FAST),
    ],
)
def test_mode(mode: Mode, sun_w: float, amps: int, phases: int, reason: Reason) -> None:
    """A load does what its mode says, and tells so."""
    world = World(sun_w, Charger("car", mode))
    world.car.amps, world.car.phases = 8, 3
    world.run(600)
    assert world.car.amps == amps
    if amps:
        assert world.car.phases == phases
    assert world.view.reason is reason


@pytest.mark.parametrize(
    ("settings", "amps"),
    [
        ({"max_a": 10.0}, 10.0),
        ({"max_a": 10.9}, 10.0),
        ({"min_a": 3.0}, 13.0),
        ({"step_a": 0.1}, 13.25),
        ({"phases": (1,)}, 16.0),
        ({"max_a": 5.0}, 0.0),
        ({"min_a": 20.0}, 0.0),
        ({"max_a": float("nan")}, 0.0),
        ({"min_a": float("nan")}, 0.0),
        ({"step_a": 0.0}, 13.0),
        ({"phases": ()}, 0.0),
    ],
)
def test_limits(settings: dict[str, float], amps: float) -> None:
    """Limits hold; settings that leave nothing that's allowed leave a pause."""
    world = World(8800, replace(CHARGER, **settings))  # type: ignore[arg-type]
    world.run(300)
    assert world.car.amps == pytest.approx(amps, abs=0.11)


def test_it_starts_with_what_fits() -> None:
    """The first current and phases are those of the surplus, not the least."""
    world = World(8800)
    assert world.run(60)[0] in {
        SetCharger("car", 13.0, 3),
        SetCharger("car", 14.0, 3),
    }


def test_a_bad_sample_stops_nothing() -> None:
    """A wild value for a second costs a moment, and neither a stop nor a switch."""
    world = World(lambda second: -20_000 if second % 60 == 0 and second else 8800)
    world.run(1800)
    assert world.view.day.starts == 1
    assert world.view.day.switches == 0


def test_a_deep_hole_ends_a_charge_sooner() -> None:
    """A shallow one is bridged for longer."""

    def ends_s(sun_w: float) -> int:
        world = charging(3000, 300)
        world.sun_w = sun_w
        for second in range(3600):
            world.step()
            if world.car.amps == 0:
                return second
        return 3600

    times = [ends_s(sun_w) for sun_w in (0, 400, 600, 1200)]
    assert times[0] < times[1] < times[2] < times[3] == 3600


def test_phases_follow_the_sun() -> None:
    """One phase for little, three for much, and few switches."""
    world = World(lambda second: 2000 if second % 2400 < 1200 else 8000)
    world.run(2400 * 3)
    assert 3 <= world.view.day.switches <= 6
    world.run(1150)
    assert world.car.phases == 1
    world.run(1200)
    assert world.car.phases == 3


def test_the_weather_is_learned() -> None:
    """Under clouds of a minute phases are left alone after a while."""
    world = World(lambda second: 2500 if second % 120 < 50 else 8000)
    world.run(3600)
    before = world.view.day.switches
    world.run(3600)
    assert world.view.day.switches - before <= 4


def test_cautious_and_eager() -> None:
    """Who is eager charges with less sun, and so with more of the grid."""

    def charges(eagerness: Eagerness, sun_w: float) -> bool:
        world = World(sun_w, Charger("car", eagerness=eagerness))
        world.run(1200)
        return world.car.amps > 0

    least_w = [
        next(sun_w for sun_w in range(500, 1500, 50) if charges(eagerness, sun_w))
        for eagerness in (Eagerness.EAGER, Eagerness.BALANCED, Eagerness.CAUTIOUS)
    ]
    assert least_w == sorted(set(least_w))


def test_margin() -> None:
    """What shall be exported at least is."""
    world = World(8800, margin_w=1500.0)
    world.run(300)
    assert -2300 < world.grid_w < -1100


@pytest.mark.parametrize("mode", [Mode.FAST, Mode.MINIMUM, Mode.SURPLUS])
@pytest.mark.parametrize("max_import_w", [500.0, 3000.0, 6000.0])
def test_import_limit(mode: Mode, max_import_w: float) -> None:
    """The house never imports more for long, whatever the mode."""
    world = World(
        lambda second: -2000.0 * (second // 300 % 2),
        Charger("car", mode),
        max_import_w=max_import_w,
    )
    over_s = 0
    for _ in range(3600):
        world.step()
        # What the house takes by itself isn't ours.
        over = world.car.power_w > 0 and world.grid_w > max_import_w + 20
        over_s = over_s + 1 if over else 0
        assert over_s <= 12
    assert max_import_w < 3000 or mode is Mode.SURPLUS or world.view.day.import_wh


def test_import_limit_without_a_meter() -> None:
    """A limit that nobody can watch leaves the least."""
    world = World(0, Charger("car", Mode.FAST), max_import_w=20_000.0)
    world.run(100)
    assert world.car.amps == 16
    world.meter = lambda grid_w: None
    world.run(120)
    assert (world.car.amps, world.car.phases) == (6, 1)


@pytest.mark.parametrize("counts", [True, False])
def test_target(counts: bool) -> None:
    """A session ends at its target; the next one begins anew."""
    world = World(8800, Charger("car", target_wh=500.0))
    world.car.counts = counts
    world.run(900)
    assert world.view.reason is Reason.TARGET_REACHED
    assert world.car.amps == 0
    assert world.car.session_wh == pytest.approx(500, abs=30)
    world.car.is_plugged = False
    world.run(5)
    world.car.is_plugged, world.car.session_wh = True, 0.0
    world.run(100)
    assert world.car.power_w > 0


def test_finish_by() -> None:
    """Without sun the target is reached in time, and begun as late as possible."""
    world = World(0, Charger("car", target_wh=5500.0))
    world.step()
    finish_at_s = world.now_s + 7200
    world.set(finish_at_s=finish_at_s)
    began_s = None
    while world.now_s < finish_at_s and world.view.reason is not Reason.TARGET_REACHED:
        world.step()
        if world.view.reason is Reason.PLAN and began_s is None:
            began_s = world.second
    # Half an hour at full power, and some time to spare.
    assert began_s is not None
    assert 7200 - 2200 < began_s < 7200 - 1850
    assert world.view.reason is Reason.TARGET_REACHED
    assert 0 < finish_at_s - world.now_s < 300


def test_finish_by_with_a_car_of_one_phase() -> None:
    """What the car was seen to use is reckoned with, also the next time."""
    world = World(0, Charger("car", target_wh=5500.0, mode=Mode.FAST))
    world.car.uses = 1
    world.run(300)
    for _ in range(2):
        world.car.is_plugged = False
        world.run(30)
        world.car.is_plugged, world.car.session_wh = True, 0.0
        world.set(mode=Mode.SURPLUS)
        world.step()
        finish_at_s = world.now_s + 4 * 3600.0
        world.set(finish_at_s=finish_at_s)
        world.run(4 * 3600)
        assert world.car.session_wh >= 5490


def test_finish_by_needs_no_grid_when_there_is_sun() -> None:
    """What the sun gives isn't taken from the grid."""
    world = World(8000, Charger("car", target_wh=5500.0))
    world.step()
    world.set(finish_at_s=world.now_s + 7200.0)
    world.run(7000)
    assert world.view.reason is Reason.TARGET_REACHED
    assert world.view.day.import_wh < 100


def test_finish_by_is_over() -> None:
    """A time that has passed, or that is none, promises nothing."""
    for finish_at_s in (1.0, float("nan"), float("-inf")):
        world = World(0, Charger("car", target_wh=5500.0, finish_at_s=finish_at_s))
        world.run(300)
        assert world.car.amps == 0


def test_finish_by_is_moved() -> None:
    """A later time takes the hurry away."""
    world = World(0, Charger("car", target_wh=5500.0))
    world.step()
    world.set(finish_at_s=world.now_s + 1800.0)
    world.run(60)
    assert world.view.reason is Reason.PLAN
    world.set(finish_at_s=world.now_s + 36_000.0)
    world.run(200)
    assert world.car.amps == 0


def test_feeding() -> None:
    """A charger that follows by itself is told the grid, often, and nothing else."""
    world = World(8800, Charger("car", feed_every_s=5.0))
    commands = world.run(300)
    assert len(commands) == 60
    assert all(isinstance(command, Feed) for command in commands)
    assert world.view.reason is Reason.FEEDING
    feed = commands[-1]
    assert isinstance(feed, Feed)
    assert feed.grid_w == pytest.approx(-8800, abs=20)
    # It's its own master: what it does isn't by hand.
    world.car.amps = 10
    assert len(world.run(60)) == 12
    # Silence is how it learns that the meter is lost.
    world.meter = lambda grid_w: None
    assert world.run(60) == []
    world.meter = None
    world.set(mode=Mode.OFF)
    assert SetCharger("car", 0.0, 1) in world.run(10)


def test_feeding_ends_at_the_target() -> None:
    """One that follows by itself doesn't know the target; it's paused there."""
    world = World(8800, Charger("car", feed_every_s=5.0, target_wh=500.0))
    world.car.amps, world.car.phases = 10, 3
    world.run(400)
    assert world.view.reason is Reason.TARGET_REACHED
    assert world.car.amps == 0
    assert world.run(300) == []
    world.set(target_wh=1000.0)
    assert isinstance(world.run(10)[0], Feed)


def test_feeding_needs_a_current() -> None:
    """Limits that leave nothing hold for one that follows by itself, too."""
    world = World(8800, Charger("car", feed_every_s=5.0, max_a=5.0))
    world.car.amps, world.car.phases = 10, 3
    assert world.run(60) == [SetCharger("car", 0.0, 3)]


def test_a_car_with_one_phase() -> None:
    """Phases that a car doesn't use are worth nothing."""
    world = World(8800)
    world.car.uses = 1
    world.run(1200)
    assert world.car.amps == 16
    assert world.view.day.switches <= 1


def test_a_car_with_a_limit() -> None:
    """A car that takes less than it's offered is offered little more."""
    world = World(8800)
    world.car.most_a = 8.0
    world.run(300)
    assert world.car.amps == 10


def test_switch_modes() -> None:
    """A switch is on, off, or on with the sun, and keeps its times."""
    world = World(1500, PUMP)
    world.run(200)
    assert world.plants["pump"].amps == 0
    world.run(200)
    assert world.plants["pump"].amps == 1
    reasons = [world.decision.loads["pump"].reason]
    world.set("pump", mode=Mode.OFF)
    world.run(10)
    assert world.plants["pump"].amps == 1
    reasons.append(world.decision.loads["pump"].reason)
    world.run(250)
    assert world.plants["pump"].amps == 0
    world.set("pump", mode=Mode.FAST)
    world.run(10)
    reasons.append(world.decision.loads["pump"].reason)
    world.run(300)
    assert world.plants["pump"].amps == 1
    assert reasons == [Reason.FOLLOWING, Reason.MINIMUM_RUN, Reason.MINIMUM_PAUSE]
