"""Parts that outlive a restart: their fields as JSON, times as ages.

A monotonic clock begins anew with each start of a machine, so that a time means nothing
later; how long ago it was does. Fields that end in ``_at_s`` are times, those that end
in ``_trace`` are (time, number). What was kept comes from a file: a value of another
type than the field's, or one that isn't finite, is left as it is in a new part.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
import math
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

type Kept = dict[str, Any]

# The metadata of a field that isn't kept.
NOT_KEPT: Final[Mapping[str, bool]] = {"kept": False}

_LARGEST: Final = 1e12


def number(value: object) -> float | None:
    """Return a finite number that isn't huge; anything else is unknown."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # NaN fails every comparison.
    return float(value) if -_LARGEST <= value <= _LARGEST else None


def keep(part: DataclassInstance, now_s: float) -> Kept:
    """Return a part's fields."""
    return {
        item.name: _plain(item.name, getattr(part, item.name), now_s)
        for item in _kept_fields(part)
    }


def _kept_fields(part: DataclassInstance) -> list[Field[Any]]:
    return [item for item in fields(part) if item.metadata.get("kept", True)]


def _plain(name: str, value: Any, now_s: float) -> Any:
    if value is None:
        return None
    if name.endswith("_at_s"):
        return now_s - value if math.isfinite(value) else None
    if name.endswith("_trace"):
        return [[now_s - at_s, item] for at_s, item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return keep(value, now_s)
    if isinstance(value, list):
        return [_plain("", item, now_s) for item in value]
    return value


def restore[T: DataclassInstance](part: T, kept: object, now_s: float) -> T:
    """Fill a new part with what was kept of one; return it."""
    if not isinstance(kept, Mapping):
        return part
    for item in _kept_fields(part):
        if item.name in kept:
            old = getattr(part, item.name)
            new = _value(item.name, old, kept[item.name], now_s)
            if new is not None:
                setattr(part, item.name, new)
    return part


def _value(name: str, old: Any, kept: object, now_s: float) -> Any:
    """Return the value for a field; None keeps the old one."""
    if name.endswith("_at_s"):
        age_s = number(kept)
        # Nothing was in the future.
        return None if age_s is None or age_s < 0 else now_s - age_s
    if name.endswith("_trace"):
        return _trace(old, kept, now_s)
    if is_dataclass(old) and not isinstance(old, type):
        return restore(old, kept, now_s)
    if isinstance(old, bool):
        return kept if isinstance(kept, bool) else None
    if isinstance(old, str):
        return kept if isinstance(kept, str) else None
    if isinstance(old, list):
        return _list(old, kept, now_s)
    found = number(kept)
    if found is None:
        return None
    if isinstance(old, int):
        return int(found) if found == int(found) else None
    return found


def _list(old: list[Any], kept: object, now_s: float) -> list[Any] | None:
    """Return a list like an old one, as long and of the same types."""
    if not isinstance(kept, list) or len(kept) != len(old):
        return None
    found = [_value("", *pair, now_s) for pair in zip(old, kept, strict=True)]
    return None if None in found else found


def _trace(
    old: deque[tuple[float, float]], kept: object, now_s: float
) -> deque[tuple[float, float]] | None:
    if not isinstance(kept, list):
        return None
    found = deque(old, old.maxlen)
    last_s = -math.inf
    for item in kept:
        if not isinstance(item, (list, tuple)) or len(item) != 2:
            return None
        age_s, value = number(item[0]), number(item[1])
        if age_s is None or value is None or age_s < 0 or now_s - age_s < last_s:
            return None
        last_s = now_s - age_s
        found.append((last_s, value))
    return found
