"""Sensors and binary sensors of a charger."""

from collections.abc import Callable
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfEnergy

from ....binary_sensor import SunbridgeBinarySensorDescription
from ....entity import Reading
from ...json import JsonValue
from ...lenient import number
from ...rows import derived, of, part
from .. import charger_keys as keys, enums, own_keys
from ..charger import CHARGING, ERROR, PLUGGED, TOTAL_ENERGY, ChargerState
from ..decode import Key
from .common import Sensor, enumeration, sensor

# The charger writes this for no cable, and for limits that aren't used.
_LARGEST_CABLE_A: Final = 100
_LARGEST_LIMIT_A: Final = 80


def _is_tn(state: ChargerState) -> bool:
    return not state.is_it_grid


def _up_to(limit: float) -> Callable[[float], float | None]:
    return lambda value: value if value <= limit else None


def _phase(key: str, source: Key[Any]) -> Sensor:
    """Describe a value of a phase: which terminals it's at depends on the grid."""
    return sensor(
        key,
        source,
        reading=derived(
            lambda state: None if state.is_it_grid else state[source],
            source,
            also=(keys.DETECTED_POWER_GRID_TYPE,),
        ),
        enabled=True,
        exists_fn=_is_tn,
    )


def _limit(key: str, source: Key[float], *, diagnostic: bool = True) -> Sensor:
    return sensor(
        key,
        source,
        reading=part(source, _up_to(_LARGEST_LIMIT_A)),
        diagnostic=diagnostic,
    )


def _reboot_reason(value: int) -> str:
    """Return the bits' names."""
    names = [name for bit, name in enums.REBOOT_REASONS.items() if value >> bit & 1]
    return ", ".join(names) or str(value)


def _session_energy(session: dict[str, JsonValue]) -> float | None:
    try:
        return round(number(session.get("EnergyKwh")), 3)
    except ValueError:
        return None


_PHASES: Final = tuple(
    row
    for phase, current, voltage in (
        ("l1", keys.IN_CURRENT_T3, keys.IN_VOLTAGE_T2_T3),
        ("l2", keys.IN_CURRENT_T4, keys.IN_VOLTAGE_T2_T4),
        ("l3", keys.IN_CURRENT_T5, keys.IN_VOLTAGE_T2_T5),
    )
    for row in (
        _phase(f"current_{phase}", current),
        _phase(f"voltage_{phase}", voltage),
    )
)
_TERMINALS: Final = tuple(
    sensor(f"terminal_{key.name.removeprefix('in').lower()}", key, diagnostic=True)
    for key in (
        keys.IN_CURRENT_T2,
        keys.IN_CURRENT_T3,
        keys.IN_CURRENT_T4,
        keys.IN_CURRENT_T5,
        keys.IN_VOLTAGE_T1_T2,
        keys.IN_VOLTAGE_T1_T3,
        keys.IN_VOLTAGE_T1_T4,
        keys.IN_VOLTAGE_T1_T5,
        keys.IN_VOLTAGE_T2_T3,
        keys.IN_VOLTAGE_T2_T4,
        keys.IN_VOLTAGE_T2_T5,
        keys.IN_VOLTAGE_T3_T4,
        keys.IN_VOLTAGE_T3_T5,
        keys.IN_VOLTAGE_T4_T5,
    )
)
_TEMPERATURES: Final = tuple(
    sensor(name, key, diagnostic=True)
    for name, key in (
        ("temperature_max", keys.TEMP_MAX),
        ("temperature_power_board", keys.TEMP_AMBIENT_POWER_BOARD),
        ("temperature_input_t2", keys.TEMP_INPUT_T2),
        ("temperature_input_t3", keys.TEMP_INPUT_T3),
        ("temperature_input_t4", keys.TEMP_INPUT_T4),
        ("temperature_input_t5", keys.TEMP_INPUT_T5),
        ("temperature_plug_n", keys.TEMP_OUTPUT_N),
        ("temperature_plug_l1", keys.TEMP_OUTPUT_L1),
        ("temperature_plug_l2", keys.TEMP_OUTPUT_L2),
        ("temperature_plug_l3", keys.TEMP_OUTPUT_L3),
    )
)
_CIRCUIT: Final = tuple(
    _limit(f"{name}_l{phase}", key)
    for name, sources in (
        (
            "circuit_allocated",
            (
                keys.CIRCUIT_TOTAL_ALLOCATED_PHASE_CONDUCTOR_CURRENT_L1,
                keys.CIRCUIT_TOTAL_ALLOCATED_PHASE_CONDUCTOR_CURRENT_L2,
                keys.CIRCUIT_TOTAL_ALLOCATED_PHASE_CONDUCTOR_CURRENT_L3,
            ),
        ),
        (
            "circuit_current",
            (
                keys.CIRCUIT_TOTAL_PHASE_CONDUCTOR_CURRENT_L1,
                keys.CIRCUIT_TOTAL_PHASE_CONDUCTOR_CURRENT_L2,
                keys.CIRCUIT_TOTAL_PHASE_CONDUCTOR_CURRENT_L3,
            ),
        ),
        (
            "equalizer_available",
            (
                keys.EQ_AVAILABLE_CURRENT_P1,
                keys.EQ_AVAILABLE_CURRENT_P2,
                keys.EQ_AVAILABLE_CURRENT_P3,
            ),
        ),
    )
    for phase, key in enumerate(sources, 1)
)


