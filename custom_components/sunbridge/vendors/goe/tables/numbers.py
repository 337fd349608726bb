"""Numbers of a charger.

Times are milliseconds in the API and minutes or seconds here.
"""

from collections.abc import Callable
from typing import Final

from homeassistant.components.number import NumberDeviceClass, NumberMode
from homeassistant.const import (
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTime,
)

from ....entity import Reading
from ....number import SunbridgeNumberDescription
from ...json import JsonValue
from ...rows import derived, of, part
from .. import derive, keys
from ..decode import Key
from ..status import Status
from .common import Command, write

type _Number = SunbridgeNumberDescription[Status, Command]

# IEC 61851: no charging below 6 A.
_MIN_CURRENT_A: Final = 6


def _current(
    key: str,
    source: Key[int],
    *,
    max_fn: Callable[[Status], float] = derive.hardware_max_a,
    low_a: int = _MIN_CURRENT_A,
    config: bool = True,
    enabled: bool = True,
) -> _Number:
    """Describe a current in whole A, from the least that a car can charge with."""
    return SunbridgeNumberDescription(
        key=key,
        translation_key=key,
        reading=derived(
            lambda status: status[source], source, also=(keys.AMA, keys.VAR)
        ),
        command_fn=write(source, round),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=low_a,
        native_max_value=32,
        native_step=1,
        max_fn=max_fn,
        mode=NumberMode.SLIDER,
        entity_category=EntityCategory.CONFIG if config else None,
        entity_registry_enabled_default=enabled,
    )


def _power(
    key: str, source: Key[float], low_w: int, high_w: int, *, enabled: bool = True
) -> _Number:
    """Describe a power in W."""
    return SunbridgeNumberDescription(
        key=key,
        translation_key=key,
        reading=of(source),
        command_fn=write(source, round),
        device_class=NumberDeviceClass.POWER,
        native_unit_of_measurement=UnitOfPower.WATT,
        native_min_value=low_w,
        native_max_value=high_w,
        native_step=10,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=enabled,
    )


def _energy(
    key: str,
    source: Key[float],
    encode: Callable[[float], JsonValue],
    *,
    low_kwh: float,
) -> _Number:
    """Describe an energy, Wh in the API and kWh here."""
    return SunbridgeNumberDescription(
        key=key,
        translation_key=key,
        reading=part(source, lambda energy_wh: energy_wh / 1000),
        command_fn=write(source, encode),
        device_class=NumberDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        native_min_value=low_kwh,
        native_max_value=200,
        native_step=0.1,
        mode=NumberMode.BOX,
    )


def _duration(
    key: str,
    source: Key[int],
    unit: UnitOfTime,
    high: int,
    *,
    per_unit: int,
    enabled: bool = False,
) -> _Number:
    """Describe a duration; ``per_unit`` are the API's units in one of ours."""
    return SunbridgeNumberDescription(
        key=key,
        translation_key=key,
        reading=_scaled(source, per_unit),
        command_fn=write(source, lambda value: round(value * per_unit)),
        device_class=NumberDeviceClass.DURATION,
        native_unit_of_measurement=unit,
        native_min_value=0,
        native_max_value=high,
        native_step=1,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=enabled,
    )


def _scaled(source: Key[int], per_unit: int) -> Reading[Status, float]:
    return part(source, lambda value: value / per_unit)


def _limit_wh(energy_kwh: float) -> JsonValue:
    """Encode the session's limit: none instead of 0, which would charge nothing."""
    return round(energy_kwh * 1000) or None


_MS_PER_S: Final = 1000
_MS_PER_MIN: Final = 60_000

