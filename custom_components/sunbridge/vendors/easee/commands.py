"""Commands: where they're sent, and what the product then reports (reference 4.2-4.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
import math
from typing import Any, Final

from ..json import JsonValue
from .charger_keys import DYNAMIC_CHARGER_CURRENT
from .decode import Key
from .errors import EaseeError

# Below it no car can charge: the pilot signal has no such current.
MIN_CURRENT_A: Final = 6.0
MAX_CURRENT_A: Final = 32.0


class Target(Enum):
    """What a command is sent to."""

    CHARGER = "charger"
    CIRCUIT = "circuit"
    SURPLUS = "surplus"


@dataclass(frozen=True, slots=True)
class Command:
    """A command to a product.

    ``path`` is below the target's. ``expect`` are the values by key that the product
    reports when it obeyed. ``lasts`` adds the time to live, ``moves_current`` tells
    that it changes the dynamic current, and ``stored`` that it writes to flash memory,
    which wears out.
    """

    path: str
    body: Mapping[str, JsonValue] | None = None
    expect: Mapping[str, JsonValue] = field(default_factory=dict)
    target: Target = Target.CHARGER
    lasts: bool = False
    moves_current: bool = False
    stored: bool = False


class EaseeUnusableCurrentError(EaseeError):
    """A current that no car can charge with."""


def press(
    name: str,
    expect: Mapping[str, JsonValue] | None = None,
    *,
    moves_current: bool = False,
) -> Command:
    """Return a command without a body."""
    return Command(f"commands/{name}", expect=expect or {}, moves_current=moves_current)


def setting(
    name: str, key: Key[Any], value: JsonValue, *, stored: bool = False
) -> Command:
    """Return a command that changes one setting, and nothing else."""
    return Command("settings", {name: value}, {key.name: value}, stored=stored)


def dynamic_current(amps: float) -> Command:
    """Return the command that regulates: 0 pauses, else at least 6 A.

    It's rounded down, so that it's within all limits, to the two digits that are
    reported: else nobody would know it again. Raises ``EaseeUnusableCurrentError`` for
    what is between.
    """
    # 8.2 A are a little less than 820 of 0.01 A.
    amps = math.floor(round(amps * 100, 6)) / 100
    if 0 < amps < MIN_CURRENT_A:
        raise EaseeUnusableCurrentError("between 0 and 6 A")
    return Command(
        "commands/set_dynamic_charger_current",
        {"amps": amps},
        {DYNAMIC_CHARGER_CURRENT.name: amps},
        lasts=True,
        moves_current=True,
    )


def regulated_current(amps: float) -> Command:
    """Return what a controller sends: a current with a time to live, 0 is a pause.

    A pause has no end of its own: what follows may be full power (reference 7). Raises
    as ``dynamic_current``.
    """
    if amps:
        return dynamic_current(amps)
    return Command(
        "commands/set_dynamic_charger_current",
        {"amps": 0, "minutes": 0},
        {DYNAMIC_CHARGER_CURRENT.name: 0},
        moves_current=True,
    )


def circuit_setting(
    name: str,
    amps: tuple[float, float, float],
    keys: tuple[Key[Any], ...],
    stored: bool,
) -> Command:
    """Return the command for a circuit's limits, which go for all three phases."""
    return Command(
        "settings",
        {f"{name}P{phase}": value for phase, value in enumerate(amps, 1)},
        {key.name: value for key, value in zip(keys, amps, strict=True)},
        target=Target.CIRCUIT,
        stored=stored,
    )
