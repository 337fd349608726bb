"""Whether Home Assistant's own integration uses the same account."""

from typing import Final

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ...coordinator import SunbridgeConfigEntry
from ..issues import async_clear, async_raise
from .const import CONF_USER_ID, SHARED

# Its entries' unique id is the user's (reference 1.6).
_CORE: Final = "weheat"

# What ends to watch, by entry: the limit may be what a set-up fails for.
_WATCHES: dict[str, CALLBACK_TYPE] = {}


@callback
def async_watch_other(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Tell while there's another entry of the account: both share one limit.

    It's told whether or not ours is loaded, as long as neither is disabled.
    """

    @callback
    def look(_: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed.domain == _CORE or changed.entry_id == entry.entry_id:
            async_look_for_other(hass, entry)

    if entry.entry_id not in _WATCHES:
        _WATCHES[entry.entry_id] = async_dispatcher_connect(
            hass, SIGNAL_CONFIG_ENTRY_CHANGED, look
        )
    async_look_for_other(hass, entry)


@callback
def async_forget_other(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """End to watch, for an entry that is gone."""
    if (end := _WATCHES.pop(entry.entry_id, None)) is not None:
        end()
    async_clear(hass, entry.entry_id, SHARED)


@callback
def async_look_for_other(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Raise the issue, or withdraw it."""
    if entry.disabled_by is None and any(
        other.unique_id == entry.data[CONF_USER_ID] and other.disabled_by is None
        for other in hass.config_entries.async_entries(_CORE)
    ):
        async_raise(hass, entry, SHARED)
    else:
        async_clear(hass, entry.entry_id, SHARED)
