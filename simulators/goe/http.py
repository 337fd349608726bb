"""The charger's HTTP API v2 in front of chargers, with faults that can be switched on.

What the cloud's API and the charger's own in the local network share. Written from the
vendor's documents, and where those are silent from what people have seen. A ``+`` in a
query stays a plus: only percent-encoding is decoded.
"""

from abc import abstractmethod
import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
import json
import time
from typing import Any, override
from urllib.parse import unquote

from aiohttp import web

from simulators.served import MAX_REQUESTS, Served

from .charger import Charger

_HTML = "<html><head><title>502</title></head><body>Bad Gateway</body></html>"


@dataclass
class Faults:
    """What is wrong with a charger's API.

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


class HttpFront(Served):
    """Serves chargers on a socket; a subclass knows the paths and who may ask."""

    paths: tuple[str, ...]

    def __init__(
        self, chargers: Iterable[Charger], *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        """Prepare to serve; port 0 takes a free one."""
        super().__init__(host, port)
        self.chargers = {charger.serial: charger for charger in chargers}
        self.faults = {serial: Faults() for serial in self.chargers}
        self.requests: deque[Request] = deque(maxlen=MAX_REQUESTS)
        self._in_flight: dict[str, int] = dict.fromkeys(self.chargers, 0)

    @property
    def url(self) -> str:
        """The address without a trailing slash."""
        return self.host_url

    @override
    def routes(self) -> list[web.RouteDef]:
        """Return what answers which paths."""
        return [web.get(path, self._serve) for path in self.paths]

    @abstractmethod
    def charger_of(self, request: web.Request) -> Charger | None:
        """Return the charger that a request is for."""

    @abstractmethod
    def answer(
        self, request: web.Request, charger: Charger, faults: Faults
    ) -> web.Response:
        """Answer a request that no fault of the way has met."""

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        charger = self.charger_of(request)
        if charger is None:
            return answer_json({"success": False, "reason": "unknown charger"}, 403)
        serial = charger.serial
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
    ) -> web.Response:
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
        return self.answer(request, charger, faults)


def answer_status(
    status: dict[str, Any], faults: Faults, query: dict[str, str]
) -> web.Response:
    """Answer with the keys that the query's filter names, or with all."""
    phoenix = status.get("typ") == "go-eCharger_Phoenix"
    status = {k: v for k, v in status.items() if k not in faults.missing_keys}
    status |= faults.bad_types
    complete = True
    if "filter" in query:
        wanted = query["filter"].split(",")
        complete = all(key in status for key in wanted)
        status = {key: status[key] for key in wanted if key in status}
    # PRO and CORE have been seen to answer 400 with the whole body.
    quirk = faults.status_400_with_body or (phoenix and not complete)
    response = _body(status, faults)
    response.set_status(faults.status_code or (400 if quirk else 200))
    return response


def set_keys(charger: Charger, faults: Faults, query: dict[str, str]) -> dict[str, Any]:
    """Set what the query names; return true or the charger's text by key."""
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
    return answers


def query_of(request: web.Request) -> dict[str, str]:
    """Return the decoded query."""
    raw = request.rel_url.raw_query_string
    pairs = (pair.partition("=") for pair in raw.split("&") if pair)
    return {unquote(key): unquote(value) for key, _, value in pairs}


def answer_json(body: Any, status: int) -> web.Response:
    """Answer with compact JSON, as the firmware writes it."""
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
            return answer_json({}, 200)
        case "list":
            return answer_json([status], 200)
        case "not_utf8":
            return web.Response(
                body=b'{"fna":"\xff\xfe"}', content_type="application/json"
            )
    return answer_json(status, 200)
