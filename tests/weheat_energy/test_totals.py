"""The books' totals: the counter's with the newest rows, and never less."""

import random

from hypothesis import given, strategies as st

from custom_components.sunbridge.vendors.weheat.energy import (
    SERIES,
    Flow,
    Kind,
    Ledger,
    Meter,
    Mode,
    Sample,
    series_name,
)

from .books import DAY, H0, HOUR, SEEDS, hour_row, reading, restarted
from .test_integrate import T0


@given(
    st.lists(st.tuples(st.integers(0, 4000), st.booleans()), min_size=2, max_size=200),
    SEEDS,
)
def test_totals_never_fall_nor_exceed_the_counter(
    powers: list[tuple[int, bool]], seed: int
) -> None:
    """Rows are lost, come later, HA restarts: the total is never above the truth.

    The truth's power goes straight from row to row, so that whole rows have exactly
    it; the counter also has a fan that no row shows.
    """
    chance = random.Random(seed)
    ledger = Ledger()
    truth, shown = 1000.0, None
    missed: list[Sample] = []
    last = None
    for place, (power, is_lost) in enumerate(powers):
        now_s = T0 + 30.0 * place
        row = Sample(now_s, 30, 70, power, 3 * power)
        if last is not None:
            truth += ((last + power) / 2 + 45) * 30 / 3.6e6
        last = power
        if is_lost and chance.random() < 0.7:
            missed.append(row)
        else:
            ledger.add_rows([row], now_s)
        if chance.random() < 0.1:
            # All of the outage at once.
            ledger.add_rows(missed, now_s)
            missed.clear()
        if chance.random() < 0.2:
            before = ledger.total_kwh(Kind.ELECTRICITY_IN)
            assert ledger.add_total(reading(truth), now_s)
            after = ledger.total_kwh(Kind.ELECTRICITY_IN)
            # No reading adds more than the counter says.
            assert after == max(before or 0, round(truth, 6))
        if chance.random() < 0.1:
            ledger = restarted(ledger)
        total = ledger.total_kwh(Kind.ELECTRICITY_IN)
        if total is not None:
            assert shown is None or total >= shown
            # A row before a hole counts for its interval, whatever came then.
            assert total <= truth + 4000 * 30 / 3.6e6 * (1 + len(missed)) + 1e-6
            shown = total


@given(st.lists(st.tuples(st.floats(0, 14), SEEDS), min_size=1, max_size=12), SEEDS)
def test_a_long_gap_adds_the_counter(hours: list[tuple[float, int]], seed: int) -> None:
    """After an outage of hours the total is the counter, whatever fills the gap."""
    chance = random.Random(seed)
    ledger = Ledger()
    ledger.add_total(reading(500), T0)
    ledger.add_rows([Sample(T0, 15, 70, 2000, 8000)], T0)
    end_s = T0 + len(hours) * HOUR
    ledger.add_rows([Sample(end_s, 15, 70, 2000, 8000)], end_s)
    counter = 500 + sum(kwh for kwh, _ in hours)
    jobs = ["rows", "hours", "total", "restart"] * 2
    chance.shuffle(jobs)
    for job in jobs:
        match job:
            case "rows":
                # Rows that say more than the counter ever will.
                times = range(int(T0) + 30, int(end_s), 60)
                rows = [Sample(at_s, 60, 70, 15_000, 30_000) for at_s in times]
                ledger.add_rows(chance.sample(rows, len(rows)), end_s)
            case "hours":
                starts = range(H0, int(end_s), HOUR)
                there = [
                    hour_row(start, kwh)
                    for start, (kwh, _) in zip(starts, hours, strict=False)
                ]
                ledger.add_hours(there, H0, H0 + 28 * DAY, end_s)
            case "total":
                ledger.add_total(reading(counter), end_s)
            case _:
                ledger = restarted(ledger)
    # Rows that came before the reading did add: as much as they say, and no more.
    total = ledger.total_kwh(Kind.ELECTRICITY_IN)
    first = jobs.index("rows") < jobs.index("total")
    most = 500 + 15 * len(hours) + 0.1 if first else counter
    assert total is not None
    # The last row before the gap had its own 15 s, as it had the next one.
    assert counter - 1e-6 <= total <= max(most, counter) + 2 * 2000 * 15 / 3.6e6


