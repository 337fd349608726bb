"""Of each observation the newest counts; energy and power have traps."""

from datetime import UTC, datetime
import random
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.easee import charger_keys as keys
from custom_components.sunbridge.vendors.easee.charger import TOTAL_ENERGY, ChargerState
from custom_components.sunbridge.vendors.easee.decode import (
    is_unknown,
    json_object,
    measured,
    rounded,
    text,
)
from custom_components.sunbridge.vendors.easee.energy import EnergyTotal
from custom_components.sunbridge.vendors.easee.state import Observed
from custom_components.sunbridge.vendors.json import JsonValue
from custom_components.sunbridge.vendors.lenient import boolean, integer, number

HOUR = 3600.0
# A full hour.
T0 = datetime(2026, 5, 9, 10, tzinfo=UTC).timestamp()


def see(
    state: ChargerState, number_: int, value: JsonValue, at_s: float | None
) -> bool:
    """Let a charger say something, just after it happened."""
    return state.take(Observed("EH1", number_, value, at_s), (at_s or T0) + 1)


@pytest.mark.parametrize("value", ["1", "True", "true", True, 1, 1.0, " true "])
def test_true(value: JsonValue) -> None:
    """All of these were seen for true, and their like for false."""
    assert boolean(value) is True


@pytest.mark.parametrize("value", ["0", "False", "false", False, 0, 0.0])
def test_false(value: JsonValue) -> None:
    """The same for false."""
    assert boolean(value) is False


@pytest.mark.parametrize(
    ("decode", "value"),
    [
        (boolean, "yes"),
        (boolean, 2),
        (boolean, []),
        (number, True),
        (number, "x"),
        (number, 10**400),
        (number, "inf"),
        (integer, 1.5),
        (integer, None),
        (json_object, "{"),
        (json_object, "[1]"),
        (json_object, 3),
    ],
)
def test_no_value(decode: Any, value: JsonValue) -> None:
    """What isn't of the type is refused with the one error that is expected."""
    with pytest.raises(ValueError):
        decode(value)


def test_decoders() -> None:
    """Numbers come as text and the other way round."""
    assert number("46016") == 46016.0
    assert integer("16.0") == 16
    assert measured("20000.0") == 20000
    assert measured(21.5) == 21.5
    assert rounded(3)("17.334392547607422") == 17.334
    assert text(5) == "5"
    assert json_object('{"mode": "x"}') == {"mode": "x"}


@pytest.mark.parametrize("value", [None, "", "  ", "null", "NaN", float("nan")])
def test_unknown(value: JsonValue) -> None:
    """Unknown is None, and never 0."""
    assert is_unknown(value)
    state = ChargerState()
    see(state, 120, "7.2", T0)
    see(state, 120, value, T0 + 1)
    assert state[keys.TOTAL_POWER] is None
    assert not state.malformed


def test_newest_wins() -> None:
    """A replay, and what arrives late, change nothing."""
    state = ChargerState()
    assert see(state, 120, "7.2", T0)
    assert not see(state, 120, "3.1", T0 - 1)
    assert state[keys.TOTAL_POWER] == 7.2
    assert state.stale == 1
    # With the same time the later message wins.
    assert see(state, 48, "10", T0)
    assert see(state, 48, "12", T0)
    assert state[keys.DYNAMIC_CHARGER_CURRENT] == 12
    assert state.drain().changed == {"totalPower", "dynamicChargerCurrent"}
    see(state, 48, "12", T0 + 5)
    assert state.drain().changed == frozenset()


def test_wrong_clocks() -> None:
    """A time that is far ahead, or none, is that of the arrival."""
    state = ChargerState()
    state.take(Observed("EH1", 120, "1", T0 + 10 * HOUR), T0)
    state.take(Observed("EH1", 120, "2", None), T0 + 1)
    assert state[keys.TOTAL_POWER] == 2
    assert state.at_s(keys.TOTAL_POWER) == T0 + 1


def test_malformed_and_unknown_ids() -> None:
    """They are counted, and the value becomes unknown."""
    state = ChargerState()
    see(state, 109, "3", T0)
    see(state, 109, "driving", T0 + 1)
    see(state, 999, "1", T0)
    assert state[keys.CHARGER_OP_MODE] is None
    assert state.malformed == {"chargerOpMode": 1}
    assert state.unknown == {999: 1}


def test_tag_reversed() -> None:
    """108 is the same reading as 128, backwards."""
    state = ChargerState()
    see(state, 108, "4321", T0)
    assert state[keys.USER_ID_TOKEN] == "1234"


