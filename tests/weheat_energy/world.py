"""A simulated pump's cloud and a Home Assistant that asks it, without any network."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import json

from custom_components.sunbridge.vendors.weheat.energy import (
    SERIES,
    HourRow,
    Hours,
    Ledger,
    Meter,
    Mode,
    Raw,
    Request,
    Row,
    Sample,
    Series,
    amount,
    corrected,
    done,
    failed,
    hour_energies,
    metered,
    next_request,
    rewritten,
)
from simulators.clock import Clock
from simulators.weheat import Energy, HeatPump

HOUR = 3600.0
DAY = 86400.0
# Wednesday, 2026-01-14, and Wednesday, 2026-07-15, both at midnight of UTC.
WINTER = 1_768_348_800.0
SUMMER = 1_784_073_600.0

type Window = tuple[float, float]


def pump_at(now_s: float, *, cooling: bool = False, days: float = 60) -> HeatPump:
    """Return a pump with a past before a time."""
    clock = Clock()
    clock.advance(now_s - clock.time())
    return HeatPump(clock, cooling=cooling, history_days=days)


def meters(energy: Energy) -> dict[Meter, float]:
    """Return the simulator's energies as the engine has them."""
    return metered(
        {Mode[mode.name]: kwh for mode, kwh in energy.electric.items()},
        {
            Mode[mode.name]: kwh
            for mode, kwh in energy.heat.items()
            if mode.value != "Standby"
        },
        {Mode[mode.name]: kwh for mode, kwh in energy.indoor.items()},
    )


def compressor(energy: Energy) -> dict[Meter, float]:
    """Return what rows can show of the simulator's energies: no fan, no indoor unit."""
    return metered(
        {Mode[mode.name]: kwh for mode, kwh in energy.compressor.items()},
        {
            Mode[mode.name]: kwh
            for mode, kwh in energy.heat.items()
            if mode.value != "Standby"
        },
        {},
    )


def samples(pump: HeatPump, from_s: float, to_s: float) -> list[Sample]:
    """Return the rows between two times, rounded as the vendor's are."""
    found = []
    for at_s, logged_s, segment in pump.samples(from_s, to_s):
        load = segment.at(at_s)
        power_in, power_out = round(load.compressor_w), round(load.heat_w)
        found.append(Sample(logged_s, 15, segment.state, power_in, power_out))
    return found


def within(at_s: float, windows: Iterable[Window]) -> bool:
    """Tell whether a time is in one of some windows."""
    return any(begin <= at_s < end for begin, end in windows)


