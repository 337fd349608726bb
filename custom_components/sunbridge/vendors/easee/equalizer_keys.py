"""The observations of an Equalizer, which numbers them its own way (reference 5.0b)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from ..lenient import boolean, integer
from . import enums
from .decode import Key, json_object, measured, rounded, shown, text

SELF_TEST_RESULT = Key(1, "selfTestResult", text)
SELF_TEST_DETAILS = Key(2, "selfTestDetails", text, personal=True)
EASEE_LINK_COMMAND_RESPONSE = Key(13, "easeeLinkCommandResponse", integer)
EASEE_LINK_DATA_RECEIVED = Key(14, "easeeLinkDataReceived", text, personal=True)
SITE_ID_NUMERIC = Key(19, "siteIDNumeric", integer, personal=True)
SITE_STRUCTURE = Key(20, "siteStructure", text, personal=True)
SOFTWARE_RELEASE = Key(21, "softwareRelease", integer)
DEVICE_MODE = Key(23, "deviceMode", integer)
METER_TYPE = Key(25, "meterType", shown)
METER_ID = Key(26, "meterID", text, personal=True)
OBIS_LIST_IDENTIFIER = Key(27, "OBISListIdentifier", text)
GRID_TYPE = Key(29, "gridType", integer, names=enums.EQUALIZER_GRID)
NUM_PHASES = Key(30, "numPhases", integer)
CURRENT_L1 = Key(31, "currentL1", rounded(2), "A")
CURRENT_L2 = Key(32, "currentL2", rounded(2), "A")
CURRENT_L3 = Key(33, "currentL3", rounded(2), "A")
VOLTAGE_NL1 = Key(34, "voltageNL1", rounded(1), "V")
VOLTAGE_NL2 = Key(35, "voltageNL2", rounded(1), "V")
VOLTAGE_NL3 = Key(36, "voltageNL3", rounded(1), "V")
VOLTAGE_L1_L2 = Key(37, "voltageL1L2", rounded(1), "V")
VOLTAGE_L1_L3 = Key(38, "voltageL1L3", rounded(1), "V")
VOLTAGE_L2_L3 = Key(39, "voltageL2L3", rounded(1), "V")
ACTIVE_POWER_IMPORT = Key(40, "activePowerImport", rounded(3), "kW")
ACTIVE_POWER_EXPORT = Key(41, "activePowerExport", rounded(3), "kW")
REACTIVE_POWER_IMPORT = Key(42, "reactivePowerImport", rounded(3), "kvar")
REACTIVE_POWER_EXPORT = Key(43, "reactivePowerExport", rounded(3), "kvar")
MAX_POWER_IMPORT = Key(44, "maxPowerImport", rounded(3), "kW")
CUMULATIVE_ACTIVE_POWER_IMPORT = Key(
    45, "cumulativeActivePowerImport", rounded(3), "kWh"
)
CUMULATIVE_ACTIVE_POWER_EXPORT = Key(
    46, "cumulativeActivePowerExport", rounded(3), "kWh"
)
CUMULATIVE_REACTIVE_POWER_IMPORT = Key(
    47, "cumulativeReactivePowerImport", rounded(3), "kvarh"
)
CUMULATIVE_REACTIVE_POWER_EXPORT = Key(
    48, "cumulativeReactivePowerExport", rounded(3), "kvarh"
)
CLOCK_AND_DATE_METER = Key(49, "clockAndDateMeter", text)
RCPI = Key(50, "rcpi", rounded(1), "dBm")
SSID = Key(51, "ssid", text, personal=True)
MASTER_BACK_PLATE_ID = Key(55, "masterBackPlateID", text, personal=True)
EQUALIZER_ID = Key(56, "equalizerID", text, personal=True)
CHILD_REPORT = Key(57, "childReport", text, personal=True)
CONNECTIVITY_REPORT = Key(58, "connectivityReport", text, personal=True)
EXCEPTION_DATA = Key(60, "exceptionData", text, personal=True)
BOOT_REASON = Key(61, "bootReason", text)
HIGH_CURRENT_TRANSITIONS = Key(64, "highCurrentTransitions", integer)
V_CAP = Key(65, "vCap", rounded(1), "V")
V_BUS_MIN = Key(66, "vBusMin", rounded(1), "V")
V_BUS_MAX = Key(67, "vbusMax", rounded(1), "V")
INTERNAL_TEMPERATURE = Key(68, "internalTemperature", rounded(1), "°C")
METER_DATA_SNAPSHOT = Key(69, "meterDataSnapshot", text, personal=True)
LOCAL_RSSI = Key(70, "localRSSI", measured, "dBm")
LOCAL_TX_POWER = Key(71, "localTxPower", measured, "dBm")
LOCAL_RADIO_CHANNEL = Key(72, "localRadioChannel", integer)
LOCAL_SHORT_ADDRESS = Key(73, "localShortAddress", integer)
LOCAL_NODE_TYPE = Key(74, "localNodeType", integer)
LOCAL_PARENT_ADDRESS = Key(75, "localParentAddress", integer)
CIRCUIT_PHASE_MAPPING = Key(80, "circuitPhaseMapping", text, personal=True)
PHASE_MAPPING_REPORT = Key(81, "phaseMappingReport", text, personal=True)
PHASE_LEARNING_STATUS = Key(82, "phaseLearningStatus", text)
MODBUS_CONFIGURATION = Key(85, "modbusConfiguration", text, personal=True)
LOADBALANCE_THROTTLE = Key(86, "loadbalanceThrottle", measured, "%")
AVAILABLE_CURRENT_L1 = Key(87, "availableCurrentL1", rounded(2), "A")
AVAILABLE_CURRENT_L2 = Key(88, "availableCurrentL2", rounded(2), "A")
AVAILABLE_CURRENT_L3 = Key(89, "availableCurrentL3", rounded(2), "A")
METER_ERRORS = Key(90, "meterErrors", integer)
AP_MAC_ADDRESS = Key(91, "APMacAddress", text, personal=True)
WIFI_RECONNECTS = Key(92, "wifiReconnects", integer)
LED_MODE = Key(100, "ledMode", integer)
EQUALIZED_CHARGE_CURRENT_L1 = Key(105, "equalizedChargeCurrentL1", rounded(2), "A")
EQUALIZED_CHARGE_CURRENT_L2 = Key(106, "equalizedChargeCurrentL2", rounded(2), "A")
EQUALIZED_CHARGE_CURRENT_L3 = Key(107, "equalizedChargeCurrentL3", rounded(2), "A")
CURRENT_TRANSFORMER_CONFIG = Key(110, "currentTransformerConfig", text, personal=True)
METER_ENCRYPTION_STATUS = Key(111, "meterEncryptionStatus", text)
SURPLUS_CHARGING = Key(115, "surplusCharging", json_object)
CONNECTED_AMPS = Key(120, "connectedAmps", text)
CONNECTED_TO_CLOUD = Key(250, "connectedToCloud", boolean)
CLOUD_DISCONNECT_REASON = Key(251, "cloudDisconnectReason", shown)

KEYS: Final[Mapping[int, Key[Any]]] = MappingProxyType(
    {key.number: key for key in tuple(vars().values()) if isinstance(key, Key)}
)
