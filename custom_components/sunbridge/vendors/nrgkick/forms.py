"""The forms for the parts of a house: what is asked, and what is stored of it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import probatio

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform, UnitOfEnergy, UnitOfPower
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)

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
    CONF_POWER,
    CONF_PV_ONLY,
    CONF_REVERSE,
    CONF_SOC,
    CONF_TEMPERATURE,
    CONF_TOTAL_ENERGY,
    ENERGY_METER,
    INVERTER,
    SMART_LOAD,
    SOURCES,
)
from .document import Part
from .messages import WRONG
from .samples import Reason, number
from .sensors import entity_id_of, sample_of, stored_id
from .settings import LOCATIONS
from .units import Measure

# What a kind of subentry is in the document.
PARTS: Final[Mapping[str, Part]] = {
    INVERTER: Part.INVERTER,
    ENERGY_METER: Part.GRID,
    BATTERY: Part.BATTERY,
    SMART_LOAD: Part.SMART_LOAD,
}
_MEASURES: Final[Mapping[str, Measure]] = {
    CONF_POWER: Measure.POWER,
    CONF_REVERSE: Measure.POWER,
    CONF_DAY_ENERGY: Measure.ENERGY,
    CONF_TOTAL_ENERGY: Measure.ENERGY,
    CONF_SOC: Measure.PERCENT,
    CONF_TEMPERATURE: Measure.TEMPERATURE,
}


def entities(
    device_class: SensorDeviceClass, *, multiple: bool = False
) -> EntitySelector:
    """Return what chooses sensors; helpers may stand for them."""
    return EntitySelector(
        EntitySelectorConfig(
            filter=[
                {"domain": Platform.SENSOR, "device_class": device_class.value},
                {"domain": ["input_number", Platform.NUMBER]},
            ],
            multiple=multiple,
        )
    )


POWERS: Final = entities(SensorDeviceClass.POWER, multiple=True)
_ENERGY: Final = entities(SensorDeviceClass.ENERGY)
PERCENT: Final = entities(SensorDeviceClass.BATTERY)
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
            if (reason := _wrong(hass, source, measure)) is not None:
                errors[key] = WRONG[reason]
    return errors


@callback
def wrong_powers(hass: HomeAssistant, sources: Iterable[str]) -> str | None:
    """Return the error of powers that are none."""
    for source in sources:
        if (reason := _wrong(hass, source, Measure.POWER)) is not None:
            return WRONG[reason]
    return None


@callback
def _wrong(hass: HomeAssistant, source: str, measure: Measure) -> Reason | None:
    if (sample := sample_of(hass, source)) is None:
        return None
    found = number(sample, measure)
    return found if isinstance(found, Reason) and found in WRONG else None
