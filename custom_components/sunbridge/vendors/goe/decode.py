"""Turn the JSON of an API key into a typed value.

A decoder takes any JSON but null (null is unknown for every key) and returns the
value, or raises ``ValueError`` for JSON of another type or outside of what the key
can mean. It never raises anything else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from ..json import JsonValue
from ..lenient import real

# What Home Assistant can show: states are short.
_LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class Key[T]:
    """One API key of the charger.

    ``name`` is the vendor's, ``decode`` turns its JSON into a value. A ``live`` key
    changes by itself while the charger works, so it's asked for in every poll; the
    others are settings and identities that change when somebody changes them.
    ``keep`` completes a new value from the last one, for keys that lose parts of
    their value now and then.
    """

    name: str
    decode: Callable[[JsonValue], T]
    live: bool = False
    keep: Callable[[Any, Any], T] | None = None


def boolean(value: JsonValue) -> bool:
    """Decode true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("not a boolean")


# Firmware writes whole values as integers.
number: Final = real


def rounded(digits: int) -> Callable[[JsonValue], float]:
    """Decode a number to so many digits: below them is noise of the meter."""

    def decode(value: JsonValue) -> float:
        return round(number(value), digits or None)

    return decode


def integer(value: JsonValue) -> int:
    """Decode a whole number."""
    result = number(value)
    if result.is_integer():
        return int(result)
    raise ValueError("not a whole number")


def text(value: JsonValue) -> str:
    """Decode a string that can be shown."""
    if isinstance(value, str):
        if len(value) <= _LONGEST:
            return value
        raise ValueError("text too long")
    raise ValueError("not a string")


def mapping(value: JsonValue) -> dict[str, JsonValue]:
    """Decode an object."""
    if isinstance(value, dict):
        return value
    raise ValueError("not an object")


def array(value: JsonValue) -> list[JsonValue]:
    """Decode an array."""
    if isinstance(value, list):
        return value
    raise ValueError("not an array")


def optional[T](decode: Callable[[JsonValue], T], value: JsonValue) -> T | None:
    """Decode a part that may be null or broken without losing the rest."""
    if value is None:
        return None
    try:
        return decode(value)
    except ValueError:
        return None
