"""What holds whatever happens."""

from itertools import pairwise
import math
from typing import Any

from hypothesis import example, given, settings, strategies as st

from custom_components.sunbridge.surplus import (
    BatteryRule,
    BatterySample,
    Charger,
    ChargerReport,
    Controller,
    Decision,
    Eagerness,
    Feed,
    House,
    Inputs,
    Mode,
    Reason,
    Sample,
    SetCharger,
    SetSwitch,
    Switch,
    SwitchReport,
)

from .world import World

NUMBERS = st.one_of(
    st.floats(),
    st.floats(-20_000, 20_000),
    st.integers(-(10**30), 10**30),
    st.sampled_from([0.0, 6.0, 16.0, math.nan, math.inf, -math.inf]),
)
MAYBE = st.one_of(st.none(), NUMBERS)
SPANS = st.one_of(st.sampled_from([5.0, 12.0, 20.0]), NUMBERS)
# Ages: fresh ones mostly, ancient ones, and those of a time to come.
AGES = st.one_of(st.floats(0, 5), st.floats(), st.sampled_from([1e12, -1e12, -60.0]))
CHARGERS = st.builds(
    Charger,
    st.just("car"),
    mode=st.sampled_from(Mode),
    eagerness=st.sampled_from(Eagerness),
    min_a=st.one_of(st.sampled_from([6.0, 8.0, 1.0]), NUMBERS),
    max_a=st.one_of(st.sampled_from([16.0, 10.0, 32.0]), NUMBERS),
    step_a=st.one_of(st.sampled_from([1.0, 0.1]), NUMBERS),
    phases=st.sampled_from([(1, 3), (1,), (3,), (), (7, 1)]),
    target_wh=MAYBE,
    finish_at_s=MAYBE,
    spacing_s=SPANS,
    reply_s=SPANS,
    delay_s=SPANS,
    switch_pause_s=SPANS,
    manual_s=SPANS,
    refresh_s=st.one_of(st.sampled_from([None, 30.0]), NUMBERS),
    feed_every_s=st.one_of(st.none(), st.none(), NUMBERS),
)
SWITCHES = st.builds(
    Switch,
    st.just("pump"),
    power_w=NUMBERS,
    mode=st.sampled_from(Mode),
    priority=st.sampled_from([-1, 1]),
    min_run_s=st.one_of(st.sampled_from([0.0, 60.0]), NUMBERS),
    min_pause_s=st.one_of(st.sampled_from([0.0, 60.0]), NUMBERS),
    spacing_s=SPANS,
    reply_s=SPANS,
)
HOUSES = st.builds(
    House,
    st.tuples(CHARGERS, SWITCHES),
    margin_w=NUMBERS,
    max_import_w=MAYBE,
    battery_rule=st.sampled_from(BatteryRule),
    band_percent=st.tuples(NUMBERS, NUMBERS),
)


@st.composite
def moments(draw: st.DrawFn) -> dict[str, Any]:
    """Return what is reported at a time, whether or not that makes sense."""
    reports: dict[str, Any] = {}
    if draw(st.integers(0, 9)):
        reports["car"] = {
            "age_s": draw(AGES),
            "power_w": draw(MAYBE),
            "current_a": draw(MAYBE),
            "set_a": draw(MAYBE),
            "phases": draw(st.sampled_from([None, 0, 1, 2, 3, -5])),
            "is_plugged": draw(st.sampled_from([None, True, True, False])),
            "session_wh": draw(MAYBE),
            "blocked_until_s": draw(MAYBE),
        }
    if draw(st.integers(0, 9)):
        reports["pump"] = {
            "age_s": draw(AGES),
            "is_on": draw(st.sampled_from([None, True, False])),
            "power_w": draw(MAYBE),
        }
    return {
        "step_s": draw(st.one_of(st.floats(0, 30), NUMBERS)),
        "grid": draw(st.one_of(st.none(), st.tuples(MAYBE, AGES))),
        "battery": draw(st.one_of(st.none(), st.tuples(MAYBE, MAYBE, AGES))),
        "reports": reports,
    }


