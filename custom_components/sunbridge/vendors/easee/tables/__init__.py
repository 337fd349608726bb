"""The entities that Easee's products may have: a table a platform."""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

from .controls import BUTTONS, EVENTS, NUMBERS, SELECTS, SWITCHES, UPDATES
from .equalizer import (
    EQUALIZER_BINARY_SENSORS,
    EQUALIZER_NUMBERS,
    EQUALIZER_SENSORS,
    EQUALIZER_SWITCHES,
)
from .sensors import BINARY_SENSORS, SENSORS

type Descriptions = Mapping[Platform, tuple[EntityDescription, ...]]

CHARGER_DESCRIPTIONS: Final[Descriptions] = {
    Platform.BINARY_SENSOR: BINARY_SENSORS,
    Platform.BUTTON: BUTTONS,
    Platform.EVENT: EVENTS,
    Platform.NUMBER: NUMBERS,
    Platform.SELECT: SELECTS,
    Platform.SENSOR: SENSORS,
    Platform.SWITCH: SWITCHES,
    Platform.UPDATE: UPDATES,
}

EQUALIZER_DESCRIPTIONS: Final[Descriptions] = {
    Platform.BINARY_SENSOR: EQUALIZER_BINARY_SENSORS,
    Platform.NUMBER: EQUALIZER_NUMBERS,
    Platform.SENSOR: EQUALIZER_SENSORS,
    Platform.SWITCH: EQUALIZER_SWITCHES,
}

# For the vendor's page.
PRODUCTS: Final = {
    "Charger": CHARGER_DESCRIPTIONS,
    "Equalizer": EQUALIZER_DESCRIPTIONS,
}
