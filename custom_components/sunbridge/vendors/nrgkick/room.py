"""Set up what is served to an NRGkick."""

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryNotReady

from ...const import CONF_TRANSPORT, DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ..issues import async_clear, async_raise
from .const import (
    CONF_ALLOWED,
    CONF_PORT,
    CONFIG_ISSUE,
    OWN,
    PORT_ISSUE,
    SOURCE_ISSUE,
    STRANGER_ISSUE,
    TLS_ISSUE,
)
from .coordinator import NrgkickCoordinator, store_of
from .server import OwnServer, async_gate, has_tls


async def async_setup(
    hass: HomeAssistant, entry: SunbridgeConfigEntry
) -> tuple[NrgkickCoordinator, ...]:
    """Serve, at Home Assistant's port or at one of our own."""
    coordinator = NrgkickCoordinator(hass, entry)
    await coordinator.async_start()
    # Issues that still hold stay: the user may have chosen to ignore them.
    if entry.data[CONF_ALLOWED]:
        async_clear(hass, entry.entry_id, STRANGER_ISSUE)
    if entry.data[CONF_TRANSPORT] == OWN:
        async_clear(hass, entry.entry_id, TLS_ISSUE)
        await _async_serve(hass, entry, coordinator)
    else:
        if has_tls(hass):
            async_raise(hass, entry, TLS_ISSUE)
        else:
            async_clear(hass, entry.entry_id, TLS_ISSUE)
        _share(hass, entry, coordinator)
    async_clear(hass, entry.entry_id, PORT_ISSUE)
    entry.async_on_unload(entry.add_update_listener(_async_changed))
    return (coordinator,)


async def async_remove(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget what is kept of a removed entry."""
    async_clear(
        hass,
        entry.entry_id,
        CONFIG_ISSUE,
        PORT_ISSUE,
        SOURCE_ISSUE,
        STRANGER_ISSUE,
        TLS_ISSUE,
    )
    await store_of(hass, entry.entry_id).async_remove()


@callback
def _share(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, coordinator: NrgkickCoordinator
) -> None:
    gate = async_gate(hass)
    gate.api = coordinator

    @callback
    def close() -> None:
        gate.api = None

    entry.async_on_unload(close)


async def _async_serve(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, coordinator: NrgkickCoordinator
) -> None:
    server = OwnServer(coordinator)
    try:
        await server.async_start(entry.data[CONF_PORT])
    except OSError:
        async_raise(hass, entry, PORT_ISSUE)
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN,
            translation_key="nrgkick_port",
            translation_placeholders={"port": str(entry.data[CONF_PORT])},
        ) from None

    async def stop(_: Event) -> None:
        await server.async_stop()

    # Entries aren't unloaded when Home Assistant stops.
    entry.async_on_unload(hass.bus.async_listen(EVENT_HOMEASSISTANT_STOP, stop))
    entry.async_on_unload(server.async_stop)


async def _async_changed(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Serve what is set up now: subentries come and go without a reload."""
    hass.config_entries.async_schedule_reload(entry.entry_id)
