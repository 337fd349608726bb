"""A Home Assistant with Sunbridge, in virtual time, that asks a Weheat of that kind.

What is asked when, what is booked and what is written are the shipped decisions. Only
what joins them is written anew: the loop of ``account.py``, and dicts for the recorder.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
import random
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from custom_components.sunbridge.vendors.weheat.account import (
    HOURS_MINUTES,
    LIST_AGAIN_S,
    LIST_EVERY_S,
    LIST_RESERVE,
)
from custom_components.sunbridge.vendors.weheat.api import RAW_LONGEST_S
from custom_components.sunbridge.vendors.weheat.budget import Budget
from custom_components.sunbridge.vendors.weheat.energy import (
    SERIES,
    Hours,
    Ledger,
    Raw,
    Request,
    Row,
    Sample,
    Series,
    Total,
    corrected,
    done,
    failed,
    hour_energies,
    next_request,
    rewritten,
)
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatBudgetError,
    WeheatError,
    WeheatNotAllowedError,
    WeheatNotFoundError,
    WeheatWindowError,
)
from custom_components.sunbridge.vendors.weheat.meters import hour_rows, meters_of
from custom_components.sunbridge.vendors.weheat.pace import Pace
from custom_components.sunbridge.vendors.weheat.rows import Row as Log
from custom_components.sunbridge.vendors.weheat.statistics_writer import LOOK_BACK_S
from simulators.weheat import HeatPump

from .weheat_world import LOOK_S, TooManyRequestsError, Vendor

# The recorder closes an hour ten seconds after it ended.
HOUR_CLOSES_S = 10.0
# About what Home Assistant waits before it tries a failed set-up again.
SET_UP_AGAIN_S = 80.0

_HOME = ZoneInfo("Europe/Amsterdam")


class House:
    """Home Assistant with Sunbridge: books, budget and statistics of some heat pumps.

    ``statistics`` are rows by heat pump, series and hour; ``rows_written`` counts what
    the recorder was given. What isn't kept over a restart is forgotten by ``stop``.
    """

    def __init__(
        self,
        vendor: Vendor,
        pumps: Sequence[HeatPump],
        *,
        seed: int = 1,
        series: Sequence[Series] = SERIES,
    ) -> None:
        """Prepare; ``start`` starts it."""
        self.vendor = vendor
        self.budget = Budget()
        self.books = {pump.id: Ledger() for pump in pumps}
        self.statistics: dict[str, dict[Series, dict[int, Row]]] = {
            pump.id: {one: {} for one in series} for pump in pumps
        }
        self.rows_written = 0
        self._pumps = pumps
        self._random = random.Random(f"{seed}/house")
        self._minute = HOURS_MINUTES[0]
        self._turn = 0
        self._is_set_up = False
        self._list_s = 0.0
        self._hour = 0
        self._kept = self._to_store()

    def start(self) -> None:
        """Start with what was kept; the first look sets the account up."""
        self.budget = Budget.from_list(self._kept["budget"], self._now_s)
        self.books = {
            pump_id: Ledger.from_dict(kept)
            for pump_id, kept in self._kept["pumps"].items()
        }
        self._minute = self._random.uniform(*HOURS_MINUTES)
        self._is_set_up = False
        self._list_s = self._now_s
        # Home Assistant tells of the hours that are closed while it's up.
        self._hour = int((self._now_s - HOUR_CLOSES_S) // 3600)

    def stop(self) -> None:
        """Keep what the account keeps."""
        self._kept = self._to_store()

    def look(self) -> None:
        """Ask for all that is due."""
        if not self._is_set_up:
            self._set_up()
        self._close_hour()
        while self._is_set_up:
            if self._now_s >= self._list_s:
                self._list()
            elif (found := self._next()) is not None:
                self._do(*found)
            else:
                return

    def hours(self, pump: HeatPump, series: Series) -> dict[int, float]:
        """Return what the statistics show of each hour: by how much sums rise, in kWh."""
        found: dict[int, float] = {}
        before: float | None = None
        for hour, row in sorted(self.statistics[pump.id][series].items()):
            found[hour] = row.state_kwh if before is None else row.sum_kwh - before
            before = row.sum_kwh
        return found

    @property
    def _now_s(self) -> float:
        return self.vendor.clock.time()

    def _to_store(self) -> dict[str, Any]:
        pumps = {pump_id: ledger.as_dict() for pump_id, ledger in self.books.items()}
        kept: dict[str, Any] = orjson.loads(
            orjson.dumps({"budget": self.budget.as_list(), "pumps": pumps})
        )
        return kept

    def _call[T](self, ask: Callable[[], T], keep_free: int = 0) -> T:
        """Ask as ``WeheatRest`` does."""
        self.budget.take(self._now_s, keep_free)
        try:
            found = ask()
        except TooManyRequestsError:
            raise self.budget.refused(self._now_s) from None
        self.budget.answered(self._now_s)
        return found

    def _set_up(self) -> None:
        """Do what ``room.py`` does."""
        if self._now_s < self._list_s:
            return
        try:
            self._call(self.vendor.pumps)
            for pump in self._pumps:
                try:
                    # For what is shown; it isn't booked.
                    self._call(lambda pump=pump: self.vendor.latest(pump))  # type: ignore[misc]
                except WeheatBudgetError:
                    break
        except WeheatError:
            self._list_s = self._now_s + SET_UP_AGAIN_S
            return
        self._is_set_up = True
        self._list_s = self._now_s + LIST_EVERY_S

    def _list(self) -> None:
        try:
            self._call(self.vendor.pumps, LIST_RESERVE)
        except WeheatBudgetError:
            self._list_s = self._now_s + LOOK_S
        except WeheatError:
            self._list_s = self._now_s + LIST_AGAIN_S
        else:
            self._list_s = self._now_s + LIST_EVERY_S

    def _close_hour(self) -> None:
        """Write what is known of an hour once the recorder has closed it."""
        closed = int((self._now_s - HOUR_CLOSES_S) // 3600)
        if self._is_set_up and closed != self._hour:
            self._hour = closed
            for pump in self._pumps:
                self._write(pump)

    def _next(self) -> tuple[HeatPump, Request] | None:
        now_s = self._now_s
        if self.budget.wait_s(now_s):
            return None
        left = self.budget.calls - self.budget.used(now_s)
        hour = datetime.fromtimestamp(now_s, UTC).astimezone(_HOME).hour
        for place in range(len(self._pumps)):
            pump = self._pumps[(self._turn + place) % len(self._pumps)]
            request = next_request(
                self.books[pump.id],
                now_s,
                calls_left=left,
                pumps=len(self._pumps),
                minute=self._minute,
                raw_every_s=Pace.of({}).every_s(hour),
            )
            if request is not None:
                self._turn = (self._turn + place + 1) % len(self._pumps)
                return pump, request
        return None

    def _do(self, pump: HeatPump, request: Request) -> None:
        ledger, now_s = self.books[pump.id], self._now_s
        dirty_from_s = ledger.dirty_from_s
        try:
            self._ask(pump, request)
        except WeheatError as err:
            failed(
                ledger,
                request,
                now_s,
                too_long=isinstance(err, WeheatWindowError),
                unavailable=isinstance(
                    err, (WeheatNotAllowedError, WeheatNotFoundError)
                ),
            )
            return
        done(ledger, request, now_s)
        if isinstance(request, Hours) and request.is_backfill:
            self._write_part(pump, request)
            ledger.written_apart(dirty_from_s, request.to_s)
        elif isinstance(request, Hours):
            self._write(pump)
        ledger.prune(now_s)

    def _ask(self, pump: HeatPump, request: Request) -> None:
        ledger, vendor = self.books[pump.id], self.vendor
        match request:
            case Raw(from_s, to_s):
                if to_s - from_s > RAW_LONGEST_S:
                    raise WeheatWindowError("the time is too long")
                # Requests have whole seconds, rounded down.
                window = (float(from_s // 1), float(to_s // 1))
                logs = self._call(lambda: vendor.raw(pump, *window))
                ledger.add_rows(map(sample, logs), self._now_s)
            case Hours(from_s, to_s):
                found = self._call(lambda: vendor.hours(pump, from_s, to_s))
                ledger.add_hours(hour_rows(found), from_s, to_s, self._now_s)
            case Total():
                total = self._call(lambda: vendor.total(pump))
                ledger.add_total(meters_of(total), self._now_s)
            case _:
                self._latest(pump)

    def _latest(self, pump: HeatPump) -> None:
        log = self._call(lambda: self.vendor.latest(pump))
        self.books[pump.id].add_rows([sample(log)], self._now_s)

    def _write_part(self, pump: HeatPump, part: Hours) -> None:
        """Do what ``statistics_writer.py`` does with a part of the past."""
        hours = self.books[pump.id].booked(part.from_s, part.to_s)
        for series, there in self.statistics[pump.id].items():
            existing = _read(there, part.from_s)
            if not existing:
                continue
            found, _ = corrected(
                existing, hour_energies(hours, series), part.from_s, part.to_s
            )
            there |= {row.start_s: row for row in found}
            self.rows_written += len(found)

    def _write(self, pump: HeatPump) -> None:
        """Do what ``statistics_writer.py`` does."""
        ledger, now_s = self.books[pump.id], self._now_s
        from_s = ledger.dirty_from_s
        if from_s is None or ledger.counter.at_s is None:
            return
        for series, there in self.statistics[pump.id].items():
            if ledger.total_kwh(*series) is None:
                continue
            existing = _read(there, from_s)
            found = rewritten(ledger, series, from_s, now_s, existing)
            there |= {row.start_s: row for row in found}
            self.rows_written += len(found)
        ledger.written(now_s)


def sample(log: Log) -> Sample:
    """Return what the books take of a log."""
    return Sample(log.at_s, log.interval_s, log.state, log.power_in_w, log.power_out_w)


def _read(there: Mapping[int, Row], from_s: float) -> list[Row]:
    """Return the rows that the writer reads: from a month before on, or the last one."""
    hours = sorted(there)
    recent = [hour for hour in hours if hour >= from_s - LOOK_BACK_S]
    return [there[hour] for hour in recent or hours[-1:]]
