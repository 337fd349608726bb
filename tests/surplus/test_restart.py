"""What outlives a restart, and what a day's counters count."""

import json
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.sunbridge.surplus import (
    Charger,
    Controller,
    Decision,
    LoadDay,
    Sample,
    SetSwitch,
)

from .world import CHARGER, PUMP, START_S, World, charging


def clouds(second: int) -> float:
    """Return a sun that calls for all that a controller does."""
    return 1000.0 + 40.0 * (second * 7919 // 300 % 200)


@given(st.integers(0, 1000))
@settings(max_examples=12, deadline=None)
def test_a_restart_in_between_changes_nothing(at_s: int) -> None:
    """The same is decided as without, also for what is under way."""
    loads = (CHARGER, PUMP, Charger("third", priority=3))
    world, other = World(clouds, *loads), World(clouds, *loads)
    world.run(at_s)
    other.run(at_s)
    kept = json.loads(json.dumps(other.controller.as_dict(other.now_s)))
    # Another start of the machine, another clock: only what is told is the same.
    other.controller = Controller.from_dict(kept, other.now_s, 0)
    for _ in range(300):
        assert world.step() == other.step()


def test_another_clock() -> None:
    """Times are kept as ages: what the clock shows afterwards doesn't matter."""
    world = charging()
    kept = world.controller.as_dict(world.now_s)
    again = Controller.from_dict(kept, 17.0, 0)
    assert again.as_dict(17.0) == kept


@pytest.mark.parametrize("away_s", [10, 90, 900])
def test_a_charge_goes_on(away_s: int) -> None:
    """No start and no stop because of a restart, and the counters go on."""
    world = charging(seconds=600)
    before = world.view.day
    world.restart(away_s)
    commands = world.run(300)
    assert commands == []
    after = world.view.day
    assert after.starts == before.starts == 1
    assert after.sun_wh > before.sun_wh


def test_nothing_is_said_before_anything_is_seen() -> None:
    """After a while away it's as at the first start."""
    world = charging(seconds=600)
    world.restart(90)
    world.meter = lambda grid_w: None
    world.sun_w = 0
    assert world.run(100) == []


def test_a_restart_is_no_habit_of_the_meter() -> None:
    """A meter that falls silent soon afterwards isn't believed for longer than usual."""
    world = charging(seconds=600)
    world.restart(150)
    world.run(3)
    last = Sample(world.grid_w, world.now_s)
    world.meter = lambda grid_w: last
    world.run(120)
    assert world.car.amps == 0


def test_manual_stays() -> None:
    """Who took a load by hand still has it after a restart."""
    world = charging()
    world.car.amps = 7
    world.run(10)
    world.restart(90)
    assert world.run(300) == []
    assert world.car.amps == 7


def test_locks_stay() -> None:
    """A pump that has just been started isn't stopped by a restart."""
    world = World(1500, PUMP)
    while SetSwitch("pump", is_on=True) not in world.run(1):
        assert world.second < 1000
    world.run(60)
    world.sun_w = 0
    world.restart(60)
    assert world.run(170) == []
    assert SetSwitch("pump", is_on=False) in world.run(60)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats()
    | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["version", "house", "loads", "car", "follower", "toggle"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(_JSON, st.one_of(st.none(), st.floats(), st.just(5)))
@settings(deadline=None)
def test_garbage_is_no_memory(kept: Any, away_s: float | None) -> None:
    """Whatever the file holds, it's gone on with what can be used."""
    world = World(8800, controller=Controller.from_dict(kept, START_S, away_s))
    world.run(3)
    assert isinstance(world.decision, Decision)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_broken_memory(data: st.DataObject) -> None:
    """With any part of it replaced by anything commands are still allowed ones."""
    world = World(clouds)
    world.run(200)
    kept: Any = json.loads(json.dumps(world.controller.as_dict(world.now_s)))
    part = kept
    while isinstance(part, (dict, list)) and part:
        keys = sorted(part) if isinstance(part, dict) else list(range(len(part)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(part[key], (dict, list)) or data.draw(st.booleans()):
            part[key] = data.draw(_JSON)
            break
        part = part[key]
    world.controller = Controller.from_dict(kept, world.now_s, 0)
    for _ in range(120):
        world.step()
        assert world.car.amps == 0 or 6 <= world.car.amps <= 16
        assert world.car.phases in {1, 3}


def test_counters() -> None:
    """They add up to what flew, and begin anew with the day."""
    world = World(lambda second: 8800 if second < 600 else 0)
    taken_wh = 0.0
    for _ in range(900):
        world.step()
        taken_wh += world.car.power_w / 3600
    day = world.view.day
    assert day.sun_wh + day.import_wh == pytest.approx(taken_wh, rel=0.02)
    assert 0 < day.import_wh < 0.1 * taken_wh
    assert day.starts == 1
    world.day = 2
    world.step()
    assert world.view.day == LoadDay()


def test_missed() -> None:
    """What a plugged car could have taken is missed; without a car nothing is."""
    world = World(3000)
    world.car.obeys = False
    world.run(100)
    assert world.view.day.missed_wh == pytest.approx(3000 * 100 / 3600, rel=0.02)
    world.car.is_plugged = False
    world.run(100)
    assert world.view.day.missed_wh == pytest.approx(3000 * 100 / 3600, rel=0.02)
