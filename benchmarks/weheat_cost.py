"""Weheat: how often the vendor is asked, and what it costs to book what it says."""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from functools import partial
import gc
import math
from statistics import median
import time

import orjson

from custom_components.sunbridge.vendors.weheat.energy import (
    SERIES,
    Ledger,
    Row as StatisticsRow,
    Series,
    amount,
    corrected,
    hour_energies,
    rewritten,
)
from custom_components.sunbridge.vendors.weheat.hours import hours_in
from custom_components.sunbridge.vendors.weheat.meters import hour_rows
from custom_components.sunbridge.vendors.weheat.rows import rows_in
from simulators.weheat import Faults, HeatPump, Mode
from simulators.weheat.energy_rows import energy_rows
from simulators.weheat.log_rows import rows as log_rows

from .report import Row, row
from .weheat_house import House, sample
from .weheat_trial import (
    BEFORE_S,
    ELECTRICITY,
    FLOWS,
    HOUR_S,
    OURS,
    ROUNDED,
    Outage,
    Trial,
    judged,
)
from .weheat_world import LOOK_S, Vendor, VirtualClock

DAY_S = 86_400
START_S = 1_768_348_800
# Of two days: by day and by night in the Netherlands, in hours since the start.
STEADY = {"by day": (29, 46), "by night": (46, 53)}
KINDS = ("rows", "hours", "counter", "latest", "list")
CATCHING_UP_S = {"9 h": 9 * HOUR_S, "3 weeks": 21 * DAY_S}
LAST_HOUR = 53
# When outages end: by day.
BACK_S = START_S + 22 * DAY_S + 10 * HOUR_S + 1234
LIMIT = 30

ROUNDS = 7
YEAR_S = 364 * DAY_S
CHUNK_S = 28 * DAY_S
ROWS_S = 2 * DAY_S
WINDOW_S = 4 * HOUR_S
EVERY_S = 150
OVERLAP_S = 60
INTERVAL_S = 15

_ELECTRIC_KEYS = [f"totalEIn{mode}" for mode in Mode]
_HEAT_KEYS = [f"totalEOut{mode}" for mode in Mode if mode is not Mode.STANDBY]

# From and until when (epoch s), and the answer's body.
type HoursBody = tuple[float, float, bytes]
# When it comes, and the body.
type RowsBody = tuple[float, bytes]


def run() -> list[Row]:
    """Count and measure."""
    return [*_steady(), *_catching_up(), *_cpu()]


def _pump(seed: int, history_days: float) -> HeatPump:
    return HeatPump(VirtualClock(START_S), seed=seed, history_days=history_days)


def _case(pumps: int) -> str:
    return f"{pumps} heat pump" if pumps == 1 else f"{pumps} heat pumps"


def _steady() -> list[Row]:
    """Count the requests of an installation's first two days, with a long history."""
    found: list[Row] = []
    for count in (1, 2):
        clock = VirtualClock(START_S)
        pumps = [_pump(seed, 400) for seed in range(1, count + 1)]
        house = House(Vendor(clock), pumps, series=tuple(FLOWS.values()))
        house.start()
        is_done = False
        while clock.at_s < START_S + LAST_HOUR * HOUR_S:
            house.look()
            books = house.books.values()
            if not is_done and all(one.progress.history_done for one in books):
                is_done = True
                found += _history(_case(count), house, pumps[0])
            clock.at_s += LOOK_S
        for when, hours in STEADY.items():
            window = [START_S + hour * HOUR_S for hour in hours]
            found += _counted(f"{_case(count)}, {when}", house.vendor, *window)
        found += _limits(_case(count), [house.vendor])
    return found


