"""The same table for what is only on or off (reference surplus 4.3)."""

from dataclasses import replace

import pytest

from custom_components.sunbridge.surplus import Issue, Reason, Sample, SetSwitch

from .world import PUMP, World


def pumping() -> World:
    """Return a world with a pump that runs on the sun, free to stop."""
    world = World(1500, PUMP)
    while not world.plants["pump"].power_w:
        world.step()
    world.run(400)
    return world


@pytest.mark.parametrize("kind", ["silent", "unavailable", "stuck"])
def test_meter_is_lost_for_a_pump(kind: str) -> None:
    """What is on or off is off, too, when nobody knows the grid."""
    world = pumping()
    last = Sample(world.grid_w, world.now_s)
    world.meter = lambda grid_w: {
        "silent": last,
        "unavailable": Sample(None, world.now_s),
        "stuck": replace(last, at_s=world.now_s),
    }[kind]
    found = []
    for seconds in (55, 50):
        world.run(seconds)
        found.append((world.decision.loads["pump"].reason, world.plants["pump"].amps))
    assert found == [(Reason.METER_HOLD, 1), (Reason.METER_LOST, 0)]


def test_pump_is_offline() -> None:
    """Nothing is queued for it; when it's back it's told the newest."""
    world = pumping()
    pump = world.plants["pump"]
    pump.is_online = False
    world.sun_w = 0
    assert world.run(300) == []
    assert world.decision.loads["pump"].reason is Reason.OFFLINE
    pump.is_online = True
    world.run(400)
    assert world.said[-1][1] == SetSwitch("pump", is_on=False)
    assert pump.amps == 0


def test_pump_doesnt_obey() -> None:
    """It's tried three times more, then it's an issue; it's said when it obeys."""
    world = pumping()
    pump = world.plants["pump"]
    pump.obeys = False
    world.sun_w = 0
    before = len(world.said)
    world.run(550)
    assert len(world.said) - before == 4
    assert world.decision.loads["pump"].reason is Reason.NOT_OBEYING
    assert world.decision.issues == {Issue.NOT_OBEYING}
    pump.obeys = True
    world.run(400)
    assert pump.amps == 0
    assert world.decision.issues == frozenset()


def test_pump_is_changed_by_hand() -> None:
    """Who turns it off by hand isn't contradicted, until it's told to go on."""
    world = pumping()
    pump = world.plants["pump"]
    pump.amps = 0
    assert world.run(3000) == []
    assert world.decision.loads["pump"].reason is Reason.MANUAL
    world.controller.resume("pump")
    world.run(700)
    assert pump.amps == 1


def test_pump_is_blocked() -> None:
    """What its vendor doesn't want now isn't said, and said later."""
    world = pumping()
    pump = world.plants["pump"]
    pump.blocked_until_s = world.now_s + 900
    world.sun_w = 0
    assert world.run(899) == []
    assert world.decision.loads["pump"].reason is Reason.BLOCKED
    assert world.run(30) == [SetSwitch("pump", is_on=False)]