def _count(key: str, source: Key[Any]) -> Sensor:
    return sensor(
        key, source, diagnostic=True, state_class=SensorStateClass.MEASUREMENT
    )


SENSORS: Final = (
    enumeration(
        "status",
        keys.CHARGER_OP_MODE,
        translation_key="easee_status",
        diagnostic=False,
        enabled=True,
        even_offline=True,
    ),
    enumeration(
        "reason",
        keys.REASON_FOR_NO_CURRENT,
        translation_key="easee_reason",
        diagnostic=False,
        enabled=True,
    ),
    sensor(
        "power",
        keys.TOTAL_POWER,
        reading=derived(
            lambda state: state.power_kw,
            keys.TOTAL_POWER,
            also=(keys.CHARGER_OP_MODE,),
        ),
        enabled=True,
    ),
    sensor("energy_session", keys.SESSION_ENERGY, enabled=True),
    sensor("energy_total", TOTAL_ENERGY, enabled=True),
    sensor("energy_lifetime", keys.LIFETIME_ENERGY, enabled=True),
    sensor("energy_hour", keys.ENERGY_PER_HOUR, is_series=False),
    sensor("current_offered", keys.OUTPUT_CURRENT, enabled=True),
    *_PHASES,
    sensor(
        "energy_last_session",
        keys.CHARGING_SESSION,
        reading=part(keys.CHARGING_SESSION, _session_energy),
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        device_class=SensorDeviceClass.ENERGY,
        suggested_display_precision=2,
    ),
    enumeration("output_phase", keys.OUTPUT_PHASE),
    enumeration("pilot_mode", keys.PILOT_MODE, names=enums.PILOT_MODE),
    enumeration("grid_type", keys.DETECTED_POWER_GRID_TYPE),
    enumeration("led_mode", keys.LED_MODE),
    sensor(
        "cable_rating",
        keys.CABLE_RATING,
        reading=part(keys.CABLE_RATING, _up_to(_LARGEST_CABLE_A)),
        diagnostic=True,
    ),
    sensor("current_derated", keys.DERATED_CURRENT, diagnostic=True),
    sensor("current_charger_max", keys.MAX_CHARGER_CURRENT, diagnostic=True),
    sensor("error_code", keys.ERROR_CODE, diagnostic=True),
    sensor("fatal_error_code", keys.FATAL_ERROR_CODE, diagnostic=True),
    sensor("error_text", keys.ERROR_STRING, diagnostic=True),
    sensor(
        "offline_reason",
        keys.CHARGER_OFFLINE_REASON,
        diagnostic=True,
        even_offline=True,
    ),
    sensor(
        "disconnect_reason",
        keys.CLOUD_DISCONNECT_REASON,
        diagnostic=True,
        even_offline=True,
    ),
    sensor(
        "reboot_reason",
        keys.REBOOT_REASON,
        reading=part(keys.REBOOT_REASON, _reboot_reason),
        diagnostic=True,
    ),
    sensor("cellular_signal", keys.CELL_RSSI, diagnostic=True),
    sensor("wifi_signal", keys.WIFI_RSSI, diagnostic=True),
    sensor("radio_signal", keys.LOCAL_RSSI, diagnostic=True),
    sensor("lte_signal", keys.LTE_RSRP, diagnostic=True),
    sensor("wifi_name", keys.WIFI_SSID, diagnostic=True),
    sensor("mobile_operator", keys.MOBILE_NETWORK_OPERATOR, diagnostic=True),
    enumeration("uplink", keys.CHARGER_RAT),
    enumeration("node_type", keys.LOCAL_NODE_TYPE),
    enumeration("local_connection", keys.LOCAL_CONNECTION),
    sensor("single_phase_number", keys.SINGLE_PHASE_NUMBER, diagnostic=True),
    _count("cars_connected", keys.NUMBER_OF_CARS_CONNECTED),
    _count("cars_charging", keys.NUMBER_OF_CARS_CHARGING),
    _count("cars_in_queue", keys.NUMBER_OF_CARS_IN_QUEUE),
    _count("cars_full", keys.NUMBER_OF_CARS_FULLY_CHARGED),
    _count("chargers_in_balancing", keys.LOAD_BALANCING_NUMBER_OF_CONNECTED_CHARGERS),
    sensor(
        "relay_switches",
        keys.LIFETIME_RELAY_SWITCHES,
        diagnostic=True,
        state_class=SensorStateClass.TOTAL_INCREASING,
    ),
    sensor("operating_hours", keys.LIFETIME_HOURS, diagnostic=True),
    sensor("ota_error", keys.OTA_ERROR_CODE, diagnostic=True),
    sensor("delay_charger", own_keys.DELAY_CHARGER, diagnostic=True),
    sensor("delay_cloud", own_keys.DELAY_CLOUD, diagnostic=True),
    *_TEMPERATURES,
    *_CIRCUIT,
    *_TERMINALS,
)


