"""Set up a go-e charger over the transport that the user chose."""

from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant, callback

from ...coordinator import SunbridgeConfigEntry
from .connect import cloud_transport
from .const import CONF_SERIAL
from .coordinator import GoeCoordinator, async_forget


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[GoeCoordinator]:
    """Return the charger's coordinator, with data."""
    coordinator = GoeCoordinator(
        hass,
        entry,
        cloud_transport(hass, entry.data[CONF_SERIAL], entry.data[CONF_TOKEN]),
    )
    await coordinator.async_start()
    return (coordinator,)


@callback
def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    async_forget(hass, entry)
