"""Set up the surplus of a house."""

from typing import Any

from homeassistant.core import HomeAssistant

from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from ...issues import async_clear_all
from .devices import async_remove_unused
from .hub import SurplusHub
from .stored import Stored


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[SunbridgeCoordinator[Any, Any], ...]:
    """Begin to share the surplus; nothing is waited for but what was kept."""
    stored = Stored(hass, entry.entry_id)
    await stored.async_load()
    hub = SurplusHub(hass, entry, stored)
    async_remove_unused(hass, entry, hub.coordinators)
    hub.async_start()
    entry.async_on_unload(entry.add_update_listener(_async_changed))
    return hub.coordinators


async def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    async_clear_all(hass, entry.entry_id)
    await Stored(hass, entry.entry_id).async_remove()


async def _async_changed(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Load the entry anew: meters, loads or options are others now."""
    hass.config_entries.async_schedule_reload(entry.entry_id)
