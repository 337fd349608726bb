"""The question whether a power has the right sign, with what it is now."""

from collections.abc import Mapping
import time
from typing import Any, Final

import probatio

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import BooleanSelector

from .freshness import NO_LIMIT
from .preview import Metered, preview
from .sensors import sample_of
from .settings import CONF_INVERTED, power_of
from .sources import Sensors

SIGN_SCHEMA: Final = probatio.Schema(
    {probatio.Required(CONF_INVERTED): BooleanSelector()}
)


@callback
def asked(
    hass: HomeAssistant, metered: Metered, data: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """Return the step that asks, and its placeholders.

    There's a step for each direction, since the words are those of its texts; that of
    a power that isn't known is ``not_known``.
    """

    def sample(source: str) -> Any:
        return sample_of(hass, source)

    # However old it is: it's for eyes that know what the sun does.
    read = Sensors().reader(sample, time.time())
    found = preview(metered, power_of(data, NO_LIMIT), read)
    direction = "not_known" if found.direction is None else found.direction.value
    return direction, {"power": f"{found.amount_w or 0} W"}


@callback
def turned(data: Mapping[str, Any], user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return a part with the sign that the user wants."""
    return {**data, CONF_INVERTED: user_input[CONF_INVERTED]}
