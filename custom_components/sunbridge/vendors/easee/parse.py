"""Take observations out of whatever the clouds send (reference 2.3, 2.4, 3.2).

The body of an AMQP message isn't documented, so all that is likely is understood: an
object, a list of them, packages, lines of text, a bare value whose id is in the routing
key. The data type that comes along isn't looked at: the wire and the vendor's list
differ about it, and the value itself tells enough (``decode``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
import re
from typing import Any, Final
import zlib

import orjson

from ..json import JsonValue
from .state import Observed
from .times import epoch_s

MAX_BODY_BYTES: Final = 1_000_000

_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_LINE: Final = re.compile(r"\s*(\d+)\s*,\s*([^,]*?)\s*,(.*)")
_DEPTH: Final = 4
_DIGITS: Final = 18

# What fields are called, in small letters.
_FIELDS: Final = {
    "mid": "device",
    "serialnumber": "device",
    "deviceid": "device",
    "chargerid": "device",
    "productid": "device",
    "id": "number",
    "observationid": "number",
    "value": "value",
    "timestamp": "at",
    "observations": "inner",
    "wasaccepted": "accepted",
    "ticks": "ticks",
}


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What became of a command, ours or anybody's; ``ticks`` as in its ticket."""

    device: str
    command: int
    accepted: bool
    ticks: int | None = None


@dataclass(slots=True)
class Parsed:
    """What a message holds. ``malformed`` has the shapes of what isn't understood."""

    observed: list[Observed] = field(default_factory=list)
    results: list[CommandResult] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Context:
    """What is known of an observation from around it."""

    device: str | None = None
    number: int | None = None
    at_s: float | None = None
    arrived_s: float | None = None
    ticks: int | None = None


@dataclass(frozen=True, slots=True)
class _Route:
    """What a routing key says (reference 2.3)."""

    kind: str = ""
    device: str | None = None
    number: int | None = None
    ticks: int | None = None


def message(
    body: bytes,
    routing_key: str = "",
    headers: Mapping[str, Any] | None = None,
    content_encoding: str | None = None,
) -> Parsed:
    """Parse an AMQP message. Never raises."""
    parsed = Parsed()
    route = _route(routing_key)
    if route.kind in ("pulse", "system"):
        return parsed
    if content_encoding == "gzip" or body.startswith(_GZIP):
        unpacked = _unpacked(body)
        if unpacked is None:
            parsed.malformed.append("gzip")
            return parsed
        body = unpacked
    body = body.removeprefix(_BOM)
    if len(body) > MAX_BODY_BYTES:
        parsed.malformed.append("too long")
        return parsed
    if not body.strip():
        return parsed
    headers = headers or {}
    context = _Context(
        route.device,
        route.number,
        arrived_s=epoch_s(headers.get("ArrivalTime")),
        ticks=route.ticks,
    )
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        _lines(body, context, parsed)
        return parsed
    if context.device is None or context.number is None:
        context = _from_headers(context, headers)
    _walk(content, context, parsed, _DEPTH)
    return parsed


def observed_in(content: Any, *, device: str | None = None) -> Parsed:
    """Parse JSON that was received otherwise; ``device`` is whose it is."""
    parsed = Parsed()
    _walk(content, _Context(device), parsed, _DEPTH)
    return parsed


def _walk(content: Any, context: _Context, parsed: Parsed, depth: int) -> None:
    if isinstance(content, list) and depth:
        for item in content:
            _walk(item, context, parsed, depth - 1)
    elif isinstance(content, dict):
        _object(content, context, parsed, depth)
    elif context.device is not None and context.number is not None:
        _add(content, context, context.at_s, parsed)
    else:
        parsed.malformed.append(shape(content))


def _object(
    content: dict[str, JsonValue], context: _Context, parsed: Parsed, depth: int
) -> None:
    fields: dict[str, JsonValue] = {}
    for name, value in content.items():
        if (known := _field(name)) is not None:
            fields[known] = value
    device, number = _identity(fields, context)
    if "accepted" in fields:
        _result(fields, device, number, context, parsed)
        return
    inner = fields.get("inner")
    if isinstance(inner, list) and depth:
        at_s = epoch_s(fields["at"]) if "at" in fields else context.at_s
        around = _Context(device, number, at_s, context.arrived_s)
        for item in inner:
            _walk(item, around, parsed, depth - 1)
        return
    if device is None or number is None or "value" not in fields:
        parsed.malformed.append(shape(content))
        return
    at_s = epoch_s(fields["at"]) if "at" in fields else context.at_s
    _add(
        fields["value"],
        _Context(device, number, None, context.arrived_s),
        at_s,
        parsed,
    )


