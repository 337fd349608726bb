"""The entities of the house and of each load."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.number import NumberDeviceClass, NumberMode
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    EntityCategory,
    Platform,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
)
from homeassistant.helpers.entity import EntityDescription

from ...binary_sensor import SunbridgeBinarySensorDescription
from ...button import SunbridgeButtonDescription
from ...entity import Reading
from ...number import SunbridgeNumberDescription
from ...select import SunbridgeSelectDescription
from ...sensor import SunbridgeSensorDescription
from ...switch import SunbridgeSwitchDescription
from ...time import SunbridgeTimeDescription
from ..model import BatteryRule, Eagerness, Mode, Reason
from .state import SWITCH_REASONS, SWITCH_STATUSES, HouseState, LoadState, LoadStatus
from .wishes import Change, Phases, Resume

type Table = Mapping[Platform, tuple[EntityDescription, ...]]

_MOST_MARGIN_W: Final = 2000.0
_MOST_TARGET_KWH: Final = 200.0


def _of[V](
    key: str, fn: Callable[[LoadState], V | None], *also: str
) -> Reading[LoadState, V]:
    return Reading(frozenset({key}), fn, frozenset(also))


def _house[V](key: str, fn: Callable[[HouseState], V | None]) -> Reading[HouseState, V]:
    return Reading(frozenset({key}), fn)


def _rule(*rules: BatteryRule, translation_key: str) -> EntityDescription:
    return SunbridgeSelectDescription[HouseState, Change](
        key="battery_rule",
        translation_key=translation_key,
        reading=_house("battery_rule", lambda state: state.battery_rule),
        options=[rule.value for rule in rules],
        command_fn=lambda _, option: Change("battery_rule", BatteryRule(option)),
    )


HOUSE: Final[Table] = {
    Platform.BINARY_SENSOR: (
        SunbridgeBinarySensorDescription(
            key="meter_fresh",
            translation_key="surplus_meter",
            reading=_house("meter_fresh", lambda state: state.meter_fresh),
            device_class=BinarySensorDeviceClass.CONNECTIVITY,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    ),
    Platform.NUMBER: (
        SunbridgeNumberDescription(
            key="margin",
            translation_key="surplus_margin",
            reading=_house("margin", lambda state: state.margin),
            device_class=NumberDeviceClass.POWER,
            native_unit_of_measurement=UnitOfPower.WATT,
            native_min_value=0,
            native_max_value=_MOST_MARGIN_W,
            native_step=10,
            mode=NumberMode.BOX,
            entity_category=EntityCategory.CONFIG,
            command_fn=lambda _, value: Change("margin_w", value),
        ),
    ),
    Platform.SENSOR: (
        SunbridgeSensorDescription(
            key="surplus",
            translation_key="surplus",
            reading=_house("surplus", lambda state: state.surplus),
            device_class=SensorDeviceClass.POWER,
            native_unit_of_measurement=UnitOfPower.WATT,
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=0,
        ),
    ),
}
WITH_BATTERY: Final[Table] = {
    **HOUSE,
    Platform.SELECT: (
        _rule(
            BatteryRule.CAR_FIRST,
            BatteryRule.BATTERY_FIRST,
            translation_key="surplus_battery_rule",
        ),
    ),
}
WITH_BAND: Final[Table] = {
    **HOUSE,
    Platform.SELECT: (_rule(*BatteryRule, translation_key="surplus_battery_band"),),
}


def _mode(*modes: Mode, translation_key: str) -> EntityDescription:
    return SunbridgeSelectDescription[LoadState, Change](
        key="mode",
        translation_key=translation_key,
        reading=_of("mode", lambda state: state.mode),
        options=[mode.value for mode in modes],
        command_fn=lambda _, option: Change("mode", Mode(option)),
    )


_EAGERNESS: Final = SunbridgeSelectDescription[LoadState, Change](
    key="eagerness",
    translation_key="surplus_eagerness",
    reading=_of("eagerness", lambda state: state.eagerness),
    options=[eagerness.value for eagerness in Eagerness],
    command_fn=lambda _, option: Change("eagerness", Eagerness(option)),
)
_RESUME: Final = SunbridgeButtonDescription[LoadState, Resume](
    key="resume",
    translation_key="surplus_resume",
    reading=_of("resume", lambda _: None),
    command_fn=lambda _: Resume(),
)


def _said(
    statuses: tuple[LoadStatus, ...], reasons: tuple[Reason, ...], kind: str
) -> tuple[EntityDescription, ...]:
    """Return what a load does, and why."""
    return (
        SunbridgeSensorDescription(
            key="state",
            translation_key=f"surplus_{kind}_state",
            reading=_of("state", lambda state: state.state),
            device_class=SensorDeviceClass.ENUM,
            options=[status.value for status in statuses],
        ),
        SunbridgeSensorDescription(
            key="reason",
            translation_key=f"surplus_{kind}_reason",
            reading=_of("reason", lambda state: state.reason),
            device_class=SensorDeviceClass.ENUM,
            options=[reason.value for reason in reasons],
        ),
    )


def _energy(key: str, fn: Callable[[LoadState], float]) -> EntityDescription:
    return SunbridgeSensorDescription(
        key=key,
        translation_key=f"surplus_{key}",
        reading=_of(key, fn),
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=2,
    )


_FIGURES: Final[tuple[EntityDescription, ...]] = (
    SunbridgeSensorDescription(
        key="available",
        translation_key="surplus_available",
        reading=_of("available", lambda state: state.available),
        device_class=SensorDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
    ),
    _energy("sun_today", lambda state: state.sun_today),
    _energy("import_today", lambda state: state.import_today),
    _energy("missed_today", lambda state: state.missed_today),
    SunbridgeSensorDescription(
        key="switches_today",
        translation_key="surplus_switches_today",
        reading=_of("switches_today", lambda state: float(state.switches_today)),
        state_class=SensorStateClass.TOTAL_INCREASING,
        suggested_display_precision=0,
    ),
)


def _current(
    key: str,
    fn: Callable[[LoadState], float],
    change: Callable[[float], Change],
    **limits: Any,
) -> EntityDescription:
    return SunbridgeNumberDescription(
        key=key,
        translation_key=f"surplus_{key}",
        reading=_of(key, fn, "least_a", "most_a", "min_current", "max_current"),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_step=1,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
        command_fn=lambda _, value: change(value),
        **limits,
    )


CHARGER: Final[Table] = {
    Platform.BUTTON: (_RESUME,),
    Platform.NUMBER: (
        _current(
            "min_current",
            lambda state: state.min_current,
            lambda value: Change("min_a", value),
            min_fn=lambda state: state.least_a,
            max_fn=lambda state: state.max_current,
        ),
        _current(
            "max_current",
            lambda state: state.max_current,
            lambda value: Change("max_a", value),
            min_fn=lambda state: state.min_current,
            max_fn=lambda state: state.most_a,
        ),
        SunbridgeNumberDescription(
            key="target_energy",
            translation_key="surplus_target_energy",
            reading=_of("target_energy", lambda state: state.target_energy),
            device_class=NumberDeviceClass.ENERGY,
            native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
            native_min_value=0,
            native_max_value=_MOST_TARGET_KWH,
            native_step=0.5,
            mode=NumberMode.BOX,
            command_fn=lambda _, value: Change("target_kwh", value),
        ),
    ),
    Platform.SELECT: (
        _mode(*Mode, translation_key="surplus_charger_mode"),
        _EAGERNESS,
        SunbridgeSelectDescription[LoadState, Change](
            key="phases",
            translation_key="surplus_phases",
            reading=_of("phases", lambda state: state.phases),
            options=[phases.value for phases in Phases],
            entity_category=EntityCategory.CONFIG,
            command_fn=lambda _, option: Change("phases", Phases(option)),
        ),
    ),
    Platform.SENSOR: (
        *_said(tuple(LoadStatus), tuple(Reason), "charger"),
        *_FIGURES,
        SunbridgeSensorDescription(
            key="target_current",
            translation_key="surplus_target_current",
            reading=_of("target_current", lambda state: state.target_current),
            device_class=SensorDeviceClass.CURRENT,
            native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
            state_class=SensorStateClass.MEASUREMENT,
            suggested_display_precision=1,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    ),
    Platform.SWITCH: (
        SunbridgeSwitchDescription(
            key="finish_by",
            translation_key="surplus_finish_by",
            reading=_of("finish_by", lambda state: state.finish_by),
            command_fn=lambda _, on: Change("finish_by", on),
        ),
    ),
    Platform.TIME: (
        SunbridgeTimeDescription(
            key="finish_at",
            translation_key="surplus_finish_at",
            reading=_of("finish_at", lambda state: state.finish_at),
            command_fn=lambda _, at: Change("finish_at", at),
        ),
    ),
}
# Without a session there's nothing that a target could be of.
WITHOUT_SESSIONS: Final[Table] = {
    **CHARGER,
    Platform.NUMBER: tuple(
        number for number in CHARGER[Platform.NUMBER] if number.key != "target_energy"
    ),
}
SWITCHED_LOAD: Final[Table] = {
    Platform.BUTTON: (_RESUME,),
    Platform.SELECT: (
        _mode(Mode.OFF, Mode.SURPLUS, Mode.FAST, translation_key="surplus_load_mode"),
        _EAGERNESS,
    ),
    Platform.SENSOR: (*_said(SWITCH_STATUSES, SWITCH_REASONS, "load"), *_FIGURES),
}

# For the page of surplus.
PRODUCTS: Final = {
    "House": WITH_BATTERY,
    "House whose battery says its state of charge": WITH_BAND,
    "Charger": CHARGER,
    "Switched load": SWITCHED_LOAD,
}
