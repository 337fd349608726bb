"""Decoders for clouds that write the same value as text, number or boolean.

They take any JSON but null, and return the value or raise ``ValueError``, never
anything else.
"""

from typing import Final

from .json import JsonValue

_TRUE: Final = frozenset({"true", "1"})
# Beyond what any value can mean, and what Home Assistant can show: states are short.
_LARGEST: Final = 1e15
_FALSE: Final = frozenset({"false", "0"})


def boolean(value: JsonValue) -> bool:
    """Decode true, "True", "1", 1, 1.0 and their opposites."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    elif value in (0, 1):
        return bool(value)
    raise ValueError("not a boolean")


def number(value: JsonValue) -> float:
    """Decode a number that isn't huge, also as text; true is no number."""
    return real(float(value) if isinstance(value, str) else value)


def real(value: JsonValue) -> float:
    """Decode a number that isn't huge, and no text; true is no number."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        # NaN fails every comparison.
        if -_LARGEST <= value <= _LARGEST:
            return float(value)
        raise ValueError("number too large")
    raise ValueError("not a number")


def integer(value: JsonValue) -> int:
    """Decode a whole number, also 16.0 and "16.0"."""
    result = number(value)
    if result.is_integer():
        return int(result)
    raise ValueError("not a whole number")