def _binary(
    key: str,
    reading: Reading[Any, bool],
    device_class: BinarySensorDeviceClass | None = None,
    *,
    diagnostic: bool = True,
    enabled: bool = False,
    even_offline: bool = False,
) -> SunbridgeBinarySensorDescription[ChargerState]:
    return SunbridgeBinarySensorDescription(
        key=key,
        translation_key=key,
        reading=reading,
        device_class=device_class,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        even_offline=even_offline,
    )


def _plugged(state: ChargerState) -> bool | None:
    """Tell whether a car is there; an error doesn't say, the pilot signal may."""
    mode, pilot = state[keys.CHARGER_OP_MODE], state[keys.PILOT_MODE]
    if mode == ERROR or mode is None:
        return None if pilot not in enums.PILOT_MODE else pilot in ("B", "C", "D")
    return mode in PLUGGED


def _problem(state: ChargerState) -> bool | None:
    codes = (state[keys.ERROR_CODE], state[keys.FATAL_ERROR_CODE])
    mode = state[keys.CHARGER_OP_MODE]
    if mode is None and codes == (None, None):
        return None
    return enums.OP_MODE.get(mode or 0) == "error" or any(codes)


BINARY_SENSORS: Final = (
    _binary(
        "plug",
        derived(_plugged, keys.CHARGER_OP_MODE, also=(keys.PILOT_MODE,)),
        BinarySensorDeviceClass.PLUG,
        diagnostic=False,
        enabled=True,
    ),
    _binary(
        "charging",
        part(keys.CHARGER_OP_MODE, lambda mode: mode == CHARGING),
        BinarySensorDeviceClass.BATTERY_CHARGING,
        diagnostic=False,
        enabled=True,
    ),
    _binary(
        "cable_unlocked",
        part(keys.CABLE_LOCKED, lambda locked: not locked),
        BinarySensorDeviceClass.LOCK,
        enabled=True,
    ),
    _binary(
        "cloud_connected",
        of(keys.CONNECTED_TO_CLOUD),
        BinarySensorDeviceClass.CONNECTIVITY,
        enabled=True,
        even_offline=True,
    ),
    _binary(
        "derating", of(keys.DERATING_ACTIVE), BinarySensorDeviceClass.HEAT, enabled=True
    ),
    _binary(
        "problem",
        derived(
            _problem,
            keys.CHARGER_OP_MODE,
            also=(keys.ERROR_CODE, keys.FATAL_ERROR_CODE),
        ),
        BinarySensorDeviceClass.PROBLEM,
        enabled=True,
    ),
    _binary("local_authorization", of(keys.LOCAL_AUTHORIZATION_REQUIRED)),
    _binary("remote_start_required", of(keys.REMOTE_START_REQUIRED)),
    _binary("wifi_access_point", of(keys.WIFI_AP_ENABLED)),
)
