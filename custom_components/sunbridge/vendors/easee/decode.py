"""Turn the value of an observation into what its id means.

Values come as text or as native JSON, and of other types than the vendor's list says
(reference 2.4). A decoder takes any JSON but null, "" and NaN, which are unknown for
every id, and returns the value or raises ``ValueError``. It never raises anything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import math

import orjson

from ..json import JsonValue
from ..lenient import number

# What the state of an entity may have.
_LONGEST = 255

_EMPTY = frozenset({"", "null", "nan"})
_NO_NAMES: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class Key[T]:
    """One observation id of a product.

    ``number`` and ``name`` are the vendor's, ``unit`` is what numbers are in and
    ``names`` what they stand for. ``personal`` values tell who or where somebody is,
    or open a door: they're in no log and no diagnostics.
    """

    number: int
    name: str
    decode: Callable[[JsonValue], T]
    unit: str | None = None
    names: Mapping[int, str] = field(default_factory=lambda: _NO_NAMES, repr=False)
    personal: bool = False


def is_unknown(value: JsonValue) -> bool:
    """Tell whether a value says that there is none."""
    if value is None:
        return True
    if isinstance(value, str):
        return value.strip().lower() in _EMPTY
    return isinstance(value, float) and not math.isfinite(value)


def measured(value: JsonValue) -> float:
    """Decode a number that is whole by the list, and isn't always on the wire."""
    result = number(value)
    return int(result) if result.is_integer() else result


def rounded(digits: int) -> Callable[[JsonValue], float]:
    """Decode a number to so many digits: below them is noise of single precision."""

    def decode(value: JsonValue) -> float:
        return round(number(value), digits)

    return decode


def text(value: JsonValue) -> str:
    """Decode a text; what isn't one becomes its JSON."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        raise ValueError("too deep or too large") from None


def shown(value: JsonValue) -> str:
    """Decode a text that an entity shows, as much as that can be."""
    return text(value)[:_LONGEST]


def json_object(value: JsonValue) -> dict[str, JsonValue]:
    """Decode an object, which may be JSON inside of a text."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise ValueError("not JSON") from None
    if isinstance(value, dict):
        return value
    raise ValueError("not an object")
