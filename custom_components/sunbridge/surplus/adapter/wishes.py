"""What users want of the house and of each load, as the entities have it.

It's kept over restarts as JSON. What a file says that can't be is left as it is in new
wishes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import time
from enum import StrEnum
from typing import Any, Final

from ..kept import number
from ..model import BatteryRule, Eagerness, Mode

type Kept = dict[str, Any]

_EARLY: Final = time(7)


class Phases(StrEnum):
    """With how many phases a charger that can switch them may charge."""

    AUTO = "auto"
    ONE = "one"
    THREE = "three"


@dataclass(frozen=True, slots=True)
class LoadWishes:
    """What is wanted of a load, whatever its kind.

    ``min_a`` and ``max_a`` are None where the charger's own limits hold.
    ``target_kwh`` is of a session, 0 for none. ``finish_at`` is a local time.
    """

    mode: Mode = Mode.SURPLUS
    eagerness: Eagerness = Eagerness.BALANCED
    phases: Phases = Phases.AUTO
    min_a: float | None = None
    max_a: float | None = None
    target_kwh: float = 0.0
    finish_by: bool = False
    finish_at: time = _EARLY


@dataclass(frozen=True, slots=True)
class HouseWishes:
    """What is wanted of the house; ``margin_w`` should be exported at least."""

    battery_rule: BatteryRule = BatteryRule.CAR_FIRST
    margin_w: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """Another value for a field of the wishes."""

    field: str
    value: object


@dataclass(frozen=True, slots=True)
class Resume:
    """Take a load back that somebody has changed by hand."""


def _amps(value: Any) -> float | None:
    return None if value is None else _positive(value)


def _positive(value: Any) -> float:
    found = number(value)
    if found is None or found < 0:
        raise ValueError
    return found


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_PARSERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "mode": Mode,
    "eagerness": Eagerness,
    "phases": Phases,
    "min_a": _amps,
    "max_a": _amps,
    "target_kwh": _positive,
    "finish_by": _flag,
    "finish_at": time.fromisoformat,
    "battery_rule": BatteryRule,
    "margin_w": _positive,
}


def as_dict(wishes: LoadWishes | HouseWishes) -> Kept:
    """Return wishes as JSON."""
    found = {item.name: getattr(wishes, item.name) for item in fields(wishes)}
    return {
        name: value.isoformat() if isinstance(value, time) else value
        for name, value in found.items()
    }


def from_dict[T: (LoadWishes, HouseWishes)](wishes: T, kept: object) -> T:
    """Return wishes with what was kept of such ones."""
    if not isinstance(kept, Mapping):
        return wishes
    found: dict[str, Any] = {}
    for item in fields(wishes):
        if item.name in kept:
            try:
                found[item.name] = _PARSERS[item.name](kept[item.name])
            except TypeError, ValueError:
                continue
    return replace(wishes, **found)
