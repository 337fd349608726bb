"""Diagnostics: what helps to find an error, without secrets."""

from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .coordinator import SunbridgeConfigEntry

# Settings of any vendor that identify a person or open a door.
TO_REDACT = {
    "access",
    "auth_implementation",
    "base_topic",
    "ca_certificate",
    "chosen",
    "client_certificate",
    "client_key",
    "email",
    "host",
    "left_out",
    "password",
    "refresh",
    "serial",
    "tag_salt",
    "token",
    "user_id",
    "username",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> dict[str, Any]:
    """Return the entry's settings, and the state of each device if it's loaded."""
    is_loaded = entry.state is ConfigEntryState.LOADED
    return {
        "data": async_redact_data(dict(entry.data), TO_REDACT),
        "options": async_redact_data(dict(entry.options), TO_REDACT),
        "coordinators": [
            {
                "available": coordinator.available,
                "age_s": coordinator.age_s,
                **coordinator.diagnostics(),
            }
            for coordinator in (entry.runtime_data.coordinators if is_loaded else ())
        ],
    }
