"""Actions of Sunbridge."""

from typing import Any, Final

import probatio

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .coordinator import SunbridgeConfigEntry, SunbridgeCoordinator

ATTR_FROM: Final = "from"
ATTR_TO: Final = "to"
FILL_GAPS: Final = "fill_gaps"

_FILL_GAPS_SCHEMA = probatio.Schema(
    {
        probatio.Required(ATTR_DEVICE_ID): cv.string,
        probatio.Required(ATTR_FROM): cv.datetime,
        probatio.Required(ATTR_TO): cv.datetime,
    }
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions, which are there even while nothing is set up."""
    hass.services.async_register(
        DOMAIN,
        FILL_GAPS,
        _async_fill_gaps,
        _FILL_GAPS_SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _async_fill_gaps(call: ServiceCall) -> ServiceResponse:
    """Repair a period of a device's statistics; return what was found and written."""
    coordinator = _coordinator(call.hass, call.data[ATTR_DEVICE_ID])
    # Times without a zone are the user's.
    begin, end = (
        dt_util.as_utc(call.data[name]).timestamp() for name in (ATTR_FROM, ATTR_TO)
    )
    return await coordinator.async_fill_gaps(begin, end)


def _coordinator(hass: HomeAssistant, device_id: str) -> SunbridgeCoordinator[Any, Any]:
    """Return a device's coordinator. Raises ``ServiceValidationError``."""
    device = dr.async_get(hass).async_get(device_id)
    entries: list[SunbridgeConfigEntry] = hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    for entry in entries:
        for coordinator in entry.runtime_data.coordinators:
            if device and (DOMAIN, coordinator.device_id) in device.identifiers:
                return coordinator
    raise ServiceValidationError(
        translation_domain=DOMAIN, translation_key="no_such_device"
    )
