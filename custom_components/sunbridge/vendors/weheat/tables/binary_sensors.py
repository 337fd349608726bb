"""Binary sensors of a heat pump."""

from collections.abc import Callable
from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import EntityCategory

from ....binary_sensor import SunbridgeBinarySensorDescription
from ...rows import of
from .. import keys
from ..keys import Key
from ..state import PumpState

type _Has = Callable[[PumpState], bool]


def has_hot_water(state: PumpState) -> bool:
    """Tell whether it makes hot water; what isn't known isn't left out."""
    return state.pump.dhw is not False


def is_hybrid(state: PumpState) -> bool:
    """Tell whether a boiler helps."""
    return state.pump.is_hybrid is True


def cools(state: PumpState) -> bool:
    """Tell whether it can cool."""
    return state.pump.cooling is True


def _has_element(state: PumpState) -> bool:
    return has_hot_water(state) or not is_hybrid(state)


def _row(
    key: str,
    source: Key[bool],
    device_class: BinarySensorDeviceClass | None = None,
    *,
    diagnostic: bool = False,
    enabled: bool = True,
    exists_fn: _Has = lambda _: True,
    even_offline: bool = False,
) -> SunbridgeBinarySensorDescription[PumpState]:
    return SunbridgeBinarySensorDescription(
        key=key,
        translation_key=key,
        reading=of(source),
        device_class=device_class,
        entity_category=EntityCategory.DIAGNOSTIC if diagnostic else None,
        entity_registry_enabled_default=enabled,
        exists_fn=exists_fn,
        even_offline=even_offline,
    )


_RUNNING: Final = BinarySensorDeviceClass.RUNNING

BINARY_SENSORS: Final = (
    _row(
        "online",
        keys.IS_ONLINE,
        BinarySensorDeviceClass.CONNECTIVITY,
        diagnostic=True,
        even_offline=True,
    ),
    _row("water_pump", keys.WATER_PUMP, _RUNNING),
    _row("dhw_valve", keys.DHW_VALVE, _RUNNING, exists_fn=has_hot_water),
    _row(
        "gas_boiler", keys.GAS_BOILER, BinarySensorDeviceClass.HEAT, exists_fn=is_hybrid
    ),
    _row("electric_heater", keys.ELECTRIC_HEATER, _RUNNING, exists_fn=_has_element),
    _row("water_pump_2", keys.WATER_PUMP_2, _RUNNING, exists_fn=has_hot_water),
    _row(
        "on_off_thermostat",
        keys.ON_OFF_THERMOSTAT,
        BinarySensorDeviceClass.HEAT,
        diagnostic=True,
        enabled=False,
    ),
    *(
        _row(
            f"cooling_condition_{name}",
            key,
            diagnostic=True,
            enabled=False,
            exists_fn=cools,
        )
        for name, key in keys.COOLING_CONDITION.items()
    ),
    _row(
        "heat_pump_error",
        keys.DTC_ERROR,
        BinarySensorDeviceClass.PROBLEM,
        diagnostic=True,
    ),
    _row(
        "service_requested",
        keys.DTC_REQUEST_SERVICE,
        BinarySensorDeviceClass.PROBLEM,
        diagnostic=True,
    ),
    *(
        _row(name, key, BinarySensorDeviceClass.PROBLEM, diagnostic=True, enabled=False)
        for name, key in (
            ("fault_compressor_off", keys.DTC_COMPRESSOR_OFF),
            ("fault_defrost_forbidden", keys.DTC_DEFROST_FORBIDDEN),
            ("fault_heating_curve", keys.DTC_USE_HEATING_CURVE),
            ("fault_dhw_forbidden", keys.DTC_DHW_FORBIDDEN),
        )
    ),
)
