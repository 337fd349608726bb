"""Freshness: how seldom a source reports is learnt, and no clock makes it younger."""

from itertools import accumulate
import math

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.meters.freshness import NO_LIMIT, Freshness, Limits

NOW = 1_768_400_000.0


def reported(*intervals_s: float) -> Freshness:
    """Return a source that reported at these intervals, seen at once each time."""
    freshness = Freshness()
    for at_s in accumulate(intervals_s, initial=NOW):
        freshness.observe(at_s, at_s)
    return freshness


@pytest.mark.parametrize(
    ("limits", "interval_s", "expected_s"),
    [
        (Limits(), None, 60),
        (Limits(), 5, 60),
        (Limits(), 12, 60),
        (Limits(), 30, 150),
        (Limits(), 3600, 900),
        (Limits(), math.inf, 900),
        (Limits(factor=3, minimum_s=10), 5, 15),
        (Limits(factor=3, minimum_s=10), 1, 10),
        (Limits(maximum_s=7200), 600, 3000),
        (Limits(minimum_s=1200), 30, 1200),
        (Limits(minimum_s=1200), 3600, 1200),
        (Limits(fixed_s=20), None, 20),
        (Limits(fixed_s=20), 300, 20),
        (NO_LIMIT, None, math.inf),
    ],
)
def test_limits(limits: Limits, interval_s: float | None, expected_s: float) -> None:
    """Five intervals, at least a minute, at most fifteen; or what somebody says."""
    assert limits.limit_s(interval_s) == expected_s


@pytest.mark.parametrize(
    ("intervals_s", "expected_s"),
    [
        ((), None),
        ((30, 30), None),
        ((30, 30, 30), 30),
        # An outage, and a report too many.
        ((30, 30, 4000, 30, 31, 2, 30), 30),
        # Only the last ones count.
        ((5,) * 9 + (60,) * 4, 5),
        ((5,) * 9 + (60,) * 5, 60),
        # Bursts: the state is written three times each.
        ((0.1, 0.1, 30) * 3 + (0.1, 0.1), 30),
        # The clock was set back by an hour; that is no interval.
        ((30, 30, -3600, 30), 30),
    ],
)
def test_interval(intervals_s: tuple[float, ...], expected_s: float | None) -> None:
    """The usual interval is that of the last few reports, whatever happened once."""
    assert reported(*intervals_s).interval_s == expected_s


def test_age() -> None:
    """Age counts from the report, and not from when it was seen."""
    freshness = Freshness()
    assert freshness.age_s == math.inf
    assert not freshness.is_fresh(Limits())
    freshness.observe(NOW - 40, NOW)
    assert freshness.age_s == 40
    assert freshness.is_fresh(Limits())
    assert not freshness.is_fresh(Limits(fixed_s=39))
    freshness.observe(NOW - 40, NOW + 20)
    assert freshness.is_fresh(Limits())
    freshness.observe(NOW - 40, NOW + 20.5)
    assert not freshness.is_fresh(Limits())
    assert freshness.interval_s is None


def test_learnt() -> None:
    """A source of every two minutes is trusted for ten, once that is known."""
    freshness = reported(120, 120)
    freshness.observe(NOW + 240, NOW + 301)
    assert not freshness.is_fresh(Limits())
    freshness.observe(NOW + 360, NOW + 960)
    assert freshness.is_fresh(Limits())
    freshness.observe(NOW + 360, NOW + 961)
    assert not freshness.is_fresh(Limits())


def test_clock_is_set_back() -> None:
    """A dead source would be young again, also when the clock has caught up."""
    freshness = reported(5, 5, 5)
    last_s = NOW + 15
    freshness.observe(last_s, last_s + 300)
    assert not freshness.is_fresh(Limits())
    for now_s in (last_s + 10, last_s - 3600, last_s + 20, last_s + 59):
        freshness.observe(last_s, now_s)
        assert freshness.age_s == math.inf
        assert not freshness.is_fresh(Limits())
    # Alive again.
    freshness.observe(last_s + 60, last_s + 61)
    assert freshness.age_s == 1
    # By a clock that is behind.
    freshness.observe(last_s - 7200, last_s - 7199)
    assert freshness.age_s == 1
    assert freshness.is_fresh(Limits())


def test_reports_of_the_future() -> None:
    """They are from before the clock was set back; a second's difference is none."""
    freshness = Freshness()
    freshness.observe(NOW + 1, NOW)
    assert freshness.age_s == 0
    freshness.observe(NOW + 100, NOW)
    assert freshness.age_s == math.inf
    freshness.observe(NOW + 100, NOW + 101)
    assert freshness.age_s == math.inf
    # Nothing is learnt of them.
    for later_s in (200, 300, 400, 500):
        freshness.observe(NOW + later_s, NOW + 1)
    assert freshness.interval_s is None
    # Whoever has no limit doesn't need an age.
    assert freshness.is_fresh(NO_LIMIT)


_SPECIAL = st.floats() | st.floats(NOW - 100, NOW + 100)


@given(st.lists(st.tuples(_SPECIAL, _SPECIAL)))
def test_any_times(times: list[tuple[float, float]]) -> None:
    """No times break it, and what it learns never allows more than the maximum."""
    freshness = Freshness()
    for reported_at_s, now_s in times:
        freshness.observe(reported_at_s, now_s)
        assert freshness.age_s >= 0
        assert 60 <= Limits().limit_s(freshness.interval_s) <= 900


@given(
    dies_at_s=st.integers(0, 600),
    period_s=st.integers(2, 11),
    looks_s=st.integers(1, 7),
    jumps=st.lists(st.tuples(st.integers(0, 900), st.floats(-7200, 7200)), max_size=3),
)
def test_dead_is_dead(
    dies_at_s: int, period_s: int, looks_s: int, jumps: list[tuple[int, float]]
) -> None:
    """Wherever the clock jumps: what is dead isn't fresh, and what lives is again.

    A jump back that is shorter than the time between two looks can't be seen, and
    makes the source younger by no more than that.
    """
    freshness = Freshness()
    reported_at_s = reported_real_s = None
    for real_s in range(1500):
        clock_s = NOW + real_s + sum(by_s for at_s, by_s in jumps if at_s <= real_s)
        if real_s <= dies_at_s and real_s % period_s == 0:
            reported_at_s, reported_real_s = clock_s, real_s
        if real_s % looks_s:
            continue
        assert reported_at_s is not None and reported_real_s is not None
        freshness.observe(reported_at_s, clock_s)
        age_s = real_s - reported_real_s
        if age_s > 60 + len(jumps) * (looks_s + 2):
            assert not freshness.is_fresh(Limits())
        last_jump_s = max((at_s for at_s, _ in jumps if at_s <= real_s), default=0)
        if age_s <= 60 and reported_real_s >= last_jump_s:
            assert freshness.is_fresh(Limits())
