"""Sensors of the charger's states, its times and its system."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfTime,
)

from ....entity import Reading
from ....sensor import SunbridgeSensorDescription
from ...rows import derived, of, option, part
from .. import derive, keys
from ..decode import Key
from ..status import Status

type _Sensor = SunbridgeSensorDescription[Status]

_DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC

_CAR: Final = {
    0: "unknown_state",
    1: "idle",
    2: "charging",
    3: "waiting_for_car",
    4: "complete",
    5: "error",
    6: "initializing",
}
_CABLE_LOCK: Final = {
    0: "unknown_state",
    1: "unlocked",
    2: "unlock_failed",
    3: "locked",
    4: "lock_failed",
    5: "power_loss",
}
_LOCK_IN_EFFECT: Final = {0: "normal", 1: "auto", 2: "always", 3: "force_unlock"}
_LOCK_FEEDBACK: Final = {0: "ok", 1: "cannot_lock", 2: "cannot_unlock"}
_PHASE_WISH: Final = {0: "force_three", 1: "wish_one", 2: "wish_three"}
_CERTIFICATE: Final = {0: "none", 1: "mid", 2: "mid_eichrecht"}
_OCPP_STATUS: Final = {
    0: "available",
    1: "preparing",
    2: "charging",
    3: "suspended_evse",
    4: "suspended_ev",
    5: "finishing",
    6: "reserved",
    7: "unavailable_state",
    8: "faulted",
}
# Numbers above 6 differ between firmware lists (reference 1.7).
_WIFI_STATUS: Final = {
    0: "idle",
    1: "no_ssid",
    2: "scan_done",
    3: "connected",
    4: "failed",
    5: "lost",
    6: "disconnected",
}


def _enum(
    key: str,
    reading: Reading[Status, str],
    options: Mapping[int, str] | list[str],
    *,
    category: EntityCategory | None = None,
    enabled: bool = True,
) -> _Sensor:
    """Describe a state that has a name."""
    names = list(options.values()) if isinstance(options, Mapping) else options
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=reading,
        device_class=SensorDeviceClass.ENUM,
        options=names,
        entity_category=category,
        entity_registry_enabled_default=enabled,
    )


def _numbered(
    key: str,
    source: Key[int],
    options: Mapping[int, str],
    *,
    category: EntityCategory | None = None,
    enabled: bool = True,
) -> _Sensor:
    """Describe an enumeration of the vendor's."""
    return _enum(
        key, option(source, options), options, category=category, enabled=enabled
    )


def _plain(
    key: str,
    reading: Reading[Status, Any],
    *,
    state_class: SensorStateClass | None = None,
    unit: str | None = None,
    category: EntityCategory | None = _DIAGNOSTIC,
    enabled: bool = False,
) -> _Sensor:
    """Describe a value that has no device class."""
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=reading,
        state_class=state_class,
        native_unit_of_measurement=unit,
        entity_category=category,
        entity_registry_enabled_default=enabled,
    )


def _moment(key: str, source: Key[int], *, enabled: bool = False) -> _Sensor:
    """Describe a time that the charger counts from its boot."""
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=derived(partial(derive.moment, key=source), source, also=(keys.RBT,)),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=_DIAGNOSTIC,
        entity_registry_enabled_default=enabled,
    )


STATES: Final = (
    _numbered("car_state", keys.CAR, _CAR),
    _numbered("reason", keys.MODEL_STATUS, derive.MODEL_STATUS_NAMES),
    _enum(
        "error",
        derived(derive.error, keys.ERR, also=(keys.FWV,)),
        derive.ERROR_NAMES,
        category=_DIAGNOSTIC,
    ),
    _enum(
        "limiting_factor",
        derived(derive.limiting_factor, keys.CLL),
        list(derive.LIMIT_NAMES.values()),
        category=_DIAGNOSTIC,
    ),
    _enum(
        "session_card",
        derived(derive.card, keys.TRX),
        derive.CARD_OPTIONS,
        category=_DIAGNOSTIC,
    ),
    _plain(
        "phases_in_use",
        derived(derive.phases_in_use, keys.PHA),
        state_class=SensorStateClass.MEASUREMENT,
        category=None,
        enabled=True,
    ),
    _plain("phases_for_logic", of(keys.PNP)),
    _numbered("phase_wish", keys.PWM, _PHASE_WISH, category=_DIAGNOSTIC, enabled=False),
    _numbered("cable_lock", keys.CUS, _CABLE_LOCK, category=_DIAGNOSTIC),
    _numbered(
        "lock_in_effect",
        keys.LCK,
        _LOCK_IN_EFFECT,
        category=_DIAGNOSTIC,
        enabled=False,
    ),
    _numbered(
        "lock_feedback", keys.FFB, _LOCK_FEEDBACK, category=_DIAGNOSTIC, enabled=False
    ),
    SunbridgeSensorDescription(
        key="charging_duration",
        translation_key="charging_duration",
        reading=part(keys.CDI, lambda duration_s: duration_s),
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        entity_category=_DIAGNOSTIC,
    ),
    _plain(
        "electricity_price",
        of(keys.AWCP),
        state_class=SensorStateClass.MEASUREMENT,
        unit="ct/kWh",
        category=None,
        enabled=True,
    ),
    _plain("price_zone", of(keys.AWC)),
    _plain("surplus_source", of(keys.DSRC)),
    _plain("car_type", of(keys.CT)),
    _plain(
        "phase_mapping",
        part(keys.MAP, lambda order: "-".join(map(str, order))),
    ),
    _numbered(
        "certificate", keys.CERT, _CERTIFICATE, category=_DIAGNOSTIC, enabled=False
    ),
    _numbered(
        "ocpp_status", keys.OCPPCS, _OCPP_STATUS, category=_DIAGNOSTIC, enabled=False
    ),
    _numbered(
        "wifi_status", keys.WST, _WIFI_STATUS, category=_DIAGNOSTIC, enabled=False
    ),
    SunbridgeSensorDescription(
        key="wifi_signal",
        translation_key="wifi_signal",
        reading=of(keys.RSSI),
        device_class=SensorDeviceClass.SIGNAL_STRENGTH,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        entity_category=_DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    _plain("default_route", of(keys.NIF)),
    _plain("reboots", of(keys.RBC), state_class=SensorStateClass.TOTAL_INCREASING),
    SunbridgeSensorDescription(
        key="data_age",
        translation_key="data_age",
        reading=of(keys.DATA_AGE),
        device_class=SensorDeviceClass.DURATION,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        entity_category=_DIAGNOSTIC,
        entity_registry_enabled_default=False,
    ),
    SunbridgeSensorDescription(
        key="last_boot",
        translation_key="last_boot",
        reading=derived(derive.booted_at, keys.RBT),
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=_DIAGNOSTIC,
    ),
    _moment("charging_since", keys.LCCTC),
    _moment("idle_until", keys.LCCFI),
    _moment("charging_until", keys.LCCFC),
    _moment("reason_since", keys.LMSC),
    _moment("permission_since", keys.ALWT),
    _moment("phase_switched", keys.LFSPT),
    _moment("phase_switch_wished", keys.FSPTWS),
    _moment("surplus_calculated", keys.LPSC),
    _moment("test_charge_started", keys.TLS),
    _moment("pause_until", keys.MCPEA),
    _moment("button_pressed", keys.LBP),
    _moment("cloud_error", keys.CLEA),
)
