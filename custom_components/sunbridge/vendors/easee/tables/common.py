"""How sensors of chargers and Equalizers are described."""

from typing import Any, Final

from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import (
    SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
    EntityCategory,
    UnitOfElectricCurrent,
    UnitOfElectricPotential,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfReactiveEnergy,
    UnitOfReactivePower,
    UnitOfTemperature,
    UnitOfTime,
)

from ....entity import Reading
from ....sensor import SunbridgeSensorDescription
from ...rows import of, option
from ..decode import Key

type Sensor = SunbridgeSensorDescription[Any]

# By the unit that a key is in: Home Assistant's class and unit, and the digits shown.
_KINDS: Final[dict[str, tuple[SensorDeviceClass, str, int]]] = {
    "A": (SensorDeviceClass.CURRENT, UnitOfElectricCurrent.AMPERE, 1),
    "V": (SensorDeviceClass.VOLTAGE, UnitOfElectricPotential.VOLT, 0),
    "kW": (SensorDeviceClass.POWER, UnitOfPower.KILO_WATT, 2),
    "kvar": (
        SensorDeviceClass.REACTIVE_POWER,
        UnitOfReactivePower.KILO_VOLT_AMPERE_REACTIVE,
        2,
    ),
    "kWh": (SensorDeviceClass.ENERGY, UnitOfEnergy.KILO_WATT_HOUR, 2),
    "kvarh": (
        SensorDeviceClass.REACTIVE_ENERGY,
        UnitOfReactiveEnergy.KILO_VOLT_AMPERE_REACTIVE_HOUR,
        2,
    ),
    "dBm": (
        SensorDeviceClass.SIGNAL_STRENGTH,
        SIGNAL_STRENGTH_DECIBELS_MILLIWATT,
        0,
    ),
    "°C": (SensorDeviceClass.TEMPERATURE, UnitOfTemperature.CELSIUS, 0),
    "h": (SensorDeviceClass.DURATION, UnitOfTime.HOURS, 0),
    "s": (SensorDeviceClass.DURATION, UnitOfTime.SECONDS, 1),
}
_COUNTERS: Final = ("kWh", "kvarh", "h")


def sensor(
    key: str,
    source: Key[Any],
    *,
    reading: Reading[Any, Any] | None = None,
    diagnostic: bool = False,
    enabled: bool = False,
    is_series: bool = True,
    state_class: SensorStateClass | None = None,
    **more: Any,
) -> Sensor:
    """Describe a sensor of one key by the key's unit.

    What has a unit is a measurement or a counter, unless it's no series at all but
    told once; give the state class of what has none.
    """
    kind = _KINDS.get(source.unit or "")
    if kind is not None:
        device_class, unit, digits = kind
        counted = source.unit in _COUNTERS
        more = {
            "device_class": device_class,
            "native_unit_of_measurement": unit,
            "suggested_display_precision": digits,
            **more,
        }
        if is_series:
            more.setdefault(
                "state_class",
                SensorStateClass.TOTAL_INCREASING
                if counted
                else SensorStateClass.MEASUREMENT,
            )
    if state_class is not None:
        more["state_class"] = state_class
    return SunbridgeSensorDescription(
        key=key,
        translation_key=key,
        reading=reading or of(source),
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        **more,
    )


def enumeration(
    key: str,
    source: Key[Any],
    *,
    translation_key: str | None = None,
    diagnostic: bool = True,
    enabled: bool = False,
    names: Any = None,
    **more: Any,
) -> Sensor:
    """Describe a sensor of an enumeration."""
    names = names or source.names
    return SunbridgeSensorDescription(
        key=key,
        translation_key=translation_key or key,
        reading=option(source, names),
        device_class=SensorDeviceClass.ENUM,
        options=list(dict.fromkeys(names.values())),
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        **more,
    )
