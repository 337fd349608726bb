"""The budget: an hour slides, polls go first, refusals are waited for."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.weheat.budget import (
    CALLS,
    LONGEST_WAIT_S,
    WINDOW_S,
    Budget,
)
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatBudgetError,
    WeheatRateLimitError,
)

NOW = 1_768_348_800.0


def test_window_slides() -> None:
    """There are 30 in any hour, and each becomes free by itself."""
    budget = Budget()
    for number in range(CALLS):
        assert budget.wait_s(NOW + number) == 0
        budget.take(NOW + number)
    with pytest.raises(WeheatBudgetError) as caught:
        budget.take(NOW + 100)
    assert caught.value.wait_s == budget.wait_s(NOW + 100) == WINDOW_S - 100
    assert budget.used(NOW + 100) == CALLS
    budget.take(NOW + WINDOW_S)
    assert budget.wait_s(NOW + WINDOW_S) == 1
    assert budget.used(NOW + 3 * WINDOW_S) == 0


def test_polls_go_first() -> None:
    """What isn't urgent leaves some room, and waits for as much."""
    budget = Budget(calls=5, window_s=100)
    for number in range(3):
        budget.take(NOW + number, keep_free=2)
    with pytest.raises(WeheatBudgetError) as caught:
        budget.take(NOW + 3, keep_free=2)
    assert caught.value.wait_s == 97
    budget.take(NOW + 3)
    assert budget.wait_s(NOW + 3, keep_free=2) == 98
    budget.take(NOW + 4)
    assert budget.wait_s(NOW + 4) == 96
    # Nothing is ever free enough for this.
    assert Budget(calls=5).wait_s(NOW, keep_free=5) == WINDOW_S


def test_refusals() -> None:
    """A refusal stops all for 10 to 15 minutes, the next ones for 30."""
    changes: list[float] = []
    budget = Budget(on_change=lambda: changes.append(NOW))
    err = budget.refused(NOW)
    assert 600 <= err.wait_s <= 900
    assert budget.wait_s(NOW) == err.wait_s
    # What was under way at that time is no second refusal.
    assert budget.refused(NOW + 5).wait_s == err.wait_s - 5
    budget.answered(NOW + 6)
    with pytest.raises(WeheatRateLimitError) as caught:
        budget.take(NOW + 10)
    assert caught.value.wait_s == err.wait_s - 10
    again_s = NOW + err.wait_s
    budget.take(again_s)
    assert 1800 <= budget.refused(again_s).wait_s <= 2000
    again_s += 2000
    budget.answered(again_s)
    assert budget.refusals == 0
    assert budget.refused(again_s).wait_s <= 900
    assert budget.refused(again_s, retry_after_s=7200.0).wait_s == 7200
    assert len(changes) == 6


def test_kept() -> None:
    """Calls and refusals survive a restart; times that can't be don't."""
    budget = Budget()
    for number in range(5):
        budget.take(NOW + number)
    budget.refused(NOW + 5)
    kept = json.loads(json.dumps(budget.as_list()))
    back = Budget.from_list(kept, NOW + 10)
    assert back.used(NOW + 10) == 5
    assert back.wait_s(NOW + 10) == budget.wait_s(NOW + 10) > 0
    assert back.as_list() == budget.as_list()
    # An hour later two are stale, and the refusal is still the first of a row.
    later_s = NOW + 1.5 + WINDOW_S
    back = Budget.from_list(kept, later_s)
    assert back.used(later_s) == 3
    assert back.refused(later_s).wait_s >= 1800
    # A clock that was wrong before.
    back = Budget.from_list(kept, NOW + 2)
    assert back.used(NOW + 2) == 3
    back = Budget.from_list(kept, NOW - 2 * LONGEST_WAIT_S)
    assert back.wait_s(NOW - 2 * LONGEST_WAIT_S) == 0


def test_clock_is_set_back() -> None:
    """Calls of the future count as of now, and hold nothing up for longer."""
    budget = Budget(calls=1)
    budget.take(NOW + 86_400)
    assert budget.wait_s(NOW) == WINDOW_S
    budget.until_s = NOW + 1e9
    assert budget.wait_s(NOW) == LONGEST_WAIT_S


@given(
    st.lists(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text()
        | st.just(10**400)
        | st.lists(st.floats())
    )
    | st.dictionaries(st.text(), st.text())
    | st.text()
    | st.none()
)
def test_anything_kept(kept: Any) -> None:
    """What was spoilt gives a budget all the same."""
    budget = Budget.from_list(kept, NOW, calls=3)
    assert budget.wait_s(NOW) <= LONGEST_WAIT_S
    assert Budget.from_list(budget.as_list(), NOW, calls=3).as_list() == (
        budget.as_list()
    )


@given(st.lists(st.floats(0, 400), max_size=60))
def test_never_more_than_allowed(pauses: list[float]) -> None:
    """However it's asked, no window has more calls than the limit."""
    budget = Budget(calls=4, window_s=1000)
    now_s = NOW
    taken: list[float] = []
    for pause in pauses:
        now_s += pause
        wait_s = budget.wait_s(now_s)
        if wait_s == 0:
            budget.take(now_s)
            taken.append(now_s)
        else:
            with pytest.raises(WeheatBudgetError):
                budget.take(now_s)
    for at_s in taken:
        assert sum(at_s - 1000 < other <= at_s for other in taken) <= 4
