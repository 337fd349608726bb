"""The vendor's observations: number, data type, and what a product says at first."""

from enum import IntEnum
from typing import Any

BOOLEAN, DOUBLE, INTEGER, POSITION, STRING = 2, 3, 4, 5, 6


class Id(IntEnum):
    """The charger's observations that its model works with."""

    PRE_AUTHORIZE = 15
    AUTHORIZE_OFFLINE = 16
    OFFLINE_UNKNOWN_TAG = 17
    GRID_TYPE = 21
    CIRCUIT_MAX = 22
    LOCK_PERMANENTLY = 30
    ENABLED = 31
    IDLE_CURRENT = 37
    PHASE_MODE = 38
    LED_BRIGHTNESS = 40
    LOCAL_AUTHORIZATION = 41
    AUTHORIZATION_REQUIRED = 42
    REMOTE_START_REQUIRED = 43
    SMART_BUTTON = 44
    OFFLINE_MODE = 45
    LED_MODE = 46
    MAX_CURRENT = 47
    DYNAMIC_CURRENT = 48
    OFFLINE_MAX = 50
    SCHEDULE = 62
    FIRMWARE = 80
    REBOOT_REASON = 89
    REASON = 96
    PILOT_MODE = 100
    SMART_CHARGING = 102
    CABLE_LOCKED = 103
    CABLE_RATING = 104
    TOKEN_REVERSED = 108
    OP_MODE = 109
    OUTPUT_PHASE = 110
    CIRCUIT_DYNAMIC = 111
    OUTPUT_CURRENT = 114
    POWER = 120
    SESSION_ENERGY = 121
    ENERGY_PER_HOUR = 122
    LIFETIME_ENERGY = 124
    TOKEN = 128
    SESSION = 129
    NODE_TYPE = 146
    TEMP_MAX = 150
    TEMP_AMBIENT = 151
    CURRENT_N = 182
    CURRENT_L1 = 183
    VOLTAGE_L1 = 194
    SESSION_START = 223
    CONNECTED = 250
    DISCONNECT_REASON = 251


# By number: type and first value; None is not known before something happens.
CHARGER: dict[int, tuple[int, Any]] = {
    1: (STRING, "OK"),
    11: (INTEGER, 0),
    15: (BOOLEAN, False),
    16: (BOOLEAN, True),
    17: (BOOLEAN, True),
    21: (INTEGER, 1),
    22: (DOUBLE, 16.0),
    23: (DOUBLE, 16.0),
    24: (DOUBLE, 16.0),
    25: (POSITION, None),
    30: (BOOLEAN, False),
    31: (BOOLEAN, True),
    35: (BOOLEAN, True),
    36: (STRING, "marked-wifi-name"),
    37: (BOOLEAN, False),
    38: (INTEGER, 2),
    40: (INTEGER, 100),
    41: (BOOLEAN, False),
    42: (BOOLEAN, False),
    43: (BOOLEAN, False),
    44: (BOOLEAN, False),
    45: (INTEGER, 0),
    46: (INTEGER, 23),
    47: (DOUBLE, 16.0),
    48: (DOUBLE, 16.0),
    50: (INTEGER, 10),
    51: (INTEGER, 10),
    52: (INTEGER, 10),
    60: (STRING, None),
    62: (STRING, None),
    68: (BOOLEAN, False),
    69: (STRING, None),
    70: (DOUBLE, 0.0),
    71: (DOUBLE, 0.0),
    72: (DOUBLE, 0.0),
    73: (DOUBLE, 0.0),
    74: (DOUBLE, 0.0),
    75: (DOUBLE, 0.0),
    80: (INTEGER, 326),
    89: (INTEGER, 1 << 3),
    96: (INTEGER, 50),
    100: (STRING, "A"),
    102: (BOOLEAN, False),
    103: (BOOLEAN, False),
    104: (INTEGER, 20000),
    108: (STRING, None),
    109: (INTEGER, 1),
    110: (INTEGER, 0),
    111: (DOUBLE, 40.0),
    112: (DOUBLE, 40.0),
    113: (DOUBLE, 40.0),
    114: (DOUBLE, 0.0),
    115: (DOUBLE, 32.0),
    116: (BOOLEAN, False),
    118: (STRING, ""),
    119: (INTEGER, 0),
    120: (DOUBLE, 0.0),
    121: (DOUBLE, 0.0),
    122: (DOUBLE, 0.0),
    124: (DOUBLE, None),
    126: (INTEGER, 46016),
    128: (STRING, None),
    129: (STRING, None),
    130: (INTEGER, -71),
    132: (INTEGER, -58),
    136: (INTEGER, -40),
    140: (STRING, "marked-wifi-name,-58"),
    141: (INTEGER, 1),
    146: (INTEGER, None),
    147: (INTEGER, 6),
    148: (INTEGER, 0),
    149: (INTEGER, 0),
    150: (INTEGER, 24),
    151: (INTEGER, 22),
    182: (DOUBLE, 0.0),
    183: (DOUBLE, 0.0),
    184: (DOUBLE, 0.0),
    185: (DOUBLE, 0.0),
    190: (DOUBLE, 3.066),
    191: (DOUBLE, 231.4),
    192: (DOUBLE, 229.7),
    193: (DOUBLE, 230.5),
    194: (DOUBLE, 231.0),
    195: (DOUBLE, 229.5),
    196: (DOUBLE, 230.0),
    197: (DOUBLE, 398.9),
    198: (DOUBLE, 399.4),
    199: (DOUBLE, 398.1),
    200: (INTEGER, 230),
    219: (INTEGER, 0),
    223: (STRING, None),
    230: (DOUBLE, 16.0),
    231: (DOUBLE, 16.0),
    232: (DOUBLE, 16.0),
    # Seen on the wire, in no document.
    233: (INTEGER, 0),
    241: (STRING, "marked-mac-address"),
    250: (BOOLEAN, True),
    251: (STRING, ""),
}

