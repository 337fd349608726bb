"""What can be wrong with the vendor's cloud, and how that looks from outside."""

import asyncio
from collections import deque
from dataclasses import dataclass

from aiohttp import web

from simulators.clock import Clock

from .wire import problem

RATE_WINDOW_S = 300.0

_HTML = "<html><head><title>502 Bad Gateway</title></head><body></body></html>"


@dataclass
class Faults:
    """What is wrong with the cloud.

    Those of the HTTP side meet paths that begin with ``only_paths``; the hub's only
    where it begins with ``/hubs``. ``status`` forces one with the vendor's body,
    ``gateway_403`` is the form of its firewall, ``garbage`` a body: html, truncated,
    list, empty, null, not_utf8. ``hang`` never answers, ``drop`` closes the connection
    instead. ``reject_commands``: accepted by the cloud, refused by the charger.
    ``ignore_commands``: accepted, and nothing happens. ``no_result``: the result of a
    command stays unknown. ``rest_down``, ``hub_down``: connections are closed at once.
    """

    status: int | None = None
    only_paths: str = ""
    retry_after_s: float | None = None
    gateway_403: bool = False
    html_502: bool = False
    hang: bool = False
    delay_s: float = 0.0
    drop: bool = False
    garbage: str | None = None
    reject_commands: bool = False
    ignore_commands: bool = False
    no_result: bool = False
    rest_down: bool = False
    hub_down: bool = False


class RateLimit:
    """Counts requests in the vendor's window of 5 minutes; None is no limit."""

    def __init__(self, clock: Clock) -> None:
        """Start without a limit."""
        self.most: int | None = None
        self._clock = clock
        self._seen: deque[float] = deque()

    def exceeded(self) -> bool:
        """Count a request; return whether it's one too many."""
        if self.most is None:
            return False
        now = self._clock.monotonic()
        while self._seen and self._seen[0] <= now - RATE_WINDOW_S:
            self._seen.popleft()
        if len(self._seen) >= self.most:
            return True
        self._seen.append(now)
        return False


async def met(request: web.Request, faults: Faults) -> web.Response | None:
    """Let a request meet what is wrong; return the answer where that is one."""
    hub = request.path.startswith("/hubs")
    if faults.hub_down if hub else faults.rest_down:
        return abort(request)
    if not request.path.startswith(faults.only_paths):
        return None
    if hub and not faults.only_paths.startswith("/hubs"):
        return None
    if faults.hang:
        await asyncio.Event().wait()
    if faults.delay_s:
        await asyncio.sleep(faults.delay_s)
    if faults.drop:
        return abort(request)
    if faults.gateway_403:
        return web.json_response({"message": "Forbidden"}, status=403)
    if faults.html_502:
        return web.Response(text=_HTML, status=502, content_type="text/html")
    if faults.status is not None:
        return answer_status(faults.status, faults.retry_after_s)
    return None


def abort(request: web.Request) -> web.Response:
    """Close the connection; the answer goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)


def answer_status(status: int, retry_after_s: float | None = None) -> web.Response:
    """Answer a status with the body that the vendor has for it."""
    match status:
        case 401:
            return web.Response(status=401)
        case 403:
            return forbidden()
        case 429:
            headers = {}
            if retry_after_s is not None:
                headers["Retry-After"] = f"{retry_after_s:.0f}"
            return web.Response(status=429, headers=headers)
        case 500:
            # Their spelling.
            body = {"errorCode": 0, "errorCodeName": "Uknown", "status": 500}
            return web.json_response(body, status=500)
        case 502 | 503 | 504:
            return web.Response(text=_HTML, status=status, content_type="text/html")
    return web.json_response(problem(status, "Error"), status=status)


def forbidden() -> web.Response:
    """Answer that an account has no right to this."""
    body = problem(403, "Forbidden", traceId="00-marked-trace-00")
    return web.json_response(body, status=403)


def spoil(response: web.Response, garbage: str) -> web.Response:
    """Return a good answer's body spoilt."""
    kind = "application/json"
    match garbage:
        case "html":
            return web.Response(text=_HTML, content_type="text/html")
        case "truncated":
            text = response.text or ""
            return web.Response(text=text[: len(text) // 2], content_type=kind)
        case "list":
            return web.Response(text="[1, null, {}]", content_type=kind)
        case "empty":
            return web.Response(text="", content_type=kind)
        case "null":
            return web.Response(text="null", content_type=kind)
        case "not_utf8":
            return web.Response(body=b'{"id":"\xff\xfe"}', content_type=kind)
    raise ValueError(garbage)
