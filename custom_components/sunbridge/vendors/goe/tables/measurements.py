"""Sensors of what the charger measures: power, energy, currents, temperatures."""

from collections.abc import Callable
from functools import partial
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfFrequency,
    UnitOfPower,
    UnitOfTemperature,
)

from ....entity import Reading
from ....sensor import SunbridgeSensorDescription
from ...rows import derived, of, part
from .. import derive, keys
from ..decode import Key
from ..status import Status
from ..values import Measurements

type _Sensor = SunbridgeSensorDescription[Status]


def _power(
    key: str,
    reading: Reading[Status, float],
    *,
    category: EntityCategory | None = None,
    enabled: bool = True,
) -> _Sensor:
    """Describe a power in W."""
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=reading,
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.WATT,
        suggested_display_precision=0,
        entity_category=category,
        entity_registry_enabled_default=enabled,
    )


def _energy(
    key: str, reading: Reading[Status, float], *, enabled: bool = True
) -> _Sensor:
    """Describe an energy that is counted up, in Wh, shown in kWh."""
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=reading,
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        entity_registry_enabled_default=enabled,
    )


def _current(
    key: str,
    reading: Reading[Status, float],
    *,
    precision: int = 0,
    category: EntityCategory | None = None,
    enabled: bool = True,
) -> _Sensor:
    """Describe a current in A."""
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=reading,
        device_class=SensorDeviceClass.CURRENT,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricCurrent.AMPERE,
        suggested_display_precision=precision,
        entity_category=category,
        entity_registry_enabled_default=enabled,
    )


def _voltage(key: str, fn: Callable[[Measurements], float | None]) -> _Sensor:
    """Describe a voltage in V.

    It's another one each second, charging or not: three of them would be three quarters
    of what an idle charger writes into the database.
    """
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=part(keys.NRG, fn),
        device_class=SensorDeviceClass.VOLTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfElectricPotential.VOLT,
        suggested_display_precision=1,
        entity_registry_enabled_default=False,
    )


def _power_factor(key: str, index: int) -> _Sensor:
    """Describe a power factor in %."""
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=part(keys.NRG, lambda nrg: nrg.power_factor_pct[index]),
        device_class=SensorDeviceClass.POWER_FACTOR,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
    )


def _frequency(key: str, source: Key[float]) -> _Sensor:
    """Describe a frequency in Hz; 0 is what the charger says while it doesn't know.

    It's another one each second, too.
    """
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=part(source, lambda hertz: hertz or None),
        device_class=SensorDeviceClass.FREQUENCY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfFrequency.HERTZ,
        suggested_display_precision=2,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
    )


def _temperature(index: int) -> _Sensor:
    """Describe a temperature in °C; chargers have two to six sensors."""
    key = f"temperature_{index + 1}"
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=part(keys.TMA, lambda tma: tma[index] if index < len(tma) else None),
        exists_fn=lambda status: _has_temperature(status, index),
        device_class=SensorDeviceClass.TEMPERATURE,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
    )


def _has_temperature(status: Status, index: int) -> bool:
    temperatures = status[keys.TMA] or ()
    return index < len(temperatures) and temperatures[index] is not None


def _card_energy(place: int) -> _Sensor:
    """Describe the energy charged with an RFID card.

    Firmware before 60.0 has all cards in one key, later firmware one key for each,
    and the cloud both.
    """
    newer = keys.CARD_ENERGIES[place]
    key = f"card_{place + 1}_energy"
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=derived(
            partial(derive.card_energy_wh, place=place, newer=newer),
            also=(keys.CARDS, newer),
        ),
        exists_fn=lambda status: (
            status.reports([keys.CARDS.name]) or status.reports([newer.name])
        ),
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL_INCREASING,
        native_unit_of_measurement=UnitOfEnergy.WATT_HOUR,
        suggested_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        entity_registry_enabled_default=False,
    )


_DIAGNOSTIC: Final = EntityCategory.DIAGNOSTIC

