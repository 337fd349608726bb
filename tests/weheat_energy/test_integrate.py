"""Rows make the same energy in any order, and no line is drawn over a hole."""

from itertools import accumulate, pairwise
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.weheat.energy import (
    Integral,
    Mode,
    Sample,
    integrate,
    mode_of,
)

# Ten minutes before a full hour.
T0 = 1_768_348_800.0 - 600

_STATES = st.sampled_from([40, 70, 90, 132, 150, 160, 138, None])
_STEPS = st.one_of(st.floats(1, 60), st.floats(60, 5000))
_ROWS = st.tuples(
    _STEPS,
    st.sampled_from([None, 5.0, 15.0, 16.0]),
    _STATES,
    st.one_of(st.none(), st.floats(0, 5000)),
    st.one_of(st.none(), st.floats(-6000, 12000)),
)


@st.composite
def rows_of_a_pump(draw: st.DrawFn) -> list[Sample]:
    """Return rows by time, with holes, jumps and unknown power."""
    drawn = draw(st.lists(_ROWS, max_size=40))
    times = accumulate((row[0] for row in drawn), initial=T0)
    return [Sample(at_s, *row[1:]) for at_s, row in zip(times, drawn, strict=False)]


def sums(found: Integral) -> tuple[float, float, float, float]:
    """Return electricity, heat given and taken in Wh, and the covered seconds."""
    pieces = found.pieces.values()
    return (
        sum(piece.in_wh for piece in pieces),
        sum(piece.out_positive_wh for piece in pieces),
        sum(piece.out_negative_wh for piece in pieces),
        sum(piece.covered_s for piece in pieces),
    )


def close(*values: float) -> object:
    """Return what equals energies but for what floats lose."""
    return pytest.approx(values, rel=1e-9, abs=1e-6)


@given(rows_of_a_pump(), st.randoms(use_true_random=False))
def test_order_and_repetition_are_no_matter(rows: list[Sample], chance: object) -> None:
    """Shuffled and repeated rows give exactly the same."""
    again = rows + rows[::3]
    chance.shuffle(again)  # type: ignore[attr-defined]
    assert integrate(again) == integrate(rows)


@given(rows_of_a_pump(), st.integers(0, 40))
def test_any_split_gives_the_same(rows: list[Sample], place: int) -> None:
    """Two parts that share a row have the whole's energy and gaps; so have two times."""
    place = min(place, len(rows) - 1) if rows else 0
    whole, one, two = map(integrate, (rows, rows[: place + 1], rows[place:]))
    parts = [a + b for a, b in zip(sums(one), sums(two), strict=True)]
    assert sums(whole) == close(*parts)
    length = sum(gap.to_s - gap.from_s for gap in whole.gaps)
    split = sum(gap.to_s - gap.from_s for gap in one.gaps + two.gaps)
    assert length == pytest.approx(split)
    for key, piece in whole.pieces.items():
        found = [part.pieces[key].in_wh for part in (one, two) if key in part.pieces]
        assert sum(found) == pytest.approx(piece.in_wh)


@given(rows_of_a_pump(), st.floats(0, 20_000))
def test_a_time_splits_what_is_after(rows: list[Sample], after_s: float) -> None:
    """What is after a time is a part of the whole, and less the later it is."""
    whole, part = sums(integrate(rows)), sums(integrate(rows, T0 + after_s))
    later = sums(integrate(rows, T0 + after_s + 100))
    for index in range(4):
        assert later[index] - 1e-9 <= part[index] <= whole[index] + 1e-9


@given(rows_of_a_pump())
def test_nothing_is_invented(rows: list[Sample]) -> None:
    """No time counts twice, and a hole no more than its left row's own interval."""
    found = integrate(rows)
    energy = sums(found)
    most_w = max((row.power_in_w or 0 for row in rows), default=0)
    open_s = sum(gap.to_s - gap.from_s for gap in found.gaps)
    whole_s = rows[-1].at_s - rows[0].at_s if rows else 0
    assert energy[3] + open_s <= whole_s + 1e-6
    assert energy[0] <= most_w * (whole_s - open_s) / 3600 + whole_s * 1e-3 + most_w
    for hour, _ in found.pieces:
        assert hour % 3600 == 0
    for one, two in pairwise(found.gaps):
        assert one.to_s <= two.from_s


@given(st.floats(100, 1e6), st.floats(0, 10_000), st.floats(0, 10_000))
def test_a_hole_counts_an_interval(
    hole_s: float, left_w: float, right_w: float
) -> None:
    """At 4 kW a line over an hour would invent 4 kWh."""
    rows = [Sample(T0, 15, 70, left_w, 0), Sample(T0 + hole_s, 15, 70, right_w, 0)]
    found = integrate(rows)
    assert sums(found)[0] == pytest.approx(left_w * 15 / 3600)
    (gap,) = found.gaps
    assert (gap.from_s, gap.to_s) == (T0 + 15, T0 + hole_s)


