"""Sensors of a heat pump."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    REVOLUTIONS_PER_MINUTE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
    UnitOfVolumeFlowRate,
)

from ....entity import Reading
from ....sensor import SunbridgeSensorDescription
from ...rows import derived, of, option, part
from .. import enums, keys
from ..energy import Kind
from ..keys import Key
from ..state import (
    COP_ALL,
    COP_ALL_WITH_INDOOR,
    COP_TODAY,
    COP_TODAY_WITH_INDOOR,
    ENERGY,
    HISTORY,
    PumpState,
)
from .binary_sensors import cools, has_hot_water, is_hybrid

type _Sensor = SunbridgeSensorDescription[PumpState]
type _Has = Callable[[PumpState], bool]

_MEASUREMENT: Final = SensorStateClass.MEASUREMENT


def _row(
    key: str,
    reading: Reading[PumpState, Any],
    *,
    unit: str | None = None,
    device_class: SensorDeviceClass | None = None,
    state_class: SensorStateClass | None = None,
    digits: int | None = None,
    diagnostic: bool = False,
    enabled: bool = True,
    exists_fn: _Has = lambda _: True,
    translation_key: str | None = None,
    **more: Any,
) -> _Sensor:
    return SunbridgeSensorDescription(
        key=key,
        translation_key=translation_key or key,
        reading=reading,
        native_unit_of_measurement=unit,
        device_class=device_class,
        state_class=state_class,
        suggested_display_precision=digits,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        exists_fn=exists_fn,
        **more,
    )


def _temperature(
    key: str,
    source: Key[float],
    *,
    diagnostic: bool = False,
    enabled: bool = True,
    exists_fn: _Has = lambda _: True,
) -> _Sensor:
    return _row(
        key,
        of(source),
        unit=UnitOfTemperature.CELSIUS,
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=_MEASUREMENT,
        digits=1,
        diagnostic=diagnostic,
        enabled=enabled,
        exists_fn=exists_fn,
    )


def _power(key: str, source: Key[float]) -> _Sensor:
    return _row(
        key,
        of(source),
        unit=UnitOfPower.WATT,
        device_class=SensorDeviceClass.POWER,
        state_class=_MEASUREMENT,
        digits=0,
    )


def _names(
    key: str,
    source: Key[int],
    names: Mapping[int, str],
    *,
    diagnostic: bool = True,
    enabled: bool = True,
    exists_fn: _Has = lambda _: True,
    translation_key: str | None = None,
    **more: Any,
) -> _Sensor:
    return _row(
        key,
        option(source, names),
        device_class=SensorDeviceClass.ENUM,
        options=list(dict.fromkeys(names.values())),
        diagnostic=diagnostic,
        enabled=enabled,
        exists_fn=exists_fn,
        translation_key=translation_key,
        **more,
    )


def _number(
    key: str,
    source: Key[Any],
    *,
    unit: str | None = None,
    device_class: SensorDeviceClass | None = None,
    digits: int | None = None,
    enabled: bool = False,
    exists_fn: _Has = lambda _: True,
) -> _Sensor:
    return _row(
        key,
        of(source),
        unit=unit,
        device_class=device_class,
        state_class=_MEASUREMENT,
        digits=digits,
        diagnostic=True,
        enabled=enabled,
        exists_fn=exists_fn,
    )


def _moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)


def _energy(name: str, source: Key[float]) -> _Sensor:
    """Describe a total; those of one mode are for who wants to know more."""
    of_mode = name not in {kind.value for kind in Kind}
    hot_water, cooling = name.endswith("_dhw"), "cooling" in name
    return _row(
        name,
        of(source),
        unit=UnitOfEnergy.KILO_WATT_HOUR,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        digits=1,
        enabled=not of_mode or name in _MODES_ON,
        exists_fn=has_hot_water if hot_water else cools if cooling else lambda _: True,
    )


_MODES_ON: Final = {
    "electricity_in_heating",
    "electricity_in_dhw",
    "heat_out_heating",
    "heat_out_dhw",
}


def _cop(key: str, source: Key[float], *, enabled: bool = True) -> _Sensor:
    return _row(key, of(source), state_class=_MEASUREMENT, digits=1, enabled=enabled)


def _has_tank(state: PumpState) -> bool:
    return state.pump.dhw is True


def _has_air_out(state: PumpState) -> bool:
    return state.pump.has_air_out is not False


def _has_ot_boiler(state: PumpState) -> bool:
    return state.pump.has_opentherm_boiler is True or (
        is_hybrid(state) and state[keys.BOILER_FEED] is not None
    )


def _has_room(state: PumpState) -> bool:
    return state[keys.ROOM] is not None


def _has_room_target(state: PumpState) -> bool:
    return state[keys.ROOM_TARGET] is not None


SENSORS: Final = (
    _names(
        "state",
        keys.STATE,
        enums.STATE,
        diagnostic=False,
        translation_key="heat_pump_state",
        even_offline=True,
    ),
    _power("power_in", keys.POWER_IN),
    _power("heat_power", keys.POWER_OUT),
    _row(
        "cop",
        derived(
            lambda state: state.cop,
            keys.POWER_IN,
            keys.POWER_OUT,
            also=(keys.STATE,),
        ),
        state_class=_MEASUREMENT,
        digits=1,
    ),
    _cop("cop_today", COP_TODAY),
    _cop("cop_today_with_indoor", COP_TODAY_WITH_INDOOR, enabled=False),
    _cop("cop_all", COP_ALL),
    _cop("cop_all_with_indoor", COP_ALL_WITH_INDOOR, enabled=False),
    *(_energy(name, key) for name, key in ENERGY.items()),
    _temperature("tank_top", keys.TANK_TOP, exists_fn=_has_tank),
    _temperature("tank_bottom", keys.TANK_BOTTOM, exists_fn=_has_tank),
    _temperature("outside", keys.AIR_IN),
    _temperature("air_out", keys.AIR_OUT, exists_fn=_has_air_out),
    _temperature("water_in", keys.WATER_IN),
    _temperature("water_out", keys.WATER_OUT),
    _temperature("water_house_in", keys.WATER_HOUSE_IN),
    _temperature("room", keys.ROOM, exists_fn=_has_room),
    _temperature("room_target", keys.ROOM_TARGET, exists_fn=_has_room_target),
    _temperature("water_setpoint", keys.WATER_SETPOINT),
    _temperature("boiler_feed", keys.BOILER_FEED, exists_fn=_has_ot_boiler),
    _temperature("boiler_return", keys.BOILER_RETURN, exists_fn=_has_ot_boiler),
    _temperature("dhw_target", keys.DHW_TARGET, exists_fn=has_hot_water),
    _row(
        "compressor_speed",
        of(keys.RPM),
        unit=REVOLUTIONS_PER_MINUTE,
        state_class=_MEASUREMENT,
        digits=0,
    ),
    _row(
        "compressor_load",
        derived(lambda state: state.rpm_percent, keys.RPM),
        unit=PERCENTAGE,
        state_class=_MEASUREMENT,
        digits=0,
        enabled=False,
    ),
    *(
        _row(
            name,
            of(source),
            unit=UnitOfVolumeFlowRate.CUBIC_METERS_PER_HOUR,
            device_class=SensorDeviceClass.VOLUME_FLOW_RATE,
            state_class=_MEASUREMENT,
            digits=2,
            exists_fn=exists_fn,
        )
        for name, source, exists_fn in (
            ("heating_flow", keys.HEATING_FLOW, lambda _: True),
            ("dhw_flow", keys.DHW_FLOW, has_hot_water),
        )
    ),
    _number("heating_duty", keys.HEATING_DUTY, unit=PERCENTAGE),
    _number("dhw_duty", keys.DHW_DUTY, unit=PERCENTAGE, exists_fn=has_hot_water),
    _names(
        "dhw_control",
        keys.DHW_CONTROL_METHOD,
        enums.DHW_CONTROL_METHOD,
        exists_fn=has_hot_water,
    ),
    _names("cooling_phase", keys.COOLING_PHASE, enums.COOLING_PHASE, exists_fn=cools),
    _names(
        "cooling_pause_reason",
        keys.COOLING_PAUSE_REASON,
        enums.COOLING_PAUSE_REASON,
        exists_fn=cools,
    ),
    _names(
        "cooling_stop_reason",
        keys.COOLING_STOP_REASON,
        enums.COOLING_STOP_REASON,
        exists_fn=cools,
    ),
    _number(
        "cooling_backoff",
        keys.COOLING_BACKOFF,
        unit=UnitOfTime.MINUTES,
        device_class=SensorDeviceClass.DURATION,
        exists_fn=cools,
    ),
    _row(
        "last_cooling",
        part(keys.LAST_COOLING, _moment),
        device_class=SensorDeviceClass.TIMESTAMP,
        diagnostic=True,
        exists_fn=cools,
    ),
    _names(
        "cooling_status",
        keys.COOLING_STATUS,
        enums.COOLING_STATUS,
        enabled=False,
        exists_fn=cools,
    ),
    _names("control_method", keys.CONTROL_METHOD, enums.CONTROL_METHOD, enabled=False),
    _row(
        "last_log",
        part(keys.AT, _moment),
        device_class=SensorDeviceClass.TIMESTAMP,
        diagnostic=True,
        enabled=False,
        even_offline=True,
    ),
    _row("state_number", of(keys.STATE), diagnostic=True, enabled=False),
    _row("input_status", of(keys.INPUT_STATUS), diagnostic=True, enabled=False),
    _number("history", HISTORY, unit=PERCENTAGE, enabled=True),
    _number("modem_signal", keys.SIGNAL_STRENGTH),
    _number("sinr", keys.SINR),
    _number("speed_limit", keys.RPM_LIMITER, unit=REVOLUTIONS_PER_MINUTE),
    _number("speed_limit_reason", keys.RPM_LIMITER_TYPE),
    _number("pressure_in", keys.COMPRESSOR_IN_PRESSURE, digits=1),
    _number("pressure_out", keys.COMPRESSOR_OUT_PRESSURE, digits=1),
    _number("pressure_target", keys.COMPRESSOR_IN_PRESSURE_TARGET, digits=1),
    *(
        _temperature(name, source, diagnostic=True, enabled=False)
        for name, source in (
            ("compressor_in", keys.COMPRESSOR_IN),
            ("compressor_out", keys.COMPRESSOR_OUT),
            ("compressor_in_transient", keys.COMPRESSOR_IN_TRANSIENT),
            ("compressor_out_transient", keys.COMPRESSOR_OUT_TRANSIENT),
        )
    ),
    _number("superheat", keys.SUPERHEAT, unit="K", digits=1),
    _number("fan", keys.FAN, unit=PERCENTAGE),
    _number(
        "fan_power",
        keys.FAN_POWER,
        unit=UnitOfPower.WATT,
        device_class=SensorDeviceClass.POWER,
    ),
    _row("error_number", of(keys.ERROR), diagnostic=True, enabled=False),
)
