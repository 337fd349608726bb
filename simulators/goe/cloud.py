"""The vendor's cloud API in front of chargers, with faults that can be switched on.

Written from the vendor's cloud API document, and where that is silent from what people
have seen. A ``+`` in a query stays a plus: only percent-encoding is decoded.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
import json
import time
from typing import Any, Self
from urllib.parse import unquote

from aiohttp import web

from .charger import Charger

DEFAULT_AGE_S = 30.0
# A charger that has long been away, as one was seen.
LONG_AGO_S = 25_382.09
MAX_REQUESTS = 100_000

_HTML = "<html><head><title>502</title></head><body>Bad Gateway</body></html>"


@dataclass
class Faults:
    """What is wrong with a charger's cloud.

    ``offline``: the charger has long been away; ``offline_since``: it fell silent at
    this time (epoch s). ``cloud_off``: the API is switched off in the app. ``frozen``
    answers 200 with data that stand still. ``status_code`` forces a code,
    ``garbage`` a body: html, truncated, empty_object, list, not_utf8. ``hang`` takes
    a request and never answers, ``drop`` closes the connection instead.
    """

    offline: bool = False
    offline_since: float | None = None
    cloud_off: bool = False
    delay_s: float = 0.0
    status_code: int | None = None
    rate_limit: bool = False
    retry_after_s: float | None = None
    garbage: str | None = None
    frozen: bool = False
    hang: bool = False
    drop: bool = False
    missing_keys: set[str] = field(default_factory=set)
    bad_types: dict[str, Any] = field(default_factory=dict)
    status_400_with_body: bool = False
    ignore_sets: bool = False
    no_last_modified: bool = False


@dataclass(frozen=True)
class Request:
    """A request as it arrived; ``in_flight`` counts those under way with it."""

    serial: str
    path: str
    raw_query: str
    headers: dict[str, str]
    at_s: float
    in_flight: int


@dataclass
class _Frozen:
    status: dict[str, Any]
    at_s: float


class CloudFront:
    """Serves chargers at ``/<serial>/api/…``, or ``/api/…`` with the serial as host."""

    def __init__(
        self, chargers: Iterable[Charger], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Prepare to serve; port 0 takes a free one."""
        self.chargers = {charger.serial: charger for charger in chargers}
        self.faults = {serial: Faults() for serial in self.chargers}
        self.requests: deque[Request] = deque(maxlen=MAX_REQUESTS)
        self._host = host
        self._port = port
        self._in_flight: dict[str, int] = dict.fromkeys(self.chargers, 0)
        self._frozen: dict[str, _Frozen] = {}
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The address without a trailing slash."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        """Start to serve."""
        app = web.Application()
        app.router.add_get("/{serial}/api/{call}", self._serve)
        app.router.add_get("/api/{call}", self._serve)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop to serve and close all connections."""
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        serial = request.match_info.get("serial") or (request.host or "").split(".")[0]
        charger = self.chargers.get(serial)
        if charger is None:
            return _json({"success": False, "reason": "unknown charger"}, 403)
        self._in_flight[serial] += 1
        self.requests.append(
            Request(
                serial=serial,
                path=request.path,
                raw_query=request.rel_url.raw_query_string,
                headers=dict(request.headers),
                at_s=time.monotonic(),
                in_flight=self._in_flight[serial],
            )
        )
        try:
            return await self._answer(request, charger, self.faults[serial])
        finally:
            self._in_flight[serial] -= 1

    async def _answer(
        self, request: web.Request, charger: Charger, faults: Faults
    ) -> web.StreamResponse:
        if faults.hang:
            await asyncio.Event().wait()
        if faults.delay_s:
            await asyncio.sleep(faults.delay_s)
        if faults.drop:
            assert request.transport is not None
            request.transport.abort()
        if faults.rate_limit:
            wait_s = faults.retry_after_s
            headers = {} if wait_s is None else {"Retry-After": f"{wait_s:.0f}"}
            return web.Response(status=429, headers=headers)
        if faults.status_code is not None and faults.garbage is None:
            return web.Response(status=faults.status_code, text="error")
        query = _query(request.rel_url.raw_query_string)
        if (refusal := self._refused(request, charger, faults, query)) is not None:
            return refusal
        match request.match_info["call"]:
            case "status":
                return self._status(charger, faults, query)
            case "set":
                return self._set(charger, faults, query)
        return web.Response(status=404)

    def _refused(
        self,
        request: web.Request,
        charger: Charger,
        faults: Faults,
        query: dict[str, str],
    ) -> web.Response | None:
        """Check token and access, in the order that was seen."""
        token = query.pop("token", None)
        authorization = request.headers.get("Authorization", "")
        if token is None and authorization.startswith("Bearer "):
            token = authorization.removeprefix("Bearer ")
        if faults.cloud_off or not charger.status().get("cae", True):
            return _json({"success": False, "reason": "Forbidden"}, 403)
        if token != charger.token:
            return web.Response(status=401)
        max_age_s = DEFAULT_AGE_S
        if request.match_info["call"] == "status" and "age" in query:
            max_age_s = float(query.pop("age"))
        age_s = time.time() - self._reported_at(charger, faults)
        if faults.offline:
            age_s = max(age_s, LONG_AGO_S)
        if age_s > max_age_s and not faults.frozen:
            reason = {"success": False, "reason": "Data is outdated", "age": age_s}
            return _json(reason, 404)
        return None

    def _reported_at(self, charger: Charger, faults: Faults) -> float:
        if faults.frozen:
            frozen = self._frozen.setdefault(
                charger.serial, _Frozen(charger.status(), charger.reported_at)
            )
            return frozen.at_s
        self._frozen.pop(charger.serial, None)
        if faults.offline_since is not None:
            return faults.offline_since
        return charger.reported_at

    def _status(
        self, charger: Charger, faults: Faults, query: dict[str, str]
    ) -> web.Response:
        reported_at = self._reported_at(charger, faults)
        frozen = self._frozen.get(charger.serial)
        status = charger.status() if frozen is None else dict(frozen.status)
        status = {k: v for k, v in status.items() if k not in faults.missing_keys}
        status |= faults.bad_types
        complete = True
        if "filter" in query:
            wanted = query["filter"].split(",")
            complete = all(key in status for key in wanted)
            status = {key: status[key] for key in wanted if key in status}
        phoenix = charger.status().get("typ") == "go-eCharger_Phoenix"
        quirk = faults.status_400_with_body or (phoenix and not complete)
        response = _body(status, faults)
        response.set_status(faults.status_code or (400 if quirk else 200))
        if not faults.no_last_modified:
            response.headers["Last-Modified"] = formatdate(reported_at, usegmt=True)
        return response

    def _set(
        self, charger: Charger, faults: Faults, query: dict[str, str]
    ) -> web.Response:
        answers: dict[str, Any] = {}
        for key, text in query.items():
            try:
                value = json.loads(text)
            except ValueError:
                answers[key] = (
                    f"{key}: tried to set api key with invalid json InvalidInput ({text})"
                )
                continue
            answers[key] = True if faults.ignore_sets else charger.set(key, value)
        accepted = any(answer is True for answer in answers.values())
        return _json(answers, 202 if accepted else 422)


def _query(raw: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in raw.split("&") if pair)
    return {unquote(key): unquote(value) for key, _, value in pairs}


def _json(body: Any, status: int) -> web.Response:
    return web.json_response(body, status=status, dumps=_dumps)


def _dumps(body: Any) -> str:
    return json.dumps(body, separators=(",", ":"))


def _body(status: dict[str, Any], faults: Faults) -> web.Response:
    match faults.garbage:
        case "html":
            return web.Response(text=_HTML, content_type="text/html")
        case "truncated":
            text = _dumps(status)
            return web.Response(
                text=text[: len(text) // 2], content_type="application/json"
            )
        case "empty_object":
            return _json({}, 200)
        case "list":
            return _json([status], 200)
        case "not_utf8":
            return web.Response(
                body=b'{"fna":"\xff\xfe"}', content_type="application/json"
            )
    return _json(status, 200)
