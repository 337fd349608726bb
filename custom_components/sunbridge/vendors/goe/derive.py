"""What follows from several of a charger's values."""

from datetime import UTC, datetime
from typing import Final

from .decode import Key
from .keys import AMA, CARDS, CLL, ERR, FWV, OCU, PHA, RBT, TRX, VAR
from .status import Status
from .values import version

# Vendor's key lists, reference 1.8. C: charging because, N: not charging because.
MODEL_STATUS_NAMES: Final = {
    0: "no_charge_controller_data",
    1: "over_temperature",
    2: "access_control",
    3: "forced_on",
    4: "forced_off",
    5: "scheduler",
    6: "energy_limit",
    7: "price_low",
    8: "automatic_stop_test",
    9: "automatic_stop_no_time",
    10: "automatic_stop",
    11: "automatic_stop_no_clock",
    12: "pv_surplus",
    13: "fallback_default",
    14: "fallback_scheduler",
    15: "fallback",
    16: "fallback_price_not_low",
    17: "fallback_price",
    18: "fallback_automatic_stop",
    19: "car_keep_alive",
    20: "charge_pause_not_allowed",
    22: "simulated_unplug",
    23: "phase_switch",
    24: "minimum_pause",
    26: "error",
    27: "load_management",
    28: "ocpp",
    29: "reconnect_delay",
    30: "adapter",
    31: "under_frequency",
    32: "unbalanced_load",
    33: "discharging_battery",
    34: "grid_monitoring",
    35: "ocpp_fallback",
    36: "floor_detected",
    37: "ocpp_inoperable",
    38: "under_voltage",
    39: "zero_set_point",
    40: "initializing",
    41: "fail_safe",
}

_ERRORS_ALWAYS: Final = {
    0: "none",
    1: "fi_ac",
    2: "fi_dc",
    3: "phase",
    4: "over_voltage",
    5: "over_current",
    6: "diode",
    7: "pp_invalid",
    8: "ground_invalid",
    9: "contactor_stuck",
    10: "contactor_missing",
}
_ERRORS_OLD: Final = _ERRORS_ALWAYS | {
    11: "fi_unknown",
    12: "unknown_error",
    13: "over_temperature",
    14: "no_communication",
    15: "lock_stuck_open",
    16: "lock_stuck_locked",
}
# Renumbered in the lists generated from firmware 59.4 on (reference 1.9).
_ERRORS_NEW: Final = _ERRORS_ALWAYS | {
    12: "lock_stuck_open",
    13: "lock_stuck_locked",
    14: "fi_unknown",
    15: "unknown_error",
    16: "over_temperature",
    17: "no_communication",
    18: "cp_invalid",
    23: "rdc_self_test",
}
_RENUMBERED_SINCE: Final = (59, 0)
ERROR_NAMES: Final = list(dict.fromkeys((*_ERRORS_OLD.values(), *_ERRORS_NEW.values())))

# The members of ``cll`` (reference 1.5) by our names.
LIMIT_NAMES: Final = {
    "accessControl": "access_control",
    "adapterCurrentLimit": "adapter",
    "awattar": "price",
    "cableCurrentLimit": "cable",
    "currentLimitMax": "maximum_current",
    "loadLimit": "load_balancing",
    "minChargingCurrent": "minimum_current",
    "pvSurplus": "pv_surplus",
    "requestedCurrent": "requested_current",
    "temperatureCurrentLimit": "temperature",
    "unsymetryCurrentLimit": "unbalanced_load",
}

# By the power class; a charger that doesn't tell it may be of the larger one.
_MAX_CURRENT_A: Final = {11: 16, 22: 32}
_LARGEST_CURRENT_A: Final = 32

# No charger will be on by then.
_LATEST_S: Final = 2.0**32


def error(status: Status) -> str | None:
    """Return the error's name by the numbering of the firmware."""
    code = status[ERR]
    if code is None:
        return None
    renumbered = version(status[FWV] or "") >= _RENUMBERED_SINCE
    return (_ERRORS_NEW if renumbered else _ERRORS_OLD).get(code)


def phases_in_use(status: Status) -> int | None:
    """Count the phases behind the contactor."""
    phases = status[PHA]
    return None if phases is None else sum(phases[:3])


def limiting_factor(status: Status) -> str | None:
    """Return which of the current limits is the lowest."""
    limits = {
        name: limit
        for name, limit in (status[CLL] or {}).items()
        # The minimum isn't a limit but what the others can't go below.
        if name in LIMIT_NAMES and name != "minChargingCurrent"
    }
    return LIMIT_NAMES[min(limits, key=limits.__getitem__)] if limits else None


def effective_limit_a(status: Status) -> float | None:
    """Return the lowest of the current limits."""
    limits = status[CLL] or {}
    return min(
        (limit for name, limit in limits.items() if name != "minChargingCurrent"),
        default=None,
    )


def hardware_max_a(status: Status) -> float:
    """Return what the charger's power class allows."""
    return _MAX_CURRENT_A.get(status[VAR] or 0, _LARGEST_CURRENT_A)


def current_max_a(status: Status) -> float:
    """Return the greatest current that may be requested."""
    return min(hardware_max_a(status), status[AMA] or _LARGEST_CURRENT_A)


def card(status: Status) -> str | None:
    """Return the place of the card that the session runs with.

    The charger counts from 1, has 0 for a session without a card, and null while
    there's no session.
    """
    if status.raw.get(TRX.name) is None:
        return "none"
    place = status[TRX]
    if place is None or not 0 <= place < len(CARD_OPTIONS) - 1:
        return None
    return CARD_OPTIONS[place + 1]


CARD_OPTIONS: Final = ["none", "without_card", *(f"card_{n}" for n in range(1, 11))]


def card_energy_wh(status: Status, place: int, newer: Key[float]) -> float | None:
    """Return a card's energy, from whichever of the two lists there is."""
    if (energy_wh := status[newer]) is not None:
        return energy_wh
    cards = status[CARDS]
    return cards[place].energy_wh if cards is not None and place < len(cards) else None


def moment(status: Status, key: Key[int]) -> datetime | None:
    """Turn a time of the charger's own clock into a time of day."""
    return _datetime(status.time_of(status[key]))


def booted_at(status: Status) -> datetime | None:
    """Return when the charger booted."""
    return None if status[RBT] is None else _datetime(status.booted_at_s)


def _datetime(at_s: float | None) -> datetime | None:
    """Return a time (epoch s); a clock that is mad has none."""
    if at_s is None or not 0 <= at_s < _LATEST_S:
        return None
    return datetime.fromtimestamp(at_s, UTC)


def latest_firmware(status: Status) -> str | None:
    """Return the newest firmware on offer, the running one if none is newer."""
    running, offered = status[FWV], status[OCU]
    if running is None or offered is None or version(offered) <= version(running):
        return running
    return offered
