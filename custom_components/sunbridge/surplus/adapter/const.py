"""Constants of surplus charging in Home Assistant."""

from typing import Final

VENDOR: Final = "surplus"

# Kinds of subentries: a charger of Sunbridge, any other by its entities, a switch.
CHARGER: Final = "charger"
ANY_CHARGER: Final = "any_charger"
SWITCH: Final = "switched_load"

# Of the entry. The parts are stored as `meters.settings` has them.
CONF_GRID: Final = "grid"
CONF_PV: Final = "pv"
CONF_BATTERY: Final = "battery"
CONF_SOC: Final = "soc"

# Options.
CONF_MAX_IMPORT_W: Final = "max_import_w"
CONF_BAND_LOW: Final = "band_low"
CONF_BAND_HIGH: Final = "band_high"
DEFAULT_BAND_LOW: Final = 50
DEFAULT_BAND_HIGH: Final = 80

# Of all subentries.
CONF_NAME: Final = "name"
CONF_PRIORITY: Final = "priority"
CONF_AT_STOP: Final = "at_stop"
LEAVE: Final = "leave"
PAUSE: Final = "pause"

# Of a charger of Sunbridge.
CONF_DEVICE: Final = "device"
CONF_HOW: Final = "how"
FEED: Final = "feed"
REGULATE: Final = "regulate"

# Of any charger.
CONF_CURRENT: Final = "current"
CONF_MEASURED_CURRENT: Final = "measured_current"
CONF_SWITCH: Final = "switch"
CONF_PHASES_ENTITY: Final = "phases_entity"
CONF_ONE_PHASE: Final = "one_phase"
CONF_THREE_PHASES: Final = "three_phases"
CONF_CONNECTED_PHASES: Final = "connected_phases"
CONF_PLUGGED: Final = "plugged"
CONF_SESSION_ENERGY: Final = "session_energy"
CONF_MAX_A: Final = "max_a"

# Of a switched load.
CONF_LOAD_POWER_W: Final = "power_w"
CONF_MIN_RUN_MIN: Final = "min_run_min"
CONF_MIN_PAUSE_MIN: Final = "min_pause_min"
DEFAULT_MIN_RUN_MIN: Final = 20
DEFAULT_MIN_PAUSE_MIN: Final = 10

# Repair issues.
BATTERY_UNKNOWN_ISSUE: Final = "surplus_battery_unknown"
CHARGER_GONE_ISSUE: Final = "surplus_charger_gone"
METER_FROZEN_ISSUE: Final = "surplus_meter_frozen"
METER_LOST_ISSUE: Final = "surplus_meter_lost"
NOT_OBEYING_ISSUE: Final = "surplus_not_obeying"
SOURCE_ISSUE: Final = "surplus_source"
TWO_WRITERS_ISSUE: Final = "surplus_two_writers"