def test_power_after_the_end() -> None:
    """The last power stays on the wire; without charging it's none."""
    state = ChargerState()
    see(state, 109, 3, T0)
    see(state, 120, 7.2, T0 + 10)
    assert state.power_kw == 7.2
    see(state, 109, 4, T0 + 11)
    assert state.power_kw == 0
    # A power that is newer than the end is believed.
    see(state, 120, 0.1, T0 + 12)
    assert state.power_kw == 0.1
    see(state, 120, 0, T0 + 13)
    # evcc#10175: the last one again, in the same second.
    assert not see(state, 120, 7.2, T0 + 13)
    assert state.power_kw == 0
    assert ChargerState().power_kw is None


def test_false_zero_of_the_session() -> None:
    """The session's energy drops to zero without a new session."""
    state = ChargerState()
    see(state, 109, 1, T0 - 60)
    see(state, 121, 0, T0 - 59)
    see(state, 109, 3, T0)
    see(state, 121, 5.0, T0 + 600)
    assert not see(state, 121, 0, T0 + 660)
    assert state[keys.SESSION_ENERGY] == 5.0
    see(state, 121, 5.1, T0 + 700)
    # Another car.
    see(state, 109, 1, T0 + 800)
    see(state, 109, 2, T0 + 900)
    assert see(state, 121, 0, T0 + 901)
    assert state[keys.SESSION_ENERGY] == 0


def test_zero_before_the_mode() -> None:
    """The zero of a new session may come before the news of the car."""
    state = ChargerState()
    see(state, 121, 5.0, T0)
    see(state, 109, 1, T0 + 100)
    assert see(state, 121, 0, T0 + 200)


def test_zero_that_stands() -> None:
    """A zero that the vendor has had as the newest for long is true."""
    state = ChargerState()
    see(state, 109, 2, T0)
    see(state, 121, 5.0, T0)
    zero = Observed("EH1", 121, 0, T0 + 60)
    # Out of a queue there may be a newer one behind it.
    assert not state.take(zero, T0 + 2000)
    assert not state.take(zero, T0 + 90, is_newest=True)
    assert state.take(zero, T0 + 2000, is_newest=True)
    assert state[keys.SESSION_ENERGY] == 0


def test_tag_told_twice() -> None:
    """One reading comes as 108 and as 128, a little apart."""
    state = ChargerState()
    assert see(state, 128, "1234", T0)
    assert not see(state, 108, "4321", T0 + 0.4)
    assert see(state, 108, "4321", T0 + 60)


def test_text_that_is_none() -> None:
    """JSON that is too deep for a text is refused like all else."""
    deep: JsonValue = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(ValueError):
        text(deep)
    with pytest.raises(ValueError):
        text([1 << 70])


def total(state: ChargerState) -> float:
    """Return the total that is shown."""
    value = state[TOTAL_ENERGY]
    assert value is not None
    return value


def test_energy_in_its_hour() -> None:
    """What the sessions add counts at once, and the counter corrects it."""
    state = ChargerState()
    see(state, 124, 1000, T0)
    see(state, 109, 3, T0)
    see(state, 121, 0, T0)
    see(state, 121, 4.0, T0 + 0.5 * HOUR)
    assert total(state) == 1004
    see(state, 121, 8.0, T0 + HOUR)
    assert total(state) == 1008
    # The hour's counter is the truth; it says a little less than the sessions.
    see(state, 124, 1007.9, T0 + HOUR)
    assert total(state) == 1008
    see(state, 121, 9.0, T0 + 1.25 * HOUR)
    assert total(state) == 1008.9


def test_energy_across_the_hour() -> None:
    """Only what comes after the hour is added to the hour's counter."""
    state = ChargerState()
    see(state, 124, 1000, T0)
    see(state, 121, 0, T0)
    see(state, 121, 10.0, T0 + HOUR - 120)
    see(state, 121, 10.8, T0 + HOUR + 120)
    see(state, 124, 1010.4, T0 + HOUR)
    assert total(state) == pytest.approx(1010.8)


def test_energy_of_another_session() -> None:
    """A smaller session energy is a new session's."""
    energy = EnergyTotal()
    energy.lifetime(100, T0)
    energy.session(5, T0)
    energy.session(6, T0 + 600)
    energy.session(0.5, T0 + 1200)
    assert energy.total_kwh == 101.5
    energy.session(0.7, T0 + 600)
    assert energy.total_kwh == 101.5
    # A little less is noise, unless the car is known to be another.
    energy.session(0.49, T0 + 1800)
    assert energy.total_kwh == 101.5
    energy.session(0.4, T0 + 1900, is_new=True)
    assert energy.total_kwh == 101.9


