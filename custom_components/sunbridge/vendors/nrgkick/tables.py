"""The entities of the serving: who asks, and what is answered."""

from collections.abc import Callable, Mapping
from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.sensor import SensorDeviceClass, SensorStateClass
from homeassistant.const import EntityCategory, Platform
from homeassistant.helpers.entity import EntityDescription

from ...binary_sensor import SunbridgeBinarySensorDescription
from ...entity import Reading
from ...sensor import SunbridgeSensorDescription
from ...switch import SunbridgeSwitchDescription
from .state import (
    ASKING,
    ENABLED,
    LAST_REQUEST,
    REFUSED,
    SERVING,
    NrgkickState,
    Serving,
)


def _of[V](
    key: str, fn: Callable[[NrgkickState], V | None]
) -> Reading[NrgkickState, V]:
    return Reading(frozenset({key}), fn)


DESCRIPTIONS: Final[Mapping[Platform, tuple[EntityDescription, ...]]] = {
    Platform.BINARY_SENSOR: (
        SunbridgeBinarySensorDescription(
            key=ASKING,
            translation_key="wallbox_asks",
            reading=_of(ASKING, lambda state: state.asking),
            device_class=BinarySensorDeviceClass.CONNECTIVITY,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    ),
    Platform.SENSOR: (
        SunbridgeSensorDescription(
            key=SERVING,
            translation_key="serving",
            reading=_of(SERVING, lambda state: state.serving.value),
            device_class=SensorDeviceClass.ENUM,
            options=[serving.value for serving in Serving],
        ),
        SunbridgeSensorDescription(
            key=LAST_REQUEST,
            translation_key="last_request",
            reading=_of(LAST_REQUEST, lambda state: state.last_request),
            device_class=SensorDeviceClass.TIMESTAMP,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
        SunbridgeSensorDescription(
            key=REFUSED,
            translation_key="requests_refused",
            reading=_of(REFUSED, lambda state: float(state.refused)),
            state_class=SensorStateClass.TOTAL_INCREASING,
            suggested_display_precision=0,
            entity_category=EntityCategory.DIAGNOSTIC,
        ),
    ),
    Platform.SWITCH: (
        SunbridgeSwitchDescription(
            key=ENABLED,
            translation_key="serve",
            reading=_of(ENABLED, lambda state: state.enabled),
            command_fn=lambda _, on: on,
        ),
    ),
}

# For the vendor's page; there's only one kind of product.
PRODUCTS: Final = {"": DESCRIPTIONS}
