"""Energy of rows: trapezoids within a state, steps between states, no line over a hole.

Each pair of neighbours gives its energy by itself (reference 4.3), so the energy of a
time is the same however its rows are cut into parts that share a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
import math
from typing import Final

from .modes import Mode, mode_of
from .samples import Sample

HOUR_S: Final = 3600
# Rows without an interval; 15 s is what tests of the vendor and owners saw last.
DEFAULT_INTERVAL_S: Final = 15.0
# No row stands for more: else a wrong interval would draw lines over holes.
MAX_INTERVAL_S: Final = 300.0
MIN_LIMIT_S: Final = 90.0
# More than these machines can; such power is unknown.
MAX_IN_W: Final = 15_000.0
MAX_OUT_W: Final = 40_000.0


@dataclass(slots=True)
class Piece:
    """What rows say of an hour's part in a mode, in Wh.

    Heat given and heat taken are apart, both positive. ``covered_s`` are the seconds
    of which both powers are known.
    """

    in_wh: float = 0.0
    out_positive_wh: float = 0.0
    out_negative_wh: float = 0.0
    covered_s: float = 0.0

    @property
    def out_wh(self) -> float:
        """The heat given less the heat taken."""
        return self.out_positive_wh - self.out_negative_wh

    def add(self, other: Piece, sign: int = 1) -> None:
        """Add another one, or take it off."""
        self.in_wh += sign * other.in_wh
        self.out_positive_wh += sign * other.out_positive_wh
        self.out_negative_wh += sign * other.out_negative_wh
        self.covered_s += sign * other.covered_s


@dataclass(frozen=True, slots=True)
class Gap:
    """A time (epoch s) between two rows whose energy isn't known.

    ``powerless``: there are rows in it, and these have no power.
    """

    left: Sample
    right: Sample
    from_s: float
    to_s: float
    powerless: bool = False


@dataclass(slots=True)
class Integral:
    """The energies of rows by hour (its start, epoch s) and mode, and the open gaps."""

    pieces: dict[tuple[int, Mode], Piece] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)

    def add_to(self, sums: dict[Mode, Piece], sign: int = 1) -> None:
        """Add the energies to those by mode, or take them off."""
        for (_, mode), piece in self.pieces.items():
            sums.setdefault(mode, Piece()).add(piece, sign)


def hour_of(at_s: float) -> int:
    """Return the start of the UTC hour of a time (epoch s)."""
    return math.floor(at_s / HOUR_S) * HOUR_S


def interval_of(sample: Sample) -> float:
    """Return the seconds that a row stands for."""
    seconds = sample.interval_s
    if seconds is None or not 0 < seconds < math.inf:
        return DEFAULT_INTERVAL_S
    return min(seconds, MAX_INTERVAL_S)


def power_in(sample: Sample) -> float | None:
    """Return the electric power in W, None where it's unknown or can't be."""
    power = sample.power_in_w
    # A little below zero is noise.
    return None if power is None or not -100 <= power <= MAX_IN_W else max(power, 0.0)


def power_out(sample: Sample) -> float | None:
    """Return the thermal power in W, None where it's unknown or can't be."""
    power = sample.power_out_w
    return power if power is not None and abs(power) <= MAX_OUT_W else None


def has_power(sample: Sample) -> bool:
    """Tell whether both powers are known."""
    return power_in(sample) is not None and power_out(sample) is not None


def ordered(samples: Iterable[Sample]) -> list[Sample]:
    """Return rows by time, of each time one: of several that which knows the most."""
    found: dict[float, Sample] = {}
    for sample in samples:
        if not math.isfinite(sample.at_s):
            continue
        other = found.get(sample.at_s)
        if other is None or _rank(other) < _rank(sample):
            found[sample.at_s] = sample
    return [found[at_s] for at_s in sorted(found)]


def integrate(samples: Iterable[Sample], after_s: float = -math.inf) -> Integral:
    """Return the energies of rows in any order; only of what is after a time."""
    found = Integral()
    for one, two in pairwise(ordered(samples)):
        _integrate_pair(found, one, two, after_s)
    return found


def _integrate_pair(found: Integral, one: Sample, two: Sample, after_s: float) -> None:
    begin_s, end_s = one.at_s, two.at_s
    elapsed_s, interval_s = end_s - begin_s, interval_of(one)
    whole = has_power(one)
    if elapsed_s > max(3 * interval_s, MIN_LIMIT_S):
        until_s = begin_s + interval_s
        _hold(found, one, begin_s, until_s, after_s)
        found.gaps.append(Gap(one, two, until_s if whole else begin_s, end_s))
        return
    if not (whole and has_power(two)):
        # Null isn't zero: what is known of the left row holds for its own interval.
        until_s = begin_s + min(interval_s, elapsed_s)
        _hold(found, one, begin_s, until_s, after_s)
        from_s = until_s if whole else begin_s
        if from_s < end_s:
            add_gap(found.gaps, Gap(one, two, from_s, end_s, powerless=True))
        return
    if one.state == two.state:
        _book(found, one, two, begin_s, end_s, after_s)
        return
    # Power jumps there. Nobody knows when in between, nor whether a row stands for what
    # was before it or after: each has the share of its own interval.
    share = interval_s / (interval_s + interval_of(two))
    change_s = begin_s + elapsed_s * share
    _hold(found, one, begin_s, change_s, after_s)
    _hold(found, two, change_s, end_s, after_s)


def _hold(
    found: Integral, sample: Sample, begin_s: float, end_s: float, after_s: float
) -> None:
    """Book a row's own power for a time."""
    _book(found, sample, sample, begin_s, end_s, after_s)


