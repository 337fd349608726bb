"""Whether Home Assistant's own integration uses the same account."""

from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ...coordinator import SunbridgeConfigEntry
from ..issues import async_clear, async_raise
from .const import CONF_USER_ID, SHARED

# Its entries' unique id is the user's (reference 1.6).
_CORE: Final = "weheat"


@callback
def async_watch_other(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Tell while there's another entry of the account: both share one limit."""

    @callback
    def look(_: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed.domain == _CORE:
            async_look_for_other(hass, entry)

    async_look_for_other(hass, entry)
    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, look)
    )


@callback
def async_look_for_other(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Raise the issue, or withdraw it."""
    if any(
        other.unique_id == entry.data[CONF_USER_ID] and other.disabled_by is None
        for other in hass.config_entries.async_entries(_CORE)
    ):
        async_raise(hass, entry, SHARED)
    else:
        async_clear(hass, entry.entry_id, SHARED)
