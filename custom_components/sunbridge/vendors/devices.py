"""What vendors share about the devices of an account."""

from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import CONF_VENDOR, DOMAIN, LOGGER
from ..coordinator import SunbridgeConfigEntry
from .chosen import CONF_LEFT_OUT
from .issues import async_clear, async_raise

# The text, of flows and of the repair issue.
TAKEN: Final = "devices_taken"


@callback
def has_device(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, device_id: str
) -> bool:
    """Tell whether an entry has a device in Home Assistant."""
    return _device(hass, entry, device_id) is not None


@callback
def is_taken(hass: HomeAssistant, entry: ConfigEntry | None, device_id: str) -> bool:
    """Tell whether another entry of Sunbridge already has a device.

    ``entry`` is None for one that is only being made.
    """
    return any(
        has_device(hass, other, device_id)
        for other in hass.config_entries.async_entries(DOMAIN)
        if entry is None or other.entry_id != entry.entry_id
    )


@callback
def async_tell_taken(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, wanted: int, free: int
) -> None:
    """Tell of wanted devices that another entry has; the user, if none is free."""
    if taken := wanted - free:
        LOGGER.info(
            "%s: another entry has devices of the account, which it keeps: %d",
            entry.title,
            taken,
        )
    if taken and not free:
        async_raise(hass, entry, TAKEN)
    else:
        async_clear(hass, entry.entry_id, TAKEN)


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
