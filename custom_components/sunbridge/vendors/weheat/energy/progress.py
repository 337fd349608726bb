"""What was asked of the vendor so far, so that a restart goes on where it was."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
import math
from typing import Any, Final, Self

from ...kept import flag, items, maybe, moment, table, whole
from .integrate import HOUR_S, hour_of

DAY_S: Final = 86_400
# The vendor takes no longer windows of rows; that of hours isn't known.
MAX_RAW_S: Final = 4.0 * HOUR_S
MAX_HOURS_S: Final = 28.0 * DAY_S
# Hours of so long are read again and again, since the vendor computes them anew.
REREAD_S: Final = 48 * HOUR_S
# A pump that is off has no hours; those before are asked for no longer than this.
MAX_BEHIND_S: Final = 14 * DAY_S
# It is no use to ask for the rows of less; the newest come by themselves.
LEAST_S: Final = 150.0
HISTORY_S: Final = 365 * DAY_S
HISTORY_EMPTY_S: Final = 30 * DAY_S
# Of which a live sensor's jump is still to be put where it belongs.
MAX_OUTAGES: Final = 20
# 2023-01-01; the vendor has nothing before.
EARLIEST_S: Final = 1_672_531_200


@dataclass(slots=True)
class Progress:
    """Times (epoch s) of what was asked, and how far it came.

    ``hours_until_s``: up to there the vendor's hours are here. ``history_from_s``: from
    there on they were asked for; the history goes backwards from ``history_start_s``.
    ``asked`` are times whose rows were fetched, and needn't be again. ``outages`` are
    times that the totals stood still over at least a whole hour.
    """

    raw_s: float | None = None
    rows_refused: bool = False
    latest_s: float | None = None
    hours_s: float | None = None
    total_s: float | None = None
    not_before_s: dict[str, float] = field(default_factory=dict)
    raw_max_s: float = MAX_RAW_S
    hours_max_s: float = MAX_HOURS_S
    grow_s: float = 0.0
    hours_to_s: float = 0.0
    hours_until_s: int | None = None
    history_start_s: int | None = None
    history_from_s: int | None = None
    history_empty_s: float = 0.0
    history_done: bool = False
    asked: list[list[float]] = field(default_factory=list)
    backfills_s: list[float] = field(default_factory=list)
    heard_s: float | None = None
    outages: list[list[float]] = field(default_factory=list)

    @property
    def history_share(self) -> float:
        """How much of the history is done, from 0 to 1."""
        if self.history_done:
            return 1.0
        if self.history_start_s is None or self.history_from_s is None:
            return 0.0
        return min((self.history_start_s - self.history_from_s) / HISTORY_S, 1.0)

    @property
    def history_until_s(self) -> int:
        """How far back the history goes, at the most."""
        return max((self.history_start_s or 0) - HISTORY_S, EARLIEST_S)

    def heard(self, now_s: float) -> None:
        """Note that the totals are those of now."""
        before_s, self.heard_s = self.heard_s, now_s
        if before_s is not None and math.ceil(before_s / HOUR_S) < now_s // HOUR_S:
            self.outages = [*self.outages, [before_s, now_s]][-MAX_OUTAGES:]

    def rows_asked(self, from_s: float, to_s: float) -> None:
        """Note that the rows of a time were fetched, whatever there was."""
        if to_s <= from_s:
            return
        found: list[list[float]] = []
        for begin, end in sorted([*self.asked, [from_s, to_s]]):
            if found and begin <= found[-1][1]:
                found[-1][1] = max(found[-1][1], end)
            else:
                found.append([begin, end])
        self.asked = found

    def not_asked(self, from_s: float, to_s: float) -> tuple[float, float] | None:
        """Return the newest part of a time whose rows weren't fetched yet."""
        for begin, end in reversed(self.asked):
            if begin >= to_s:
                continue
            if to_s - max(from_s, end) > LEAST_S:
                return max(from_s, end), to_s
            to_s = begin
        return (from_s, to_s) if to_s - from_s > LEAST_S else None

    def hours_came(
        self,
        from_s: float,
        to_s: float,
        starts: Collection[int],
        busy: Collection[int],
        now_s: float,
    ) -> None:
        """Note that hours were fetched; ``starts`` were there, ``busy`` had energy."""
        begin = math.ceil(from_s / HOUR_S) * HOUR_S
        end = min(hour_of(to_s), hour_of(now_s))
        is_history = False
        if self.history_from_s is None:
            self.history_from_s = self.history_start_s = begin
        elif begin < self.history_from_s:
            is_history = to_s <= self.history_from_s
            oldest = min(busy, default=None)
            if oldest is None:
                self.history_empty_s += self.history_from_s - begin
            else:
                self.history_empty_s = oldest - begin
            self.history_from_s = begin
            self.history_done = (
                self.history_empty_s >= HISTORY_EMPTY_S
                or self.history_from_s <= self.history_until_s
            )
        if is_history:
            return
        self.hours_to_s = to_s
        until_s = max(starts, default=begin - HOUR_S) + HOUR_S
        # What isn't there in the answer may come; but not for ever.
        until_s = max(min(until_s, end), end - MAX_BEHIND_S)
        self.hours_until_s = max(self.hours_until_s or 0, until_s)

    def forget(self, before_s: float) -> None:
        """Forget of whose rows were asked before a time."""
        self.asked = [window for window in self.asked if window[1] > before_s]

    def as_dict(self) -> dict[str, Any]:
        """Return what has to be kept over a restart."""
        return {
            "version": 1,
            **{item.name: _copy(getattr(self, item.name)) for item in fields(self)},
        }

    @classmethod
    def from_dict(cls, kept: Any) -> Self:
        """Go on from what was kept. Raises ``ValueError``."""
        known = table(kept)
        values: dict[str, Any] = {}
        for item in fields(cls):
            if item.name in known:
                read: Callable[[Any], Any] = _READERS.get(item.name, _time)
                values[item.name] = read(known[item.name])
        found = cls(**values)
        # Windows without a length would be asked for again and again.
        found.raw_max_s = min(max(found.raw_max_s, LEAST_S), MAX_RAW_S)
        found.hours_max_s = min(max(found.hours_max_s, HOUR_S), MAX_HOURS_S)
        return found


def _time(value: Any) -> float | None:
    return maybe(moment, value)


def _times(value: Any) -> list[float]:
    return [moment(item) for item in items(value)]


def _windows(value: Any) -> list[list[float]]:
    return [[moment(at_s) for at_s in items(item, 2)] for item in items(value)]


def _jobs(value: Any) -> dict[str, float]:
    return {job: moment(at_s) for job, at_s in table(value).items()}


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "rows_refused": flag,
    "not_before_s": _jobs,
    "raw_max_s": moment,
    "hours_max_s": moment,
    "grow_s": moment,
    "hours_to_s": moment,
    "hours_until_s": lambda value: maybe(whole, value),
    "history_start_s": lambda value: maybe(whole, value),
    "history_from_s": lambda value: maybe(whole, value),
    "history_empty_s": moment,
    "history_done": flag,
    "asked": _windows,
    "backfills_s": _times,
    "outages": _windows,
}


def _copy(value: Any) -> Any:
    """Return a value that shares no list with another."""
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return dict(value) if isinstance(value, dict) else value
