"""Each row of the table of what goes wrong (reference surplus 4.3)."""

from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.sunbridge.surplus import (
    AtStop,
    BatteryRule,
    BatterySample,
    Charger,
    ChargerReport,
    Issue,
    Mode,
    Reason,
    Sample,
    SetCharger,
    SetSwitch,
)

from .world import CHARGER, PUMP, START_S, World, charging


def test_start_waits_for_the_meter() -> None:
    """Nothing is said before the meter and the charger were seen."""
    world = World(8800)
    world.meter = lambda grid_w: None
    assert world.run(60) == []
    assert world.view.reason is Reason.NOT_SEEN
    world.meter = None
    assert world.run(120)
    assert world.car.power_w > 0


def test_start_waits_for_the_charger() -> None:
    """A charger that isn't there yet is told nothing, and then starts as another."""
    world = World(8800)
    world.car.is_online = False
    assert world.run(200) == []
    assert world.view.reason is Reason.OFFLINE
    world.car.is_online = True
    assert world.run(60)


def test_start_without_a_meter_ends_a_charge() -> None:
    """After two minutes a charge that nobody can vouch for is ended."""
    world = World(8800)
    world.meter = lambda grid_w: None
    world.car.amps, world.car.phases = 10, 3
    assert world.run(119) == []
    world.run(60)
    assert world.car.amps == 0
    assert world.view.reason is Reason.METER_LOST


def test_start_takes_over_a_charge() -> None:
    """A charge that runs isn't stopped and started, it's followed."""
    world = World(8000)
    world.car.amps, world.car.phases = 8, 3
    commands = world.run(60)
    assert all(isinstance(one, SetCharger) and one.amps >= 6 for one in commands)
    assert world.decision.loads["car"].day.starts == 0
    assert world.car.amps == 12


@pytest.mark.parametrize("kind", ["silent", "unavailable", "stuck"])
@pytest.mark.parametrize("mode", [Mode.SURPLUS, Mode.MINIMUM, Mode.FAST])
def test_meter_is_lost(kind: str, mode: Mode) -> None:
    """It's held for a while without a rise, then it's the least, then a pause."""
    world = charging()
    world.set(mode=mode)
    world.run(60)
    before_a = world.car.amps
    last = Sample(world.grid_w, world.now_s)
    world.meter = lambda grid_w: {
        "silent": last,
        "unavailable": Sample(None, world.now_s),
        "stuck": replace(last, at_s=world.now_s),
    }[kind]
    world.run(25)
    # It would be too much, or more, if the meter were there.
    world.sun_w = 20_000
    world.run(30)
    assert world.car.amps == before_a
    if mode is not Mode.FAST:
        assert world.view.reason is Reason.METER_HOLD
    world.run(20)
    assert world.car.amps == {Mode.FAST: 16}.get(mode, 6)
    world.run(25)
    # A hundred seconds after its last word.
    assert world.car.amps == {Mode.FAST: 16, Mode.MINIMUM: 6}.get(mode, 0)
    assert world.decision.issues == frozenset()
    world.run(510)
    issue = Issue.METER_FROZEN if kind == "stuck" else Issue.METER_LOST
    assert world.decision.issues == {issue}
    assert world.car.amps == {Mode.FAST: 16, Mode.MINIMUM: 6}.get(mode, 0)
    world.meter = None
    world.run(60)
    assert world.car.amps == 16
    assert world.decision.issues == frozenset()


def test_meter_doesnt_see_the_car() -> None:
    """A meter that stays as it is when the car starts is frozen, and no sooner."""
    world = World(8800)
    world.step()
    # So that it would be believed for long if it weren't for the car.
    world.controller._house.meter.same_s = 90.0
    world.meter = lambda grid_w: Sample(-8800.0, world.now_s)
    while not world.car.power_w:
        world.step()
    world.run(8)
    before = world.view.reason
    world.run(5)
    assert [before, world.view.reason] == [Reason.STARTING, Reason.METER_HOLD]