MEASUREMENTS: Final = (
    _power("power", part(keys.NRG, lambda nrg: nrg.power_total_w)),
    _power("power_l1", part(keys.NRG, lambda nrg: nrg.power_w[0])),
    _power("power_l2", part(keys.NRG, lambda nrg: nrg.power_w[1])),
    _power("power_l3", part(keys.NRG, lambda nrg: nrg.power_w[2])),
    _power("power_n", part(keys.NRG, lambda nrg: nrg.power_w[3]), enabled=False),
    _current("current_l1", part(keys.NRG, lambda nrg: nrg.current_a[0]), precision=2),
    _current("current_l2", part(keys.NRG, lambda nrg: nrg.current_a[1]), precision=2),
    _current("current_l3", part(keys.NRG, lambda nrg: nrg.current_a[2]), precision=2),
    _voltage("voltage_l1", lambda nrg: nrg.voltage_v[0]),
    _voltage("voltage_l2", lambda nrg: nrg.voltage_v[1]),
    _voltage("voltage_l3", lambda nrg: nrg.voltage_v[2]),
    _voltage("voltage_n", lambda nrg: nrg.voltage_v[3]),
    _power_factor("power_factor_l1", 0),
    _power_factor("power_factor_l2", 1),
    _power_factor("power_factor_l3", 2),
    _power_factor("power_factor_n", 3),
    _power("power_average", of(keys.TPA), category=_DIAGNOSTIC),
    _power("power_peak", of(keys.MMP), category=_DIAGNOSTIC),
    _energy("energy_total", of(keys.ETO)),
    _energy("energy_total_mid", of(keys.ETO_MID)),
    _energy("energy_session", of(keys.WH)),
    _energy("energy_session_mid", of(keys.WH_MID), enabled=False),
    _energy("energy_session_solar", of(keys.WHS), enabled=False),
    _energy("energy_session_battery", of(keys.WHB), enabled=False),
    _energy("energy_session_grid", of(keys.WHG), enabled=False),
    _energy("energy_session_other", of(keys.WHO), enabled=False),
    _power("power_from_solar", of(keys.WS), enabled=False),
    _power("power_from_battery", of(keys.WB), enabled=False),
    _power("power_from_grid", of(keys.WG), enabled=False),
    _power("power_from_other", of(keys.WO), enabled=False),
    _power("feed_grid_power", of(keys.PGRID), category=_DIAGNOSTIC),
    _power("feed_pv_power", of(keys.PPV), category=_DIAGNOSTIC),
    _power("feed_battery_power", of(keys.PAKKU), category=_DIAGNOSTIC),
    _power(
        "feed_grid_power_average",
        of(keys.AVG_PGRID),
        category=_DIAGNOSTIC,
        enabled=False,
    ),
    _power(
        "feed_pv_power_average", of(keys.AVG_PPV), category=_DIAGNOSTIC, enabled=False
    ),
    _power(
        "feed_battery_power_average",
        of(keys.AVG_PAKKU),
        category=_DIAGNOSTIC,
        enabled=False,
    ),
    _power("power_deviation", of(keys.DELTAP), category=_DIAGNOSTIC, enabled=False),
    _current(
        "current_deviation",
        of(keys.DELTAA),
        precision=1,
        category=_DIAGNOSTIC,
        enabled=False,
    ),
    _current("current_allowed", of(keys.ACU)),
    _current("current_limit", derived(derive.effective_limit_a, keys.CLL)),
    _current("current_granted", of(keys.LOA), category=_DIAGNOSTIC),
    _current("cable_rating", of(keys.CBL), category=_DIAGNOSTIC),
    _current("temperature_limit", of(keys.AMT), category=_DIAGNOSTIC, enabled=False),
    _frequency("frequency", keys.FHZ),
    _frequency("frequency_average", keys.AVGFHZ),
    *(_temperature(index) for index in range(6)),
    *(_card_energy(place) for place in range(10)),
)
