"""What diagnostics may show of a log: nothing that the code doesn't know."""

from collections.abc import Mapping
from typing import Any, Final

from ..json import JsonValue
from .keys import KEYS, Key, UnknownValueError

MAX_NAMES: Final = 50
_LONGEST_NAME: Final = 60

# By the vendor's names; several may be parts of one value.
_KNOWN: Final = {
    name: tuple(key for key in KEYS.values() if (key.wire or key.name) == name)
    for name in sorted({key.wire or key.name for key in KEYS.values()})
}


def known_values(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what a log has of known keys, by the vendor's names.

    What isn't of the key's kind may be anything: its type takes its place.
    """
    return {
        name: value if _is_plain(name, value) else f"<{type(value).__name__}>"
        for name, value in values.items()
        if name in _KNOWN
    }


def other_names(values: Mapping[str, JsonValue]) -> list[str]:
    """Return the names of some of the other keys, without those that are no words."""
    names = (
        name
        for name in values
        if name not in _KNOWN and name.isidentifier() and len(name) <= _LONGEST_NAME
    )
    return sorted(names)[:MAX_NAMES]


def _is_plain(name: str, value: JsonValue) -> bool:
    if value is None or isinstance(value, (bool, int, float)):
        return True
    return any(_is_for(key, value) for key in _KNOWN[name])


def _is_for(key: Key[Any], value: JsonValue) -> bool:
    try:
        key.decode(value)
    except UnknownValueError:
        return True
    except ValueError:
        return False
    return True