EQUALIZER: dict[int, tuple[int, Any]] = {
    20: (STRING, '{"marked-site-structure": true}'),
    21: (INTEGER, 412),
    23: (INTEGER, 1),
    25: (STRING, "KFM_001"),
    26: (STRING, "marked-meter-id"),
    29: (INTEGER, 1),
    30: (INTEGER, 3),
    31: (DOUBLE, 0.0),
    32: (DOUBLE, 0.0),
    33: (DOUBLE, 0.0),
    34: (DOUBLE, 230.0),
    35: (DOUBLE, 230.0),
    36: (DOUBLE, 230.0),
    37: (DOUBLE, 398.0),
    38: (DOUBLE, 398.0),
    39: (DOUBLE, 398.0),
    40: (DOUBLE, 0.0),
    41: (DOUBLE, 0.0),
    42: (DOUBLE, 0.0),
    43: (DOUBLE, 0.0),
    44: (DOUBLE, 17.3),
    45: (DOUBLE, 5000.0),
    46: (DOUBLE, 800.0),
    47: (DOUBLE, 12.0),
    48: (DOUBLE, 34.0),
    49: (STRING, "2026-01-01T00:00:00Z"),
    50: (DOUBLE, -52.0),
    51: (STRING, "marked-wifi-name"),
    55: (STRING, "marked-backplate-master"),
    56: (STRING, "marked-backplate-equalizer"),
    68: (DOUBLE, 31.0),
    70: (INTEGER, -40),
    85: (STRING, "{}"),
    87: (DOUBLE, 20.0),
    88: (DOUBLE, 20.0),
    89: (DOUBLE, 20.0),
    100: (INTEGER, 1),
    105: (DOUBLE, 0.0),
    106: (DOUBLE, 0.0),
    107: (DOUBLE, 0.0),
    111: (STRING, "none"),
    115: (STRING, None),
    120: (STRING, "{}"),
    250: (BOOLEAN, True),
    251: (STRING, ""),
}

# What the model doesn't change is settings: their times are weeks old.
SETTINGS = frozenset({*range(15, 63), *range(111, 114)})
