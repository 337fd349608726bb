"""Constants of Sunbridge."""

import logging
from typing import Final

from homeassistant.const import Platform

DOMAIN: Final = "sunbridge"
LOGGER = logging.getLogger(__package__)

CONF_VENDOR: Final = "vendor"
CONF_TRANSPORT: Final = "transport"

PLATFORMS: Final = (
    Platform.BINARY_SENSOR,
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
    Platform.TEXT,
    Platform.TIME,
    Platform.UPDATE,
)