NUMBERS: Final = (
    _current("charging_current", keys.AMP, max_fn=derive.current_max_a, config=False),
    _current("maximum_current", keys.AMA),
    _current("minimum_current", keys.MCA),
    SunbridgeNumberDescription(
        key="temporary_current_limit",
        translation_key="temporary_current_limit",
        reading=part(keys.TCL, float),
        # 0 lifts the limit, which is null in the API.
        command_fn=write(keys.TCL, lambda value: round(value) or None),
        device_class=NumberDeviceClass.CURRENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        native_min_value=0,
        native_max_value=32,
        native_step=1,
        max_fn=derive.hardware_max_a,
        mode=NumberMode.BOX,
        entity_registry_enabled_default=False,
    ),
    _current("adapter_limit_single_phase", keys.LA1, enabled=False),
    _current("adapter_limit_three_phase", keys.LA3, enabled=False),
    _current("load_balancing_fallback", keys.LOF, low_a=0, enabled=False),
    _energy("energy_limit", keys.DWO, _limit_wh, low_kwh=0),
    _energy(
        "next_trip_energy",
        keys.ATE,
        lambda energy_kwh: round(energy_kwh * 1000),
        low_kwh=1,
    ),
    _power("pv_start_power", keys.FST, -10_000, 22_000),
    _power("three_phase_power", keys.SPL3, 0, 22_000),
    _power("grid_target", keys.PGT, -10_000, 10_000),
    _power("zero_feed_in_offset", keys.ZFO, -5_000, 5_000, enabled=False),
    _power("phase_switch_hysteresis", keys.PSH, 0, 5_000, enabled=False),
    _power("stop_hysteresis", keys.SH, 0, 5_000, enabled=False),
    _power("priority_offset", keys.PO, -10_000, 10_000, enabled=False),
    _duration(
        "minimum_charge_time",
        keys.FMT,
        UnitOfTime.MINUTES,
        180,
        per_unit=_MS_PER_MIN,
        enabled=True,
    ),
    _duration(
        "phase_wish_time", keys.MPWST, UnitOfTime.SECONDS, 3600, per_unit=_MS_PER_S
    ),
    _duration(
        "phase_switch_interval",
        keys.MPTWT,
        UnitOfTime.SECONDS,
        7200,
        per_unit=_MS_PER_S,
    ),
    _duration(
        "phase_switch_pause", keys.PSMD, UnitOfTime.SECONDS, 600, per_unit=_MS_PER_S
    ),
    _duration(
        "minimum_interval", keys.MCI, UnitOfTime.SECONDS, 7200, per_unit=_MS_PER_S
    ),
    _duration("minimum_pause", keys.MCPD, UnitOfTime.SECONDS, 7200, per_unit=_MS_PER_S),
    _duration(
        "simulated_unplug_time", keys.SUMD, UnitOfTime.SECONDS, 600, per_unit=_MS_PER_S
    ),
    _duration(
        "energy_mix_afterglow", keys.EMX, UnitOfTime.SECONDS, 7200, per_unit=_MS_PER_S
    ),
    _duration("delay_schedule_start", keys.RDBS, UnitOfTime.SECONDS, 1800, per_unit=1),
    _duration("delay_schedule_end", keys.RDES, UnitOfTime.SECONDS, 1800, per_unit=1),
    _duration("delay_tariff_start", keys.RDBF, UnitOfTime.SECONDS, 1800, per_unit=1),
    _duration("delay_tariff_end", keys.RDEF, UnitOfTime.SECONDS, 1800, per_unit=1),
    _duration("delay_reconnection", keys.RDRE, UnitOfTime.SECONDS, 1800, per_unit=1),
    _duration("delay_plug_in", keys.RDPL, UnitOfTime.SECONDS, 1800, per_unit=1),
    SunbridgeNumberDescription(
        key="price_limit",
        translation_key="price_limit",
        reading=of(keys.AWP),
        command_fn=write(keys.AWP, lambda cents: round(cents, 1)),
        native_unit_of_measurement="ct/kWh",
        native_min_value=-50,
        native_max_value=100,
        native_step=0.1,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
    ),
    SunbridgeNumberDescription(
        key="light_brightness",
        translation_key="light_brightness",
        reading=part(keys.LBR, float),
        command_fn=write(keys.LBR, round),
        native_min_value=0,
        native_max_value=255,
        native_step=1,
        entity_category=EntityCategory.CONFIG,
    ),
    SunbridgeNumberDescription(
        key="car_consumption",
        translation_key="car_consumption",
        reading=of(keys.CCO),
        command_fn=write(keys.CCO, lambda consumption: round(consumption, 1)),
        native_unit_of_measurement="kWh/100km",
        native_min_value=5,
        native_max_value=60,
        native_step=0.1,
        mode=NumberMode.BOX,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
    ),
)
