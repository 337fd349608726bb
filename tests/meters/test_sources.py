"""Quantities: sums and signs, and why one of them isn't known."""

import pytest

from custom_components.sunbridge.meters.errors import SetupError, SourceFault
from custom_components.sunbridge.meters.freshness import Limits
from custom_components.sunbridge.meters.samples import Reason, Sample
from custom_components.sunbridge.meters.sources import (
    Measured,
    Problem,
    Quantity,
    Sensors,
    Source,
)
from custom_components.sunbridge.meters.units import INT32, Measure
from tests.nrgkick.homes import NOW, watts


@pytest.mark.parametrize(
    ("powers_w", "expected_w"),
    [
        # Import and export, charge and discharge: never both, or a bit of both.
        ({"plus": "0", "minus": "542"}, -542),
        ({"plus": "1200", "minus": "0.0"}, 1200),
        ({"plus": "300", "minus": "450"}, -150),
        ({"plus": "-3", "minus": "-1"}, 0),
        # A signed sensor in the place of a one-way one would turn the sign.
        ({"plus": "-542", "minus": "542"}, None),
        ({"plus": "0", "minus": "-542"}, None),
    ],
)
def test_pairs(powers_w: dict[str, str], expected_w: float | None) -> None:
    """The second sensor is what goes the other way."""
    measured = watts(**powers_w)(Quantity.pair("plus", "minus"), Measure.POWER)
    assert measured.value == expected_w
    assert bool(measured.problems) is (expected_w is None)
    assert {problem.reason for problem in measured.problems} <= {Reason.OUT_OF_RANGE}


def test_sums() -> None:
    """Each source has its own sign, and its own unit."""
    quantity = Quantity((Source("one"), Source("two", is_flipped=True), Source("kw")))
    samples = {
        "one": Sample("100", "W", NOW),
        "two": Sample("-40.5", "W", NOW),
        "kw": Sample("-1", "kW", NOW),
    }
    measured = Sensors().reader(samples.get, NOW)(quantity, Measure.POWER)
    assert measured == Measured(-859.5)
    phases = Quantity.of("l1", "l2", "l3", is_flipped=True)
    assert watts(l1="10", l2="-4", l3="1")(phases, Measure.POWER).value == -7
    # A part of a consumption may be negative, the whole may not.
    both = Quantity.of("one", "two")
    assert watts(one="500", two="-100")(both, Measure.CONSUMPTION).value == 400
    assert watts(one="5", two="-100")(both, Measure.CONSUMPTION).value is None


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (None, Reason.MISSING),
        (Sample("unavailable", "W", NOW), Reason.UNAVAILABLE),
        (Sample("nan", "W", NOW), Reason.NOT_A_NUMBER),
        (Sample("5", "A", NOW), Reason.WRONG_UNIT),
        (Sample("1e300", "W", NOW), Reason.OUT_OF_RANGE),
        (Sample("5", "W", NOW - 61), Reason.TOO_OLD),
        (Sample("5", "W", NOW + 61), Reason.TOO_OLD),
        (Sample("5", "W", float("nan")), Reason.TOO_OLD),
    ],
)
def test_one_part_is_missing(sample: Sample | None, reason: Reason) -> None:
    """Then the sum is unknown, and it's said whose fault it is."""
    samples = {"good": Sample("100", "W", NOW)}
    if sample is not None:
        samples["bad"] = sample
    measured = Sensors().reader(samples.get, NOW)(
        Quantity.of("good", "bad"), Measure.POWER
    )
    assert measured == Measured(None, (Problem("bad", reason),))


def test_all_parts_are_named() -> None:
    """Two sensors may be wrong in two ways; and a sum may be too large by itself."""
    read = watts(good="1", text="on", huge=str(INT32), more=str(INT32))
    measured = read(Quantity.of("text", "good", "gone"), Measure.POWER)
    assert measured.problems == (
        Problem("text", Reason.NOT_A_NUMBER),
        Problem("gone", Reason.MISSING),
    )
    measured = read(Quantity.of("huge", "more"), Measure.POWER)
    assert measured.problems == (
        Problem("huge", Reason.OUT_OF_RANGE),
        Problem("more", Reason.OUT_OF_RANGE),
    )


def test_nothing_huge_cancels_out() -> None:
    """The difference of two impossible numbers is no 0."""
    quantity = Quantity((Source("one"), Source("two", is_flipped=True)))
    measured = watts(one="1e30", two="1e30")(quantity, Measure.POWER)
    assert measured.value is None


