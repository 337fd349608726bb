"""The forms of loads: what is asked, and what is stored of it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import probatio

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform, UnitOfElectricCurrent, UnitOfPower, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import (
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

from ...meters.forms import POWERS, entities
from ...meters.sensors import entity_id_of, stored_id
from ...meters.settings import CONF_INVERTED, CONF_POWER
from ..model import LEAST_A
from .const import (
    ANY_CHARGER,
    CONF_AT_STOP,
    CONF_CONNECTED_PHASES,
    CONF_CURRENT,
    CONF_HOW,
    CONF_LOAD_POWER_W,
    CONF_MAX_A,
    CONF_MEASURED_CURRENT,
    CONF_MIN_PAUSE_MIN,
    CONF_MIN_RUN_MIN,
    CONF_NAME,
    CONF_ONE_PHASE,
    CONF_PHASES_ENTITY,
    CONF_PLUGGED,
    CONF_PRIORITY,
    CONF_SESSION_ENERGY,
    CONF_SWITCH,
    CONF_THREE_PHASES,
    DEFAULT_MIN_PAUSE_MIN,
    DEFAULT_MIN_RUN_MIN,
    FEED,
    LEAVE,
    PAUSE,
    REGULATE,
    SWITCH,
)

_LAST_PRIORITY: Final = 9
# Helpers may stand for what a charger has.
_INPUT_BOOLEAN: Final = "input_boolean"
_INPUT_NUMBER: Final = "input_number"


def _of(*domains: str) -> EntitySelector:
    return EntitySelector(EntitySelectorConfig(filter=[{"domain": [*domains]}]))


def _one_of(options: Iterable[str], translation_key: str) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[*options],
            mode=SelectSelectorMode.LIST,
            translation_key=translation_key,
        )
    )


def _number(low: float, high: float, unit: str) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=low,
            max=high,
            mode=NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )


_MINUTES: Final = _number(0, 720, UnitOfTime.MINUTES)
_COMMON: Final = {
    probatio.Required(CONF_PRIORITY): NumberSelector(
        NumberSelectorConfig(min=1, max=_LAST_PRIORITY)
    ),
    probatio.Required(CONF_AT_STOP, default=LEAVE): _one_of(
        (LEAVE, PAUSE), "surplus_at_stop"
    ),
}
REGULATED_SCHEMA: Final = probatio.Schema(_COMMON)
FED_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_HOW, default=FEED): _one_of(
            (FEED, REGULATE), "surplus_how"
        ),
        **_COMMON,
    }
)
SCHEMAS: Final[Mapping[str, probatio.Schema]] = {
    ANY_CHARGER: probatio.Schema(
        {
            probatio.Required(CONF_NAME): TextSelector(),
            probatio.Required(CONF_CURRENT): _of(Platform.NUMBER, _INPUT_NUMBER),
            probatio.Optional(CONF_SWITCH): _of(Platform.SWITCH, _INPUT_BOOLEAN),
            probatio.Optional(CONF_POWER): POWERS,
            probatio.Optional(CONF_MEASURED_CURRENT): entities(
                SensorDeviceClass.CURRENT
            ),
            probatio.Required(CONF_CONNECTED_PHASES, default="3"): _one_of(
                ("1", "3"), "surplus_connected_phases"
            ),
            probatio.Optional(CONF_PHASES_ENTITY): _of(
                Platform.SELECT, Platform.SWITCH, _INPUT_BOOLEAN
            ),
            probatio.Required(CONF_MAX_A, default=16): _number(
                LEAST_A, 63, UnitOfElectricCurrent.AMPERE
            ),
            probatio.Optional(CONF_PLUGGED): _of(
                Platform.BINARY_SENSOR, _INPUT_BOOLEAN
            ),
            probatio.Optional(CONF_SESSION_ENERGY): entities(SensorDeviceClass.ENERGY),
            **_COMMON,
        }
    ),
    SWITCH: probatio.Schema(
        {
            probatio.Required(CONF_NAME): TextSelector(),
            probatio.Required(CONF_SWITCH): _of(Platform.SWITCH, _INPUT_BOOLEAN),
            # Without a default a form begins with the least, and too little imports.
            probatio.Required(CONF_LOAD_POWER_W, default=2000): _number(
                10, 100_000, UnitOfPower.WATT
            ),
            probatio.Optional(CONF_POWER): POWERS,
            probatio.Required(CONF_MIN_RUN_MIN, default=DEFAULT_MIN_RUN_MIN): _MINUTES,
            probatio.Required(
                CONF_MIN_PAUSE_MIN, default=DEFAULT_MIN_PAUSE_MIN
            ): _MINUTES,
            **_COMMON,
        }
    ),
}
# What is stored of a field that was left empty, and of what a form doesn't ask.
_EMPTY: Final[Mapping[str, Mapping[str, Any]]] = {
    ANY_CHARGER: {
        CONF_POWER: [],
        CONF_INVERTED: False,
        CONF_MEASURED_CURRENT: None,
        CONF_SWITCH: None,
        CONF_PHASES_ENTITY: None,
        CONF_ONE_PHASE: None,
        CONF_THREE_PHASES: None,
        CONF_PLUGGED: None,
        CONF_SESSION_ENERGY: None,
    },
    SWITCH: {CONF_POWER: []},
}
# Fields of one entity each, and of whole numbers.
SINGLE: Final = (
    CONF_CURRENT,
    CONF_SWITCH,
    CONF_MEASURED_CURRENT,
    CONF_PHASES_ENTITY,
    CONF_PLUGGED,
    CONF_SESSION_ENERGY,
)
_WHOLE: Final = (
    CONF_CONNECTED_PHASES,
    CONF_LOAD_POWER_W,
    CONF_MAX_A,
    CONF_MIN_PAUSE_MIN,
    CONF_MIN_RUN_MIN,
    CONF_PRIORITY,
)


@callback
def to_store(
    hass: HomeAssistant, user_input: Mapping[str, Any], kind: str | None = None
) -> dict[str, Any]:
    """Return what is stored of a form: names of entities may change.

    ``kind`` is that of a subentry whose empty fields are stored too.
    """
    data: dict[str, Any] = {**_EMPTY.get(kind or "", {}), **user_input}
    for key in SINGLE:
        if data.get(key) is not None:
            data[key] = stored_id(hass, data[key])
    for key in _WHOLE:
        if key in data:
            data[key] = int(data[key])
    if CONF_POWER in data:
        data[CONF_POWER] = [stored_id(hass, one) for one in data[CONF_POWER]]
    return data


@callback
def to_show(hass: HomeAssistant, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form shows of what is stored; what was removed is left out."""
    shown = dict(data)
    for key in SINGLE:
        if shown.get(key) is not None:
            shown[key] = entity_id_of(hass, shown[key])
    if CONF_POWER in shown:
        found = (entity_id_of(hass, one) for one in shown[CONF_POWER])
        shown[CONF_POWER] = [one for one in found if one is not None]
    if CONF_CONNECTED_PHASES in shown:
        shown[CONF_CONNECTED_PHASES] = str(shown[CONF_CONNECTED_PHASES])
    return {key: value for key, value in shown.items() if value is not None}


@callback
def next_priority(entry: ConfigEntry) -> int:
    """Return what a new load is proposed: to come after those that are there."""
    given = (one.data[CONF_PRIORITY] for one in entry.subentries.values())
    return min(max(given, default=0) + 1, _LAST_PRIORITY)
