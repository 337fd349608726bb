"""Long-term statistics: monotonic sums, and a jump spread over its hours."""

from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.weheat.energy import (
    Flow,
    HourRow,
    Kind,
    Ledger,
    Mode,
    Row,
    Sample,
    corrected,
    hour_energies,
    repaired,
    rewritten,
)

HOUR = 3600
H0 = 1_768_348_800
SERIES = (Kind.ELECTRICITY_IN, None)
METER = (Flow.ELECTRIC, Mode.HEATING)


def ledger_of(hours: dict[int, float], now_s: float) -> Ledger:
    """Return a ledger with hours by number."""
    ledger = Ledger()
    rows = [HourRow(H0 + n * HOUR, {METER: kwh}) for n, kwh in hours.items()]
    ledger.add_hours(rows, H0 - 1000 * HOUR, now_s, now_s)
    return ledger


def numbers(rows: list[Row]) -> list[tuple[int, float, float]]:
    """Return rows in a short form."""
    return [
        ((row.start_s - H0) // HOUR, round(row.state_kwh, 6), round(row.sum_kwh, 6))
        for row in rows
    ]


def test_window_is_rewritten() -> None:
    """A corrected hour moves all sums after it; the running hour is left out."""
    now_s = H0 + 4 * HOUR + 100
    ledger = ledger_of({0: 1, 1: 2, 2: 3, 3: 1.5}, now_s)
    ledger.add_rows([Sample(now_s - n, 15, 70, 1000, 4000) for n in (30, 15, 0)], now_s)
    rows = rewritten(ledger, SERIES, H0, now_s, [Row(H0 - 2 * HOUR, 1, 100)])
    assert numbers(rows) == [(0, 1, 101), (1, 2, 103), (2, 3, 106), (3, 1.5, 107.5)]
    hours = ledger.booked(H0, now_s + HOUR)
    assert len(hour_energies(hours, SERIES)) == 5
    assert len(hour_energies(hours, SERIES, server_only=True)) == 4
    # An hour that only the statistics have keeps its energy.
    existing = [Row(H0 - 2 * HOUR, 1, 100), Row(H0 - HOUR, 0.5, 100.5), *rows]
    more = rewritten(ledger, SERIES, H0 - HOUR, now_s, existing)
    assert numbers(more)[:2] == [(-1, 0.5, 100.5), (0, 1, 101.5)]
    # Without rows the sums end with the counter, as it was before the running hour.
    ledger.add_total({METER: 1000.0}, now_s)
    running_kwh = hour_energies(hours, SERIES)[H0 + 4 * HOUR]
    assert 0 < running_kwh < 0.02
    last_kwh = rewritten(ledger, SERIES, H0, now_s)[-1].sum_kwh
    assert last_kwh == pytest.approx(1000 - running_kwh, abs=1e-6)
    assert rewritten(ledger, SERIES, H0, now_s, anchor_kwh=5)[0].sum_kwh == 6
    assert rewritten(ledger, (Kind.INDOOR_UNIT_IN, None), H0, now_s) == []


@given(
    st.dictionaries(st.integers(0, 80), st.floats(-0.009, 14), max_size=60),
    st.dictionaries(st.integers(-5, 90), st.floats(0, 5), max_size=40),
    st.integers(0, 80),
)
def test_sums_never_fall(
    hours: dict[int, float], there: dict[int, float], begin: int
) -> None:
    """Whatever is there: sums rise by each hour's energy, from the row before on."""
    now_s = H0 + 85 * HOUR
    total, existing = 100.0, []
    for number in sorted(there):
        total += there[number]
        existing.append(Row(H0 + number * HOUR, there[number], total))
    ledger = ledger_of(hours, now_s)
    rows = rewritten(ledger, SERIES, H0 + begin * HOUR, now_s, existing)
    before = [row for row in existing if row.start_s < H0 + begin * HOUR]
    last = before[-1].sum_kwh if before else None
    for row in rows:
        if last is not None:
            assert row.sum_kwh - last == pytest.approx(row.state_kwh, abs=1e-5)
        last = row.sum_kwh
        assert row.start_s < now_s
    written = {(row.start_s - H0) // HOUR for row in rows}
    assert written == {n for n in {*hours, *there} if begin <= n < 85}


def test_jump_is_repaired() -> None:
    """The reference's own case: 10 kWh in hour 5 that are of hours 1 to 5."""
    existing = [Row(H0, 101, 1), Row(H0 + 5 * HOUR, 111, 11)]
    energies = {H0 + n * HOUR: 2.0 for n in range(6)}
    rows = repaired(existing, energies, H0 + HOUR, H0 + 5 * HOUR + 60)
    assert numbers(rows) == [(1, 103, 3), (2, 105, 5), (3, 107, 7), (4, 109, 9)]


def test_flat_hours_are_repaired() -> None:
    """A sensor that stood still: changes 1, 0, 0, 8, 1 become 1, 3, 3, 2, 1."""
    sums = [1, 1, 1, 9, 10]
    existing = [Row(H0 + n * HOUR, 100 + kwh, kwh) for n, kwh in enumerate(sums)]
    energies = {H0 + n * HOUR: kwh for n, kwh in enumerate([1.0, 3, 3, 2, 1])}
    rows = repaired(existing, energies, H0 + HOUR + 1e-3 - 1, H0 + 3 * HOUR + 600)
    assert numbers(rows) == [(1, 104, 4), (2, 107, 7)]


def test_repair_leaves_alone() -> None:
    """Hours with own data, hours in part, and what nothing is known of, stay."""
    existing = [Row(H0, 101, 1), Row(H0 + 2 * HOUR, 103, 3), Row(H0 + 4 * HOUR, 108, 8)]
    energies = {H0 + n * HOUR: 1.0 for n in range(5)}
    # Hour 0 was over in part, hour 2 has data.
    rows = repaired(existing, energies, H0 + 600, H0 + 4 * HOUR + 60)
    assert numbers(rows) == [(1, 102, 2), (3, 104, 4)]
    assert repaired(existing, {}, H0 + 600, H0 + 4 * HOUR + 60) == []
    assert repaired(existing[:1], energies, H0 + 600, H0 + 4 * HOUR) == []
    assert repaired(existing, energies, H0 + 600, H0 + 900) == []


@given(
    st.lists(st.floats(0, 15), min_size=1, max_size=48),
    st.floats(0, 100),
    st.floats(0, 15),
    st.floats(0, 3599),
)
def test_repair_never_exceeds_the_jump(
    hours: list[float], jump: float, own: float, part_s: float
) -> None:
    """However much the vendor's hours say, sums stay between the two that are there."""
    last = len(hours) + 1
    existing = [Row(H0, 101, 1), Row(H0 + last * HOUR, 101 + jump, 1 + jump)]
    energies = {H0 + n * HOUR: kwh for n, kwh in enumerate(hours, 1)}
    energies[H0 + last * HOUR] = own
    rows = repaired(existing, energies, H0 + part_s, H0 + last * HOUR + part_s)
    sums = [1.0, *(row.sum_kwh for row in rows), 1 + jump]
    assert all(two >= one - 1e-9 for one, two in pairwise(sums))
    # The return's own use is left to it.
    if rows:
        assert sums[-1] - sums[-2] >= min(own, jump) - 1e-9
        whole = sum(hours)
        assert sums[-2] - 1 == pytest.approx(min(whole, jump - own), abs=1e-6)


def test_period_is_corrected() -> None:
    """Hours of a period get other energies; what comes after rises alike."""
    there = [Row(H0 + n * HOUR, 1.0, 10.0 + n) for n in (0, 1, 3, 4)]
    rows, shift_kwh = corrected(
        there, {H0 + HOUR: 2.5, H0 + 2 * HOUR: 0.5}, H0 + HOUR, H0 + 3 * HOUR
    )
    assert numbers(rows) == [(1, 2.5, 12.5), (2, 0.5, 13.0)]
    assert shift_kwh == 2.0
    # Before everything the sums lead to what is there, which stays.
    rows, shift_kwh = corrected(
        there, {H0 - 2 * HOUR: 3.0, H0 - HOUR: 1.0}, H0 - 2 * HOUR, H0
    )
    assert numbers(rows) == [(-2, 3.0, 8.0), (-1, 1.0, 9.0)]
    assert shift_kwh == 0
    # Nothing is there, or nothing changes.
    assert corrected([], {H0: 1.0}, H0, H0 + HOUR) == ([Row(H0, 1.0, 1.0)], 0)
    rows, shift_kwh = corrected(there, {H0 + HOUR: 1.0}, H0 + HOUR, H0 + 2 * HOUR)
    assert (numbers(rows), shift_kwh) == ([(1, 1.0, 11.0)], 0)


@given(
    st.dictionaries(st.integers(0, 30), st.floats(0, 10)),
    st.dictionaries(st.integers(0, 30), st.floats(0, 10)),
    st.integers(0, 30),
    st.integers(1, 30),
)
def test_correction_keeps_the_rest(
    before: dict[int, float], wanted: dict[int, float], first: int, length: int
) -> None:
    """Whatever is corrected, each hour has what it should, and sums never fall."""
    there: list[Row] = []
    total = 0.0
    for n in sorted(before):
        total += before[n]
        there.append(Row(H0 + n * HOUR, before[n], total))
    start, end = H0 + first * HOUR, H0 + (first + length) * HOUR
    rows, shift_kwh = corrected(
        there, {H0 + n * HOUR: kwh for n, kwh in wanted.items()}, start, end
    )
    whole = {row.start_s: row.sum_kwh for row in there if row.start_s < start}
    whole |= {row.start_s: row.sum_kwh for row in rows}
    whole |= {
        row.start_s: row.sum_kwh + shift_kwh for row in there if row.start_s >= end
    }
    expected = {H0 + n * HOUR: kwh for n, kwh in before.items()} | {
        H0 + n * HOUR: kwh for n, kwh in wanted.items() if first <= n < first + length
    }
    assert whole.keys() == expected.keys()
    for left, right in pairwise(sorted(whole)):
        assert whole[right] - whole[left] == pytest.approx(expected[right], abs=1e-4)
