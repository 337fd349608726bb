"""What to write into Home Assistant's long-term statistics; only what, and not how.

Two ways (reference 4.8): series of our own (B1: ``rewritten`` up to now, and ``corrected``
for a part of the past), and the repair of a live sensor that was given an outage at once
(B2: ``repaired``). All energies are in kWh; a row's ``start_s`` is its UTC hour (epoch s).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
import math
from typing import Final

from .books import Booked, Source
from .integrate import HOUR_S, hour_of
from .ledger import Ledger
from .modes import Series, amount

_NOTHING_KWH: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Row:
    """An hour of a series: its state, and the sum at its end.

    In our own series the state is the hour's energy, so that a sum less the state is
    the sum before; in a sensor's it's what the sensor showed at the end.
    """

    start_s: int
    state_kwh: float
    sum_kwh: float


def hour_energies(
    hours: Mapping[int, Booked], series: Series, *, server_only: bool = False
) -> dict[int, float]:
    """Return a series' energy of each hour that has any source; none is negative.

    An hour whose heat went the wrong way counts as 0: a sum may not fall.
    """
    found: dict[int, float] = {}
    for start, booked in hours.items():
        if server_only and booked.source is not Source.HOURS:
            continue
        kwh = amount(booked.kwh, series)
        if kwh is not None:
            found[start] = max(kwh, 0.0)
    return found


def rewritten(
    ledger: Ledger,
    series: Series,
    from_s: float,
    now_s: float,
    existing: Sequence[Row] = (),
    anchor_kwh: float | None = None,
    hours: Mapping[int, Booked] | None = None,
) -> list[Row]:
    """Return the rows of a series from a time on, with sums that go on monotonically.

    ``existing`` are the rows that are there, by time: the last one before ``from_s`` and
    all after. An hour that is there and not in the ledger keeps its energy. Everything
    to the last finished hour is written, so that no old sum follows a new one.

    Of a series without rows the first sum follows ``anchor_kwh``; without that, it's
    chosen so that the last one is what the pump's counter said at the end of that hour. ``hours`` is what the
    ledger has booked from the time on, for who writes many series.
    """
    start, end = hour_of(from_s), hour_of(now_s)
    earlier = [row for row in existing if row.start_s < start]
    later = [row for row in existing if start <= row.start_s < end]
    energies = {row.start_s: max(row.state_kwh, 0.0) for row in later}
    if hours is None:
        hours = ledger.booked(start, end)
    energies |= {
        hour: kwh
        for hour, kwh in hour_energies(hours, series).items()
        if start <= hour < end
    }
    base: float | None = None
    if earlier:
        base = earlier[-1].sum_kwh
    elif later:
        # What comes before all rows goes below the first one's sum.
        first = later[0]
        new = sum(kwh for hour, kwh in energies.items() if hour < first.start_s)
        base = first.sum_kwh - first.state_kwh - new
    if base is None:
        base = anchor_kwh
    if base is None:
        # The counter is of now, the last row of the end of its hour.
        since = hour_energies(ledger.booked(end, end + HOUR_S), series)
        whole = sum(energies.values()) + sum(since.values())
        base = max((ledger.total_kwh(*series) or 0.0) - whole, 0.0)
    rows: list[Row] = []
    for hour in sorted(energies):
        base += energies[hour]
        rows.append(Row(hour, round(energies[hour], 6), round(base, 6)))
    return rows


def corrected(
    existing: Sequence[Row], energies: Mapping[int, float], from_s: float, to_s: float
) -> tuple[list[Row], float]:
    """Return the rows of a period with other energies, and by how much later sums rise.

    ``existing`` are the rows that are there, by time: the last one before the period
    and all after. An hour without an energy keeps its own. Where nothing is before the
    period its sums lead to what comes after, which stays.
    """
    start, end = hour_of(from_s), math.ceil(to_s / HOUR_S) * HOUR_S
    earlier = [row for row in existing if row.start_s < start]
    there = [row for row in existing if start <= row.start_s < end]
    later = [row for row in existing if row.start_s >= end]
    wanted = {row.start_s: max(row.state_kwh, 0.0) for row in there}
    wanted |= {
        hour: max(kwh, 0.0) for hour, kwh in energies.items() if start <= hour < end
    }
    whole = sum(wanted.values())
    if earlier:
        base = earlier[-1].sum_kwh
    elif later:
        base = later[0].sum_kwh - later[0].state_kwh - whole
    else:
        base = there[0].sum_kwh - there[0].state_kwh if there else 0.0
    last_kwh = there[-1].sum_kwh if there else base
    rows: list[Row] = []
    for hour in sorted(wanted):
        base += wanted[hour]
        rows.append(Row(hour, round(wanted[hour], 6), round(base, 6)))
    shift_kwh = base - last_kwh if earlier and later else 0.0
    return rows, 0.0 if abs(shift_kwh) < _NOTHING_KWH else round(shift_kwh, 6)


def repaired(
    existing: Sequence[Row],
    energies: Mapping[int, float],
    gap_from_s: float,
    gap_to_s: float,
) -> list[Row]:
    """Return the rows that spread a sensor's jump over the hours of an outage.

    ``existing`` are the sensor's rows by time, from the last one before the gap to the
    first after it; ``energies`` the vendor's hours. Only whole hours of the gap are
    written that have no row, or one in which the sensor stood still. The hour of the
    return and all after it stay as they are: its share is what remains, at least its
    own use as far as that's known. Where hours add up to more than the jump they are
    scaled.
    """
    first, last = math.ceil(gap_from_s / HOUR_S) * HOUR_S, hour_of(gap_to_s)
    before = [row for row in existing if row.start_s < first]
    after = [row for row in existing if row.start_s >= last]
    if not before or not after:
        return []
    begin = before[-1]
    sums = {row.start_s: row.sum_kwh for row in existing}
    found: list[Row] = []
    # Hours with data of their own stay and part the gap: each part has its own jump.
    part: list[int] = []
    for hour in range(first, last, HOUR_S):
        base = sums.get(hour - HOUR_S)
        there = sums.get(hour)
        reference = base if base is not None else begin.sum_kwh
        if there is not None and there - reference > _NOTHING_KWH:
            end = next(row for row in existing if row.start_s == hour)
            found += _spread(begin, end, part, energies)
            begin, part = end, []
            continue
        part.append(hour)
    # The sensor may have come back with its old value: the jump is where it moved.
    for end in after:
        if end.sum_kwh - begin.sum_kwh > _NOTHING_KWH:
            return found + _spread(begin, end, part, energies)
    return found


def _spread(
    begin: Row, end: Row, hours: Sequence[int], energies: Mapping[int, float]
) -> list[Row]:
    """Return rows for hours between two rows, of which the second has the jump."""
    wanted = {hour: max(energies.get(hour, 0.0), 0.0) for hour in hours}
    whole = sum(wanted.values())
    own = max(energies.get(end.start_s, 0.0), 0.0)
    jump = max(end.sum_kwh - begin.sum_kwh - own, 0.0)
    if not whole or not jump:
        return []
    scale = min(jump / whole, 1.0)
    rows: list[Row] = []
    added = 0.0
    for hour in hours:
        added += wanted[hour] * scale
        rows.append(Row(hour, begin.state_kwh + added, begin.sum_kwh + added))
    return rows
