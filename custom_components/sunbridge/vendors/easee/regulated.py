"""What a charger's observations say to whoever regulates it (reference 4.3, 5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import math
from typing import Final

from ...surplus.model import LEAST_A
from . import charger_keys as keys
from .charger import DISCONNECTED, PLUGGED, ChargerState
from .commands import MAX_CURRENT_A, Command, circuit_setting, press, setting
from .enums import ONE_PHASE_GRIDS

_TN_THREE_PHASES: Final = 1
_TWO_PHASE_GRIDS: Final = frozenset({2, 30, 36, 38})
_LOCKED_TO_ONE: Final = 1
_AUTO_PHASES: Final = 2
# 20000 A were seen for no cable.
_LARGEST_CABLE_A: Final = 100.0
_UNAUTHORIZED: Final = 7
_BY_SCHEDULE: Final = frozenset({54, 76})

LINES: Final = (keys.IN_CURRENT_T3, keys.IN_CURRENT_T4, keys.IN_CURRENT_T5)
_CIRCUIT: Final = (
    keys.DYNAMIC_CIRCUIT_CURRENT_P1,
    keys.DYNAMIC_CIRCUIT_CURRENT_P2,
    keys.DYNAMIC_CIRCUIT_CURRENT_P3,
)
_CIRCUIT_MOST: Final = (
    keys.CIRCUIT_MAX_CURRENT_P1,
    keys.CIRCUIT_MAX_CURRENT_P2,
    keys.CIRCUIT_MAX_CURRENT_P3,
)
READ_KEYS: Final = frozenset(
    key.name
    for key in (
        *(keys.CABLE_RATING, keys.CHARGER_OP_MODE, keys.CONNECTED_TO_CLOUD),
        *(keys.DETECTED_POWER_GRID_TYPE, keys.DYNAMIC_CHARGER_CURRENT),
        *(keys.IS_ENABLED, keys.MAX_CHARGER_CURRENT, keys.PHASE_MODE),
        *(keys.REASON_FOR_NO_CURRENT, keys.SESSION_ENERGY, keys.SMART_CHARGING),
        *(keys.TOTAL_POWER, *LINES, *_CIRCUIT, *_CIRCUIT_MOST),
    )
)


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a charger from obeying, and what mends it."""

    is_there: Callable[[ChargerState], bool]
    mended: Command


# By the key of the issue.
PROBLEMS: Final[Mapping[str, Problem]] = {
    "surplus_easee_disabled": Problem(
        lambda state: state[keys.IS_ENABLED] is False,
        setting("enabled", keys.IS_ENABLED, True),
    ),
    "surplus_easee_smart_charging": Problem(
        lambda state: state[keys.SMART_CHARGING] is True,
        setting("smartCharging", keys.SMART_CHARGING, False),
    ),
    "surplus_easee_schedule": Problem(
        lambda state: state[keys.REASON_FOR_NO_CURRENT] in _BY_SCHEDULE,
        press("override_schedule"),
    ),
    "surplus_easee_authorization": Problem(
        lambda state: state[keys.CHARGER_OP_MODE] == _UNAUTHORIZED,
        press("start_charging"),
    ),
}


def set_a(state: ChargerState) -> float | None:
    """Return the current that it was told, A; with less than 6 A no car charges."""
    amps = state[keys.DYNAMIC_CHARGER_CURRENT]
    return 0.0 if amps is not None and amps < LEAST_A else amps


def max_a(state: ChargerState) -> float:
    """Return the most that charger, circuit and cable allow."""
    cable_a = state[keys.CABLE_RATING]
    if cable_a is not None and cable_a > _LARGEST_CABLE_A:
        cable_a = None
    found = [MAX_CURRENT_A, state[keys.MAX_CHARGER_CURRENT], cable_a, _most_a(state)]
    return min(amps for amps in found if amps)


def _most_a(state: ChargerState) -> float | None:
    """Return the circuit's stored limit in whole amps, the lowest of its phases."""
    limits_a = [amps for key in _CIRCUIT_MOST if (amps := state[key]) is not None]
    return float(math.floor(min(limits_a))) if limits_a else None


def is_plugged(state: ChargerState) -> bool | None:
    """Tell whether there's a car; an error and being offline tell nothing."""
    mode = state[keys.CHARGER_OP_MODE]
    if mode in PLUGGED:
        return True
    return False if mode == DISCONNECTED else None


def _is_alone_on_l1(state: ChargerState) -> bool:
    """Tell whether the circuit has current for L1 only."""
    one, two, three = (state[key] for key in _CIRCUIT)
    return one is not None and one >= LEAST_A and two == three == 0


def connected(state: ChargerState) -> int:
    """Return how many phases the car has, or will have."""
    grid = state[keys.DETECTED_POWER_GRID_TYPE]
    if (
        grid in ONE_PHASE_GRIDS
        or state[keys.PHASE_MODE] == _LOCKED_TO_ONE
        or _is_alone_on_l1(state)
    ):
        return 1
    return 2 if grid in _TWO_PHASE_GRIDS else 3


def is_switchable(state: ChargerState) -> bool:
    """Tell whether the circuit's dynamic currents may be used for the phases.

    Not if somebody else limits the circuit with them.
    """
    most_a = _most_a(state)
    one, *others = (state[key] for key in _CIRCUIT)
    return (
        state[keys.DETECTED_POWER_GRID_TYPE] == _TN_THREE_PHASES
        and state[keys.PHASE_MODE] == _AUTO_PHASES
        and most_a is not None
        and most_a >= LEAST_A
        and one is not None
        and one >= (most_a if any(others) else LEAST_A)
        # While phases are switched each comes by itself.
        and all(amps is not None and (amps == 0 or amps >= most_a) for amps in others)
    )


def circuit(state: ChargerState, count: int) -> Command:
    """Return the circuit's currents for so many phases, as much as it may have."""
    most_a = _most_a(state) or 0.0
    others_a = 0.0 if count == 1 else most_a
    return circuit_setting(
        "dynamicCircuitCurrent", (most_a, others_a, others_a), _CIRCUIT, stored=False
    )
