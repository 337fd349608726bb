"""A sensor's reading as Home Assistant gives it: text, unit and time."""

from dataclasses import dataclass
from enum import StrEnum
import re
from typing import Final

from .units import Measure, bounded, converted

# What float() takes beyond this is no number that a sensor writes: 1_000, nan, ١٢.
_NUMBER: Final = re.compile(
    r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"
)
_NOT_THERE: Final = frozenset({"", "unknown", "unavailable"})


class Reason(StrEnum):
    """Why a source can't be trusted."""

    MISSING = "missing"
    UNAVAILABLE = "unavailable"
    NOT_A_NUMBER = "not_a_number"
    WRONG_UNIT = "wrong_unit"
    OUT_OF_RANGE = "out_of_range"
    TOO_OLD = "too_old"


@dataclass(frozen=True, slots=True)
class Sample:
    """The state of a sensor, its unit, and when it was reported last (epoch s).

    That is the time of the last report and not of the last change: a value that stays
    the same is alive (reference 5.3).
    """

    state: str
    unit: str | None
    reported_at_s: float


def number(sample: Sample, measure: Measure) -> float | Reason:
    """Return a sample's W, Wh, % or °C, finite and within bounds, or why there's none.

    Whether it's fresh is another question.
    """
    text = sample.state.strip()
    if text in _NOT_THERE:
        return Reason.UNAVAILABLE
    if not _NUMBER.fullmatch(text):
        return Reason.NOT_A_NUMBER
    value = converted(float(text), sample.unit, measure)
    if value is None:
        return Reason.WRONG_UNIT
    # Beyond all bounds is also infinity, which 1e999 reads as.
    value = bounded(value, measure)
    return Reason.OUT_OF_RANGE if value is None else value