def _history(case: str, house: House, pump: HeatPump) -> list[Row]:
    """Tell what the import of the last year took, and whether it's right."""
    now_s = house.vendor.clock.time()
    hours = {(OURS, flow): house.hours(pump, one) for flow, one in FLOWS.items()}
    first = min(hours[OURS, "electricity"])
    # The newest ones are asked for each hour, or of two heat pumps each other one.
    truth = pump.hours(first, now_s // HOUR_S * HOUR_S - 2 * HOUR_S)
    errors = judged(hours, truth, ROUNDED).values()
    there = sum(len(rows) for one in house.statistics.values() for rows in one.values())
    worst, total = (max(one.worst for one in errors), max(one.total for one in errors))
    case = f"{case}, first start"
    return [
        row(case, "history", len(truth) / 24, "days"),
        row(case, "history is there after", (now_s - START_S) / HOUR_S, "h"),
        row(case, "requests until then", len(house.vendor.asked), ""),
        row(case, "rows written / rows there", house.rows_written / there, ""),
        row(case, "history, worst hour off the vendor's own", round(worst, 6), "%"),
        row(case, "history, total off the vendor's own", round(total, 6), "%"),
    ]


def _counted(case: str, vendor: Vendor, from_s: float, to_s: float) -> list[Row]:
    """Return the requests of a time, an hour."""
    kinds = Counter(kind for at_s, kind in vendor.asked if from_s <= at_s < to_s)
    hours = (to_s - from_s) / HOUR_S
    return [
        *(row(case, kind, kinds[kind] / hours, "1/h") for kind in KINDS if kinds[kind]),
        row(case, "all requests", kinds.total() / hours, "1/h"),
    ]


def _limits(case: str, vendors: Sequence[Vendor]) -> list[Row]:
    """Return the most requests of any hour, and how often that was too often."""
    most = 0
    for vendor in vendors:
        times = deque[float]()
        for at_s, _ in vendor.asked:
            times.append(at_s)
            while times[0] <= at_s - HOUR_S:
                times.popleft()
            most = max(most, len(times))
    refused = sum(vendor.refused for vendor in vendors)
    return [
        row(case, "most requests in any hour", most, "", at_most=LIMIT),
        row(case, "refused with 429", refused, "", at_most=0),
    ]


def _catching_up() -> list[Row]:
    """Count the requests of the first hour after outages."""
    found: list[Row] = []
    vendors: list[Vendor] = []
    for who in ("HA down", "cloud down"):
        for length, length_s in CATCHING_UP_S.items():
            begin_s = BACK_S - length_s
            start_s = (begin_s - BEFORE_S) // HOUR_S * HOUR_S
            trial = Trial(_pump(1, 40), start_s, Outage.of(who, begin_s, length_s))
            trial.go(BACK_S + 2 * HOUR_S)
            vendor = trial.house.vendor
            vendors.append(vendor)
            case = f"{who} {length}, the hour after"
            found += _counted(case, vendor, BACK_S, BACK_S + HOUR_S)
    return found + _limits("outages", vendors)


def _cpu() -> list[Row]:
    """Compare booking with a bare loop that parses the same JSON and adds it up."""
    pump = _pump(1, 400)
    faults = Faults()
    chunks = [
        (float(to_s - CHUNK_S), float(to_s))
        for to_s in range(START_S, START_S - YEAR_S, -CHUNK_S)
    ]
    hours = [
        (*window, orjson.dumps(energy_rows(pump, "Hour", window, faults, START_S)))
        for window in chunks
    ]
    rows = {
        "of 4 h": _bodies(pump, WINDOW_S, WINDOW_S),
        "as they come": _bodies(pump, EVERY_S, EVERY_S + OVERLAP_S),
    }
    add_hours = partial(_add_hours, hours)
    found = _compared("a year of hours", partial(_book_hours, hours), add_hours)
    found += _compared(
        "a year of hours, and rows of statistics",
        partial(_book_hours, hours, written=True),
        add_hours,
    )
    for how, bodies in rows.items():
        found += _compared(
            f"two days of rows, {how}",
            partial(_book_rows, bodies),
            partial(_add_rows, bodies),
        )
    return found


def _bodies(pump: HeatPump, step_s: int, length_s: int) -> list[RowsBody]:
    """Return answers of two days' rows, each with the time when it comes."""
    found: list[RowsBody] = []
    for to_s in range(START_S - ROWS_S + step_s, START_S + 1, step_s):
        logs = [log for _, log in log_rows(pump, to_s - length_s, to_s)]
        found.append((float(to_s), orjson.dumps(logs)))
    return found


def _compared(
    case: str, ours: Callable[[], float], bare: Callable[[], float]
) -> list[Row]:
    """Return CPU times, taken in turns; both have to find about the same energy."""
    ours_s: list[float] = []
    bare_s: list[float] = []
    for _ in range(ROUNDS):
        kwh: list[float] = []
        for work, times in ((ours, ours_s), (bare, bare_s)):
            gc.collect()
            before_s = time.process_time()
            kwh.append(work())
            times.append(time.process_time() - before_s)
        assert math.isclose(*kwh, rel_tol=0.01), kwh
    ratio = median(a / b for a, b in zip(ours_s, bare_s, strict=True))
    return [
        row(case, "CPU / bare loop", ratio, ""),
        row(case, "CPU", median(ours_s) * 1e3, "ms"),
        row(case, "CPU of the bare loop", median(bare_s) * 1e3, "ms"),
    ]


def _book_hours(hours: Sequence[HoursBody], *, written: bool = False) -> float:
    """Book hours from the newest back; return the electricity in kWh."""
    ledger = Ledger()
    first: dict[Series, list[StatisticsRow]] = {}
    for from_s, to_s, body in hours:
        found = hour_rows(hours_in(orjson.loads(body)))
        ledger.add_hours(found, from_s, to_s, START_S)
        booked = ledger.booked(from_s, to_s) if written else {}
        for series in SERIES if written else ():
            if series in first:
                energies = hour_energies(booked, series)
                rows, _ = corrected(first[series], energies, from_s, to_s)
            else:
                rows = rewritten(ledger, series, from_s, START_S, hours=booked)
            if rows:
                first[series] = rows[:1]
        ledger.written(START_S)
        ledger.prune(START_S)
    kept = [ledger.folded, *(one.kwh for one in ledger.booked(0, START_S).values())]
    return sum(amount(kwh, ELECTRICITY) or 0.0 for kwh in kept)


def _add_hours(hours: Sequence[HoursBody]) -> float:
    """Add up hours; return the electricity in kWh."""
    electricity = heat = 0.0
    for _, _, body in hours:
        for hour in orjson.loads(body):
            for key in _ELECTRIC_KEYS:
                electricity += hour[key]
            for key in _HEAT_KEYS:
                heat += hour[key]
    return electricity


def _book_rows(bodies: Sequence[RowsBody]) -> float:
    """Book rows in the order in which they come; return the electricity in kWh."""
    ledger = Ledger()
    for now_s, body in bodies:
        ledger.add_rows(map(sample, rows_in(orjson.loads(body))), now_s)
        ledger.prune(now_s)
    booked = ledger.booked(0, START_S).values()
    return sum(amount(one.kwh, ELECTRICITY) or 0.0 for one in booked)


def _add_rows(bodies: Sequence[RowsBody]) -> float:
    """Add up rows that are new; return the electricity in kWh."""
    electricity = heat = 0.0
    last = ""
    for _, body in bodies:
        for log in orjson.loads(body):
            if log["timestamp"] > last:
                last = log["timestamp"]
                electricity += log["cmMassPowerIn"]
                heat += log["cmMassPowerOut"]
    return electricity * INTERVAL_S / 3_600_000
