"""What vendors share about devices that two accounts may have."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ..const import DOMAIN
from ..coordinator import SunbridgeConfigEntry


@callback
def is_taken(hass: HomeAssistant, entry: SunbridgeConfigEntry, device_id: str) -> bool:
    """Tell whether another entry of Sunbridge already has a device."""
    registry = dr.async_get(hass)
    return any(
        registry.async_get_device_by_identifier((DOMAIN, device_id), other.entry_id)
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.entry_id != entry.entry_id
    )
