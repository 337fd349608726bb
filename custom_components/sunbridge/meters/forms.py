"""What chooses sensors in a form, and what's wrong with a choice."""

from collections.abc import Iterable, Mapping
from typing import Final

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import EntitySelector, EntitySelectorConfig

from .samples import Reason, number
from .sensors import sample_of
from .units import Measure

# Reasons that no time mends; others may be over when it counts.
_WRONG: Final[Mapping[Reason, str]] = {
    Reason.WRONG_UNIT: "wrong_unit",
    Reason.NOT_A_NUMBER: "not_a_number",
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
PERCENT: Final = entities(SensorDeviceClass.BATTERY)


@callback
def wrong_powers(hass: HomeAssistant, sources: Iterable[str]) -> str | None:
    """Return the error of powers that are none."""
    for source in sources:
        if (error := wrong_source(hass, source, Measure.POWER)) is not None:
            return error
    return None


@callback
def wrong_source(hass: HomeAssistant, source: str, measure: Measure) -> str | None:
    """Return the error of a source that can't be what is asked for.

    One that is unavailable now may be right.
    """
    if (sample := sample_of(hass, source)) is None:
        return None
    found = number(sample, measure)
    return _WRONG.get(found) if isinstance(found, Reason) else None
