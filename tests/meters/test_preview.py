"""The preview: which way the power flows, in words that forms can show."""

import pytest

from custom_components.sunbridge.meters.preview import (
    Direction,
    Metered,
    Preview,
    preview,
)
from custom_components.sunbridge.meters.samples import Reason
from custom_components.sunbridge.meters.sources import Problem, Quantity
from tests.nrgkick.homes import watts

X = Quantity.of("x")


@pytest.mark.parametrize(
    ("metered", "state", "direction", "amount_w"),
    [
        (Metered.GRID, "-542.4", Direction.FEED_IN, 542),
        (Metered.GRID, "300", Direction.CONSUMPTION, 300),
        (Metered.BATTERY, "-749", Direction.CHARGE, 749),
        (Metered.BATTERY, "749", Direction.DISCHARGE, 749),
        (Metered.INVERTER, "2225", Direction.PRODUCTION, 2225),
        (Metered.INVERTER, "-5", Direction.CONSUMPTION, 5),
        (Metered.LOAD, "1683", Direction.CONSUMPTION, 1683),
    ],
)
def test_directions(
    metered: Metered, state: str, direction: Direction, amount_w: int
) -> None:
    """Signs are those of the document."""
    assert preview(metered, X, watts(x=state)) == Preview(direction, amount_w)


@pytest.mark.parametrize("metered", Metered)
def test_idle_and_unknown(metered: Metered) -> None:
    """Nothing flows, which isn't the same as nothing known."""
    for state in ("0", "-0.0", "0.4", "-0.4"):
        assert preview(metered, X, watts(x=state)) == Preview(Direction.IDLE, 0)
    problem = Problem("x", Reason.UNAVAILABLE)
    assert preview(metered, X, watts(x="unknown")) == Preview(None, None, (problem,))


def test_flipped() -> None:
    """A flipped sensor, and two of one way each."""
    flipped = Quantity.of("x", is_flipped=True)
    assert preview(Metered.GRID, flipped, watts(x="542")).direction is Direction.FEED_IN
    pair = Quantity.pair("out", "in")
    read = watts(**{"out": "0", "in": "749"})
    assert preview(Metered.BATTERY, pair, read) == Preview(Direction.CHARGE, 749)


def test_never_negative() -> None:
    """A load that is negative has the wrong sign, and the form says so."""
    shown = preview(Metered.LOAD, X, watts(x="-500"))
    assert shown.problems == (Problem("x", Reason.OUT_OF_RANGE),)
