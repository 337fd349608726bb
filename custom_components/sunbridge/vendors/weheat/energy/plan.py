"""What to ask the vendor for next, under a budget (reference 4.2 and 4.5).

    request = next_request(ledger, now_s, calls_left=…)
    … rows or hours or the counter go into the ledger …
    done(ledger, request, now_s)        or failed(ledger, request, now_s, too_long=…)

All state is in the ledger's ``Progress``, so that a restart goes on where it was.
"""

from dataclasses import dataclass
import math
from typing import Final

from .integrate import HOUR_S, Gap, hour_of
from .ledger import Ledger
from .progress import DAY_S, MAX_HOURS_S, MAX_RAW_S, REREAD_S, Progress

RAW_EVERY_S: Final = 150.0
TOTAL_EVERY_S: Final = 1800.0
OVERLAP_S: Final = 60.0
# Three jobs that fail all the time still fit into the budget.
RETRY_S: Final = 1200.0
# Where rows can't be had at all (403, 404) they are tried again so much later, and
# where nothing can be had, so much.
NO_RAW_S: Final = 6 * 3600.0
NOTHING_S: Final = 900.0
# A window that was too long may grow again, a day later.
GROW_S: Final = 86_400.0
# The newest rows may come late; those before won't.
LATE_S: Final = 120.0
MAX_ROWS_GAP_S: Final = DAY_S
BACKFILLS_PER_HOUR: Final = 4
# Calls that a backfill leaves for what has to be asked.
RESERVE: Final = 1
MIN_RAW_S: Final = 600.0
MIN_HOURS_S: Final = float(DAY_S)
HOURS_MINUTE: Final = 7


@dataclass(frozen=True, slots=True)
class Raw:
    """Rows between two times (epoch s), 4 h at the most."""

    from_s: float
    to_s: float
    is_backfill: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours that begin between two times (epoch s), 28 days at the most."""

    from_s: float
    to_s: float
    is_backfill: bool = False


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest row alone, where the vendor refuses rows of a time."""


@dataclass(frozen=True, slots=True)
class Total:
    """The lifetime counter."""


type Request = Raw | Hours | Latest | Total


def next_request(
    ledger: Ledger,
    now_s: float,
    *,
    calls_left: int = 30,
    pumps: int = 1,
    minute: float = HOURS_MINUTE,
    history: bool = True,
    raw_every_s: float = RAW_EVERY_S,
) -> Request | None:
    """Return what is due, the most urgent first; None where nothing is.

    ``calls_left`` is the account's budget, which ``pumps`` share. ``minute`` is when in
    an hour its predecessors are asked for; one from 7 to 20, another for each
    installation, is kind to the vendor. Without ``history`` nothing is imported of
    the time before the first start. ``raw_every_s`` is the pace of rows for one pump.
    """
    if calls_left <= 0:
        return None
    for request in (
        _raw(ledger, now_s, raw_every_s * pumps),
        _latest(ledger, now_s, raw_every_s * pumps),
        _total(ledger, now_s, pumps),
        _hours(ledger, now_s, pumps, minute),
    ):
        if request is not None:
            return request
    progress = ledger.progress
    backfills = sum(now_s - at_s < HOUR_S for at_s in progress.backfills_s)
    if calls_left <= RESERVE or backfills >= BACKFILLS_PER_HOUR:
        return None
    return _gap(ledger, now_s) or (_history(ledger, now_s) if history else None)


def done(ledger: Ledger, request: Request, now_s: float) -> None:
    """Note that a request was answered and its answer is in the ledger."""
    progress = ledger.progress
    progress.not_before_s.pop(_job(request), None)
    if now_s >= progress.grow_s:
        _grow(progress, now_s)
    match request:
        case Raw(from_s, to_s, is_backfill):
            progress.rows_asked(from_s, min(to_s, now_s - LATE_S))
            if not is_backfill:
                progress.raw_s = now_s
                progress.rows_refused = False
        case Hours(is_backfill=False):
            progress.hours_s = now_s
        case Latest():
            progress.latest_s = now_s
        case Total():
            progress.total_s = now_s
    _count(ledger, request, now_s)


def failed(
    ledger: Ledger,
    request: Request,
    now_s: float,
    *,
    too_long: bool = False,
    unavailable: bool = False,
) -> None:
    """Note that a request had no answer; nothing is lost, it's asked again later.

    ``too_long``: the vendor refused the window (400), so it's halved and asked at once.
    ``unavailable``: the vendor doesn't let us (403, 404).
    """
    progress = ledger.progress
    _count(ledger, request, now_s)
    wait_s = NOTHING_S if unavailable else RETRY_S
    match request:
        case Raw(from_s, to_s):
            if too_long and to_s - from_s > MIN_RAW_S:
                longest_s = min(progress.raw_max_s, to_s - from_s) / 2
                progress.raw_max_s = max(longest_s, MIN_RAW_S)
                progress.grow_s = now_s + GROW_S
                return
            if unavailable:
                wait_s = NO_RAW_S
                progress.rows_refused = True
            elif not request.is_backfill:
                wait_s = RAW_EVERY_S
        case Latest():
            if unavailable:
                # Then it's not the rows alone.
                for job in ("raw", "gap"):
                    progress.not_before_s[job] = now_s + NOTHING_S
            else:
                wait_s = RAW_EVERY_S
        case Hours(from_s, to_s):
            if too_long and to_s - from_s > MIN_HOURS_S:
                longest_s = min(progress.hours_max_s, to_s - from_s) / 2
                progress.hours_max_s = max(longest_s, MIN_HOURS_S)
                progress.grow_s = now_s + GROW_S
                return
    progress.not_before_s[_job(request)] = now_s + wait_s
    if isinstance(request, Raw) and unavailable:
        progress.not_before_s["gap"] = now_s + wait_s