def test_energy_jumps() -> None:
    """Garbage, and another board, move the base and not the total."""
    energy = EnergyTotal()
    energy.lifetime(100, T0)
    energy.session(0, T0)
    energy.session(1e6, T0 + 60)
    assert energy.total_kwh == 100
    energy.lifetime(1e9, T0 + HOUR)
    assert energy.total_kwh == 100
    energy.lifetime(101, T0 + 2 * HOUR)
    assert energy.total_kwh == 100
    energy.lifetime(103, T0 + 3 * HOUR)
    assert energy.total_kwh == 102
    energy.lifetime(2, T0 + 4 * HOUR)
    energy.lifetime(3, T0 + 5 * HOUR)
    assert energy.total_kwh == 103


def test_energy_is_unknown_without_the_counter() -> None:
    """The sessions alone say nothing of the total."""
    state = ChargerState()
    see(state, 121, 3, T0)
    assert state[TOTAL_ENERGY] is None


def test_lifetime_that_becomes_zero() -> None:
    """Its return would be added as if all of it had been used once more."""
    assert see(ChargerState(), 124, 0, T0)
    state = ChargerState()
    assert see(state, 124, 1000, T0 + HOUR)
    assert not see(state, 124, 0, T0 + 2 * HOUR)
    assert state[keys.LIFETIME_ENERGY] == 1000
    assert see(state, 124, 1003, T0 + 3 * HOUR)
    assert state[keys.LIFETIME_ENERGY] == total(state) == 1003


def test_energy_over_a_restart() -> None:
    """Nothing is lost or counted twice when Home Assistant starts again."""
    before = ChargerState()
    see(before, 124, 1000, T0)
    see(before, 121, 1, T0 + 60)
    see(before, 121, 3, T0 + 600)
    after = ChargerState()
    after.restore(before.kept())
    assert total(after) == 1002
    # A false zero as the first that's heard.
    see(after, 109, 3, T0 - 60)
    assert not see(after, 121, 0, T0 + 700)
    # The start state: the counter is the one that was known, the session went on.
    see(after, 124, 1000, T0)
    see(after, 121, 4, T0 + 900)
    see(after, 121, 4, T0 + 900)
    assert total(after) == 1003
    see(after, 124, 1004, T0 + HOUR)
    assert total(after) == 1004


@given(
    st.lists(st.floats(0, 11), min_size=1, max_size=48),
    st.integers(0, 2**32),
    st.floats(0, 0.05),
)
def test_total_never_falls_and_meets_the_counter(
    powers_kw: list[float], seed: int, meter_error: float
) -> None:
    """Whatever a charger does: the total rises, in the hour, and ends with the counter.

    Each power lasts ten minutes; sessions begin at random, samples come in any order
    and twice.
    """
    chance = random.Random(seed)
    energy = EnergyTotal()
    energy.lifetime(1000, T0)
    energy.session(0, T0)
    truth, session, shown = 1000.0, 0.0, 1000.0
    samples: list[tuple[bool, float, float]] = []
    for place, power_kw in enumerate(powers_kw, 1):
        at_s = T0 + 600.0 * place
        if chance.random() < 0.1:
            session = 0.0
        session += power_kw / 6
        truth += power_kw / 6
        samples.append((False, session * (1 + meter_error), at_s))
        if place % 6 == 0:
            samples.append((True, truth, at_s))
    for place, (is_lifetime, kwh, at_s) in enumerate(samples):
        for _ in range(chance.choice((1, 1, 2))):
            (energy.lifetime if is_lifetime else energy.session)(kwh, at_s)
        if place and chance.random() < 0.3:
            old_lifetime, old_kwh, old_at_s = samples[chance.randrange(place)]
            (energy.lifetime if old_lifetime else energy.session)(old_kwh, old_at_s)
        assert energy.total_kwh is not None
        assert energy.total_kwh >= shown
        shown = energy.total_kwh
    added = truth - 1000
    assert shown >= 1000 + (added if len(powers_kw) % 6 == 0 else 0) - 0.01
    assert shown <= 1000 + added * (1 + meter_error) + 0.01


@given(st.permutations(list(range(12))), st.integers(0, 11))
def test_order_of_arrival_is_no_matter(order: list[int], twice: int) -> None:
    """Shuffled and repeated observations of an id end with the newest."""
    state = ChargerState()
    for step in [*order, twice]:
        see(state, 48, step, T0 + step)
    assert state[keys.DYNAMIC_CHARGER_CURRENT] == 11