def test_a_slow_meter_is_no_lost_one() -> None:
    """One that reports each minute is believed for longer."""
    world = World(8800)
    last: list[Sample] = []

    def slow(grid_w: float) -> Sample:
        if world.second % 60 == 0:
            last[:] = [Sample(grid_w, world.now_s)]
        return last[0]

    world.meter = slow
    world.run(60)
    for _ in range(900):
        world.step()
        assert world.view.reason not in {Reason.METER_HOLD, Reason.METER_LOST}
    assert world.car.amps >= 12


@pytest.mark.parametrize("soc", [None, 20.0, 95.0])
@pytest.mark.parametrize("rule", BatteryRule)
def test_battery_sensor_is_missing(rule: BatteryRule, soc: float | None) -> None:
    """What it does nobody knows, so that it has priority: no charge from it."""
    world = World(8800, battery_rule=rule)
    world.battery = BatterySample(None, soc, START_S)
    # It takes all there is, and gives all that is missing.
    world.meter = lambda grid_w: Sample(float(world.second % 7), world.now_s)
    world.car.amps, world.car.phases = 10, 3
    world.run(400)
    assert world.car.amps == 0


def test_battery_sensor_is_reported() -> None:
    """It's an issue when it stays away."""
    world = World(8800)
    world.battery = BatterySample(None, None, START_S)
    world.run(590)
    assert world.decision.issues == frozenset()
    world.run(30)
    assert world.decision.issues == {Issue.BATTERY_UNKNOWN}


def test_charger_is_offline() -> None:
    """Nothing is queued for it; when it's back it's read before it's written."""
    world = charging()
    world.car.is_online = False
    world.sun_w = 0
    assert world.run(180) == []
    assert world.view.reason is Reason.OFFLINE
    world.car.is_online = True
    commands = world.run(1)
    # It's told the newest, not what it has missed.
    assert commands == [SetCharger("car", 6.0, 3)]
    world.run(200)
    assert world.car.amps == 0


def test_an_old_report_is_no_report() -> None:
    """A charger that is silent for two minutes is offline."""
    world = charging()
    old = world.inputs().reports
    for _ in range(130):
        world.second += 1
        world.decision = world.controller.decide(replace(world.inputs(), reports=old))
    assert world.view.reason is Reason.OFFLINE


def test_command_is_not_confirmed() -> None:
    """It's tried three times more, ever later; then now and then, and it's an issue."""
    world = World(8800)
    world.car.obeys = False
    world.run(370)
    times = [second for second, _ in world.said]
    assert len(times) == 4
    waits = [after - before for before, after in pairwise(times)]
    assert waits == sorted(waits)
    assert waits[0] >= CHARGER.reply_s
    assert waits[2] >= 3 * waits[0]
    assert world.view.reason is Reason.NOT_OBEYING
    assert world.decision.issues == {Issue.NOT_OBEYING}
    world.car.obeys = True
    world.run(400)
    assert world.car.power_w > 0
    assert world.decision.issues == frozenset()