def _add(
    value: JsonValue, context: _Context, at_s: float | None, parsed: Parsed
) -> None:
    assert context.device is not None
    assert context.number is not None
    parsed.observed.append(
        Observed(context.device, context.number, value, at_s, context.arrived_s)
    )


def _identity(
    fields: dict[str, JsonValue], context: _Context
) -> tuple[str | None, int | None]:
    device, number = fields.get("device"), fields.get("number")
    if not isinstance(device, str) or not device:
        device = context.device
    if isinstance(number, str):
        number = _whole(number)
    if not isinstance(number, int) or isinstance(number, bool):
        number = context.number
    return device, number


def _result(
    fields: dict[str, JsonValue],
    device: str | None,
    number: int | None,
    context: _Context,
    parsed: Parsed,
) -> None:
    accepted, ticks = fields["accepted"], fields.get("ticks", context.ticks)
    if device is None or number is None or not isinstance(accepted, bool):
        parsed.malformed.append("command result")
        return
    parsed.results.append(
        CommandResult(
            device, number, accepted, ticks if isinstance(ticks, int) else None
        )
    )


def _lines(body: bytes, context: _Context, parsed: Parsed) -> None:
    """Parse lines of id, timestamp and value."""
    try:
        rows = body.decode().splitlines()
    except UnicodeDecodeError:
        parsed.malformed.append("not UTF-8")
        return
    for row in rows:
        if not row.strip():
            continue
        match = _LINE.fullmatch(row)
        if match is None or context.device is None or len(match[1]) > 9:
            parsed.malformed.append("text")
            return
        parsed.observed.append(
            Observed(
                context.device,
                int(match[1]),
                match[3].strip(),
                epoch_s(match[2]),
                context.arrived_s,
            )
        )


def _from_headers(context: _Context, headers: Mapping[str, Any]) -> _Context:
    """Complete what is known by any header whose name tells of an id."""
    device, number = context.device, context.number
    for name, value in headers.items():
        if isinstance(value, bytes):
            value = value.decode(errors="replace")
        kind = _field(str(name))
        if kind == "device" and device is None and isinstance(value, str):
            device = value
        elif kind == "number" and number is None:
            number = _whole(str(value))
    return _Context(device, number, context.at_s, context.arrived_s, context.ticks)


@lru_cache(maxsize=256)
def _field(name: str) -> str | None:
    return _FIELDS.get(name.lower())


@lru_cache(maxsize=4096)
def _route(routing_key: str) -> _Route:
    parts = routing_key.split(".")
    if parts[0] == "SYS":
        return _Route("system")
    match parts:
        case [device, "P"] | [device, "P", _]:
            return _Route("pulse")
        case [device, "O", number] if device.isalnum() and number.isdecimal():
            return _Route("observation", device, _whole(number))
        case [device, "OP", *_] if device.isalnum():
            return _Route("package", device)
        case [device, "CR", number, ticks] if number.isdecimal():
            return _Route("result", device, _whole(number), _whole(ticks))
    return _Route()


def _whole(text: str) -> int | None:
    """Return the number that a text is; there are none with more digits than ticks."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else None


def _unpacked(body: bytes) -> bytes | None:
    unpack = zlib.decompressobj(wbits=31)
    try:
        return unpack.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error:
        return None


def shape(content: Any, depth: int = 3) -> str:
    """Describe JSON without its values: what may be logged of it."""
    if isinstance(content, dict):
        if not depth:
            return "{…}"
        # Unknown names may be somebody's data too.
        known = (
            f"{name}: {shape(value, depth - 1)}"
            for name, value in sorted(content.items())
            if _field(name) is not None
        )
        others = sum(_field(name) is None for name in content)
        return "{" + ", ".join([*known, *([f"+{others}"] if others else [])]) + "}"
    if isinstance(content, list):
        return f"[{shape(content[0], depth - 1)}]" if content and depth else "[]"
    return "null" if content is None else type(content).__name__