def inputs_of(moment: dict[str, Any], now_s: float, house: House) -> Inputs:
    """Return a moment as the controller is told it."""
    reports: dict[str, Any] = {}
    for name, kind in (("car", ChargerReport), ("pump", SwitchReport)):
        if name in moment["reports"]:
            fields = dict(moment["reports"][name])
            reports[name] = kind(now_s - fields.pop("age_s"), **fields)
    grid, battery = moment["grid"], moment["battery"]
    return Inputs(
        now_s,
        house,
        Sample(grid[0], now_s - grid[1]) if grid else None,
        reports,
        BatterySample(battery[0], battery[1], now_s - battery[2]) if battery else None,
    )


def sunny(step_s: float) -> dict[str, Any]:
    """Return a moment in which a car would charge if its settings let it."""
    return {
        "step_s": step_s,
        "grid": (-9000.0, 0.0),
        "battery": None,
        "reports": {"car": {"age_s": 0.0, "power_w": 0.0, "set_a": 0.0, "phases": 1}},
    }


def houses(**limits: Any) -> House:
    """Return a house with a charger's settings."""
    return House((Charger("car", **limits), Switch("pump", math.nan)))


@given(HOUSES, st.lists(moments(), max_size=25))
@example(houses(max_a=-math.inf), [sunny(10.0)] * 20)
@example(houses(min_a=-math.inf), [sunny(10.0)] * 20)
@example(houses(max_a=10**400, min_a=-(10**400)), [sunny(10.0)] * 20)
@example(houses(step_a=-math.inf), [sunny(10.0)] * 20)
@example(houses(spacing_s=math.nan, reply_s=math.nan), [sunny(1.0)] * 80)
@settings(max_examples=150, deadline=None)
def test_anything(house: House, told: list[dict[str, Any]]) -> None:
    """No input raises anything, and none leads to a command that isn't allowed.

    The same inputs to another controller lead to the same.
    """
    one, other = Controller(), Controller()
    car = house.loads[0]
    assert isinstance(car, Charger)
    # What can't be a spacing is the usual one.
    spacing_s = car.spacing_s if 0 <= car.spacing_s <= 604_800 else 5.0
    now_s = last_s = 1000.0
    sent_s = -math.inf
    for moment in told:
        now_s = now_s + moment["step_s"]
        if math.isfinite(now_s):
            last_s = max(now_s, last_s)
        else:
            now_s = last_s
        inputs = inputs_of(moment, now_s, house)
        decision = one.decide(inputs)
        assert decision == other.decide(inputs)
        assert isinstance(decision, Decision)
        assert math.isfinite(decision.next_s)
        for command in decision.commands:
            if isinstance(command, SetCharger):
                assert command.amps == 0 or (
                    max(6.0, car.min_a) <= command.amps <= car.max_a
                )
                assert command.phases in {1, 2, 3}
                assert command.amps == 0 or command.phases in car.phases
                assert now_s - sent_s >= max(spacing_s, 1.0)
                sent_s = now_s
            elif isinstance(command, Feed):
                assert math.isfinite(command.grid_w)
            else:
                assert isinstance(command, SetSwitch)
        one.as_dict(now_s)


SUNS = st.lists(
    st.tuples(st.integers(5, 100), st.floats(-2000, 14_000)), min_size=1, max_size=8
)


def sun_of(pieces: list[tuple[int, float]]) -> list[float]:
    """Return a sun by its seconds."""
    return [watts for length_s, watts in pieces for _ in range(length_s)]