def _book(
    found: Integral,
    one: Sample,
    two: Sample,
    begin_s: float,
    end_s: float,
    after_s: float,
) -> None:
    """Book straight lines from one's powers to two's, cut at full hours."""
    in_a, in_b = power_in(one), power_in(two)
    out_a, out_b = power_out(one), power_out(two)
    mode, length_s = mode_of(one.state), end_s - begin_s
    at_s = max(begin_s, after_s)
    while at_s < end_s:
        hour = hour_of(at_s)
        until_s = min(hour + HOUR_S, end_s)
        hours = (until_s - at_s) / HOUR_S
        a, b = (at_s - begin_s) / length_s, (until_s - begin_s) / length_s
        piece = Piece()
        if in_a is not None and in_b is not None:
            piece.in_wh = (in_a + (in_b - in_a) * (a + b) / 2) * hours
        if out_a is not None and out_b is not None:
            slope = out_b - out_a
            given, taken = _areas(out_a + slope * a, out_a + slope * b)
            piece.out_positive_wh, piece.out_negative_wh = given * hours, taken * hours
            if in_a is not None and in_b is not None:
                piece.covered_s = until_s - at_s
        found.pieces.setdefault((hour, mode), Piece()).add(piece)
        at_s = until_s


def _areas(a: float, b: float) -> tuple[float, float]:
    """Return the means of a line's part above zero, and of that below."""
    if a >= 0 and b >= 0:
        return (a + b) / 2, 0.0
    if a <= 0 and b <= 0:
        return 0.0, -(a + b) / 2
    above, below = max(a, b), -min(a, b)
    span = above + below
    return above * above / span / 2, below * below / span / 2


def add_gap(gaps: list[Gap], gap: Gap) -> None:
    """Add a gap; of rows without power, those that follow each other are one."""
    last = gaps[-1] if gaps else None
    if last and last.powerless and gap.powerless and last.to_s == gap.from_s:
        gap = replace(gaps.pop(), right=gap.right, to_s=gap.to_s)
    gaps.append(gap)


def _rank(sample: Sample) -> tuple[float, ...]:
    """Return what decides between rows of the same time, whatever came first."""
    values = (
        sample.power_in_w,
        sample.power_out_w,
        sample.state,
        sample.interval_s,
    )
    known = [-math.inf if value is None else value for value in values]
    return (sum(value is not None for value in values), *known)
