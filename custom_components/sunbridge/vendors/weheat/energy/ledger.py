"""The books of one pump: its hours, its live totals, and what isn't known yet.

Everything that comes may come twice, late, in any order and across a restart. Rows of
the last minutes stay at hand, so that late ones find their place; what is missing
further back is an open gap, which rows or the vendor's hours fill later.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
import math
from typing import Any, Final

from ...kept import items, maybe, moment, table, whole
from .books import Booked, HourBook, is_absurd, meters_as_list, meters_from_list
from .counter import Counter
from .integrate import HOUR_S, Gap, add_gap, has_power, hour_of, integrate, ordered
from .modes import Kind, Meter, Mode, series_name
from .progress import DAY_S, REREAD_S, Progress
from .samples import HourRow, Sample
from .stored import gap_as_list, gap_from_list, sample_as_list, sample_from_list
from .totals import Totals

# Rows that are late by less find their place (reference 4.2: 60 s overlap).
TAIL_S: Final = 120.0
# A row further ahead of our clock is wrong; taken, it would make all others late.
FUTURE_S: Final = 600.0
DETAIL_S: Final = 10 * DAY_S
# A bound for storage where the vendor's hours never come: two months.
MAX_HOURS: Final = 1500
POWERLESS_S: Final = 3600.0


@dataclass(slots=True)
class Ledger:
    """What is known of a pump's energy; grows in place.

    ``tail`` are the newest rows, not booked yet; the last is the high-water mark.
    ``folded`` are the sums of hours that are no longer here one by one.
    ``dirty_from_s`` is the first hour whose energy isn't in the statistics as it is,
    ``powered_s`` the time of the newest row with power.
    """

    hours: dict[int, HourBook] = field(default_factory=dict)
    tail: list[Sample] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    folded: dict[Meter, float] = field(default_factory=dict)
    detail_from_s: int = 0
    dirty_from_s: int | None = None
    powered_s: float | None = None
    late_rows: int = 0
    absurd_hours: int = 0
    # What gets dirty while the rest is written.
    soiled_s: int | None = None
    is_writing: bool = False
    progress: Progress = field(default_factory=Progress)

    @property
    def counter(self) -> Counter:
        """The vendor's lifetime counter."""
        return self.totals.counter

    @property
    def high_water_s(self) -> float | None:
        """When the newest row was logged (epoch s)."""
        return self.tail[-1].at_s if self.tail else None

    @property
    def open_gaps(self) -> list[Gap]:
        """The gaps by time, of which the vendor's hours don't have all either."""
        newest = integrate(self.tail).gaps
        found = [*self.gaps, *(gap for gap in newest if not self._is_known(gap))]
        return sorted(found, key=lambda gap: gap.from_s)

    @property
    def has_power(self) -> bool:
        """Tell whether rows have had power in the last hour of them."""
        newest_s = self.high_water_s
        if newest_s is None or self.powered_s is None:
            return False
        return newest_s - self.powered_s <= POWERLESS_S

    def add_rows(self, samples: Iterable[Sample], now_s: float) -> None:
        """Take rows, in any order; those that are known already change nothing."""
        rows = ordered(row for row in samples if row.at_s <= now_s + FUTURE_S)
        powered = [row.at_s for row in rows if has_power(row)]
        self.powered_s = max([*powered, self.powered_s or 0.0], default=0.0) or None
        first_s = self.tail[0].at_s if self.tail else -math.inf
        late = [row for row in rows if row.at_s < first_s]
        if len(late) < len(rows):
            merged = ordered([*self.tail, *rows[len(late) :]])
            cut_s = merged[-1].at_s - TAIL_S
            last = max(bisect_right(merged, cut_s, key=lambda row: row.at_s) - 1, 0)
            self._book(merged[: last + 1])
            for gap in integrate(merged[: last + 1]).gaps:
                if not self._is_known(gap):
                    add_gap(self.gaps, gap)
            self.tail = merged[last:]
        if late:
            self._fill(late)
        self.totals.show(self.tail)

    def add_hours(
        self, rows: Iterable[HourRow], from_s: float, to_s: float, now_s: float
    ) -> list[int]:
        """Take the vendor's hours of a window; return the hours that changed.

        The vendor's energies win in finished hours. They may change for 48 h; the
        running hour isn't taken, nor is what no pump can do.
        """
        changed: set[int] = set()
        seen: list[int] = []
        busy: list[int] = []
        history_s = self.progress.history_from_s
        # Those that were the newest at the last read weren't final then.
        final_s = min(now_s, self.progress.hours_until_s or now_s) - REREAD_S - HOUR_S
        for row in rows:
            start = hour_of(row.start_s)
            if row.start_s != start or not from_s <= start < to_s:
                continue
            if start + HOUR_S > now_s:
                continue
            if is_absurd(row):
                self.absurd_hours += 1
                continue
            seen.append(start)
            if any(row.kwh.values()):
                busy.append(start)
            closed = start < self.detail_from_s
            if closed and (history_s is None or start >= history_s):
                continue
            book = self.hours.setdefault(start, HourBook())
            if book.server == row.kwh or (book.server is not None and start < final_s):
                continue
            book.server = dict(row.kwh)
            changed.add(start)
            self.soil(start)
        self.progress.hours_came(from_s, to_s, seen, busy, now_s)
        self.gaps = [gap for gap in self.gaps if not self._is_known(gap)]
        return sorted(changed)

    def correct(self, rows: Iterable[HourRow]) -> None:
        """Take the vendor's energies for hours that are here one by one."""
        for row in rows:
            if (book := self.hours.get(hour_of(row.start_s))) is not None:
                book.server = dict(row.kwh)

    def add_total(self, kwh: Mapping[Meter, float], at_s: float) -> bool:
        """Take the lifetime counter; tell whether it's believed."""
        is_believed = self.totals.take(kwh, at_s, self.high_water_s)
        self.totals.show(self.tail)
        return is_believed

    def total_kwh(self, kind: Kind, mode: Mode | None = None) -> float | None:
        """Return a total, None where the counter doesn't have it."""
        return self.totals.shown.get(series_name((kind, mode)))

    def booked(self, from_s: float, to_s: float) -> dict[int, Booked]:
        """Return the hours that begin from a time until before another, by start.

        Hours of which nothing is known are absent. The newest rows are in it, so the
        running hour is as far as they are.
        """
        newest = integrate(self.tail).pieces
        starts = {*self.hours, *(hour for hour, _ in newest)}
        found: dict[int, Booked] = {}
        for start in sorted(start for start in starts if from_s <= start < to_s):
            book = self.hours.get(start) or HourBook()
            whole = HourBook(server=book.server)
            for mode, piece in book.rows.items():
                whole.add(mode, piece)
            for (hour, mode), piece in newest.items():
                if hour == start:
                    whole.add(mode, piece)
            found[start] = whole.booked()
        return found

    def writing(self) -> int | None:
        """Return from when on hours have to be written, and begin to.

        Until ``written`` they count as not written, whatever happens meanwhile.
        """
        self.soiled_s, self.is_writing = None, True
        return self.dirty_from_s

    def written(self, now_s: float) -> None:
        """Note that the statistics have all finished hours, as of ``writing``."""
        self.dirty_from_s = hour_of(now_s)
        if self.is_writing and self.soiled_s is not None:
            self.dirty_from_s = min(self.dirty_from_s, self.soiled_s)
        self.is_writing = False

    def written_apart(self, dirty_from_s: int | None, to_s: float) -> None:
        """Note that the statistics have a part of the past, which ends at a time.

        ``dirty_from_s`` is what wasn't written before that part was booked. Where more
        was written since nothing changes.
        """
        if self.dirty_from_s is not None and self.dirty_from_s < to_s:
            self.dirty_from_s = dirty_from_s

    def soil(self, hour: int) -> None:
        """Note that hours from this one on aren't in the statistics as they are."""
        if self.dirty_from_s is None or hour < self.dirty_from_s:
            self.dirty_from_s = hour
        if self.soiled_s is None or hour < self.soiled_s:
            self.soiled_s = hour

    def prune(self, now_s: float) -> None:
        """Fold hours that are older than ten days.

        Hours stay until they're written, and until the vendor's hours before them are
        here.
        """
        until_s = self.progress.hours_until_s
        cut = hour_of(now_s - DETAIL_S)
        if until_s is None or until_s - REREAD_S < cut:
            cut = hour_of((until_s or 0) - REREAD_S)
            if len(self.hours) > MAX_HOURS:
                cut = max(cut, sorted(self.hours)[-MAX_HOURS])
        if self.dirty_from_s is not None:
            cut = min(cut, self.dirty_from_s)
        for start in [start for start in self.hours if start < cut]:
            for meter, kwh in self.hours.pop(start).booked().kwh.items():
                self.folded[meter] = self.folded.get(meter, 0.0) + kwh
        self.detail_from_s = max(self.detail_from_s, cut)
        self.gaps = [gap for gap in self.gaps if gap.to_s > self.detail_from_s]
        self.progress.forget(now_s - DETAIL_S)
        for start, book in self.hours.items():
            if book.server is not None and start < now_s - REREAD_S - HOUR_S:
                book.rows.clear()

    def as_dict(self) -> dict[str, Any]:
        """Return what has to be kept over a restart, for JSON."""
        return {
            "hours": {str(start): book.as_dict() for start, book in self.hours.items()},
            "tail": [sample_as_list(sample) for sample in self.tail],
            "gaps": [gap_as_list(gap) for gap in self.gaps],
            "totals": self.totals.as_dict(),
            "folded": meters_as_list(self.folded),
            "detail_from_s": self.detail_from_s,
            "dirty_from_s": self.dirty_from_s,
            "powered_s": self.powered_s,
            "late_rows": self.late_rows,
            "absurd_hours": self.absurd_hours,
            "progress": self.progress.as_dict(),
        }

    @classmethod
    def from_dict(cls, kept: Any) -> Ledger:
        """Go on from what was kept. Raises ``ValueError`` for what isn't a ledger's."""
        books = table(kept)
        return cls(
            hours={
                _hour_from_text(at): HourBook.from_dict(book)
                for at, book in table(books["hours"]).items()
            },
            tail=[sample_from_list(sample) for sample in items(books["tail"])],
            gaps=[gap_from_list(gap) for gap in items(books["gaps"])],
            totals=Totals.from_dict(books["totals"]),
            folded=meters_from_list(books["folded"]),
            detail_from_s=whole(books["detail_from_s"]),
            dirty_from_s=maybe(whole, books["dirty_from_s"]),
            powered_s=maybe(moment, books["powered_s"]),
            late_rows=whole(books["late_rows"]),
            absurd_hours=whole(books["absurd_hours"]),
            progress=Progress.from_dict(books["progress"]),
        )

    def _book(self, rows: Sequence[Sample], sign: int = 1) -> None:
        """Book the energies of rows, or take them off."""
        for (hour, mode), piece in integrate(rows).pieces.items():
            if hour >= self.detail_from_s:
                self.soil(hour)
                self.hours.setdefault(hour, HourBook()).add(mode, piece, sign)
        self.totals.book(rows, sign)

    def _fill(self, late: list[Sample]) -> None:
        """Put rows into the gaps that they are of; others are too late."""
        gaps: list[Gap] = []
        for gap in self.gaps:
            left, right = gap.left.at_s, gap.right.at_s
            rows = [row for row in late if left < row.at_s < right]
            if gap.powerless or not rows:
                gaps.append(gap)
                continue
            late = [row for row in late if not left < row.at_s < right]
            # What the gap's borders had given is found anew, with the rows between.
            self._book([gap.left, gap.right], -1)
            whole = [gap.left, *rows, gap.right]
            self._book(whole)
            gaps += integrate(whole).gaps
        self.gaps = gaps
        self.late_rows += len(late)

    def _is_known(self, gap: Gap) -> bool:
        """Tell whether all hours of a gap are the vendor's."""
        last = math.ceil(gap.to_s / HOUR_S) * HOUR_S
        for start in range(hour_of(gap.from_s), last, HOUR_S):
            book = self.hours.get(start)
            if start >= self.detail_from_s and (book is None or book.server is None):
                return False
        return True


def _hour_from_text(text: str) -> int:
    """Return an hour's start from a key of JSON. Raises ``ValueError``."""
    start = hour_of(moment(int(text)))
    if str(start) != text:
        raise ValueError("not an hour")
    return start