def test_one_that_doesnt_obey_isnt_written_to_forever() -> None:
    """Whatever the sun does meanwhile."""
    world = World(lambda second: 3000 + 700 * (second // 7 % 9))
    world.car.obeys = False
    world.run(600)
    before = len(world.said)
    world.run(3600)
    assert len(world.said) - before <= 13


def test_a_lost_command_is_sent_again() -> None:
    """Soon, and it's no issue."""
    world = charging()
    world.sun_w = 6000
    world.car.obeys = False
    while not world.run(1):
        pass
    world.car.obeys = True
    world.run(25)
    assert world.car.power_w < 6200
    assert world.decision.issues == frozenset()


def test_car_takes_nothing() -> None:
    """After a while its power isn't kept for it any more, and a lower load gets it."""
    world = World(
        4000, CHARGER, replace(PUMP, priority=1, power_w=2500.0, min_pause_s=0.0)
    )
    world.car.takes = False
    world.run(90)
    assert world.car.amps >= 6
    assert world.plants["pump"].amps == 0
    world.run(300)
    assert world.view.reason is Reason.NOT_TAKING
    assert world.plants["pump"].amps == 1


@pytest.mark.parametrize("by_other", [True, False])
def test_change_by_hand(by_other: bool) -> None:
    """What somebody else sets stays, until the car leaves."""
    world = charging()
    world.car.amps, world.car.by_other = 7, by_other
    world.run(10)
    world.car.by_other = False
    assert world.run(3600) == []
    assert world.view.reason is Reason.MANUAL
    assert world.car.amps == 7
    world.car.is_plugged = False
    assert world.run(60) == []
    assert world.view.amps == 0
    world.car.is_plugged = True
    world.run(60)
    assert world.car.amps in {13, 14}


@pytest.mark.parametrize("comes", ["car", "charger"])
@pytest.mark.parametrize("later_s", [1, 25])
def test_a_charger_begins_by_itself(comes: str, later_s: int) -> None:
    """Many do with a new car or after their own start: that's nobody's hand."""
    world = World(-500)
    away = "is_plugged" if comes == "car" else "is_online"
    setattr(world.car, away, False)
    world.run(60)
    setattr(world.car, away, True)
    world.run(later_s)
    world.car.amps, world.car.phases = 16, 3
    world.run(10)
    assert world.car.amps == 0
    assert world.view.reason is not Reason.MANUAL
    # Later, or by its own word, it is somebody.
    world.run(120)
    world.car.amps = 16
    world.run(10)
    assert world.decision.loads["car"].reason is Reason.MANUAL


def test_somebody_is_quick() -> None:
    """Who is known to have set it has set it, also just after the car came."""
    world = World(-500)
    world.car.is_plugged = False
    world.run(60)
    world.car.is_plugged = True
    world.run(5)
    world.car.amps, world.car.by_other = 16, True
    world.run(10)
    assert world.view.reason is Reason.MANUAL
    assert world.car.amps == 16


def test_a_setting_that_is_not_renewed_in_time() -> None:
    """It's tried more often then, and its end is nobody's hand."""
    world = charging()
    world.set(refresh_s=450.0)
    world.run(60)
    set_a = world.car.amps
    world.car.fails = True
    tries = world.run(800)
    assert 3 <= len(tries) <= 20
    # Its time is over, and it's as it was before.
    world.car.amps = 16
    world.run(60)
    assert world.view.reason is not Reason.MANUAL
    world.car.fails = False
    world.run(120)
    assert world.car.amps == set_a


def test_a_setting_that_a_block_outlives() -> None:
    """Its end is nobody's hand, and the charger isn't to blame for it."""
    world = charging()
    world.set(mode=Mode.MINIMUM, refresh_s=450.0)
    world.sun_w = 0
    world.run(300)
    assert world.car.amps == 6
    told_s = world.said[-1][0]
    world.car.blocked_until_s = float(world.now_s + 1400)
    while world.second < told_s + 900:
        world.step()
    world.car.amps, world.car.phases = 16, 3
    while world.now_s < world.car.blocked_until_s - 1:
        assert not world.step().commands
        assert world.view.reason is Reason.BLOCKED
        assert world.decision.issues == frozenset()
    world.run(10)
    assert world.car.amps == 6
    assert world.view.reason is not Reason.MANUAL


@pytest.mark.parametrize("sun_w", [-500, 8800])
def test_somebody_during_a_block(sun_w: float) -> None:
    """A pause doesn't end by itself, nor does a current before its time is over."""
    world = charging()
    world.set(refresh_s=450.0)
    world.sun_w = sun_w
    world.run(400)
    world.car.blocked_until_s = world.now_s + 2000.0
    world.run(100 if world.car.amps else 1000)
    world.car.amps, world.car.phases = 16, 3
    world.run(10)
    assert world.view.reason is Reason.MANUAL


def test_change_by_hand_ends() -> None:
    """After some hours, or when it's told to."""
    for resume in (False, True):
        world = charging()
        world.set(manual_s=1000)
        world.car.amps = 7
        assert world.run(900) == []
        if resume:
            world.controller.resume("car")
        world.run(60 if resume else 200)
        assert world.car.amps in {13, 14}


def test_a_change_before_its_confirmed_is_none_by_hand() -> None:
    """Late commands, lost ones and switches of phases aren't taken for somebody."""
    world = World(lambda second: 2000 + 6000 * (second // 240 % 2))
    world.car.dead_s = 11
    for _ in range(2400):
        world.step()
        assert world.view.reason is not Reason.MANUAL


def test_two_writers() -> None:
    """What changes again and again without us is an issue."""
    world = charging()
    for number in range(6):
        world.car.amps = 7 + number % 2
        world.run(30)
    assert world.decision.issues == {Issue.TWO_WRITERS}
    assert world.decision.two_writers == {"car"}
    world.run(700)
    assert world.decision.issues == world.decision.two_writers == frozenset()


def test_stop() -> None:
    """What becomes of the loads is their settings'; others' are left alone."""
    world = World(8800, CHARGER, replace(PUMP, priority=1))
    world.run(60)
    assert world.controller.stop(world.house) == ()
    world.set("car", at_stop=AtStop.PAUSE)
    world.set("pump", at_stop=AtStop.PAUSE)
    assert world.controller.stop(world.house) == (
        SetCharger("car", 0.0, 3),
        SetSwitch("pump", is_on=False),
    )
    world.car.amps = 7
    world.run(10)
    world.plants["pump"].is_online = False
    world.run(1)
    assert world.controller.stop(world.house) == ()


def test_dead_man() -> None:
    """A charger that falls back by itself is told again while it charges."""
    world = World(8800, replace(CHARGER, refresh_s=120))
    world.run(60)
    assert len(world.run(1200)) == 10
    world.sun_w = -500
    world.run(300)
    assert world.car.amps == 0
    assert world.run(1200) == []


def test_too_many_requests() -> None:
    """While the vendor wants nothing nothing is sent, and then only the newest."""
    world = charging()
    world.car.blocked_until_s = world.now_s + 300
    world.sun_w = 6000
    assert world.run(150) == []
    assert world.view.reason is Reason.BLOCKED
    world.sun_w = 7500
    assert world.run(149) == []
    commands = world.run(20)
    assert commands[0] == SetCharger("car", 11.0, 3)
    assert len(commands) <= 2


def test_a_block_without_an_end() -> None:
    """No time that a vendor tells is obeyed for ever."""
    world = charging()
    world.car.blocked_until_s = float("inf")
    world.sun_w = 6000
    assert world.run(60)


def test_clock() -> None:
    """A time that goes back, or that is none, says nothing and breaks nothing."""
    world = charging()
    inputs = world.inputs()
    for now_s in (world.now_s - 100.0, float("nan"), float("inf"), -1e300):
        decision = world.controller.decide(replace(inputs, now_s=now_s))
        assert decision.commands == ()
        assert decision.next_s > world.now_s
    world.run(10)
    assert world.view.reason is Reason.FOLLOWING


def test_a_jump_ahead_is_one_step() -> None:
    """After an hour asleep no hour is counted."""
    world = charging()
    before = world.view.day.sun_wh
    world.second += 3600
    world.step()
    assert world.view.day.sun_wh - before < 200


def test_unplugged() -> None:
    """Without a car nothing is said; a session begins with a pause."""
    world = charging()
    world.car.is_plugged = False
    assert world.run(600) == []
    assert world.view.reason is Reason.NO_CAR
    world.sun_w = 0
    world.car.is_plugged = True
    world.run(10)
    assert world.car.amps == 0


def test_unknown_setting() -> None:
    """A charger that doesn't say what it was told is told without looking."""
    world = World(8800, Charger("car"))
    report = world.car.report

    def blind(now_s: int) -> ChargerReport:
        found = report(now_s)
        assert isinstance(found, ChargerReport)
        return replace(found, set_a=None)

    world.car.report = blind  # type: ignore[method-assign]
    world.run(120)
    assert world.car.amps in {13, 14}
