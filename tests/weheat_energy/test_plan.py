"""What is asked for next: within the budget, resumable, and never in vain."""

from itertools import pairwise
import json

import pytest

from custom_components.sunbridge.vendors.weheat.energy import (
    Flow,
    HourRow,
    Hours,
    Kind,
    Latest,
    Ledger,
    Mode,
    Raw,
    Request,
    Sample,
    Total,
    done,
    failed,
    next_request,
)

from .world import DAY, HOUR, WINTER, World, hour_truth, pump_at

NOW = WINTER + 1234.0
METER = (Flow.ELECTRIC, Mode.HEATING)


def settled(now_s: float = NOW, *, row_s: float | None = None) -> Ledger:
    """Return a ledger for which nothing is due."""
    ledger = Ledger()
    ledger.add_rows([Sample(row_s or now_s - 5, 15, 70, 1000, 4000)], now_s)
    for _ in range(5):
        request = next_request(ledger, now_s, history=False)
        if request is None or getattr(request, "is_backfill", False):
            return ledger
        if isinstance(request, Hours):
            start = int(request.to_s - 2 * HOUR)
            rows = [HourRow(start, {METER: 1.0})]
            ledger.add_hours(rows, request.from_s, request.to_s, now_s)
        done(ledger, request, now_s)
    pytest.fail("It never ends")


