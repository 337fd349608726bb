"""Set up a go-e charger over the transport that the user chose."""

from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant, callback

from ...const import CONF_TRANSPORT
from ...coordinator import SunbridgeConfigEntry
from .connect import cloud_transport, local_transport
from .const import CLOUD, CONF_SERIAL
from .coordinator import GoeCoordinator
from .poll import GoePollCoordinator, async_forget


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[GoeCoordinator]:
    """Return the charger's coordinator, with data."""
    coordinator = _coordinator(hass, entry)
    await coordinator.async_start()
    return (coordinator,)


@callback
def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    async_forget(hass, entry)


@callback
def _coordinator(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> GoeCoordinator:
    data = entry.data
    if data[CONF_TRANSPORT] == CLOUD:
        way = cloud_transport(hass, data[CONF_SERIAL], data[CONF_TOKEN])
        return GoePollCoordinator(hass, entry, way)
    return GoePollCoordinator(hass, entry, local_transport(hass, data[CONF_HOST]))
