"""What the numbers of Weheat stand for (reference 2.6, 3.1, 3.3 and 3.4)."""

from collections.abc import Mapping
from typing import Final

type Names = Mapping[int, str]

# The states of one kind of run, as 3.3 lists them; other numbers aren't known.
DEFROST_STATES: Final = frozenset({84, 90, 100, 110, 120, *range(200, 240)})
COOLING_STATES: Final = frozenset({130, 131, 132, 133, 134, 135, 137})
# Of cooling too, and yet shown apart: water runs to see how warm the house is.
WATER_CHECK_STATE: Final = 136

STATE: Final[Names] = {
    1: "offline",
    40: "standby",
    70: "heating",
    **dict.fromkeys(sorted(DEFROST_STATES), "defrosting"),
    **dict.fromkeys(sorted(COOLING_STATES), "cooling"),
    WATER_CHECK_STATE: "water_check",
    150: "dhw",
    160: "legionella_prevention",
    170: "self_test",
    180: "manual_control",
    1010: "updating",
}

# Which part of cooling a state number is.
COOLING_PHASE: Final[Names] = {
    130: "idle",
    131: "starting",
    132: "active",
    133: "stopping",
    134: "standby",
    135: "pausing",
    136: "water_check",
    137: "standby_with_pump",
}

MODEL: Final[Names] = {
    0: "Blackbird P80",
    1: "Blackbird P60",
    2: "Sparrow P60 brown",
    3: "Sparrow P60 green",
    4: "Sparrow P60 grey",
    5: "Flint P40",
}
FLINT: Final = 5

# The compressor's speed that is 100 %, in rpm; more than that was seen.
NOMINAL_RPM: Final[Mapping[int, int]] = {
    0: 4500,
    **dict.fromkeys(range(1, 5), 5520),
    5: 5400,
}

DEVICE_STATE: Final[Names] = {
    0: "obsolete",
    1: "in_stock",
    2: "sold",
    3: "active",
    4: "inactive",
    5: "broken",
    6: "test",
}
ACTIVE: Final = 3

DHW: Final[Mapping[int, bool]] = {1: True, 2: False}
BOILER: Final[Names] = {1: "none", 2: "on_off", 3: "opentherm"}

DHW_CONTROL_METHOD: Final[Names] = {
    0: "none",
    1: "fixed",
    2: "schedule",
    3: "weheat_intelligence",
    4: "boost",
}

CONTROL_METHOD: Final[Names] = {
    0: "none",
    1: "heating_curve",
    2: "on_off_thermostat",
    3: "basic_opentherm",
    4: "smart_opentherm",
    5: "cloud_thermostat",
    6: "manual_power",
    7: "automatic",
    8: "manual_setpoint",
}

COOLING_STATUS: Final[Names] = {
    0: "idle",
    1: "starting",
    2: "active",
    3: "stopping",
    4: "standby",
}

COOLING_PAUSE_REASON: Final[Names] = {
    0: "none",
    1: "room_too_cold",
    2: "outside_too_cold",
    3: "outside_colder_than_water",
    4: "water_below_setpoint",
    5: "heat_pump_control",
    6: "below_dew_point",
    7: "contact",
    8: "no_demand",
}

COOLING_STOP_REASON: Final[Names] = {
    0: "none",
    1: "fault",
    2: "control_method",
    3: "indoor_unit_silent",
    4: "heat_pump_control",
    5: "cooling_control",
    6: "contact_switched",
    7: "thermostat_disabled",
}

# By bit; all of them have to be set for cooling to start.
COOLING_CONDITION: Final[Names] = {
    1: "control_method",
    2: "no_fault",
    4: "outside_temperature",
    8: "room_temperature",
    16: "indoor_unit",
    32: "water_to_air",
    64: "demand",
    128: "water_temperature",
    256: "contact",
    512: "backoff",
    1024: "changeover",
}
