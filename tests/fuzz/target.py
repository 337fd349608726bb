"""What is fuzzed: how a case is made, and what has to hold for it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
import math
from typing import Any, Final, override

import httpx

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import MAX_LENGTH_STATE_STATE, Platform
from homeassistant.helpers.entity import EntityDescription

from .dice import Dice, often, pick
from .wild import TEXTS

_STATUSES: Final = (
    200, 200, 200, 200, 202, 204, 400, 401, 403, 404, 422, 429, 500, 502, 503, 301,
)  # fmt: skip
_HEADERS: Final = (
    "Date", "Last-Modified", "Retry-After", "Content-Encoding", "Content-Type",
)  # fmt: skip
_DATES: Final = (
    "Fri, 20 Nov 2026 10:00:00 GMT", "Fri, 20 Nov 2026 10:00:00 -0000",
    "Mon, 01 Jan 0001 00:00:00 +2359", "Fri, 31 Dec 9999 23:59:59 -2359",
    "2026-11-20T10:00:00Z", "0001-01-01T00:00:00+23:59", "60", "-1", "1e9", "gzip",
    "9" * 30, "deflate", "br", "utf-8", "text/html; charset=\xff",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A parser with its way in.

    ``check`` raises for a case that breaks what is promised: nothing but the module's
    own errors, which it takes itself. ``tell`` says what was made of a case, for the
    statistics. ``weight`` is how many cases it gets, compared with others.
    """

    make: Callable[[Dice], Any]
    check: Callable[[Any], str | None] | Callable[[Any], Awaitable[str | None]]
    weight: float = 1.0

    def run(self, case: Any, runner: asyncio.Runner) -> str | None:
        """Check a case; return what came of it."""
        found = self.check(case)
        if isinstance(found, Awaitable):
            return runner.run(_awaited(found))
        return found


async def _awaited(found: Awaitable[str | None]) -> str | None:
    return await found


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


def answer_of(dice: Dice, body: bytes) -> Answer:
    """Return an answer with a body, and with headers that nobody promised."""
    headers = []
    while often(dice, 1, 3):
        name = pick(dice, _HEADERS) if often(dice, 5, 6) else "x-y"
        value = pick(dice, _DATES + TEXTS) if often(dice, 5, 6) else dice.text(8)
        headers.append((name.encode(), _of_header(value)))
    return Answer(pick(dice, _STATUSES), tuple(headers), body)


def _of_header(value: str) -> bytes:
    """Return what a server can send: HTTP's own parser lets no others through."""
    found = value.encode("latin-1", errors="replace").strip()
    return bytes(
        sign for sign in found if sign in (9, *range(32, 127), *range(128, 256))
    )


class Server(httpx.AsyncBaseTransport):
    """Answers each request with the next of some answers, the last one again."""

    def __init__(self, *answers: Answer) -> None:
        """Take what is answered."""
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        self.requests.append(request)
        given = self._answers[0]
        if len(self._answers) > 1:
            del self._answers[0]
        stream = httpx.ByteStream(given.body)
        return httpx.Response(given.status, headers=given.headers, stream=stream)


def read_all(
    descriptions: Mapping[Platform, tuple[EntityDescription, ...]],
    state: Any,
    reports: Callable[[frozenset[str]], bool],
) -> None:
    """Read all that entities show, and hold it against what Home Assistant takes."""
    for platform, rows in descriptions.items():
        for row in rows:
            reading = row.reading  # type: ignore[attr-defined]
            if not reports(reading.keys):
                continue
            row.exists_fn(state)  # type: ignore[attr-defined]
            check = _CHECKS.get(platform)
            if (value := reading.fn(state)) is not None and check is not None:
                check(row, value)


def _sensor(row: Any, value: Any) -> None:
    if row.device_class is SensorDeviceClass.ENUM:
        assert value in row.options, row.key
    elif row.device_class is SensorDeviceClass.TIMESTAMP:
        assert isinstance(value, datetime), row.key
        assert value.tzinfo is not None
    elif row.device_class is not None or row.state_class is not None:
        _number(row, value)
    else:
        _text(row, value if isinstance(value, str) else str(value))


def _number(row: Any, value: Any) -> None:
    assert isinstance(value, (int, float)), row.key
    assert math.isfinite(value), row.key
    assert len(f"{value:.10f}") <= MAX_LENGTH_STATE_STATE, row.key


def _text(row: Any, value: Any) -> None:
    assert isinstance(value, str), row.key
    assert len(value) <= MAX_LENGTH_STATE_STATE, row.key
    value.encode()


def _is(kind: type, row: Any, value: Any) -> None:
    assert isinstance(value, kind), row.key


def _event(row: Any, value: Any) -> None:
    assert value.event_type in row.event_types
    hash(value)


_CHECKS: Final[Mapping[Platform, Callable[[Any, Any], None]]] = {
    Platform.BINARY_SENSOR: partial(_is, bool),
    Platform.EVENT: _event,
    Platform.NUMBER: _number,
    Platform.SELECT: _text,
    Platform.SENSOR: _sensor,
    Platform.SWITCH: partial(_is, bool),
    Platform.TEXT: _text,
    Platform.TIME: partial(_is, time),
}
