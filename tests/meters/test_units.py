"""Units: all that Home Assistant has, with its factors; and what a number is."""

import pytest

from custom_components.sunbridge.meters.samples import Reason, Sample, number
from custom_components.sunbridge.meters.units import INT32, Measure, rounded, units_of
from homeassistant.const import UnitOfEnergy, UnitOfPower, UnitOfTemperature
from homeassistant.util.unit_conversion import (
    EnergyConverter,
    PowerConverter,
    TemperatureConverter,
)

NOW = 1_768_400_000.0


def value(state: str, unit: str | None, measure: Measure) -> float | Reason:
    """Return the number of a state."""
    return number(Sample(state, unit, NOW), measure)


@pytest.mark.parametrize("unit", UnitOfPower)
def test_powers(unit: UnitOfPower) -> None:
    """Every unit of power is known, by the factor that Home Assistant has."""
    state = f"{PowerConverter.convert(-1234.5, UnitOfPower.WATT, unit):.15e}"
    assert value(state, unit.value, Measure.POWER) == pytest.approx(-1234.5)


@pytest.mark.parametrize("unit", UnitOfEnergy)
def test_energies(unit: UnitOfEnergy) -> None:
    """So is every unit of energy."""
    state = f"{EnergyConverter.convert(8750, UnitOfEnergy.WATT_HOUR, unit):.15e}"
    assert value(state, unit.value, Measure.ENERGY) == pytest.approx(8750)


@pytest.mark.parametrize("unit", UnitOfTemperature)
def test_temperatures(unit: UnitOfTemperature) -> None:
    """And every unit of temperature."""
    state = f"{TemperatureConverter.convert(46.8, UnitOfTemperature.CELSIUS, unit)}"
    assert value(state, unit.value, Measure.TEMPERATURE) == pytest.approx(46.8)


@pytest.mark.parametrize(
    ("state", "unit", "measure", "expected"),
    [
        ("1500", "mW", Measure.POWER, 1.5),
        ("-0.542", "kW", Measure.POWER, -542),
        ("0.0001", "MW", Measure.POWER, 100),
        ("1e-6", "GW", Measure.POWER, 1000),
        ("1E-9", "TW", Measure.POWER, 1000),
        ("3412.142", "BTU/h", Measure.POWER, 1000),
        ("5000", "mWh", Measure.ENERGY, 5),
        ("12.5", "kWh", Measure.ENERGY, 12_500),
        ("0.5", "MWh", Measure.ENERGY, 500_000),
        ("7200", "J", Measure.ENERGY, 2),
        ("3.6", "MJ", Measure.ENERGY, 1000),
        ("860.42065", "kcal", Measure.ENERGY, 1000),
        ("1", "thm", Measure.ENERGY, 29_300.11),
        ("113", "°F", Measure.TEMPERATURE, 45),
        ("-40", "°F", Measure.TEMPERATURE, -40),
        ("273.15", "K", Measure.TEMPERATURE, 0),
        ("100", "%", Measure.PERCENT, 100),
    ],
)
def test_figures(state: str, unit: str, measure: Measure, expected: float) -> None:
    """What comes out is what one reckons by hand."""
    assert value(state, unit, measure) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("unit", "measure"),
    [
        (None, Measure.POWER),
        ("", Measure.POWER),
        ("w", Measure.POWER),
        ("KW", Measure.POWER),
        ("kw", Measure.POWER),
        (" W", Measure.POWER),
        ("VA", Measure.POWER),
        ("kWh", Measure.POWER),
        ("BTU/H", Measure.CONSUMPTION),
        ("kW", Measure.ENERGY),
        ("wh", Measure.ENERGY),
        ("Cal", Measure.ENERGY),
        ("C", Measure.TEMPERATURE),
        ("%", Measure.TEMPERATURE),
        ("°C", Measure.PERCENT),
        (None, Measure.PERCENT),
    ],
)
def test_wrong_units(unit: str | None, measure: Measure) -> None:
    """A unit of something else, of another case or of nobody isn't guessed at."""
    assert value("1", unit, measure) is Reason.WRONG_UNIT
    assert unit not in units_of(measure)


