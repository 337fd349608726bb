"""What a charger's status says to whoever regulates or feeds it.

Facts are those of reference 1.4 to 1.6 and 1.10.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import math
from typing import Final

from ..json import JsonValue
from .derive import current_max_a
from .keys import (
    ACP,
    ACU,
    ADI,
    ALW,
    AMA,
    AMP,
    AWE,
    CAR,
    CBL,
    CLL,
    FRC,
    FSP,
    FUP,
    LA1,
    LA3,
    LMO,
    MCA,
    NRG,
    PHA,
    PSM,
    PSMD,
    VAR,
    WH,
)
from .status import Status

# frc
NEUTRAL: Final = 0
OFF: Final = 1
ON: Final = 2
# psm
ONE_PHASE: Final = 1
THREE_PHASES: Final = 2
# lmo
_BASIC: Final = 3
_ECO: Final = 4
_TRIP: Final = 5
# What tells of a car; an error and a start tell nothing.
_PLUGGED: Final = {1: False, 2: True, 3: True, 4: True}

_ALL_PHASES: Final = 3
# The session's counter falls to 0 some time after plugging in. If it does later it's a
# switch of phases (reference 1.4), and the session goes on.
_PLUGGING_S: Final = 30.0

READ_KEYS: Final = frozenset(
    key.name
    for key in (
        *(ACP, ACU, ADI, ALW, AMA, AMP, AWE, CAR, CBL, CLL, FRC, FSP, FUP, LA1, LA3),
        *(LMO, MCA, NRG, PHA, PSM, PSMD, VAR, WH),
    )
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting in the way of feeding, or of regulating, and what mends it."""

    when_fed: bool
    is_there: Callable[[Status], bool]
    mended: Mapping[str, JsonValue]


def _has_own_logic(status: Status) -> bool:
    """Tell whether its logic starts and stops it by the sun, the price or a trip."""
    wants = bool(status[FUP] or status[AWE])
    return status[LMO] == _TRIP or (status[LMO] == _ECO and wants)


FORCED_ISSUE: Final = "surplus_goe_forced"
# By the key of the issue (reference 1.10).
PROBLEMS: Final[Mapping[str, Problem]] = {
    "surplus_goe_pv_off": Problem(
        True, lambda status: status[FUP] is False, {FUP.name: True}
    ),
    "surplus_goe_basic_mode": Problem(
        True, lambda status: status[LMO] == _BASIC, {LMO.name: _ECO}
    ),
    "surplus_goe_no_pauses": Problem(
        True, lambda status: status[ACP] is False, {ACP.name: True}
    ),
    FORCED_ISSUE: Problem(True, lambda status: bool(status[FRC]), {FRC.name: NEUTRAL}),
    "surplus_goe_own_logic": Problem(False, _has_own_logic, {LMO.name: _BASIC}),
}


@dataclass(slots=True)
class Session:
    """The energy of a session, over switches of phases. Times are the loop's."""

    before_wh: float = 0.0
    last_wh: float = 0.0
    plugged_at_s: float = math.inf

    def see(self, now_s: float, wh: float | None, plugged: bool | None) -> float | None:
        """Take the charger's counter; return the session's energy."""
        if plugged is False:
            self.plugged_at_s = math.inf
        elif self.plugged_at_s == math.inf:
            self.plugged_at_s = now_s
        if wh is None:
            return None
        if now_s - self.plugged_at_s < _PLUGGING_S:
            self.before_wh = 0.0
        elif wh < self.last_wh:
            self.before_wh += self.last_wh
        self.last_wh = wh
        return self.before_wh + wh


def set_a(status: Status) -> float | None:
    """Return the current that it was told, A; 0 if it's forced off.

    Where its own logic decides that's what the logic offers. While that offers nothing
    it's unknown: it isn't forced off, and may begin at any time.
    """
    forced, amps = status[FRC], status[AMP]
    if forced == OFF:
        return 0.0
    if forced == NEUTRAL and status[LMO] in {_ECO, _TRIP}:
        amps = status[ACU] if status[ALW] else None
    return None if forced is None or amps is None else float(amps)


def max_a(status: Status) -> float:
    """Return the most that charger, cable and adapter allow.

    Those of PRO and CORE always report an adapter, so that the limits in force tell.
    """
    limits = status[CLL]
    found = [current_max_a(status), status[CBL]]
    if limits is not None:
        found += [limits.get("cableCurrentLimit"), limits.get("adapterCurrentLimit")]
    elif status[ADI]:
        found.append(status[LA1 if in_force(status) == 1 else LA3])
    return min(amps for amps in found if amps)


def _connected(status: Status) -> int:
    """Count the phases before the contactor."""
    phases = status[PHA]
    return sum(phases[3:]) if phases and any(phases[3:]) else _ALL_PHASES


def in_force(status: Status) -> int:
    """Return how many phases the car has, or will have."""
    is_single = status[FSP]
    if is_single is None:
        is_single = status[PSM] == ONE_PHASE
    return 1 if is_single else _connected(status)


def choices(status: Status) -> tuple[int, ...]:
    """Return the phases that may be asked for; firmware before 051.8 has no choice."""
    connected = _connected(status)
    if connected == 1:
        return (1,)
    if not status.reports({PSM.name}):
        return (in_force(status),)
    return (1, connected)


def is_plugged(status: Status) -> bool | None:
    """Tell whether there's a car, None where it doesn't say."""
    return _PLUGGED.get(status[CAR] or 0)
