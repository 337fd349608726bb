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

ATTR_BATTERY_W: Final = "battery_w"
ATTR_FROM: Final = "from"
ATTR_GRID_W: Final = "grid_w"
ATTR_PV_W: Final = "pv_w"
ATTR_TO: Final = "to"
FEED_PV: Final = "feed_pv"
FILL_GAPS: Final = "fill_gaps"

# More than any house has; that keeps out what is no number, too.
_MOST_W: Final = 1_000_000
_WATTS = probatio.All(probatio.Coerce(float), probatio.Range(min=-_MOST_W, max=_MOST_W))

_FILL_GAPS_SCHEMA = probatio.Schema(
    {
        probatio.Required(ATTR_DEVICE_ID): cv.string,
        probatio.Required(ATTR_FROM): cv.datetime,
        probatio.Required(ATTR_TO): cv.datetime,
    }
)
_FEED_PV_SCHEMA = probatio.Schema(
    {
        probatio.Required(ATTR_DEVICE_ID): cv.string,
        probatio.Required(ATTR_GRID_W): _WATTS,
        probatio.Optional(ATTR_PV_W): probatio.All(_WATTS, probatio.Range(min=0)),
        probatio.Optional(ATTR_BATTERY_W): _WATTS,
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
    hass.services.async_register(DOMAIN, FEED_PV, _async_feed_pv, _FEED_PV_SCHEMA)


async def _async_fill_gaps(call: ServiceCall) -> ServiceResponse:
    """Repair a period of a device's statistics; return what was found and written."""
    coordinator = _coordinator(call.hass, call.data[ATTR_DEVICE_ID])
    # Times without a zone are the user's.
    begin, end = (
        dt_util.as_utc(call.data[name]).timestamp() for name in (ATTR_FROM, ATTR_TO)
    )
    return await coordinator.async_fill_gaps(begin, end)


async def _async_feed_pv(call: ServiceCall) -> None:
    """Tell a charger that follows the surplus by itself the powers of the house."""
    charging = _coordinator(call.hass, call.data[ATTR_DEVICE_ID]).charging
    if charging is None or charging.traits.feed_every_s is None:
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="cannot_feed"
        )
    await charging.async_feed(
        call.data[ATTR_GRID_W],
        call.data.get(ATTR_PV_W),
        call.data.get(ATTR_BATTERY_W),
    )


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