def test_live_total() -> None:
    """Between two readings rows add the compressor's; the reading is the truth."""
    ledger = Ledger()
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) is None
    ledger.add_rows([Sample(T0, 15, 70, 1000, 4000)], T0)
    ledger.add_total(reading(100, 400, 7), T0)
    assert ledger.total_kwh(Kind.COOLING_OUT) == 7
    rows = [Sample(T0 + 15 * n, 15, 70, 1000, 4000) for n in range(121)]
    ledger.add_rows(rows, T0 + 1800)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 100.5
    assert ledger.total_kwh(Kind.ELECTRICITY_IN, Mode.HEATING) == 100.5
    assert ledger.total_kwh(Kind.HEAT_OUT) == 402
    assert ledger.total_kwh(Kind.INDOOR_UNIT_IN) is None
    ledger.add_total(reading(100.52, 401.9, 7), T0 + 1800)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 100.52
    # Rows had a little too much: the total waits.
    assert ledger.total_kwh(Kind.HEAT_OUT) == 402
    ledger.add_rows(rows, T0 + 1800)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 100.52


def test_defrosts_are_one_mode() -> None:
    """The vendor's two and that of rows make one total."""
    ledger = Ledger()
    defrosts = {
        (Flow.ELECTRIC, Mode.HEATING_DEFROST): 3.0,
        (Flow.ELECTRIC, Mode.DHW_DEFROST): 2.0,
        (Flow.HEAT, Mode.HEATING_DEFROST): -5.0,
    }
    ledger.add_total(defrosts, T0)
    rows = [Sample(T0 + n * 15, 15, 90, 1200, -3600) for n in range(21)]
    ledger.add_rows(rows, T0 + 300)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN, Mode.DEFROST) == 5.1
    assert ledger.total_kwh(Kind.DEFROST_HEAT) == 5.3
    assert series_name((Kind.ELECTRICITY_IN, Mode.DEFROST)) == "electricity_in_defrost"
    assert len(SERIES) == len({series_name(series) for series in SERIES})


def test_counter_falls() -> None:
    """A fall is held, and the base after three that agree; the total stays."""
    ledger = Ledger()
    ledger.add_total(reading(1000), T0)
    assert not ledger.add_total(reading(0), T0 + 1800)
    assert not ledger.add_total(reading(0), T0 + 1800)
    assert not ledger.add_total(reading(3), T0 + 3600)
    # Another garbage starts the count anew; a good one ends it.
    assert not ledger.add_total(reading(1), T0 + 5400)
    ledger = restarted(ledger)
    assert ledger.add_total(reading(1001), T0 + 7200)
    for place, kwh in enumerate((5.0, 5.5), 5):
        assert not ledger.add_total(reading(kwh), T0 + 1800 * place)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 1001
    assert ledger.add_total(reading(6.0), T0 + 1800 * 7)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 1002
    assert ledger.add_total(reading(8.0), T0 + 1800 * 8)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 1004


def test_counter_jumps() -> None:
    """So is a rise that no pump can have; what an outage of days took is one it can."""
    ledger = Ledger()
    ledger.add_total(reading(1000), T0)
    for place in (1, 2):
        assert not ledger.add_total(reading(1500), T0 + 1800 * place)
    assert ledger.add_total(reading(1500), T0 + 1800 * 3)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 1000
    assert ledger.add_total(reading(1600), T0 + 3 * DAY)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 1100


def test_meters_that_appear_late() -> None:
    """A meter that wasn't there before is no energy that was used just now."""
    ledger = Ledger()
    ledger.add_total(reading(1000), T0)
    inside: Meter = (Flow.INDOOR, Mode.HEATING)
    more: Meter = (Flow.ELECTRIC, Mode.DHW)
    ledger.add_total({**reading(1001), more: 700.0, inside: 30.0}, T0 + 1800)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 1001
    assert ledger.total_kwh(Kind.INDOOR_UNIT_IN) == 30
    ledger.add_total({**reading(1001), more: 701.0, inside: 31.0}, T0 + 3600)
    assert ledger.total_kwh(Kind.ELECTRICITY_IN) == 1002
    assert ledger.total_kwh(Kind.INDOOR_UNIT_IN) == 31
