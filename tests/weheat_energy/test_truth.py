"""The truth table: what outages of 3 minutes to 3 weeks do to totals and hours.

The truth is the simulator's, which is exact. The vendor's hours and counter have all
electricity of the outdoor unit; rows have only the compressor's. So hours of the vendor
are compared with all of it, and hours of rows with the compressor: like with like.
"""

import random

import pytest

from custom_components.sunbridge.vendors.weheat.energy import (
    SERIES,
    Kind,
    Ledger,
    Series,
    Source,
    amount,
    hour_energies,
)
from simulators.weheat import Energy

from .world import (
    DAY,
    HOUR,
    SUMMER,
    WINTER,
    World,
    hour_truth,
    meters,
    pump_at,
    samples,
)

OUTAGES = {
    "3 min": 180.0,
    "2 h": 2 * HOUR,
    "9 h": 9 * HOUR,
    "3 days": 3 * DAY,
    "3 weeks": 21 * DAY,
}
ELECTRIC: Series = (Kind.ELECTRICITY_IN, None)
HEAT: Series = (Kind.HEAT_OUT, None)
TOTAL_ERROR = 0.001
HOUR_ERROR = 0.01
# The vendor's hours have 3 decimals for each mode.
ROUNDING_KWH = 0.0031


def world_of(who: str, length_s: float, end_s: float = WINTER) -> tuple[World, float]:
    """Return a world with an outage that begins 26 h after the start, and its end."""
    # Not on the hour, and in the middle of whatever runs.
    begin_s = end_s + 26 * HOUR + 1234
    until_s = begin_s + length_s
    world = World(pump_at(end_s + 60 * DAY, days=120, cooling=end_s == SUMMER))
    if who in {"cloud", "both"}:
        world.refused.append((begin_s, until_s))
        world.lost.append((begin_s, until_s))
    if who in {"ha", "both"}:
        late_s = length_s if who == "both" else 0.0
        world.down.append((begin_s + late_s, until_s + late_s))
        until_s += late_s
    return world, until_s


def worst(
    measured: dict[int, float], truth: dict[int, float], slack_kwh: float
) -> float:
    """Return the largest error of hours of more than 0.1 kWh, as a share."""
    found = 0.0
    for start, kwh in truth.items():
        error = max(abs(measured[start] - kwh) - slack_kwh, 0.0)
        found = max(found, error / max(kwh, 0.1))
    return found


@pytest.mark.parametrize("who", ["ha", "cloud", "both"])
@pytest.mark.parametrize("outage", OUTAGES)
@pytest.mark.timeout(240)
def test_outages(who: str, outage: str) -> None:
    """Neither a hole nor a spike: totals and hours are the vendor's, each in its hour."""
    world, until_s = world_of(who, OUTAGES[outage])
    end_s = until_s + 8 * HOUR
    world.run(WINTER, end_s)
    pump, ledger = world.pump, world.ledger
    assert world.most_calls <= world.limit
    assert world.totals == sorted(world.totals)
    # Between two readings rows show the compressor's electricity alone: the total lags
    # by the rest of half an hour, and meets the truth at the reading.
    live = {series: ledger.total_kwh(*series) for series in SERIES}
    ledger.add_total(meters(pump.lifetime(end_s)), end_s)
    from_s, to_s = WINTER, end_s - end_s % HOUR - HOUR
    begin, end = pump.lifetime(WINTER), pump.lifetime(end_s)
    for series in SERIES:
        total = ledger.total_kwh(*series)
        assert total is not None
        exact = _amount(end, series)
        gained = exact - _amount(begin, series)
        truth = hour_truth(pump, series, from_s, to_s)
        grown = sum(truth.values())
        hours = world.statistics(series)
        assert truth.keys() == {at for at in hours if from_s <= at < to_s}
        lost = abs(sum(hours[at] for at in truth) - grown)
        if grown < 1:
            # Standby and the like: what 3 decimals leave of them.
            assert lost <= 0.0005 * len(truth)
            continue
        errors = (
            abs((live[series] or 0.0) - exact) / gained,
            abs(total - exact) / gained,
            lost / grown,
            worst(hours, truth, 0),
        )
        if series in (ELECTRIC, HEAT):
            print(  # noqa: T201
                f"{who:6} {outage:8} {series[0].value:16} live {errors[0]:7.3%} "
                f"total {errors[1]:7.3%} sum of hours {errors[2]:7.3%} "
                f"worst hour {errors[3]:7.3%}"
            )
            assert errors[0] <= 0.003
        # Of a mode that has just ended rows may have half an interval too much.
        spare = 0.0 if series[1] is None else 0.025
        assert abs(total - exact) <= max(TOTAL_ERROR * gained, spare)
        if series[1] is None and series[0] in {Kind.ELECTRICITY_IN, Kind.HEAT_OUT}:
            assert errors[2] <= TOTAL_ERROR
        assert lost <= max(TOTAL_ERROR * grown, 0.0005 * len(truth))
        assert worst(hours, truth, ROUNDING_KWH) <= HOUR_ERROR


