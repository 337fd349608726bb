"""What the wallbox's own control never does, and what late values do to it."""

from collections.abc import Iterator
import math
from typing import Any

from hypothesis import given, strategies as st

from simulators.nrgkick import Car, Settings
from simulators.nrgkick.charging import Charging
from simulators.nrgkick.surplus import Reading

PERIOD_S = 5.0


def exact_car() -> Car:
    """Return a car that takes all that it's offered, for ever."""
    return Car(less_a=0.0, battery_wh=math.inf, stored_wh=0.0)


def spread_w(readings_late: int, settle_s: float) -> float:
    """Return by how much the power still swings after 10 minutes of late values."""
    charging = Charging(Settings(phases=(3,), settle_s=settle_s), 0.0)
    charging.plug_in(exact_car(), 0.0)
    grids = [0.0] * readings_late
    powers = []
    for step in range(180):
        grids.append(charging.power_w - 6000)
        charging.hear(Reading(round(grids.pop(0))), step * PERIOD_S)
        powers.append(charging.power_w)
    return max(powers[120:]) - min(powers[120:])


def test_late_values() -> None:
    """Late values let it swing, unless it waits for longer than they are late."""
    assert spread_w(0, 15) < 100
    assert spread_w(1, 15) < 100
    assert spread_w(2, 15) > 1000
    assert spread_w(2, 25) < 100


type Step = tuple[float, Any]

STEPS = st.lists(
    st.tuples(
        st.floats(0.2, 60),
        st.one_of(
            st.none(),
            st.builds(
                Reading,
                st.integers(-20_000, 20_000),
                st.integers(-5000, 5000),
                st.one_of(st.none(), st.floats(0, 100)),
            ),
        ),
    ),
    max_size=60,
)


def offers(charging: Charging, steps: list[Step]) -> Iterator[tuple[float, float, int]]:
    """Yield offer, current and phases of each second while steps are taken."""
    now_s = 0.0
    for wait_s, reading in steps:
        charging.hear(reading, now_s)
        end_s = now_s + wait_s
        while now_s < end_s:
            now_s = min(now_s + 1.0, end_s)
            charging.advance(now_s)
            yield charging.offered_a, charging.current_a, charging.lines


@given(STEPS)
def test_never_against_the_rules(steps: list[Step]) -> None:
    """Whatever it reads: no current below 6 A, no switching under load, an end."""
    charging = Charging(Settings(), 0.0)
    charging.plug_in(exact_car(), 0.0)
    lines = None
    for offered_a, current_a, now_lines in offers(charging, steps):
        assert offered_a == 0 or 6 <= offered_a <= 16
        assert current_a <= 16
        if lines not in {None, now_lines}:
            assert current_a <= 1.5
        lines = now_lines
    charging.advance(10_000)
    assert charging.power_w == 0
    taken_wh = charging.session_wh
    charging.advance(20_000)
    assert charging.session_wh == taken_wh
