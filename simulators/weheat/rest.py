"""The vendor's REST API for third parties, where no fault has met a request."""

from collections.abc import Callable
import random
from typing import Any

from aiohttp import web

from simulators.clock import Clock

from .auth import Account, Keycloak
from .energy_rows import INTERVALS, energy_rows, total_of
from .faults import Faults, RateLimits, Window, within
from .log_rows import POWER_KEYS, rows
from .pump import HeatPump
from .views import LONGEST_S, view_rows
from .wire import empty, forbidden, invalid, json, not_found, read_time, timestamp

RAW_LONGEST_S = 4 * 3600.0
# How long after its last row the backend takes a heat pump for gone.
ONLINE_S = 300.0
_LATEST_FROM_S = 14 * 86400.0


class Rest:
    """Answers requests; ``hours_longest_s`` is the longest time of hourly energies.

    The vendor doesn't say how long that is.
    """

    def __init__(self, keycloak: Keycloak, faults: Faults, clock: Clock) -> None:
        """Take what the cloud keeps."""
        self.limits = RateLimits(clock, faults)
        self.hours_longest_s = 31 * 86400.0
        self._keycloak = keycloak
        self._faults = faults
        self._clock = clock

    def answer(self, request: web.Request, path: str) -> web.Response:
        """Answer a request; ``path`` is what follows the API's base."""
        header = request.headers.get("Authorization", "")
        session = self._keycloak.session_of(header, self._faults.token_skew_s)
        if isinstance(session, str):
            return empty(401, WWW_Authenticate=session)
        if not session.client.data:
            return forbidden()
        if self.limits.exceeded(session.account.username):
            return empty(429)
        if request.method != "GET":
            return empty(405, Allow="GET")
        return self._for(session.account, request, path.strip("/").split("/"))

    def _for(
        self, account: Account, request: web.Request, parts: list[str]
    ) -> web.Response:
        match parts:
            case ["users", "me"]:
                return json(_user(account))
            case ["heat-pumps"]:
                return self._list(account, request)
            case ["heat-pumps" | "energy-logs" as kind, pump_id, *rest]:
                pump = account.pump(pump_id)
                if pump is None:
                    return not_found()
                if kind == "energy-logs":
                    return self._energies(pump, request, rest)
                return self._pump(account, pump, request, rest)
        return not_found()

    def _pump(
        self, account: Account, pump: HeatPump, request: web.Request, rest: list[str]
    ) -> web.Response:
        match rest:
            case []:
                return json(self._detail(pump))
            case ["logs", "latest"]:
                return self._latest(account, pump)
            case ["logs", "raw"]:
                if self._faults.no_raw:
                    return forbidden()
                window = _window(request, RAW_LONGEST_S)
                if isinstance(window, web.Response):
                    return window
                return self._raw(account, pump, window)
            case ["logs"]:
                interval = request.query.get("interval", "")
                if interval not in LONGEST_S:
                    return invalid("interval", "The value is not valid.")
                window = _window(request, LONGEST_S[interval])
                if isinstance(window, web.Response):
                    return window
                seen = self._seen(self._clock.time())
                views = view_rows(pump, interval, window, seen, staff=account.staff)
                return json(views)
        return not_found()

    def _energies(
        self, pump: HeatPump, request: web.Request, rest: list[str]
    ) -> web.Response:
        now_s = self._clock.time()
        match rest:
            case ["total"]:
                return json(total_of(pump, self._faults, now_s))
            case []:
                interval = request.query.get("interval", "")
                if interval not in INTERVALS:
                    return invalid("interval", "The value is not valid.")
                longest_s = self.hours_longest_s if interval == "Hour" else None
                window = _window(request, longest_s)
                if isinstance(window, web.Response):
                    return window
                return json(energy_rows(pump, interval, window, self._faults, now_s))
        return not_found()

    def _list(self, account: Account, request: web.Request) -> web.Response:
        query = request.query
        page, size = query.get("page", "1"), query.get("pageSize", "10")
        if not page.isdigit() or int(page) < 1:
            return invalid("page", "The page has to be 1 or more.")
        if not size.isdigit() or int(size) < 1:
            return invalid("pageSize", "The size has to be 1 or more.")
        states, models = query.getall("State", []), query.getall("Model", [])
        wanted = query.get("Search", "").lower()
        found = [
            self._detail(pump) | {"firmwareVersion": pump.firmware_version}
            for pump in account.pumps
            if (not states or str(pump.device_state) in states)
            and (not models or str(pump.traits.model) in models)
            and wanted in f"{pump.name or ''} {pump.serial}".lower()
        ]
        first = (int(page) - 1) * int(size)
        metadata = {
            "totalCount": len(found),
            "pageSize": int(size),
            "currentPage": int(page),
            "totalPages": -(-len(found) // int(size)),
        }
        return json({"metadata": metadata, "data": found[first : first + int(size)]})

    def _detail(self, pump: HeatPump) -> dict[str, Any]:
        now_s = self._clock.time()
        last_s = self._last(pump, now_s)
        online = last_s is not None and now_s - last_s < ONLINE_S
        # The list has one number each for cooling and for defrosts.
        state = pump.segment(now_s if last_s is None else last_s).state
        state = 130 if 130 <= state <= 137 else 90 if 84 <= state <= 120 else state
        return {
            "controlBoardId": pump.control_board_id,
            "name": pump.name,
            "model": pump.traits.model,
            "dhwType": 1 if pump.traits.dhw else 2,
            "boilerType": pump.traits.boiler_type,
            "status": state if online else 1,
            "commissionedAt": timestamp(pump.since_s, 0),
            "serialNumber": pump.serial,
            "partNumber": "SYN-PART",
            "state": pump.device_state,
            "id": pump.id,
        }

    def _latest(self, account: Account, pump: HeatPump) -> web.Response:
        now_s = self._clock.time()
        last_s = self._last(pump, now_s)
        if last_s is None:
            return not_found()
        *_, (logged_s, log) = rows(pump, last_s, last_s, staff=account.staff)
        log = self._altered(log)
        if not self._faults.missing_power:
            log["isOnline"] = now_s - logged_s < ONLINE_S
        return json(log)

    def _raw(self, account: Account, pump: HeatPump, window: Window) -> web.Response:
        now_s = self._clock.time()
        seen = self._seen(now_s)
        end_s = min(window[1], now_s)
        found = [
            self._altered(log)
            for logged_s, log in rows(pump, window[0], end_s, staff=account.staff)
            if seen(logged_s)
        ]
        if self._faults.duplicate_rows:
            found = [log for pair in zip(found, found, strict=True) for log in pair]
        if self._faults.shuffled_rows:
            random.Random(len(found)).shuffle(found)
        return json(found)

    def _seen(self, now_s: float) -> Callable[[float], bool]:
        """Return what says whether the cloud has the row of a time by now."""
        faults = self._faults

        def seen(logged_s: float) -> bool:
            late = faults.late_rows_s and int(logged_s * 10) % 3 == 0
            arrival_s = logged_s + (faults.late_rows_s if late else 0.0)
            return arrival_s <= now_s and not within(logged_s, faults.outages)

        return seen

    def _last(self, pump: HeatPump, now_s: float) -> float | None:
        """Return the time of the newest row that the cloud has."""
        seen = self._seen(now_s)
        end_s = now_s
        while end_s > now_s - _LATEST_FROM_S:
            start_s = end_s - 4 * pump.cadence_s - self._faults.late_rows_s
            times = [at_s for _, at_s, _ in pump.samples(start_s, end_s) if seen(at_s)]
            if times:
                return times[-1]
            begins = [
                begin
                for begin, end in self._faults.outages
                if begin <= start_s and end > start_s
            ]
            end_s = min(begins, default=start_s)
        return None

    def _altered(self, log: dict[str, Any]) -> dict[str, Any]:
        """Return a log with what is wrong with all logs."""
        faults = self._faults
        for key in POWER_KEYS:
            if key not in log:
                continue
            if faults.missing_power:
                del log[key]
            elif faults.null_power:
                log[key] = None
            elif faults.float_power:
                log[key] += 0.25
        if faults.sentinels:
            log |= {"tRoom": -1, "tRoomTarget": -1, "dhwTargetTemperature": -1}
        if faults.unknown_keys:
            log |= {"runningTest": None, "markedNewKey": {"value": [1, "two"]}}
        return {key: log[key] for key in log if key not in faults.missing_keys}


def _user(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "firstName": "Syn",
        "lastName": "Thetic",
        "role": account.role,
        "email": account.username,
        "updatedOn": "2026-01-01T00:00:00Z",
        "createdOn": "2024-01-01T00:00:00Z",
        "language": account.language,
    }


def _window(request: web.Request, longest_s: float | None) -> Window | web.Response:
    times = []
    for name in ("startTime", "endTime"):
        at_s = read_time(request.query.get(name, ""))
        if at_s is None:
            return invalid(name, "The value is not a valid time.")
        times.append(at_s)
    start_s, end_s = times
    if end_s < start_s:
        return invalid("endTime", "The end has to be after the start.")
    if longest_s is not None and end_s - start_s > longest_s:
        return invalid("endTime", "The time is too long.")
    return start_s, end_s
