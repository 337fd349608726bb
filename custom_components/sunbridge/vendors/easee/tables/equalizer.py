"""Entities of an Equalizer."""

from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.number import NumberDeviceClass
from homeassistant.const import EntityCategory, UnitOfElectricCurrent

from ....binary_sensor import SunbridgeBinarySensorDescription
from ....entity import Reading
from ....number import SunbridgeNumberDescription
from ....switch import SunbridgeSwitchDescription
from ...json import JsonValue
from ...rows import derived, of, part
from .. import equalizer_keys as keys, own_keys
from ..commands import Command, Target
from ..decode import Key
from ..equalizer import SURPLUS, EqualizerState
from .common import Sensor, enumeration, sensor

_WITH_IMPORT: Final = "chargingWithImport"
_NONE: Final = "none"
_MAX_IMPORT_A: Final = 32.0


def _three(
    name: str, one: Key[Any], two: Key[Any], three: Key[Any], *, enabled: bool = False
) -> tuple[Sensor, ...]:
    return tuple(
        sensor(f"{name}_l{phase}", key, enabled=enabled)
        for phase, key in enumerate((one, two, three), 1)
    )


def _between_phases(key: str, source: Key[float]) -> tuple[Sensor, Sensor]:
    """Describe a voltage that is what people want only without a neutral.

    Whether it's enabled is settled once, so it has to wait for the kind of grid.
    """
    reading: Reading[EqualizerState, float] = derived(
        lambda state: state[source], source, keys.GRID_TYPE
    )
    return (
        sensor(
            key, source, reading=reading, exists_fn=lambda state: not state.is_it_grid
        ),
        sensor(
            key,
            source,
            reading=reading,
            enabled=True,
            exists_fn=lambda state: state.is_it_grid,
        ),
    )


EQUALIZER_SENSORS: Final = (
    sensor("power_import", keys.ACTIVE_POWER_IMPORT, enabled=True),
    sensor("power_export", keys.ACTIVE_POWER_EXPORT, enabled=True),
    sensor("energy_import", keys.CUMULATIVE_ACTIVE_POWER_IMPORT, enabled=True),
    sensor("energy_export", keys.CUMULATIVE_ACTIVE_POWER_EXPORT, enabled=True),
    *_three("current", keys.CURRENT_L1, keys.CURRENT_L2, keys.CURRENT_L3, enabled=True),
    *_three(
        "voltage", keys.VOLTAGE_NL1, keys.VOLTAGE_NL2, keys.VOLTAGE_NL3, enabled=True
    ),
    *_between_phases("voltage_l1_l2", keys.VOLTAGE_L1_L2),
    *_between_phases("voltage_l1_l3", keys.VOLTAGE_L1_L3),
    *_between_phases("voltage_l2_l3", keys.VOLTAGE_L2_L3),
    sensor("reactive_power_import", keys.REACTIVE_POWER_IMPORT),
    sensor("reactive_power_export", keys.REACTIVE_POWER_EXPORT),
    sensor("power_import_max", keys.MAX_POWER_IMPORT),
    sensor("reactive_energy_import", keys.CUMULATIVE_REACTIVE_POWER_IMPORT),
    sensor("reactive_energy_export", keys.CUMULATIVE_REACTIVE_POWER_EXPORT),
    *_three(
        "available_current",
        keys.AVAILABLE_CURRENT_L1,
        keys.AVAILABLE_CURRENT_L2,
        keys.AVAILABLE_CURRENT_L3,
    ),
    *_three(
        "equalized_current",
        keys.EQUALIZED_CHARGE_CURRENT_L1,
        keys.EQUALIZED_CHARGE_CURRENT_L2,
        keys.EQUALIZED_CHARGE_CURRENT_L3,
    ),
    enumeration("grid_type", keys.GRID_TYPE, translation_key="equalizer_grid_type"),
    sensor("meter_type", keys.METER_TYPE, diagnostic=True),
    sensor("phases", keys.NUM_PHASES, diagnostic=True),
    sensor("meter_errors", keys.METER_ERRORS, diagnostic=True),
    sensor("wifi_signal", keys.RCPI, diagnostic=True),
    sensor("radio_signal", keys.LOCAL_RSSI, diagnostic=True),
    sensor("internal_temperature", keys.INTERNAL_TEMPERATURE, diagnostic=True),
    sensor(
        "disconnect_reason",
        keys.CLOUD_DISCONNECT_REASON,
        diagnostic=True,
        even_offline=True,
    ),
    sensor("delay_charger", own_keys.DELAY_CHARGER, diagnostic=True),
    sensor("delay_cloud", own_keys.DELAY_CLOUD, diagnostic=True),
)

EQUALIZER_BINARY_SENSORS: Final = (
    SunbridgeBinarySensorDescription[EqualizerState](
        key="cloud_connected",
        translation_key="cloud_connected",
        reading=of(keys.CONNECTED_TO_CLOUD),
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        even_offline=True,
    ),
)


def _import_a(setting: dict[str, JsonValue]) -> float | None:
    """Return how much may be imported in order to charge by surplus."""
    limits = setting.get(_WITH_IMPORT)
    if not isinstance(limits, dict):
        return None
    amps = limits.get("maximumImportAddedCurrent")
    return float(amps) if isinstance(amps, (int, float)) else None


def _surplus(on: bool, amps: float | None) -> Command:
    """Return the command; off needs nothing else, but may keep the amps."""
    body: dict[str, JsonValue] = {"mode": _WITH_IMPORT if on else _NONE}
    if amps is not None:
        body[_WITH_IMPORT] = {"eligible": on, "maximumImportAddedCurrent": amps}
    return Command("", body, target=Target.SURPLUS)


def _switch(state: EqualizerState, on: bool) -> Command:
    amps = _import_a(state[SURPLUS] or {}) or 0.0
    return _surplus(on, amps if on else None)


def _allow(state: EqualizerState, amps: float) -> Command:
    return _surplus((state[SURPLUS] or {}).get("mode") == _WITH_IMPORT, amps)


EQUALIZER_SWITCHES: Final = (
    SunbridgeSwitchDescription[EqualizerState, Command](
        key="surplus_charging",
        translation_key="surplus_charging",
        reading=part(SURPLUS, lambda setting: setting.get("mode") == _WITH_IMPORT),
        command_fn=_switch,
        entity_category=EntityCategory.CONFIG,
    ),
)

EQUALIZER_NUMBERS: Final = (
    SunbridgeNumberDescription[EqualizerState, Command](
        key="surplus_import",
        translation_key="surplus_import",
        reading=part(SURPLUS, _import_a),
        command_fn=_allow,
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=0,
        native_max_value=_MAX_IMPORT_A,
        native_step=1,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
)