def test_trapezoid_and_step() -> None:
    """A line within a state; across a change each row has its share."""
    line = [Sample(T0, 15, 70, 1000, 4000), Sample(T0 + 36, 15, 70, 2000, 8000)]
    assert integrate(line).pieces[int(T0) - 3000, Mode.HEATING].in_wh == 15
    step = [Sample(T0, 10, 70, 1000, 4000), Sample(T0 + 36, 20, 90, 500, -4000)]
    pieces = integrate(step).pieces
    heating = pieces[int(T0) - 3000, Mode.HEATING]
    defrost = pieces[int(T0) - 3000, Mode.DEFROST]
    assert (heating.in_wh, heating.out_positive_wh) == close(1000 / 300, 4000 / 300)
    assert (defrost.in_wh, defrost.out_negative_wh) == close(500 / 150, 4000 / 150)
    assert heating.covered_s + defrost.covered_s == pytest.approx(36)


def test_sign_changes_within_a_state() -> None:
    """What is given and what is taken aren't set off against each other."""
    rows = [Sample(T0, 15, 132, 300, 1000), Sample(T0 + 36, 15, 132, 300, -3000)]
    (piece,) = integrate(rows).pieces.values()
    assert piece.out_positive_wh == pytest.approx(1000 * 9 / 2 / 3600)
    assert piece.out_negative_wh == pytest.approx(3000 * 27 / 2 / 3600)
    assert piece.out_wh == pytest.approx(-10)


def test_hours_are_cut() -> None:
    """A line across the full hour is booked in both by what it's there."""
    hour = T0 + 600
    rows = [
        Sample(hour - 30, 30, 70, 1000, 3000),
        Sample(hour + 30, 30, 70, 2000, 6000),
    ]
    pieces = integrate(rows).pieces
    assert pieces[int(hour) - 3600, Mode.HEATING].in_wh == pytest.approx(1250 / 120)
    assert pieces[int(hour), Mode.HEATING].in_wh == pytest.approx(1750 / 120)


def test_unknown_power_is_not_zero() -> None:
    """Null breaks the line; so does what no pump can have, and NaN."""
    for power in (None, 1e6, -1e6, math.nan, math.inf):
        rows = [
            Sample(T0, 15, 70, 1000, 4000),
            Sample(T0 + 15, 15, 70, power, None),
            Sample(T0 + 30, 15, 70, power, None),
            Sample(T0 + 45, 15, 70, 1000, 4000),
            Sample(T0 + 60, 15, 70, 1000, 4000),
        ]
        found = integrate(rows)
        assert sums(found)[0] == pytest.approx(1000 * 30 / 3600)
        (gap,) = found.gaps
        assert gap.powerless
        assert (gap.from_s, gap.to_s) == (T0 + 15, T0 + 45)
    # One of two powers is known: that is counted, and the gap is open still.
    rows = [Sample(T0 + n * 15, 15, 70, 1000, None) for n in range(5)]
    assert sums(integrate(rows)) == close(1000 / 60, 0, 0, 0)
    assert integrate(rows).gaps


def test_wrong_intervals() -> None:
    """An interval of hours isn't believed, nor is one of nothing."""
    for interval in (-5.0, 0.0, math.nan, math.inf, None):
        rows = [Sample(T0, interval, 70, 1000, 0), Sample(T0 + 4000, 15, 70, 1000, 0)]
        assert sums(integrate(rows))[0] == pytest.approx(1000 * 15 / 3600)
    rows = [Sample(T0, 9000, 70, 1000, 0), Sample(T0 + 4000, 15, 70, 1000, 0)]
    assert sums(integrate(rows))[0] == pytest.approx(1000 * 300 / 3600)


def test_rows_of_the_same_time() -> None:
    """That which knows more counts, and of two that know the same the larger."""
    end = Sample(T0 + 15, 15, 70, 1000, 0)
    bare, small, large = (Sample(T0, 15, 70, p, 0) for p in (None, 1000, 3000))
    for rows in ([bare, large, small], [large, bare, small], [small, large, bare]):
        assert sums(integrate([*rows, end]))[0] == pytest.approx(2000 * 15 / 3600)


def test_modes() -> None:
    """State numbers are booked as the reference says; the unknown is standby."""
    expected = {
        40: Mode.STANDBY,
        70: Mode.HEATING,
        84: Mode.DEFROST,
        120: Mode.DEFROST,
        239: Mode.DEFROST,
        240: Mode.STANDBY,
        130: Mode.COOLING,
        137: Mode.COOLING,
        138: Mode.STANDBY,
        150: Mode.DHW,
        160: Mode.DHW,
        180: Mode.STANDBY,
        None: Mode.STANDBY,
    }
    assert {state: mode_of(state) for state in expected} == expected
