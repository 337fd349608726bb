"""Constants of the NRGkick vendor."""

from typing import Final

from ...meters.settings import CONF_POWER, CONF_REVERSE

VENDOR: Final = "nrgkick"

# Where the wallbox asks: Home Assistant's port, or one of our own.
SHARED: Final = "shared"
OWN: Final = "own"
DEFAULT_PORT: Final = 8099

VALUES_PATH: Final = "/api/v1/values.json"
INFO_PATH: Final = "/api/v1/info.json"

# Kinds of subentries, by the words of the vendor's document.
INVERTER: Final = "inverter"
ENERGY_METER: Final = "energy_meter"
BATTERY: Final = "battery"
SMART_LOAD: Final = "smart_load"

# Of the entry.
CONF_ALLOWED: Final = "allowed"
CONF_LOAD: Final = "load"
CONF_LOAD_POWER: Final = "load_power"
CONF_PORT: Final = "port"
NO_LOAD: Final = "none"
BALANCE: Final = "balance"
SENSOR: Final = "sensor"

# Of subentries; lists of the registry's ids, or of entity ids that it doesn't have.
CONF_BATTERY_CONNECTED: Final = "battery_connected"
CONF_CAPACITY_WH: Final = "capacity_wh"
CONF_DAY_ENERGY: Final = "day_energy"
CONF_LOCATION: Final = "location"
CONF_MAX_AC_W: Final = "max_ac_w"
CONF_MAX_DC_W: Final = "max_dc_w"
CONF_MODEL: Final = "model"
CONF_NAME: Final = "name"
CONF_PV_ONLY: Final = "pv_only"
CONF_SOC: Final = "soc"
CONF_TEMPERATURE: Final = "temperature"
CONF_TOTAL_ENERGY: Final = "total_energy"
SOURCES: Final = (
    CONF_POWER,
    CONF_REVERSE,
    CONF_DAY_ENERGY,
    CONF_TOTAL_ENERGY,
    CONF_SOC,
    CONF_TEMPERATURE,
)

# Options.
CONF_FACTOR: Final = "factor"
CONF_MINIMUM_S: Final = "minimum_s"
CONF_REQUIRED: Final = "required"
DEFAULT_FACTOR: Final = 5
DEFAULT_MINIMUM_S: Final = 60

# Repair issues.
CONFIG_ISSUE: Final = "nrgkick_config"
PORT_ISSUE: Final = "nrgkick_port"
SOURCE_ISSUE: Final = "nrgkick_source"
STRANGER_ISSUE: Final = "nrgkick_stranger"
TLS_ISSUE: Final = "nrgkick_tls"
