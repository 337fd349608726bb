"""What can be wrong with the vendor's cloud, and how that looks from outside."""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiohttp import web

from simulators.clock import Clock

from .wire import SERVER, empty, forbidden, invalid, nginx, not_found

RATE_WINDOW_S = 3600.0

# From a time until before another, epoch s.
type Window = tuple[float, float]


@dataclass
class Faults:
    """What is wrong with the cloud.

    Those of HTTP meet paths of the API that contain ``only_paths``, and the log-in's
    only where that names ``openid-connect``: ``status`` forces one with the vendor's
    body (403 is its JSON, ``nginx_403`` the proxy's page), ``garbage`` a body: html,
    truncated, list, empty, null, not_utf8. ``hang`` never answers, ``drop`` closes the
    connection instead. ``unauthorized_once``: the next request gets 401.
    ``forbidden``: no client may use the API; ``no_raw``: nor raw logs.

    ``limit``: requests of an account in any hour, None for none.
    ``token_skew_s``: the API takes tokens for expired by so much too early.

    Of logs: ``outages`` are times of which the cloud has no rows, and never will.
    Every third row comes ``late_rows_s`` late. ``missing_power`` also takes isOnline,
    as it went in 2026. Energies lag (``hours_lag_s``, ``total_lag_s``), counters may
    change each ``total_step_s`` only. ``missing_hours`` are times whose energies the
    vendor lacks, ``hour_errors`` kWh by hour that it has too much,
    ``total_offset_kwh`` what its counter is wrong by.
    """

    status: int | None = None
    only_paths: str = ""
    hang: bool = False
    delay_s: float = 0.0
    drop: bool = False
    garbage: str | None = None
    nginx_403: bool = False
    unauthorized_once: bool = False
    forbidden: bool = False
    no_raw: bool = False
    limit: int | None = 30
    token_skew_s: float = 0.0
    outages: list[Window] = field(default_factory=list)
    late_rows_s: float = 0.0
    duplicate_rows: bool = False
    shuffled_rows: bool = False
    missing_power: bool = False
    null_power: bool = False
    float_power: bool = False
    missing_keys: set[str] = field(default_factory=set)
    unknown_keys: bool = False
    sentinels: bool = False
    total_lag_s: float = 0.0
    total_step_s: float = 0.0
    total_offset_kwh: float = 0.0
    hours_lag_s: float = 0.0
    missing_hours: list[Window] = field(default_factory=list)
    hour_errors: dict[float, float] = field(default_factory=dict)


def within(at_s: float, windows: Iterable[Window]) -> bool:
    """Return whether a time is in one of some windows."""
    return any(start_s <= at_s < end_s for start_s, end_s in windows)


class RateLimits:
    """Counts each account's requests of the last hour."""

    def __init__(self, clock: Clock, faults: Faults) -> None:
        """Take the limit from the faults at each request."""
        self._clock = clock
        self._faults = faults
        self._seen: dict[str, deque[float]] = {}

    def exceeded(self, account: str) -> bool:
        """Count a request; return whether it's one too many. Those don't count."""
        now_s = self._clock.monotonic()
        seen = self._seen.setdefault(account, deque())
        while seen and seen[0] <= now_s - RATE_WINDOW_S:
            seen.popleft()
        if self._faults.limit is not None and len(seen) >= self._faults.limit:
            return True
        seen.append(now_s)
        return False

    def used(self, account: str) -> int:
        """Return how many requests of the last hour were answered."""
        since_s = self._clock.monotonic() - RATE_WINDOW_S
        return sum(at_s > since_s for at_s in self._seen.get(account, ()))


async def met(request: web.Request, faults: Faults) -> web.Response | None:
    """Let a request meet what is wrong; return the answer where that is one."""
    log_in = "openid-connect" in request.path
    if faults.only_paths not in request.path:
        return None
    if log_in and "openid-connect" not in faults.only_paths:
        return None
    if faults.hang:
        await asyncio.Event().wait()
    if faults.delay_s:
        await asyncio.sleep(faults.delay_s)
    if faults.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=503)
    if faults.unauthorized_once and not log_in:
        faults.unauthorized_once = False
        return answer_status(401)
    if faults.nginx_403:
        return nginx(403, "Forbidden")
    if faults.forbidden and not log_in:
        return forbidden()
    if faults.status is not None:
        return answer_status(faults.status)
    return None


def answer_status(status: int) -> web.Response:
    """Answer a status with the body that the vendor has for it."""
    match status:
        case 400:
            return invalid("", "The request is invalid.")
        case 401:
            return empty(401, WWW_Authenticate='Bearer error="invalid_token"')
        case 403:
            return forbidden()
        case 404:
            return not_found()
        case 429:
            return empty(429)
    return nginx(status, "Error")


def spoil(response: web.Response, garbage: str) -> web.Response:
    """Return a good answer's body spoilt."""
    text: str | None = None
    match garbage:
        case "html":
            return nginx(200, "Maintenance")
        case "truncated":
            text = (response.text or "")[: len(response.text or "") // 2]
        case "list":
            text = "[1, null, {}]"
        case "empty":
            text = ""
        case "null":
            text = "null"
        case "not_utf8":
            body = b'{"id":"\xff\xfe"}'
            return web.Response(
                body=body, content_type="application/json", headers={"Server": SERVER}
            )
        case _:
            raise ValueError(garbage)
    return web.Response(
        text=text, content_type="application/json", headers={"Server": SERVER}
    )
