"""What a network may bring: any JSON, known payloads gone wrong, and any bytes."""

from collections.abc import Callable, Sequence
import gzip
import json
import math
from typing import Any, Final

import orjson

from .dice import Dice, often, pick

NUMBERS: Final[tuple[Any, ...]] = (
    0, 1, -1, 5, 16, 255, 65_535, 2**31, 2**53 + 1, 2**63, -(2**63), 10**30, 10**310,
    -0.0, 0.5, 1e-300, 1e15, 1e17, -1e18, 1.7e308, math.nan, math.inf, -math.inf,
)  # fmt: skip
TEXTS: Final = (
    "", " ", "0", "1", "-1", "true", "False", "null", "NaN", "inf", "1e999", "1_000",
    "9" * 400, "9" * 5000, "-" + "9" * 320, "\u0663\u0664", "\u00b2", "\x00", "\ud800",
    "\udfff\ud800", "\ufeff", "\u202e", "a" * 300, "\U0001f50c" * 90, "[]", "{}", '"',
    "2026-05-09T10:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.9999999Z", "2026-02-30", "00:00", "../..", "a/b", "+/#", "%00",
    "{serial}", "%s%n", "\r\nX: y", "go-eCharger", "EH123456", "-60.5 BETA",
    "http://[::1", "::1", "fe80::1%eth0", "1e400", "0x10", "+5", "5 ", "#GG0000",
)  # fmt: skip
_NAMES: Final = ("id", "value", "mid", "data", "", "observations", "\x00", "__class__")
# How deep a value is put into lists; parsers have their limits at some of these.
_DEPTHS: Final = (1, 3, 5, 200, 254, 255, 900, 1023, 1024, 1100)
_WIDEST: Final = 18


def scalar(dice: Dice) -> Any:
    """Return any JSON that has no parts."""
    match dice.number(0, 9):
        case 0:
            return None
        case 1:
            return bool(dice.number(0, 1))
        case 2 | 3:
            return dice.number(-300, 70_000)
        case 4:
            return dice.real()
        case 5 | 6:
            return pick(dice, NUMBERS)
        case 7 | 8:
            return pick(dice, TEXTS)
    return dice.text(12)


def anything(dice: Dice, depth: int = 4) -> Any:
    """Return any JSON, with so many levels at the most."""
    kind = dice.number(0, 5) if depth else 0
    if kind < 4:
        return scalar(dice)
    length = dice.number(0, _WIDEST if often(dice, 1, 6) else 3)
    if kind == 4:
        return [anything(dice, depth - 1) for _ in range(length)]
    return {name(dice): anything(dice, depth - 1) for _ in range(length)}


def name(dice: Dice) -> str:
    """Return the name of a part."""
    return pick(dice, _NAMES) if often(dice, 1, 2) else dice.text(6)


def gone_wrong(
    dice: Dice,
    seeds: Sequence[Any],
    value_of: Callable[[Dice], Any] = anything,
    *,
    most: int = 4,
) -> Any:
    """Return a payload in which some things aren't as they should be."""
    value = _copy(pick(dice, seeds))
    for _ in range(dice.number(0, most)):
        place = _place(dice, value)
        if place is None:
            return value_of(dice)
        inside, key = place
        match dice.number(0, 9):
            case 0:
                del inside[key]
            case 1:
                other, of = _place(dice, value) or place
                inside[key] = _copy(other[of])
            case 2:
                inside[key] = [inside[key]] * pick(dice, (1, 2, 40))
            case 3:
                inside[key] = {str(key): inside[key]}
            case 4:
                inside[key] = as_text(inside[key])
            case 5 if isinstance(inside, dict):
                inside[name(dice)] = inside[key]
            case _:
                inside[key] = value_of(dice)
    return value


def as_text(value: Any) -> str:
    """Return a value as a text, as some clouds write all of them."""
    return value if isinstance(value, str) else json.dumps(value)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _place(dice: Dice, value: Any) -> tuple[Any, Any] | None:
    """Go down to some part of a value: what it's in, and its key there."""
    found = None
    while isinstance(value, (dict, list)) and value:
        if found is not None and not often(dice, 2, 3):
            break
        number = dice.number(0, len(value) - 1)
        key = number if isinstance(value, list) else list(value)[number]
        found = value, key
        value = value[key]
    return found


def _deep(dice: Dice, body: bytes) -> bytes:
    depth = pick(dice, _DEPTHS)
    return b"[" * depth + body + b"]" * depth


def _twice(dice: Dice, body: bytes) -> bytes:
    """Say the first key of an object once more, with another value."""
    if not body.startswith(b"{") or b":" not in body:
        return body
    other = as_text(scalar(dice)).encode(errors="replace")
    return body[:-1] + b"," + body[1:].partition(b":")[0] + b":" + other + b"}"


def _cut(dice: Dice, body: bytes) -> bytes:
    return body[: dice.number(0, len(body))]


def _flipped(dice: Dice, body: bytes) -> bytes:
    found = bytearray(body or b"x")
    for _ in range(dice.number(1, 4)):
        found[dice.number(0, len(found) - 1)] = dice.number(0, 255)
    return bytes(found)


def _put_in(dice: Dice, body: bytes) -> bytes:
    at = dice.number(0, len(body))
    more = pick(dice, (b"\x00" * 40, b"\xff", b"\\u")) if often(dice, 1, 2) else b""
    return body[:at] + more + dice.data(8) + body[at:]


def _coded(dice: Dice, body: bytes) -> bytes:
    code = pick(dice, ("utf-8-sig", "utf-16", "utf-16-le", "utf-32"))
    return body.decode(errors="replace").encode(code)


def _packed(_: Dice, body: bytes) -> bytes:
    return gzip.compress(body, 1)


def _large(dice: Dice, body: bytes) -> bytes:
    filler = pick(dice, (b" ", b"9", b"[", b'"a",', b"\xc3\xa9"))
    return body + filler * pick(dice, (70_000, 1_100_000))


_HARMS: Final[tuple[Callable[[Dice, bytes], bytes], ...]] = (
    _cut, _flipped, _put_in, _twice, _deep, _coded, _packed,
)  # fmt: skip


def harmed(dice: Dice, body: bytes, *, large: bool = True) -> bytes:
    """Return bytes, of which some aren't as they were."""
    if large and often(dice, 1, 400):
        return _large(dice, body)
    return pick(dice, _HARMS)(dice, body) if often(dice, 1, 4) else body


def body_of(
    dice: Dice,
    seeds: Sequence[Any],
    value_of: Callable[[Dice], Any] = anything,
) -> bytes:
    """Return the bytes of a payload gone wrong, mostly still JSON."""
    match dice.number(0, 19):
        case 18:
            value = value_of(dice)
        case 19:
            return dice.data(64)
        case _:
            value = gone_wrong(dice, seeds, value_of)
    return harmed(dice, encoded(value))


def encoded(value: Any) -> bytes:
    """Return JSON as bytes, also of what JSON doesn't know: NaN, lone surrogates."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value).encode()