def test_plus() -> None:
    """A sum of quantities is known if both are."""
    problem = Problem("a", Reason.TOO_OLD)
    other = Problem("b", Reason.MISSING)
    unknown = Measured(None, (problem,))
    power = Measure.POWER
    assert Measured(2.0).plus(Measured(-5.0), power) == Measured(-3.0)
    assert Measured(2.0).plus(unknown, power) == unknown
    assert unknown.plus(Measured(2.0), power) == unknown
    assert unknown.plus(Measured(None, (other,)), power).problems == (problem, other)
    assert Measured(float(INT32)).plus(Measured(1.0), power) == Measured(
        None, (Problem(None, Reason.OUT_OF_RANGE),)
    )


def test_nothing_is_made_of_nothing() -> None:
    """No source, and the same one twice, would be a 0 that is always there."""
    with pytest.raises(SetupError) as caught:
        Quantity(())
    assert caught.value.fault is SourceFault.NO_SOURCE
    with pytest.raises(SetupError) as caught:
        Quantity.pair("marked-sensor", "marked-sensor")
    assert caught.value.fault is SourceFault.SAME_SOURCE
    assert "marked" not in str(caught.value)


def test_limits() -> None:
    """Powers have a limit by default, what changes slowly has none; both may differ."""
    sensors = Sensors()

    def value(quantity: Quantity, measure: Measure, unit: str, age_s: float) -> object:
        read = sensors.reader({"x": Sample("50", unit, NOW - age_s)}.get, NOW)
        return read(quantity, measure).value

    usual, strict = Quantity.of("x"), Quantity((Source("x"),), Limits(fixed_s=10))
    for measure, unit in ((Measure.POWER, "W"), (Measure.CONSUMPTION, "W")):
        assert value(usual, measure, unit, 60) == 50
        assert value(usual, measure, unit, 61) is None
        assert value(strict, measure, unit, 11) is None
    for measure, unit in (
        (Measure.ENERGY, "Wh"),
        (Measure.PERCENT, "%"),
        (Measure.TEMPERATURE, "°C"),
    ):
        assert value(usual, measure, unit, 1e6) == 50
        assert value(strict, measure, unit, 11) is None


@pytest.mark.parametrize(
    ("plus", "minus", "expected_w"),
    [
        # One rests for hours while the other has the power, in either direction.
        (("0", 9000), ("542", 5), -542),
        (("1200", 5), ("-1", 9000), 1200),
        # Who says something has to say it again.
        (("10", 9000), ("542", 5), None),
        (("0", 9000), ("542", 900), None),
        # With 0 on both sides nobody knows which of them is dead.
        (("0", 9000), ("0", 5), None),
        (("0", 9000), ("unavailable", 5), None),
    ],
)
def test_one_direction_rests(
    plus: tuple[str, float], minus: tuple[str, float], expected_w: float | None
) -> None:
    """Not every integration reports a 0 that stays 0."""
    samples = {
        name: Sample(state, "W", NOW - age_s)
        for name, (state, age_s) in (("plus", plus), ("minus", minus))
    }
    read = Sensors().reader(samples.get, NOW)
    assert read(Quantity.pair("plus", "minus"), Measure.POWER).value == expected_w


def test_each_phase_rests_by_itself() -> None:
    """Phases are compared in their order, as far as there's one."""
    ages_s = {"in1": 9000, "in2": 5, "out1": 5, "out2": 9000}
    watts_w = {"in1": "0", "in2": "50", "out1": "700", "out2": "0"}
    samples = {name: Sample(watts_w[name], "W", NOW - ages_s[name]) for name in ages_s}
    read = Sensors().reader(samples.get, NOW)

    def value(*names: str) -> float | None:
        sources = tuple(
            Source(name, is_flipped=name.startswith("out"), is_one_way=True)
            for name in names
        )
        return read(Quantity(sources), Measure.POWER).value

    assert value("in1", "in2", "out1", "out2") == -650
    assert value("in2", "in1", "out1", "out2") is None
    assert value("in1", "in2", "out1") is None


def test_sensors_learn() -> None:
    """Reading is looking: what reports each minute is trusted for five."""
    sensors = Sensors()
    quantity = Quantity.of("x")
    for step in range(0, 245, 5):
        samples = {"x": Sample("7", "W", NOW + step // 60 * 60)}
        read = sensors.reader(samples.get, NOW + step)
        assert read(quantity, Measure.POWER).value == 7
    assert sensors.freshness("x").interval_s == 60
    read = sensors.reader({"x": Sample("7", "W", NOW + 240)}.get, NOW + 540)
    assert read(quantity, Measure.POWER).value == 7
    read = sensors.reader({"x": Sample("7", "W", NOW + 240)}.get, NOW + 541)
    assert read(quantity, Measure.POWER).problems == (Problem("x", Reason.TOO_OLD),)
    # What is known of one source says nothing of another.
    assert sensors.freshness("y").interval_s is None