def _raw(ledger: Ledger, now_s: float, every_s: float) -> Raw | None:
    """Return the rows since the newest one that is known."""
    progress = ledger.progress
    if not _is_due(ledger, "raw", progress.raw_s, every_s, now_s):
        return None
    from_s = now_s - progress.raw_max_s
    if ledger.high_water_s is not None:
        from_s = max(from_s, ledger.high_water_s - OVERLAP_S)
    # Where the newest row is ahead of our clock the window has to be one still.
    return Raw(min(from_s, now_s - OVERLAP_S), now_s)


def _latest(ledger: Ledger, now_s: float, every_s: float) -> Latest | None:
    """Return the newest row where nothing else tells what the pump does."""
    progress = ledger.progress
    if not progress.rows_refused:
        return None
    due = _is_due(ledger, "latest", progress.latest_s, every_s, now_s)
    return Latest() if due else None


def _total(ledger: Ledger, now_s: float, pumps: int) -> Total | None:
    progress = ledger.progress
    due = _is_due(ledger, "total", progress.total_s, TOTAL_EVERY_S * pumps, now_s)
    return Total() if due else None


def _hours(ledger: Ledger, now_s: float, pumps: int, minute: float) -> Hours | None:
    """Return the last 48 hours, or those from where the vendor's are known on."""
    progress = ledger.progress
    if _waits(progress, "hours", now_s):
        return None
    hour = hour_of(now_s)
    from_s = hour - REREAD_S
    if progress.hours_s is not None:
        slot = math.floor((now_s - minute * 60) / HOUR_S)
        last = math.floor((progress.hours_s - minute * 60) / HOUR_S)
        until_s = progress.hours_until_s or from_s
        if progress.hours_to_s < hour_of(progress.hours_s) <= now_s:
            # The last window was too short for all of it.
            from_s = hour_of(progress.hours_to_s)
        elif 0 <= slot - last < pumps:
            return None
        elif until_s < from_s:
            # After a long outage; those that were the newest then weren't final.
            from_s = until_s - REREAD_S
    to_s = min(hour_of(from_s + progress.hours_max_s), hour + HOUR_S)
    return Hours(from_s, to_s)


def _gap(ledger: Ledger, now_s: float) -> Raw | None:
    """Return the newest rows of the newest gap that they can fill.

    Longer gaps are the hours' alone, which are asked for in any case.
    """
    progress = ledger.progress
    if not ledger.has_power or _waits(progress, "gap", now_s):
        return None
    for gap in reversed(ledger.open_gaps):
        if not _is_for_rows(gap):
            continue
        left_s = progress.not_asked(gap.from_s, min(gap.to_s, now_s - LATE_S))
        if left_s is not None:
            from_s, to_s = left_s
            return Raw(max(from_s, to_s - progress.raw_max_s), to_s, is_backfill=True)
    return None


def _history(ledger: Ledger, now_s: float) -> Hours | None:
    """Return the hours before those that were asked for, backwards."""
    progress = ledger.progress
    to_s = progress.history_from_s
    if progress.history_done or to_s is None:
        return None
    if _waits(progress, "history", now_s):
        return None
    from_s = max(to_s - progress.hours_max_s, progress.history_until_s)
    return Hours(math.floor(from_s / HOUR_S) * HOUR_S, to_s, is_backfill=True)


def _is_for_rows(gap: Gap) -> bool:
    return not gap.powerless and gap.right.at_s - gap.left.at_s <= MAX_ROWS_GAP_S


def _is_due(
    ledger: Ledger, job: str, last_s: float | None, every_s: float, now_s: float
) -> bool:
    if _waits(ledger.progress, job, now_s):
        return False
    # A clock that was turned back doesn't stop anything.
    return last_s is None or not 0 <= now_s - last_s < every_s


def _grow(progress: Progress, now_s: float) -> None:
    """Let windows be longer again, that were too long once."""
    progress.raw_max_s = min(2 * progress.raw_max_s, MAX_RAW_S)
    progress.hours_max_s = min(2 * progress.hours_max_s, MAX_HOURS_S)
    progress.grow_s = now_s + GROW_S


def _waits(progress: Progress, job: str, now_s: float) -> bool:
    """Tell whether a job has to wait; no clock that was set back makes it longer."""
    return 0 < progress.not_before_s.get(job, 0) - now_s <= NO_RAW_S


def _job(request: Request) -> str:
    match request:
        case Raw(is_backfill=is_backfill):
            return "gap" if is_backfill else "raw"
        case Hours(is_backfill=is_backfill):
            return "history" if is_backfill else "hours"
        case Latest():
            return "latest"
    return "total"


def _count(ledger: Ledger, request: Request, now_s: float) -> None:
    progress = ledger.progress
    if isinstance(request, (Raw, Hours)) and request.is_backfill:
        recent = [at_s for at_s in progress.backfills_s if 0 <= now_s - at_s < HOUR_S]
        progress.backfills_s = [*recent, now_s]