@pytest.mark.parametrize(
    "state", ["nan", "NaN", "inf", "-inf", "Infinity", "1_000", "1,5", "0x10", "on",
              "None", "1 W", "--1", "1e", "e5", ".", "+", "١٢", "1\x00", "½"],
)  # fmt: skip
def test_no_numbers(state: str) -> None:
    """Some of these are numbers to Python."""
    assert value(state, "W", Measure.POWER) is Reason.NOT_A_NUMBER


@pytest.mark.parametrize("state", ["unknown", "unavailable", "", "  "])
def test_unavailable(state: str) -> None:
    """A sensor that says it knows nothing."""
    assert value(state, "W", Measure.POWER) is Reason.UNAVAILABLE


@pytest.mark.parametrize(
    ("state", "expected"), [(" 12.5\n", 12.5), ("+3", 3), (".5", 0.5), ("7.", 7)]
)
def test_numbers(state: str, expected: float) -> None:
    """How numbers may be written."""
    assert value(state, "W", Measure.POWER) == expected


@pytest.mark.parametrize(
    ("state", "unit", "measure", "expected"),
    [
        (str(INT32), "W", Measure.POWER, INT32),
        (str(INT32 + 1), "W", Measure.POWER, None),
        (str(-INT32), "W", Measure.POWER, -INT32),
        (str(-INT32 - 1), "W", Measure.POWER, None),
        ("1e999", "W", Measure.POWER, None),
        ("-1e999", "mW", Measure.POWER, None),
        ("9" * 400, "kW", Measure.POWER, None),
        ("1", "TW", Measure.POWER, None),
        ("-20", "W", Measure.CONSUMPTION, 0),
        ("-20.5", "W", Measure.CONSUMPTION, None),
        ("-0.001", "kWh", Measure.ENERGY, None),
        ("3", "GWh", Measure.ENERGY, None),
        ("2.1", "GWh", Measure.ENERGY, 2_100_000_000),
        ("100.9", "%", Measure.PERCENT, 100),
        ("-0.3", "%", Measure.PERCENT, 0),
        ("101.1", "%", Measure.PERCENT, None),
        ("-2", "%", Measure.PERCENT, None),
        ("6553.5", "%", Measure.PERCENT, None),
        ("-127", "°C", Measure.TEMPERATURE, None),
        ("850", "°C", Measure.TEMPERATURE, None),
        ("0", "K", Measure.TEMPERATURE, None),
        ("95", "°C", Measure.TEMPERATURE, 95),
    ],
)
def test_bounds(
    state: str, unit: str, measure: Measure, expected: float | None
) -> None:
    """Noise at a bound is the bound; what can't be is nothing."""
    found = value(state, unit, measure)
    assert found == (Reason.OUT_OF_RANGE if expected is None else expected)


@pytest.mark.parametrize(
    ("number", "measure", "expected"),
    [
        (-0.4, Measure.POWER, "0"),
        (-0.6, Measure.POWER, "-1"),
        (-0.0, Measure.POWER, "0"),
        (2224.7, Measure.POWER, "2225"),
        (8749.6, Measure.ENERGY, "8750"),
        (78.0, Measure.PERCENT, "78.0"),
        (78.249, Measure.PERCENT, "78.2"),
        (-0.04, Measure.TEMPERATURE, "0.0"),
        (-0.06, Measure.TEMPERATURE, "-0.1"),
        (46.85, Measure.TEMPERATURE, "46.9"),
    ],
)
def test_rounded(number: float, measure: Measure, expected: str) -> None:
    """W and Wh are whole, the others have a decimal, and there's no negative zero."""
    assert repr(rounded(number, measure)) == expected
