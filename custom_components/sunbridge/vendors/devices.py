"""What vendors share about the devices of an account."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import CONF_VENDOR, DOMAIN
from ..coordinator import SunbridgeConfigEntry
from .chosen import CONF_LEFT_OUT


@callback
def has_device(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, device_id: str
) -> bool:
    """Tell whether an entry has a device in Home Assistant."""
    return _device(hass, entry, device_id) is not None


@callback
def is_taken(hass: HomeAssistant, entry: SunbridgeConfigEntry, device_id: str) -> bool:
    """Tell whether another entry of Sunbridge already has a device."""
    return any(
        has_device(hass, other, device_id)
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.entry_id != entry.entry_id
    )


@callback
def async_remove_left_out(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Remove those devices of an account that its user has left out.

    Another entry may have them then. What isn't wanted without ever having been left
    out stays: nobody has decided on it.
    """
    for one in entry.data.get(CONF_LEFT_OUT, ()):
        if device := _device(hass, entry, f"{entry.data[CONF_VENDOR]}_{one}"):
            dr.async_get(hass).async_remove_device(device.id)


@callback
def _device(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, device_id: str
) -> dr.DeviceEntry | None:
    return dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, device_id), entry.entry_id
    )
