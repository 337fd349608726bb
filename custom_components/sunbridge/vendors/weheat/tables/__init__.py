"""The entities that a heat pump may have: a table a platform."""

from collections.abc import Mapping
from typing import Final

from homeassistant.const import Platform
from homeassistant.helpers.entity import EntityDescription

from .binary_sensors import BINARY_SENSORS
from .sensors import SENSORS

DESCRIPTIONS: Final[Mapping[Platform, tuple[EntityDescription, ...]]] = {
    Platform.BINARY_SENSOR: BINARY_SENSORS,
    Platform.SENSOR: SENSORS,
}

# For the vendor's page; there's only one kind of product.
PRODUCTS: Final = {"": DESCRIPTIONS}
