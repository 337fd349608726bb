"""In the simulated house: its rules kept, in sun and trouble, and ahead of the rival."""

from dataclasses import replace

import pytest

from benchmarks.surplus import ours
from benchmarks.surplus.cases import MAIN
from benchmarks.surplus.days import Day, fault_day, weather_day
from benchmarks.surplus.metrics import figures, troubles
from benchmarks.surplus.play import play
from benchmarks.surplus.rule_30s import Rule30s
from simulators.household import (
    EASEE,
    GOE,
    METER_FAULTS,
    NRGKICK,
    ChargerTraits,
    FaultKind,
    Sky,
)


def around_noon(sky: Sky, hours: float) -> Day:
    """Return some hours of a day that nobody tuned by."""
    day = weather_day(sky, 77)
    start_s, end_s = 4 * 3600, int((4 + hours) * 3600)
    return replace(day, pv_w=day.pv_w[start_s:end_s], load_w=day.load_w[start_s:end_s])


@pytest.mark.parametrize("charger", [GOE, EASEE, NRGKICK], ids=["1", "2", "3"])
def test_it_beats_the_rival(charger: ChargerTraits) -> None:
    """With each kind of charger it's worth more, and takes less from the grid."""
    assert ours.make is not None
    day, traits = around_noon(Sky.BROKEN, 3), replace(MAIN.traits, charger=charger)
    mine = figures(play(day, traits, ours.make), charger)
    rival = figures(play(day, traits, Rule30s), charger)
    assert mine.violations == 0
    assert mine.worth_wh(1) > rival.worth_wh(1)
    assert mine.beyond_wh < rival.beyond_wh


@pytest.mark.parametrize("kind", FaultKind)
def test_trouble(kind: FaultKind) -> None:
    """No trouble makes it break a rule, or go on in the dark."""
    assert ours.make is not None
    length_s = 600
    day = fault_day(around_noon(Sky.MIXED, 2), kind, length_s, 1)
    # What nobody would have told it now.
    day = replace(day, faults=tuple(replace(one, amps=15.0) for one in day.faults))
    record = play(day, MAIN.traits, ours.make)
    assert record.violations == 0
    (trouble,) = troubles(record, day.faults)
    if kind in METER_FAULTS:
        assert trouble.late_wh == 0
    elif kind is not FaultKind.UNPLUG:
        # Nobody answers, or somebody else has it in hand.
        assert trouble.orders <= 1