def hours_came(ledger: Ledger, request: Request, now_s: float, count: int = 1) -> None:
    """Answer a request for hours with the newest of it."""
    assert isinstance(request, Hours)
    last = int(min(request.to_s, now_s) // HOUR * HOUR)
    rows = [HourRow(last - n * 3600, {METER: 1.0}) for n in range(1, count + 1)]
    ledger.add_hours(rows, request.from_s, request.to_s, now_s)
    done(ledger, request, now_s)


def test_first_start() -> None:
    """Four hours of rows, the counter, 48 h of hours, and the history backwards."""
    ledger = Ledger()
    request = next_request(ledger, NOW)
    assert request == Raw(NOW - 4 * HOUR, NOW)
    assert next_request(ledger, NOW, calls_left=0) is None
    done(ledger, request, NOW)
    request = next_request(ledger, NOW)
    assert request == Total()
    done(ledger, request, NOW)
    request = next_request(ledger, NOW)
    assert request == Hours(WINTER - 2 * DAY, WINTER + HOUR)
    hours_came(ledger, request, NOW)
    request = next_request(ledger, NOW)
    assert request == Hours(WINTER - 30 * DAY, WINTER - 2 * DAY, is_backfill=True)
    # The history leaves calls for what has to be asked.
    assert next_request(ledger, NOW, calls_left=1) is None
    assert next_request(ledger, NOW, history=False) is None


def test_pace() -> None:
    """Rows each 150 s with an overlap, the counter each 30 min, hours once an hour."""
    ledger = settled()
    assert next_request(ledger, NOW + 149, history=False) is None
    request = next_request(ledger, NOW + 150, history=False)
    assert request == Raw(NOW - 5 - 60, NOW + 150)
    # Two pumps share the budget.
    assert next_request(ledger, NOW + 299, pumps=2, history=False) is None
    done(ledger, request, NOW + 150)
    asked: list[Request] = []
    for step in range(180, 7200, 30):
        while (found := next_request(ledger, NOW + step, history=False)) is not None:
            asked.append(found)
            if isinstance(found, Hours):
                hours_came(ledger, found, NOW + step)
            else:
                done(ledger, found, NOW + step)
    kinds = [type(request) for request in asked]
    assert kinds.count(Raw) == 46
    assert kinds.count(Total) == 3
    assert kinds.count(Hours) == 2
    # A clock that was turned back stops nothing.
    assert next_request(ledger, NOW - DAY, history=False) is not None


@pytest.mark.parametrize("minute", [7, 20])
def test_minute_of_hours(minute: int) -> None:
    """Hours are asked for in the minute that is the installation's own."""
    ledger = settled()
    hours_came(ledger, Hours(WINTER - 2 * DAY, WINTER + HOUR), NOW + 60 * 9)
    for step in range(0, 7200, 30):
        now_s = WINTER + HOUR + step
        ledger.progress.raw_s = ledger.progress.total_s = now_s
        request = next_request(ledger, now_s, minute=minute, history=False)
        if request is not None:
            assert step == minute * 60
            return
    pytest.fail("It never came")


def test_gaps() -> None:
    """Newest first, in chunks, each once; the budget of backfills is four an hour."""
    ledger = settled(row_s=NOW - 10 * HOUR)
    rows = [Sample(NOW - 30 + n, 15, 70, 1000, 4000) for n in (0, 15)]
    ledger.add_rows(rows, NOW)
    chunks: list[Raw] = []
    for step in range(0, 7200, 30):
        now_s = NOW + 1 + step
        progress = ledger.progress
        progress.raw_s = progress.total_s = progress.hours_s = now_s
        progress.hours_to_s = now_s
        request = next_request(ledger, now_s, history=False)
        if request is None:
            continue
        assert isinstance(request, Raw)
        assert request.is_backfill
        chunks.append(request)
        # The cloud has none of them.
        done(ledger, request, now_s)
        kept = json.loads(json.dumps(ledger.as_dict()))
        ledger = Ledger.from_dict(kept)
    # The first four hours were asked for at the start.
    assert [chunk.to_s - chunk.from_s for chunk in chunks] == pytest.approx(
        [4 * HOUR, 2 * HOUR - 15], abs=60
    )
    assert chunks[0].from_s == chunks[1].to_s
    assert len(ledger.open_gaps) == 1


def test_gaps_that_rows_do_not_fill() -> None:
    """Those of a day and more, and all while there's no power, are the hours'."""
    ledger = settled(row_s=NOW - 30 * HOUR)
    ledger.add_rows([Sample(NOW, 15, 70, 1000, 4000)], NOW)
    assert ledger.open_gaps
    assert next_request(ledger, NOW, history=False) is None
    ledger = settled(row_s=NOW - 10 * HOUR)
    ledger.add_rows([Sample(NOW, 15, 70, None, None)], NOW)
    assert next_request(ledger, NOW, history=False) is None


def test_windows_shrink() -> None:
    """A window that is too long is halved and asked at once, down to a least one."""
    ledger = Ledger()
    lengths = []
    for _ in range(8):
        request = next_request(ledger, NOW)
        if not isinstance(request, Raw):
            break
        lengths.append(request.to_s - request.from_s)
        failed(ledger, request, NOW, too_long=True)
    assert lengths == [14400, 7200, 3600, 1800, 900, 600]
    ledger = settled()
    ledger.progress.hours_s = None
    lengths = []
    for _ in range(8):
        request = next_request(ledger, NOW, history=False)
        if not isinstance(request, Hours):
            break
        lengths.append((request.to_s - request.from_s) / HOUR)
        failed(ledger, request, NOW, too_long=True)
    assert lengths == [49, 24]
    # One refusal isn't for ever: day by day they grow again.
    later = NOW
    for hours in (49, 98, 196, 392, 672, 672):
        later += DAY
        request = next_request(ledger, later, history=False)
        assert isinstance(request, Raw)
        done(ledger, request, later)
        assert ledger.progress.hours_max_s == hours * HOUR
    assert ledger.progress.raw_max_s == 4 * HOUR


def test_clock_was_ahead() -> None:
    """What waits for a time that a wrong clock made doesn't wait for it."""
    ledger = settled()
    ledger.progress.not_before_s["raw"] = NOW + 30 * DAY
    assert isinstance(next_request(ledger, NOW + 150, history=False), Raw)


@pytest.mark.parametrize("limit_h", [24, 30, 200])
def test_short_windows_do_all(limit_h: int) -> None:
    """However short the windows have to be, an outage of weeks is read in full."""
    world = World(pump_at(WINTER + 30 * DAY), hours_limit_s=limit_h * HOUR)
    world.raw_limit_s = HOUR
    world.down.append((WINTER + 20 * HOUR, WINTER + 20 * DAY))
    world.run(WINTER, WINTER + 20 * DAY + 6 * HOUR)
    series = (Kind.ELECTRICITY_IN, None)
    truth = hour_truth(world.pump, series, WINTER, WINTER + 20 * DAY + 5 * HOUR)
    hours = world.statistics(series)
    assert all(abs(hours[at] - truth[at]) < 0.004 for at in truth)
    assert world.most_calls <= 30


def test_failures() -> None:
    """What fails is asked again, later; nothing is lost meanwhile."""
    ledger = Ledger()
    request = next_request(ledger, NOW)
    assert isinstance(request, Raw)
    failed(ledger, request, NOW)
    assert next_request(ledger, NOW) == Total()
    failed(ledger, Total(), NOW)
    hours = next_request(ledger, NOW)
    assert isinstance(hours, Hours)
    failed(ledger, hours, NOW)
    assert next_request(ledger, NOW + 149) is None
    assert next_request(ledger, NOW + 150) == Raw(NOW + 150 - 4 * HOUR, NOW + 150)
    failed(ledger, request, NOW + 1200)
    assert next_request(ledger, NOW + 1200) == Total()


def test_refused_rows() -> None:
    """Where rows of a time are refused the newest alone is asked for."""
    ledger = settled()
    later = NOW + 150
    for job in ("total", "hours"):
        ledger.progress.not_before_s[job] = later + HOUR
    request = next_request(ledger, later, history=False)
    assert isinstance(request, Raw)
    failed(ledger, request, later, unavailable=True)
    assert next_request(ledger, later, history=False) == Latest()
    done(ledger, Latest(), later)
    assert next_request(ledger, later + 149, history=False) is None
    assert next_request(ledger, later + 150, history=False) == Latest()
    # It outlives a restart, and may fail itself.
    ledger = Ledger.from_dict(ledger.as_dict())
    assert next_request(ledger, later + 150, history=False) == Latest()
    failed(ledger, Latest(), later + 150)
    assert next_request(ledger, later + 299, history=False) is None
    # Where that's refused too it isn't the rows: everything is tried again soon.
    failed(ledger, Latest(), later + 300, unavailable=True)
    assert next_request(ledger, later + 1199, history=False) is None
    again = next_request(ledger, later + 1200, history=False)
    assert isinstance(again, Raw)
    failed(ledger, again, later + 1200, unavailable=True)
    assert next_request(ledger, later + 1200, history=False) == Latest()
    done(ledger, Latest(), later + 1200)
    later += 1200
    # Six hours later rows are tried again, and then nothing else is needed.
    again = next_request(ledger, later + 6 * HOUR, history=False)
    assert isinstance(again, Raw)
    done(ledger, again, later + 6 * HOUR)
    for job in ("total", "hours"):
        ledger.progress.not_before_s[job] = later + 7 * HOUR
    assert next_request(ledger, later + 6 * HOUR + 149, history=False) is None


def test_outages() -> None:
    """A time without totals counts as outage where it has a whole hour."""
    progress = Ledger().progress
    for at_s in (WINTER + 100, WINTER + 3000, WINTER + 2 * HOUR - 1):
        progress.heard(at_s)
    assert progress.outages == []
    progress.heard(WINTER + 4 * HOUR + 5)
    assert progress.outages == [[WINTER + 2 * HOUR - 1, WINTER + 4 * HOUR + 5]]
    progress.heard(WINTER + 3 * HOUR)
    for day in range(1, 40):
        progress.heard(WINTER + day * DAY)
    assert len(progress.outages) == 20
    assert progress.outages[-1][1] == WINTER + 39 * DAY


def test_history() -> None:
    """It's read backwards, over restarts, until 30 days are empty."""
    pump = pump_at(WINTER, days=100)
    world = World(pump, history=True)
    shares = []
    for hour in range(4):
        begin_s = WINTER + hour * HOUR
        world.run(begin_s, begin_s + HOUR - 30)
        world.restart()
        shares.append(world.ledger.progress.history_share)
    assert shares[-1] == 1
    assert shares == sorted(shares)
    windows = [
        request
        for _, request in world.asked
        if isinstance(request, Hours) and request.is_backfill
    ]
    assert all(a.from_s == b.to_s for a, b in pairwise(windows))
    # 100 days of history, and one or two windows without anything.
    assert 4 <= len(windows) <= 6
    series = (Kind.ELECTRICITY_IN, None)
    truth = hour_truth(pump, series, pump.since_s, WINTER + 2 * HOUR)
    hours = world.statistics(series)
    assert all(abs(hours[at] - truth[at]) < 0.004 for at in truth)
    rows = world.rows[series]
    sums = [rows[at].sum_kwh for at in sorted(rows)]
    assert sums == sorted(sums)
    # The sums are the pump's own counter, near enough.
    last = max(rows)
    assert sums[-1] == pytest.approx(pump.lifetime(last + HOUR).electric_kwh, abs=1.5)
    assert len(world.ledger.hours) < 300


def test_history_ends_after_a_year() -> None:
    """A year is enough, and 2023 the earliest."""
    ledger = settled()
    for _ in range(20):
        ledger.progress.backfills_s.clear()
        request = next_request(ledger, NOW)
        if request is None:
            break
        hours_came(ledger, request, NOW, count=24 * 28)
    assert ledger.progress.history_done
    assert ledger.progress.history_share == 1
    start, end = ledger.progress.history_start_s, ledger.progress.history_from_s
    assert start is not None
    assert end == start - 365 * DAY


def test_hours_of_nothing_are_none() -> None:
    """Zeros of the time before the pump don't keep the history going."""
    ledger = settled()
    for _ in range(3):
        request = next_request(ledger, NOW)
        if request is None:
            break
        assert isinstance(request, Hours)
        first = int(request.from_s)
        rows = [HourRow(first + n * 3600, {METER: 0.0}) for n in range(24)]
        ledger.add_hours(rows, request.from_s, request.to_s, NOW)
        done(ledger, request, NOW)
    assert ledger.progress.history_done
