"""What the numbers of enumerations stand for (reference 5.1-5.10)."""

from collections.abc import Mapping
from typing import Final

type Names = Mapping[int, str]

OP_MODE: Final[Names] = {
    0: "offline",
    1: "disconnected",
    2: "awaiting_start",
    3: "charging",
    4: "completed",
    5: "error",
    6: "ready_to_charge",
    7: "awaiting_authorization",
    8: "deauthorizing",
    # From here on what only the vendor's app was seen to say.
    100: "awaiting_start",
    101: "completed",
    102: "offline",
    103: "awaiting_load_balancing",
    104: "awaiting_authorization",
    105: "awaiting_smart_start",
    106: "awaiting_scheduled_start",
    107: "awaiting_authorization",
    108: "paused_by_equalizer",
    109: "searching_for_master",
    157: "error",
    158: "error",
    159: "error",
    160: "error",
    161: "error",
}

REASON: Final[Names] = {
    0: "ok",
    1: "circuit_max_too_low",
    2: "circuit_dynamic_too_low",
    3: "offline_fallback_too_low",
    4: "circuit_fuse_too_low",
    5: "waiting_in_queue",
    6: "waiting_fully_charged",
    7: "illegal_grid_type",
    8: "no_request_from_secondary",
    9: "lost_master",
    10: "equalizer_too_low",
    11: "phase_not_connected",
    25: "limited_by_circuit_fuse",
    26: "limited_by_circuit_max",
    27: "limited_by_circuit_dynamic",
    28: "limited_by_equalizer",
    29: "limited_by_load_balancing",
    30: "limited_by_offline_settings",
    50: "secondary_idle",
    51: "charger_max_too_low",
    52: "charger_dynamic_too_low",
    53: "charger_disabled",
    54: "waiting_for_schedule",
    55: "waiting_for_authorization",
    56: "charger_error",
    57: "erratic_car",
    75: "limited_by_cable",
    76: "limited_by_schedule",
    77: "limited_by_charger_max",
    78: "limited_by_charger_dynamic",
    79: "car_not_charging",
    80: "local_adjustment",
    81: "limited_by_car",
    100: "undefined",
}

GRID_TYPE: Final[Names] = {
    -1: "unknown",
    0: "not_detected",
    1: "tn_three_phase",
    2: "tn_two_phase",
    3: "tn_one_phase",
    4: "it_three_phase",
    5: "it_one_phase",
    30: "tn_two_phase_warning",
    31: "tn_one_phase_warning",
    32: "it_three_phase_fault",
    33: "it_one_phase_fault",
    34: "it_three_phase_fault",
    35: "it_one_phase_fault",
    36: "tn_two_phase_warning",
    37: "tn_three_phase_fault",
    38: "tn_two_phase_fault",
    50: "no_valid_grid",
    51: "tn_neutral_misplaced",
    52: "it_ground_misplaced",
}
IT_GRIDS: Final = frozenset({4, 5, 32, 33, 34, 35, 52})
ONE_PHASE_GRIDS: Final = frozenset({3, 5, 31, 33, 35})

EQUALIZER_GRID: Final[Names] = {0: "unknown", 1: "tn", 2: "it"}
EQUALIZER_IT: Final = 2

OUTPUT_PHASE: Final[Names] = {
    0: "none",
    10: "l1",
    11: "l1_l2_it",
    12: "l2",
    13: "l1_l3_it",
    14: "l3",
    15: "l2_l3_it",
    20: "l1_l2",
    21: "l2_l3",
    22: "two_phase_it",
    30: "three",
}

PHASE_MODE: Final[Names] = {1: "locked_single", 2: "auto", 3: "locked_three"}

LED_MODE: Final[Names] = {
    0: "disabled",
    **dict.fromkeys(range(1, 16), "updating"),
    16: "faulty",
    17: "faulty",
    18: "standby_master",
    19: "standby_secondary",
    20: "searching_for_master",
    21: "smart_idle",
    22: "smart_charging",
    23: "normal_idle",
    24: "normal_charging",
    25: "awaiting_authorization",
    26: "verifying",
    27: "check_configuration",
    29: "pairing",
    43: "self_test",
    44: "self_test",
}

OFFLINE_MODE: Final[Names] = {0: "always", 1: "whitelisted", 2: "never"}

NODE_TYPE: Final[Names] = {
    0: "unconfigured",
    1: "master",
    2: "extender",
    3: "end_device",
}

UPLINK: Final[Names] = {0: "cellular", 1: "wifi"}

LOCAL_CONNECTION: Final[Names] = {0: "none", 1: "radio", 2: "wifi", 3: "both"}

PILOT_MODE: Final[Mapping[str, str]] = {
    "A": "no_car",
    "B": "connected",
    "C": "charging",
    "D": "charging_ventilated",
    "E": "no_power",
    "F": "fault",
}

# Bits of 89.
REBOOT_REASONS: Final[Names] = {
    0: "firewall",
    1: "option byte loader",
    2: "reset pin",
    3: "brown-out reset",
    4: "software",
    5: "independent watchdog",
    6: "window watchdog",
    7: "low power",
    12: "brown-out",
    20: "reboot",
}

# 1.5 and 4.1: what the product is sold as.
MODELS: Final[Names] = {
    1: "Easee Home",
    2: "Easee Charge Lite",
    3: "Easee Charge Max",
    4: "Easee Charge Up",
    100: "Easee Charge",
    102: "Easee Charge Core",
    103: "Easee Charge Pro",
    400: "Easee Charge One",
}
