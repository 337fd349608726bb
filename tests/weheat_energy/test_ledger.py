"""The books: whatever comes, and however, counts once."""

import json
import random

from hypothesis import given
import pytest

from custom_components.sunbridge.vendors.weheat.energy import (
    Booked,
    Flow,
    Kind,
    Ledger,
    Meter,
    Mode,
    Sample,
    Source,
    amount,
    integrate,
)

from .books import DAY, H0, HOUR, SEEDS, hour_row, restarted
from .test_integrate import T0, rows_of_a_pump

FAR = T0 + 1e9


def energies(ledger: Ledger) -> dict[tuple[int, Meter], float]:
    """Return all energies in Wh."""
    return {
        (hour, meter): 1000 * kwh
        for hour, booked in ledger.booked(0, FAR).items()
        for meter, kwh in booked.kwh.items()
        if abs(kwh) > 1e-9
    }


def clean(rows: list[Sample]) -> dict[tuple[int, Meter], float]:
    """Return the energies of rows in Wh."""
    ledger = Ledger()
    ledger.add_rows(rows, FAR)
    return energies(ledger)


@given(rows_of_a_pump(), SEEDS)
def test_any_way_rows_come(rows: list[Sample], seed: int) -> None:
    """In parts, again, a little late, shuffled, over restarts: the same energy."""
    chance = random.Random(seed)
    ledger = Ledger()
    place = 0
    while place < len(rows):
        size = chance.randrange(1, 8)
        # The overlap holds what came late by 60 s, and some that is known.
        known = [row for row in rows[:place] if row.at_s >= rows[place].at_s - 300]
        part = known + rows[place : place + size]
        newest_s = part[-1].at_s
        withheld = [row for row in part[:-1] if newest_s - row.at_s < 60]
        # Before the first row there's nothing to be late for.
        withheld = [row for row in withheld if row is not rows[0]]
        late = chance.sample(withheld, chance.randrange(len(withheld) + 1))
        chance.shuffle(part)
        ledger.add_rows([row for row in part if row not in late], FAR)
        if chance.random() < 0.5:
            ledger = restarted(ledger)
        ledger.add_rows([*late, *part[::2]], FAR)
        place += size
    expected = clean(rows)
    found = energies(ledger)
    for key in expected.keys() | found.keys():
        # Kept with 3 decimals of Wh.
        assert found.get(key, 0) == pytest.approx(expected.get(key, 0), abs=0.05)


@given(rows_of_a_pump(), SEEDS)
def test_gaps_are_filled_in_any_order(rows: list[Sample], seed: int) -> None:
    """What was missed comes in chunks afterwards, and gives what it would have given."""
    chance = random.Random(seed)
    if len(rows) < 3:
        return
    steps = [row.at_s + 500.0 * place for place, row in enumerate(rows)]
    rows = [
        Sample(
            at_s, row.interval_s, row.state, row.power_in_w or 0, row.power_out_w or 0
        )
        for at_s, row in zip(steps, rows, strict=True)
    ]
    ledger = Ledger()
    ledger.add_rows([rows[0], rows[-1]], FAR)
    # The newest rows have to be booked for a gap to be one.
    end = Sample(rows[-1].at_s + 1000, 15, 40, 0, 0)
    ledger.add_rows([end], FAR)
    middle = rows[1:-1]
    chance.shuffle(middle)
    for row in middle:
        ledger.add_rows([row], FAR)
        if chance.random() < 0.2:
            ledger = restarted(ledger)
        ledger.add_rows(chance.sample(middle, 1), FAR)
    whole = [*rows, end]
    found, expected = energies(ledger), clean(whole)
    for key in expected.keys() | found.keys():
        assert found.get(key, 0) == pytest.approx(expected.get(key, 0), abs=0.05)
    gaps = [(gap.from_s, gap.to_s) for gap in ledger.open_gaps]
    assert gaps == [(gap.from_s, gap.to_s) for gap in integrate(whole).gaps]


def test_hours_of_the_vendor_win() -> None:
    """Finished ones do, may change for 48 h, and can't be absurd."""
    ledger = Ledger()
    now_s = H0 + 2 * HOUR + 600
    rows = [Sample(H0 + n * 15, 15, 70, 1000, 4000) for n in range(481)]
    ledger.add_rows(rows, now_s)
    assert ledger.booked(H0, now_s)[H0].source is Source.ROWS
    window = (H0 - DAY, now_s)
    there = [hour_row(H0, 1.05), hour_row(H0 + 2 * HOUR, 0.1)]
    assert ledger.add_hours(there, *window, now_s) == [H0]
    assert booked_kwh(ledger, H0) == (Source.HOURS, 1.05)
    source, kwh = booked_kwh(ledger, H0 + HOUR)
    assert source is Source.ROWS
    assert kwh == pytest.approx(1)
    assert ledger.add_hours(there, *window, now_s) == []
    for wrong in (300.0, -1.0, float("nan")):
        assert ledger.add_hours([hour_row(H0, wrong)], *window, now_s) == []
    assert ledger.absurd_hours == 3
    assert ledger.add_hours([hour_row(H0 + 60, 1)], *window, now_s) == []
    assert ledger.add_hours([hour_row(H0, 1.1)], *window, now_s) == [H0]
    # After a downtime those that were the newest may still be others.
    late_s = H0 + 3 * DAY
    there = [hour_row(H0, 1.15), hour_row(H0 + 3 * DAY - HOUR, 0.5)]
    assert ledger.add_hours(there, H0, late_s, late_s) == [H0, H0 + 3 * DAY - HOUR]
    assert ledger.add_hours([hour_row(H0, 1.2)], H0, late_s, late_s) == []
    assert booked_kwh(ledger, H0) == (Source.HOURS, 1.15)


