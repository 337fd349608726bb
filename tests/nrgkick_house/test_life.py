"""It starts, is loaded anew, is removed and stops: nothing is left behind."""

import asyncio
from functools import partial
import gc
import socket
from typing import Any
import weakref

import pytest

from homeassistant.components.http import ApiConfig
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulators.nrgkick import INFO_PATH, MISCHIEF, VALUES_PATH, Failure

from .conftest import (
    HOST,
    Way,
    coordinator_of,
    issues,
    new_entry,
    set_up,
    status_at,
    until,
    wallbox_at,
)


def watched(hass: HomeAssistant) -> int:
    """Return how many sockets and the like the loop waits for."""
    loop: Any = hass.loop
    return len(loop._selector.get_map())


def is_gone(found: weakref.ref[Any]) -> bool:
    """Tell whether nobody has an object any more."""
    gc.collect()
    return found() is None


def gone(way: Way) -> int | None:
    """Return what is answered where nothing is served any more."""
    return None if way.is_own else 404


async def test_unload(
    hass: HomeAssistant, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    """After unloading the paths answer 404, or there's no port; nothing is left."""
    # Its messages have what they're about, and pytest keeps them.
    caplog.set_level("WARNING", logger="asyncio")
    entry = new_entry(hass, **way.settings)
    before = watched(hass)
    for _ in range(3):
        served = weakref.ref(await set_up(hass, entry))
        assert await status_at(way.port) == 200
        assert await hass.config_entries.async_unload(entry.entry_id)
        for path in (VALUES_PATH, INFO_PATH):
            assert await status_at(way.port, path) == gone(way)
        await until(lambda: watched(hass) == before)
        # No timer, no listener and no route has it any more.
        await until(partial(is_gone, served))


async def test_unload_cuts_connections(
    hass: HomeAssistant, ha_port: int, own_port: int
) -> None:
    """Who has sent half a request doesn't hold the unloading up."""
    entry = new_entry(hass, transport="own", port=own_port)
    before = watched(hass)
    await set_up(hass, entry)
    async with wallbox_at(own_port, timeout_s=20) as wallbox:
        asking = asyncio.create_task(
            wallbox.ask(VALUES_PATH, MISCHIEF["half_then_hang"])
        )
        # Two for the port, and one at each end.
        await until(lambda: watched(hass) == before + 4)
        assert await hass.config_entries.async_unload(entry.entry_id)
        (poll,) = await asking
        assert poll.failure is Failure.CLOSED
    await until(lambda: watched(hass) == before)


async def test_reload(hass: HomeAssistant, way: Way) -> None:
    """Loaded anew, it serves anew, with what was changed."""
    entry = new_entry(hass, **way.settings)
    await set_up(hass, entry)
    before = watched(hass)
    for _ in range(5):
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert await status_at(way.port) == 200
    await until(lambda: watched(hass) == before)
    # The entry listens to changes.
    hass.config_entries.async_update_entry(entry, data={**entry.data, "allowed": []})
    await hass.async_block_till_done()
    assert await status_at(way.port) == 403


async def test_removal(
    hass: HomeAssistant, way: Way, hass_storage: dict[str, Any]
) -> None:
    """What is removed leaves neither answers nor issues nor a file."""
    parts = [("battery", {"name": "B", "power": ["sensor.gone"], "inverted": False})]
    entry = new_entry(hass, parts, load="balance", **way.settings)
    coordinator = await set_up(hass, entry)
    await coordinator.async_send(False)
    key = f"sunbridge.nrgkick.{entry.entry_id}"
    assert hass_storage[key]["data"] == {"enabled": False}
    assert issues(hass) == {"nrgkick_config", "nrgkick_source"}
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert key not in hass_storage
    assert not issues(hass)
    assert await status_at(way.port) == gone(way)


async def test_stop(
    hass: HomeAssistant, way: Way, caplog: pytest.LogCaptureFixture
) -> None:
    """When Home Assistant stops, nothing is unloaded: the port is closed all the same."""
    entry = new_entry(hass, **way.settings)
    before = watched(hass)
    await set_up(hass, entry)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    if way.is_own:
        assert await status_at(way.port) is None
        await until(lambda: watched(hass) == before)
    # Who unloads it all the same finds nothing amiss.
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not any(record.exc_info for record in caplog.records)


async def test_change_of_ports(
    hass: HomeAssistant, ha_port: int, own_port: int
) -> None:
    """From one port to the other and back, only one of them answers."""
    entry = new_entry(hass)
    await set_up(hass, entry)
    for transport, shared, own in (
        ("own", 404, 200),
        ("shared", 200, None),
        ("own", 404, 200),
    ):
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, "transport": transport, "port": own_port}
        )
        await hass.async_block_till_done()
        assert await status_at(ha_port) == shared
        assert await status_at(own_port) == own


