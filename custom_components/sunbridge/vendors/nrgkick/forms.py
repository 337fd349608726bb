"""The forms for the parts of a house: what is asked, and what is stored of it."""

from collections.abc import Mapping
from typing import Any, Final

import probatio

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

from ...meters.forms import PERCENT, POWERS, entities, wrong_source
from ...meters.preview import Metered
from ...meters.sensors import entity_id_of, stored_id
from ...meters.settings import CONF_POWER, CONF_REVERSE
from ...meters.units import Measure
from .const import (
    BATTERY,
    CONF_BATTERY_CONNECTED,
    CONF_CAPACITY_WH,
    CONF_DAY_ENERGY,
    CONF_LOCATION,
    CONF_MAX_AC_W,
    CONF_MAX_DC_W,
    CONF_MODEL,
    CONF_NAME,
    CONF_PV_ONLY,
    CONF_SOC,
    CONF_TEMPERATURE,
    CONF_TOTAL_ENERGY,
    ENERGY_METER,
    INVERTER,
    SMART_LOAD,
    SOURCES,
)
from .settings import LOCATIONS

# What a kind of subentry meters.
METERED: Final[Mapping[str, Metered]] = {
    INVERTER: Metered.INVERTER,
    ENERGY_METER: Metered.GRID,
    BATTERY: Metered.BATTERY,
    SMART_LOAD: Metered.LOAD,
}
_MEASURES: Final[Mapping[str, Measure]] = {
    CONF_POWER: Measure.POWER,
    CONF_REVERSE: Measure.POWER,
    CONF_DAY_ENERGY: Measure.ENERGY,
    CONF_TOTAL_ENERGY: Measure.ENERGY,
    CONF_SOC: Measure.PERCENT,
    CONF_TEMPERATURE: Measure.TEMPERATURE,
}


_ENERGY: Final = entities(SensorDeviceClass.ENERGY)
_WATTS: Final = NumberSelector(
    NumberSelectorConfig(
        min=1,
        max=1_000_000,
        mode=NumberSelectorMode.BOX,
        unit_of_measurement=UnitOfPower.WATT,
    )
)
_NAMES: Final = {
    probatio.Required(CONF_NAME): TextSelector(),
    probatio.Optional(CONF_MODEL): TextSelector(),
}
_POWER: Final = {probatio.Required(CONF_POWER): POWERS}

SCHEMAS: Final[Mapping[str, probatio.Schema]] = {
    INVERTER: probatio.Schema(
        {
            **_NAMES,
            **_POWER,
            probatio.Required(CONF_BATTERY_CONNECTED, default=False): BooleanSelector(),
            probatio.Required(CONF_PV_ONLY, default=False): BooleanSelector(),
            probatio.Optional(CONF_DAY_ENERGY): _ENERGY,
            probatio.Optional(CONF_TOTAL_ENERGY): _ENERGY,
            probatio.Optional(CONF_MAX_AC_W): _WATTS,
            probatio.Optional(CONF_MAX_DC_W): _WATTS,
        }
    ),
    ENERGY_METER: probatio.Schema(
        {
            **_NAMES,
            **_POWER,
            probatio.Optional(CONF_REVERSE): POWERS,
            probatio.Required(CONF_LOCATION, default="grid"): SelectSelector(
                SelectSelectorConfig(
                    options=list(LOCATIONS),
                    mode=SelectSelectorMode.DROPDOWN,
                    translation_key="nrgkick_location",
                )
            ),
        }
    ),
    BATTERY: probatio.Schema(
        {
            **_NAMES,
            **_POWER,
            probatio.Optional(CONF_REVERSE): POWERS,
            probatio.Optional(CONF_SOC): PERCENT,
            probatio.Optional(CONF_CAPACITY_WH): NumberSelector(
                NumberSelectorConfig(
                    min=100,
                    max=1_000_000,
                    mode=NumberSelectorMode.BOX,
                    unit_of_measurement=UnitOfEnergy.WATT_HOUR,
                )
            ),
        }
    ),
    SMART_LOAD: probatio.Schema(
        {
            **_NAMES,
            **_POWER,
            probatio.Optional(CONF_TEMPERATURE): entities(
                SensorDeviceClass.TEMPERATURE
            ),
        }
    ),
}
_WHOLE: Final = (CONF_CAPACITY_WH, CONF_MAX_AC_W, CONF_MAX_DC_W)


@callback
def to_store(hass: HomeAssistant, user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stored of a form: names of entities may change."""
    data = dict(user_input)
    for key in SOURCES:
        if isinstance(chosen := data.get(key), list):
            data[key] = [stored_id(hass, one) for one in chosen]
        elif chosen is not None:
            data[key] = stored_id(hass, chosen)
    for key in _WHOLE:
        if key in data:
            data[key] = int(data[key])
    return data


@callback
def to_show(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form shows of what is stored; what was removed is left out."""
    shown = dict(data)
    for key in SOURCES:
        if isinstance(stored := shown.get(key), list):
            found = (entity_id_of(hass, one) for one in stored)
            shown[key] = [one for one in found if one is not None]
        elif stored is not None:
            shown[key] = entity_id_of(hass, stored)
    return {key: value for key, value in shown.items() if value is not None}


@callback
def wrong_sources(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, str]:
    """Return errors of a form: fields whose entities can't be what is asked for.

    One that is unavailable now may be right.
    """
    errors: dict[str, str] = {}
    for key, measure in _MEASURES.items():
        stored = data.get(key) or ()
        for source in [stored] if isinstance(stored, str) else stored:
            if (error := wrong_source(hass, source, measure)) is not None:
                errors[key] = error
    return errors