def booked_kwh(ledger: Ledger, start: int) -> tuple[Source, float | None]:
    """Return where an hour's electricity is from, and how much it is."""
    found: Booked = ledger.booked(start, start + 1)[start]
    return found.source, amount(found.kwh, (Kind.ELECTRICITY_IN, None))


def test_hours_close_gaps() -> None:
    """A gap is one until all its hours are known."""
    ledger = Ledger()
    row = Sample(H0 + 100, 15, 70, 1000, 4000)
    back_s = H0 + 2 * HOUR + 100.0
    ledger.add_rows([row, Sample(back_s, 15, 70, 1000, 4000)], back_s)
    ledger.add_rows([Sample(back_s + 200, 15, 70, 1000, 4000)], back_s + 200)
    # 200 s between rows are a gap too.
    assert len(ledger.open_gaps) == 2
    now_s = H0 + 3 * HOUR + 600
    there = [hour_row(H0 + n * HOUR, 1) for n in range(2)]
    ledger.add_hours(there, H0, now_s, now_s)
    assert len(ledger.open_gaps) == 2
    ledger.add_hours([hour_row(H0 + 2 * HOUR, 1)], H0, now_s, now_s)
    ledger.add_rows([Sample(back_s + 400, 15, 70, 1000, 4000)], now_s)
    assert not ledger.open_gaps
    ledger.add_rows([Sample(now_s, 15, 70, 1000, 4000)], now_s)
    assert [gap.from_s for gap in ledger.open_gaps] == [back_s + 415]


def test_wrong_rows() -> None:
    """Rows of the future are none, and those that are much too late count as such."""
    ledger = Ledger()
    ledger.add_rows([Sample(T0 + 1e6, 15, 70, 1, 1), Sample(float("nan"))], T0)
    assert ledger.high_water_s is None
    rows = [Sample(T0 + n * 30, 30, 70, 1000, 4000) for n in range(20)]
    ledger.add_rows(rows, T0 + 600)
    before = energies(ledger)
    ledger.add_rows([Sample(T0 + 15, 30, 70, 9000, 4000)], T0 + 600)
    assert ledger.late_rows == 1
    assert energies(ledger) == before


def test_power_that_is_gone() -> None:
    """After an hour of rows without power there is none; the gap stays one."""
    ledger = Ledger()
    rows = [Sample(T0 + n * 15, 15, 70, 1000, 4000) for n in range(10)]
    ledger.add_rows(rows, FAR)
    assert ledger.has_power
    for n in range(10, 600, 10):
        bare = [Sample(T0 + m * 15, 15, 70) for m in range(n, n + 10)]
        ledger.add_rows(bare, FAR)
    assert not ledger.has_power
    assert {gap.powerless for gap in ledger.open_gaps} == {True}
    assert len(ledger.open_gaps) <= 2
    ledger.add_rows([Sample(T0 + 9000, 15, 70, 1, 1)], FAR)
    assert ledger.has_power


def test_pruning() -> None:
    """Hours of ten days stay; older ones are folded once they're written."""
    ledger = Ledger()
    now_s = H0 + 30 * DAY + 600.0
    starts = range(H0, H0 + 30 * DAY, HOUR)
    there = [hour_row(start, 0.5) for start in starts]
    ledger.add_hours(there, H0, H0 + 28 * DAY, now_s)
    ledger.add_hours(there, H0 + 28 * DAY, now_s, now_s)
    ledger.prune(now_s)
    assert len(ledger.hours) == 720
    ledger.written(now_s)
    ledger.prune(now_s)
    assert len(ledger.hours) == 240
    meter: Meter = (Flow.ELECTRIC, Mode.HEATING)
    assert ledger.folded[meter] == pytest.approx(240)
    # They aren't counted again, and the history before them is.
    ledger.add_hours(there, H0, H0 + 28 * DAY, now_s)
    assert len(ledger.hours) == 240
    earlier = [hour_row(H0 - n * HOUR, 1) for n in range(1, 11)]
    assert len(ledger.add_hours(earlier, H0 - DAY, H0, now_s)) == 10
    ledger = restarted(ledger)
    assert ledger.dirty_from_s == H0 - 10 * HOUR
    ledger.written(now_s)
    ledger.prune(now_s)
    assert ledger.folded[meter] == pytest.approx(250)
    assert len(json.dumps(ledger.as_dict())) < 100_000