@dataclass
class World:
    """Time passes in it; Home Assistant asks, and writes statistics each hour.

    ``refused``: the cloud answers nothing, ``lost``: it has no rows of then and never
    will, ``down``: Home Assistant doesn't run; it's started anew from what it kept.
    """

    pump: HeatPump
    ledger: Ledger = field(default_factory=Ledger)
    refused: list[Window] = field(default_factory=list)
    lost: list[Window] = field(default_factory=list)
    down: list[Window] = field(default_factory=list)
    no_hours: bool = False
    no_total: bool = False
    raw_limit_s: float = 4 * HOUR
    hours_limit_s: float = 28 * DAY
    history: bool = False
    limit: int = 30
    asked: list[tuple[float, Request]] = field(default_factory=list)
    calls_s: list[float] = field(default_factory=list)
    most_calls: int = 0
    rows: dict[Series, dict[int, Row]] = field(default_factory=dict)
    totals: list[float] = field(default_factory=list)

    def run(self, from_s: float, to_s: float, step_s: float = 30.0) -> None:
        """Let time pass."""
        at_s, was_down = from_s, False
        while at_s <= to_s:
            if within(at_s, self.down):
                was_down = True
            else:
                if was_down:
                    self.restart()
                    was_down = False
                self._turn(at_s)
            at_s += step_s

    def restart(self) -> None:
        """Start anew from what was kept."""
        kept = json.loads(json.dumps(self.ledger.as_dict()))
        self.ledger = Ledger.from_dict(kept)

    def statistics(self, series: Series) -> dict[int, float]:
        """Return the changes of sums by hour, as the dashboard shows them."""
        rows = self.rows.get(series, {})
        found: dict[int, float] = {}
        last: Row | None = None
        for start in sorted(rows):
            row = rows[start]
            before = row.sum_kwh - row.state_kwh if last is None else last.sum_kwh
            found[start] = row.sum_kwh - before
            last = row
        return found

    def _turn(self, now_s: float) -> None:
        for _ in range(8):
            self.calls_s = [at_s for at_s in self.calls_s if now_s - at_s < HOUR]
            self.most_calls = max(self.most_calls, len(self.calls_s))
            request = next_request(
                self.ledger,
                now_s,
                calls_left=self.limit - len(self.calls_s),
                history=self.history,
            )
            if request is None:
                break
            self.calls_s.append(now_s)
            self.asked.append((now_s, request))
            self._answer(request, now_s)
        # The recorder's hour is compiled ten seconds after its end.
        if now_s % HOUR // 30 == 10:
            self._write(now_s)
        total = self.ledger.total_kwh(SERIES[0][0])
        if total is not None:
            self.totals.append(total)

    def _answer(self, request: Request, now_s: float) -> None:
        ledger = self.ledger
        if within(now_s, self.refused):
            failed(ledger, request, now_s)
            return
        match request:
            case Raw(from_s, to_s):
                if to_s - from_s > self.raw_limit_s:
                    failed(ledger, request, now_s, too_long=True)
                    return
                assert to_s - from_s <= 4 * HOUR
                rows = samples(self.pump, from_s, min(to_s, now_s))
                keep = [row for row in rows if not within(row.at_s, self.lost)]
                ledger.add_rows(keep, now_s)
            case Hours(from_s, to_s):
                if self.no_hours:
                    failed(ledger, request, now_s, unavailable=True)
                    return
                if to_s - from_s > self.hours_limit_s:
                    failed(ledger, request, now_s, too_long=True)
                    return
                assert to_s - from_s <= 28 * DAY
                self._hours(request, now_s)
            case _:
                if self.no_total:
                    failed(ledger, request, now_s, unavailable=True)
                    return
                ledger.add_total(meters(self.pump.lifetime(now_s)), now_s)
        done(ledger, request, now_s)

    def _hours(self, request: Hours, now_s: float) -> None:
        first_s = max(request.from_s, self.pump.since_s)
        last_s = min(request.to_s, now_s)
        rows = [
            HourRow(start, {m: round(kwh, 3) for m, kwh in meters(energy).items()})
            for start, energy in self.pump.hours(first_s, last_s).items()
        ]
        ledger = self.ledger
        dirty_from_s = ledger.dirty_from_s
        changed = ledger.add_hours(rows, request.from_s, request.to_s, now_s)
        if request.is_backfill:
            for series in SERIES:
                there = self.rows.get(series, {})
                if there:
                    new, shift_kwh = corrected(
                        [there[start] for start in sorted(there)],
                        hour_energies(
                            ledger.booked(request.from_s, request.to_s), series
                        ),
                        request.from_s,
                        request.to_s,
                    )
                    assert shift_kwh == 0
                    there |= {row.start_s: row for row in new}
            ledger.written_apart(dirty_from_s, request.to_s)
        elif changed:
            self._write(now_s)

    def _write(self, now_s: float) -> None:
        ledger = self.ledger
        from_s = ledger.dirty_from_s
        if from_s is None:
            return
        for series in SERIES:
            there = self.rows.setdefault(series, {})
            existing = [there[start] for start in sorted(there)]
            new = rewritten(ledger, series, from_s, now_s, existing)
            there |= {row.start_s: row for row in new}
        ledger.written(now_s)
        ledger.prune(now_s)


def hour_truth(
    pump: HeatPump, series: Series, from_s: float, to_s: float, *, rows: bool = False
) -> dict[int, float]:
    """Return the exact energy of each hour; with ``rows`` that which rows can show."""
    found = {}
    for start, energy in pump.hours(from_s, to_s).items():
        kwh = compressor(energy) if rows else meters(energy)
        found[start] = max(amount(kwh, series) or 0.0, 0.0)
    return found
