"""The preview: which way the power flows, in words that forms can show."""

import pytest

from custom_components.sunbridge.vendors.nrgkick.document import Part
from custom_components.sunbridge.vendors.nrgkick.preview import (
    Direction,
    Preview,
    preview,
)
from custom_components.sunbridge.vendors.nrgkick.samples import Reason
from custom_components.sunbridge.vendors.nrgkick.sources import Problem, Quantity

from .homes import watts

X = Quantity.of("x")


@pytest.mark.parametrize(
    ("part", "state", "direction", "amount_w"),
    [
        (Part.GRID, "-542.4", Direction.FEED_IN, 542),
        (Part.GRID, "300", Direction.CONSUMPTION, 300),
        (Part.METER, "-1", Direction.FEED_IN, 1),
        (Part.METER, "1", Direction.CONSUMPTION, 1),
        (Part.BATTERY, "-749", Direction.CHARGE, 749),
        (Part.BATTERY, "749", Direction.DISCHARGE, 749),
        (Part.INVERTER, "2225", Direction.PRODUCTION, 2225),
        (Part.INVERTER, "-5", Direction.CONSUMPTION, 5),
        (Part.SMART_LOAD, "1241", Direction.CONSUMPTION, 1241),
        (Part.LOAD, "1683", Direction.CONSUMPTION, 1683),
    ],
)
def test_directions(
    part: Part, state: str, direction: Direction, amount_w: int
) -> None:
    """Signs are those of the document."""
    assert preview(part, X, watts(x=state)) == Preview(direction, amount_w)


@pytest.mark.parametrize("part", Part)
def test_idle_and_unknown(part: Part) -> None:
    """Nothing flows, which isn't the same as nothing known."""
    for state in ("0", "-0.0", "0.4", "-0.4"):
        assert preview(part, X, watts(x=state)) == Preview(Direction.IDLE, 0)
    problem = Problem("x", Reason.UNAVAILABLE)
    assert preview(part, X, watts(x="unknown")) == Preview(None, None, (problem,))


def test_flipped() -> None:
    """A flipped sensor, and two of one way each."""
    flipped = Quantity.of("x", is_flipped=True)
    assert preview(Part.GRID, flipped, watts(x="542")).direction is Direction.FEED_IN
    pair = Quantity.pair("out", "in")
    read = watts(**{"out": "0", "in": "749"})
    assert preview(Part.BATTERY, pair, read) == Preview(Direction.CHARGE, 749)


def test_never_negative() -> None:
    """A load that is negative has the wrong sign, and the form says so."""
    for part in (Part.LOAD, Part.SMART_LOAD):
        shown = preview(part, X, watts(x="-500"))
        assert shown.problems == (Problem("x", Reason.OUT_OF_RANGE),)
