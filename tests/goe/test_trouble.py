"""A cloud in trouble: what's shown meanwhile, what's told, and how it's over."""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import (
    poll as poll_module,
    trouble as trouble_module,
)
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.event import async_track_state_change_event
from simulators.goe import Charger, CloudFront

from ..conftest import SERIAL, TOKEN
from .test_local import POWER, state


@pytest.mark.parametrize(
    "fault",
    [
        {"status_code": 500},
        {"status_code": 202, "garbage": "empty_object"},
        {"status_code": 405},
        {"rate_limit": True},
        {"garbage": "html"},
        {"garbage": "truncated"},
        {"garbage": "empty_object"},
        {"drop": True},
    ],
)
async def test_server_in_trouble(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    """The last values are shown for a while, then none; one line down, one up."""
    before = {name: getattr(cloud.faults[SERIAL], name) for name in fault}
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"
    assert coordinator._retry_in_s is not None

    coordinator.async_data_from(31)
    await coordinator.async_refresh()
    await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert caplog.text.count("Error fetching Garage data") == 1
    assert (
        SERIAL not in caplog.text.replace("/api/", "").split("Error fetching")[1][:200]
    )

    for name, value in before.items():
        setattr(cloud.faults[SERIAL], name, value)
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"
    assert coordinator._retry_in_s is None
    assert caplog.text.count("Fetching Garage data recovered") == 1


@pytest.mark.parametrize("fault", ["offline", "cloud_off"])
async def test_charger_away(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront, fault: str
) -> None:
    """Entities are unavailable at once when the cloud says that the charger is away."""
    setattr(cloud.faults[SERIAL], fault, True)
    await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert coordinator.config_entry.state is ConfigEntryState.LOADED
    setattr(cloud.faults[SERIAL], fault, False)
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"


async def test_old_data(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """A server that answers 200 with old data doesn't keep entities available."""
    cloud.faults[SERIAL].frozen = True
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"
    coordinator.max_age_s = -1
    await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert isinstance(coordinator.last_exception, HomeAssistantError)
    assert coordinator.last_exception.translation_key == "goe_stale"


async def test_silence_expires(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """Data become unavailable by their age alone, without another answer."""
    coordinator._async_cancel_expiry()
    coordinator.max_age_s = 0.05
    coordinator.async_data_from(0.0)
    requests = len(cloud.requests)
    written = asyncio.Event()

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        written.set()

    async_track_state_change_event(hass, [POWER], note)
    await written.wait()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert len(cloud.requests) == requests


async def test_invalid_token_starts_reauth_only_when_sure(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    charger: Charger,
    entry: MockConfigEntry,
) -> None:
    """One 401 is a hiccup; several are an invalid token."""
    charger.token = "another"
    with patch.object(trouble_module, "AUTH_FAILURES_S", 0):
        await coordinator.async_refresh()
        await coordinator.async_refresh()
        assert not list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
        assert state(hass, POWER) == "0"
        await coordinator.async_refresh()
    await hass.async_block_till_done()
    assert len(list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))) == 1
    assert state(hass, POWER) == STATE_UNAVAILABLE

    # The server was confused after all: nobody is asked for what isn't wrong.
    charger.token = TOKEN
    await coordinator.async_refresh()
    assert not list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
    assert state(hass, POWER) == "0"


async def test_cloud_off_is_a_repair_issue(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """A cloud that refuses for long is told, and withdrawn when data come again."""
    issue = ("sunbridge", f"goe_cloud_off_{entry.entry_id}")
    cloud.faults[SERIAL].cloud_off = True
    await coordinator.async_refresh()
    assert issue_registry.async_get_issue(*issue) is None
    with patch.object(trouble_module, "FORBIDDEN_LONG_S", 0):
        await coordinator.async_refresh()
    assert issue_registry.async_get_issue(*issue) is not None
    cloud.faults[SERIAL].cloud_off = False
    await coordinator.async_refresh()
    assert issue_registry.async_get_issue(*issue) is None


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"offline": True}, "goe_offline"),
        ({"cloud_off": True}, "goe_forbidden"),
        ({"status_code": 502}, "goe_server_error"),
        ({"garbage": "html"}, "goe_invalid_response"),
    ],
)
async def test_setup_is_tried_again(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    fault: dict[str, Any],
    key: str,
) -> None:
    """A set-up that fails says why and is tried again by itself."""
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == key


async def test_setup_with_invalid_token(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """The set-up too believes only the third 401."""
    charger.token = "another"
    entry.add_to_hass(hass)
    with patch.object(trouble_module, "AUTH_FAILURES_S", 0):
        for _ in range(2):
            await hass.config_entries.async_setup(entry.entry_id)
            assert entry.state is ConfigEntryState.SETUP_RETRY
            assert entry.error_reason_translation_key == "goe_invalid_auth"
            await hass.config_entries.async_unload(entry.entry_id)
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await hass.async_block_till_done()
    assert len(list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))) == 1


async def test_dead_server_does_not_hold_up_the_start(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """While Home Assistant starts, a server that hangs is given up soon."""
    cloud.faults[SERIAL].hang = True
    hass.set_state(CoreState.starting)
    entry.add_to_hass(hass)
    with patch.object(poll_module, "STARTING_TIMEOUT_S", 0.05):
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "goe_cannot_connect"
    hass.set_state(CoreState.running)