@pytest.mark.parametrize("outage", ["3 min", "2 h", "9 h"])
@pytest.mark.parametrize("who", ["ha"])
@pytest.mark.timeout(240)
def test_rows_alone(who: str, outage: str) -> None:
    """Without the vendor's hours, rows fill the outage: the compressor's energy."""
    world, until_s = world_of(who, OUTAGES[outage])
    world.no_hours = True
    end_s = until_s + 4 * HOUR
    world.run(WINTER, end_s)
    assert not world.ledger.open_gaps
    from_s, to_s = WINTER, end_s - end_s % HOUR - HOUR
    for series in (ELECTRIC, HEAT):
        truth = hour_truth(world.pump, series, from_s, to_s, rows=True)
        booked = world.ledger.booked(from_s, to_s)
        assert {item.source for item in booked.values()} == {Source.ROWS}
        hours = hour_energies(booked, series)
        sum_error = abs(sum(hours.values()) / sum(truth.values()) - 1)
        hour_error = worst(hours, truth, 0)
        print(  # noqa: T201
            f"rows   {outage:8} {series[0].value:16} sum {sum_error:8.4%} "
            f"worst hour {hour_error:8.4%}"
        )
        assert sum_error <= TOTAL_ERROR
        assert hour_error <= HOUR_ERROR
        # The dashboard's are the same.
        written = world.statistics(series)
        assert all(abs(written[at] - hours[at]) < 1e-4 for at in truth)


def test_restarts_and_crashes() -> None:
    """Home Assistant stops and crashes all the time: nothing is lost, nothing twice.

    What was kept before a crash is some minutes old.
    """
    chance = random.Random(1)
    calm, wild = World(pump_at(WINTER + DAY)), World(pump_at(WINTER + DAY))
    calm.run(WINTER, WINTER + 8 * HOUR)
    begin_s = WINTER
    while begin_s < WINTER + 8 * HOUR:
        until_s = min(begin_s + chance.randrange(1, 20) * 30, WINTER + 8 * HOUR)
        wild.run(begin_s, until_s)
        wild.restart()
        if chance.random() < 0.5:
            # The next minutes are forgotten; what they asked counts nonetheless.
            kept = wild.ledger.as_dict()
            lost_s = min(until_s + chance.randrange(1, 8) * 30, WINTER + 8 * HOUR)
            wild.run(until_s + 30, lost_s)
            wild.ledger = Ledger.from_dict(kept)
            until_s = lost_s
        begin_s = until_s + 30
    for world in (calm, wild):
        rows = samples(world.pump, WINTER + 7 * HOUR, WINTER + 8 * HOUR)
        world.ledger.add_rows(rows, WINTER + 8 * HOUR)
        world.ledger.add_total(
            meters(world.pump.lifetime(WINTER + 8 * HOUR)), WINTER + 8 * HOUR
        )
    for series in SERIES:
        assert wild.ledger.total_kwh(*series) == pytest.approx(
            calm.ledger.total_kwh(*series), abs=0.025
        )
    one, two = (w.ledger.booked(WINTER - DAY, WINTER + DAY) for w in (calm, wild))
    assert one.keys() == two.keys()
    for start, booked in one.items():
        assert two[start].source is booked.source
        for meter, kwh in booked.kwh.items():
            assert two[start].kwh[meter] == pytest.approx(kwh, abs=1e-4)


def test_cooling_of_summer() -> None:
    """Cold is a total of its own and grows."""
    world, until_s = world_of("ha", 9 * HOUR, SUMMER)
    world.run(SUMMER, until_s + 60 * HOUR)
    series: Series = (Kind.COOLING_OUT, None)
    truth = hour_truth(world.pump, series, SUMMER, until_s + 58 * HOUR)
    hours = world.statistics(series)
    assert sum(truth.values()) > 1
    assert sum(hours[at] for at in truth) == pytest.approx(sum(truth.values()), 0.001)
    assert worst(hours, truth, ROUNDING_KWH) <= HOUR_ERROR


def _amount(energy: Energy, series: Series) -> float:
    return amount(meters(energy), series) or 0.0
