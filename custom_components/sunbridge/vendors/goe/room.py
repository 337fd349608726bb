"""Set up a go-e charger over the transport that the user chose."""

from typing import Final

from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError

from ...const import CONF_TRANSPORT, DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ..issues import async_clear
from .connect import cloud_transport, local_transport
from .connect_mqtt import async_broker
from .const import BROKER, CLOUD, CLOUD_OFF, CONF_SERIAL, LOCAL, MQTT, READ_ONLY
from .coordinator import GoeCoordinator
from .errors import GoeError
from .messages import error_key
from .poll import GoePollCoordinator, async_forget
from .push import GoePushCoordinator

# What may be told of a way to the charger.
_ISSUES: Final = {CLOUD: CLOUD_OFF, MQTT: READ_ONLY, BROKER: READ_ONLY}


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[GoeCoordinator]:
    """Return the charger's coordinator, with data."""
    told = _ISSUES.get(entry.data[CONF_TRANSPORT])
    others = (issue for issue in (CLOUD_OFF, READ_ONLY) if issue != told)
    async_clear(hass, entry.entry_id, *others)
    coordinator = await _async_coordinator(hass, entry)
    await coordinator.async_start()
    return (coordinator,)


async def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    async_forget(hass, entry)


async def _async_coordinator(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> GoeCoordinator:
    data = entry.data
    if data[CONF_TRANSPORT] == CLOUD:
        way = cloud_transport(hass, data[CONF_SERIAL], data[CONF_TOKEN])
        return GoePollCoordinator(hass, entry, way)
    if data[CONF_TRANSPORT] == LOCAL:
        return GoePollCoordinator(hass, entry, local_transport(hass, data[CONF_HOST]))
    try:
        broker = await async_broker(hass, data)
    except GoeError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN,
            translation_key=error_key(err, data[CONF_TRANSPORT]),
        ) from err
    return GoePushCoordinator(hass, entry, broker)