@given(SUNS, st.sampled_from([1.0, 0.1]), st.sampled_from(Mode))
@settings(max_examples=20, deadline=None)
def test_currents_and_spacing(
    pieces: list[tuple[int, float]], step_a: float, mode: Mode
) -> None:
    """In any weather there's never a current of 1 to 5 A, nor a command too soon."""
    suns = sun_of(pieces)
    world = World(lambda second: suns[second], Charger("car", mode, step_a=step_a))
    world.run(len(suns))
    times = [second for second, _ in world.said]
    assert all(b - a >= 5 for a, b in pairwise(times))
    for _, command in world.said:
        assert isinstance(command, SetCharger)
        assert command.amps == 0 or 6 <= command.amps <= 16
        steps = command.amps / step_a
        assert abs(steps - round(steps)) < 1e-6


LIMITS = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(Mode),
        "min_a": st.sampled_from([6.0, 8.0]),
        "max_a": st.sampled_from([8.0, 10.0, 16.0]),
        "phases": st.sampled_from([(1, 3), (1,), (3,)]),
        "refresh_s": st.sampled_from([None, 20.0]),
    }
)


@given(
    st.lists(
        st.tuples(st.integers(5, 90), st.floats(-2000, 14_000), st.booleans(), LIMITS),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([0.0, 3.0, 10.0, 32.0]),
    st.sampled_from([1, 2, 3]),
)
@example(
    [
        (60, 9000.0, True, {"max_a": 16.0, "refresh_s": 20.0}),
        (55, 9000.0, False, {"max_a": 10.0, "phases": (1,)}),
    ],
    10.0,
    3,
)
@settings(max_examples=40, deadline=None)
def test_new_limits_hold_at_once(
    pieces: list[tuple[int, float, bool, dict[str, Any]]], amps: float, phases: int
) -> None:
    """Whatever was charged before, and with a meter or without."""
    world = World(0)
    world.car.amps, world.car.phases = amps, phases
    for seconds, sun_w, has_meter, limits in pieces:
        world.sun_w = sun_w
        world.meter = None if has_meter else lambda grid_w: None
        world.set(**limits)
        charger = world.house.loads[0]
        assert isinstance(charger, Charger)
        for command in world.run(seconds):
            assert isinstance(command, SetCharger)
            assert command.amps == 0 or (
                charger.min_a <= command.amps <= charger.max_a
                and command.phases in charger.phases
            )
        if world.view.reason not in {Reason.MANUAL, Reason.NOT_SEEN}:
            assert world.view.amps <= charger.max_a


@given(SUNS)
@settings(max_examples=20, deadline=None)
def test_changes_keep_their_distance(pieces: list[tuple[int, float]]) -> None:
    """Starts and switches don't flap, whatever the sun does; a stop is always safe."""
    suns = sun_of(pieces)
    world = World(lambda second: suns[second])
    changed, before = -60, 0
    for second in range(len(suns)):
        world.step()
        if world.view.phases != before:
            before = world.view.phases
            assert not before or second - changed >= 60
            changed = second


@given(
    st.floats(0, 14_000),
    st.sampled_from([("margin_w", -1.0), ("max_a", 1.0), ("min_a", 1.0)]),
    st.floats(0, 3000),
    st.floats(0, 3000),
)
@settings(max_examples=20, deadline=None)
def test_settings_go_one_way(
    sun_w: float, setting: tuple[str, float], one: float, other: float
) -> None:
    """More margin never takes more, a higher limit never less."""
    name, sign = setting
    low, high = sorted((one, other))

    def taken_w(value: float) -> float:
        if name == "margin_w":
            world = World(sun_w, Charger("car", phases=(3,)), margin_w=value)
        else:
            amps = 6 + round(value / 300)
            world = World(sun_w, Charger("car", phases=(3,)))
            limits: dict[str, Any] = {name: float(amps)}
            world.set("car", **limits)
        world.run(150)
        # What it settles at; at the least it may be on the way to a pause.
        return world.view.amps if world.view.amps > 6 or name != "min_a" else 0.0

    if name == "min_a":
        # While there's enough for the higher one.
        sun_w = 12_000.0
    assert sign * taken_w(low) <= sign * taken_w(high)
