"""Sunbridge: chargers, heat pumps and the sun, in Home Assistant."""

from functools import partial

from homeassistant.config_entries import SIGNAL_CONFIG_ENTRY_CHANGED, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType

from .const import CONF_VENDOR, DOMAIN, PLATFORMS
from .coordinator import SunbridgeConfigEntry, SunbridgeRuntimeData
from .issues import async_clear_disabled
from .services import async_setup_services
from .vendors import async_get_room

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Set up what doesn't depend on an entry."""
    async_setup_services(hass)
    async_dispatcher_connect(
        hass, SIGNAL_CONFIG_ENTRY_CHANGED, partial(async_clear_disabled, hass)
    )
    return True


async def async_setup_entry(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> bool:
    """Set up an entry in its vendor's room."""
    room = await async_get_room(hass, entry.data[CONF_VENDOR])
    entry.runtime_data = SunbridgeRuntimeData(await room.async_setup(hass, entry))
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> bool:
    """Unload an entry; its coordinators end with it."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Let the vendor forget a removed entry."""
    room = await async_get_room(hass, entry.data[CONF_VENDOR])
    await room.async_remove(hass, entry)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, device: DeviceEntry
) -> bool:
    """Allow to delete devices that the entry doesn't have any more.

    While it isn't loaded nobody knows which those are.
    """
    return entry.state is ConfigEntryState.LOADED and not any(
        coordinator.is_present and (DOMAIN, coordinator.device_id) in device.identifiers
        for coordinator in entry.runtime_data.coordinators
    )