async def test_port_is_taken(
    hass: HomeAssistant,
    ha_port: int,
    own_port: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A port in use is an issue, and it's tried again until it's free."""
    entry = new_entry(hass, transport="own", port=own_port)
    before = watched(hass)
    name = f"nrgkick_port_{entry.entry_id}"
    with socket.create_server(("", own_port)):
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert entry.state.value == "setup_retry"
        assert entry.error_reason_translation_key == "nrgkick_port"
        assert entry.error_reason_translation_placeholders == {"port": str(own_port)}
        assert issues(hass) == {"nrgkick_port"}
        assert watched(hass) == before
        # What the user ignores stays ignored while it's tried again.
        ir.async_ignore_issue(hass, "sunbridge", name, True)
        assert not await hass.config_entries.async_reload(entry.entry_id)
        issue = ir.async_get(hass).async_get_issue("sunbridge", name)
        assert issue is not None
        assert issue.dismissed_version is not None
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert not issues(hass)
    assert await status_at(own_port) == 200
    ours = [one for one in caplog.records if "nrgkick" in one.pathname]
    assert not any(record.exc_info for record in ours)


async def test_port_of_home_assistant(hass: HomeAssistant, ha_port: int) -> None:
    """Home Assistant's own port is taken, too, if it's the one that is chosen."""
    entry = new_entry(hass, transport="own", port=ha_port)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert issues(hass) == {"nrgkick_port"}


async def test_tls(hass: HomeAssistant, ha_port: int, own_port: int) -> None:
    """Where Home Assistant's port has TLS the user is told, until he takes another."""
    hass.config.api = ApiConfig(HOST, HOST, ha_port, True)
    entry = new_entry(hass, port=own_port)
    await set_up(hass, entry)
    assert issues(hass) == {"nrgkick_tls"}
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "transport": "own"}
    )
    await hass.async_block_till_done()
    assert not issues(hass)
    assert await status_at(own_port) == 200
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "transport": "shared"}
    )
    await hass.async_block_till_done()
    assert issues(hass) == {"nrgkick_tls"}
    # Without a certificate it's over with the next start.
    hass.config.api = ApiConfig(HOST, HOST, ha_port, False)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not issues(hass)


async def test_nothing_is_set_up(hass: HomeAssistant, ha_port: int) -> None:
    """Without an entry there are no such paths."""
    assert await status_at(ha_port) == 404
    assert await status_at(ha_port, INFO_PATH) == 404


async def test_two_cannot_be(hass: HomeAssistant, way: Way) -> None:
    """A second set-up isn't begun: both would charge by the same surplus."""
    await set_up(hass, new_entry(hass, **way.settings))
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "nrgkick"}
    )
    assert result["reason"] == "already_configured"


async def test_pause_outlives_a_restart(hass: HomeAssistant, way: Way) -> None:
    """While it's paused the wallbox gets 503 and stops, also after a restart."""
    entry = new_entry(hass, **way.settings)
    await set_up(hass, entry)
    switch = {"entity_id": "switch.nrgkick_custom_api_serve_numbers"}
    for service, status in (("turn_off", 503), ("turn_on", 200)):
        await hass.services.async_call("switch", service, switch, blocking=True)
        # At once, whatever was answered just before.
        assert await status_at(way.port) == status
        assert await status_at(way.port, INFO_PATH) == 200
        assert await hass.config_entries.async_reload(entry.entry_id)
        assert await status_at(way.port) == status
        assert coordinator_of(entry).data.enabled is (status == 200)
