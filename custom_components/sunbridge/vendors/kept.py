"""Read what was kept over a restart, and believe nothing of it.

A file may be of another version, half written, or changed by hand. All raise
``ValueError`` for what isn't what they read; values stay as they are.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

# Beyond sums of all that may come.
_LARGEST: Final = 1e18
# A time in the year 2106 was never kept.
_LATEST_S: Final = 2.0**32


def real(value: Any) -> float:
    """Read a finite number that isn't huge."""
    # NaN fails every comparison.
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if -_LARGEST <= value <= _LARGEST:
            return value
    raise ValueError("not a number")


def moment(value: Any) -> float:
    """Read a time in epoch seconds."""
    if 0 <= real(value) < _LATEST_S:
        return real(value)
    raise ValueError("not a time")


def whole(value: Any) -> int:
    """Read a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        if -_LARGEST <= value <= _LARGEST:
            return value
    raise ValueError("not a whole number")


def flag(value: Any) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError("not a flag")


def maybe[T](read: Callable[[Any], T], value: Any) -> T | None:
    """Read what may be unknown."""
    return None if value is None else read(value)


def items(value: Any, count: int | None = None) -> list[Any]:
    """Read a list, of so many items where that's said."""
    if isinstance(value, list) and count in (None, len(value)):
        return value
    raise ValueError("not such a list")


class _Table(dict[str, Any]):
    """An object whose keys have to be there."""

    def __missing__(self, key: str) -> Any:
        raise ValueError(f"without {key}")


def table(value: Any) -> Mapping[str, Any]:
    """Read an object; to ask it for a key that it hasn't is a ``ValueError`` too."""
    if isinstance(value, Mapping):
        return _Table(value)
    raise ValueError("not an object")
