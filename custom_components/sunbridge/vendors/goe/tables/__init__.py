"""The entities that a go-e charger may have: a table a platform."""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

from .binary_sensors import BINARY_SENSORS
from .measurements import MEASUREMENTS
from .numbers import NUMBERS
from .others import BUTTONS, EVENTS, TEXTS, TIMES, UPDATES
from .selects import SELECTS
from .states import STATES
from .switches import SWITCHES

DESCRIPTIONS: Final[Mapping[Platform, tuple[EntityDescription, ...]]] = {
    Platform.BINARY_SENSOR: BINARY_SENSORS,
    Platform.BUTTON: BUTTONS,
    Platform.EVENT: EVENTS,
    Platform.NUMBER: NUMBERS,
    Platform.SELECT: SELECTS,
    Platform.SENSOR: MEASUREMENTS + STATES,
    Platform.SWITCH: SWITCHES,
    Platform.TEXT: TEXTS,
    Platform.TIME: TIMES,
    Platform.UPDATE: UPDATES,
}

# For the vendor's page; there's only one kind of product.
PRODUCTS: Final = {"": DESCRIPTIONS}
