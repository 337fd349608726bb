"""Nobody gets in by accident; who is refused is counted, and may be let in."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sunbridge.repairs import async_create_fix_flow
from custom_components.sunbridge.vendors.nrgkick import server as server_module
from custom_components.sunbridge.vendors.nrgkick.access import Rate
from custom_components.sunbridge.vendors.nrgkick.coordinator import LOOK_EVERY
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from simulators.nrgkick import INFO_PATH, VALUES_PATH

from .conftest import (
    HOST,
    Way,
    asked_from,
    coordinator_of,
    issues,
    new_entry,
    set_up,
    shown,
    status_at,
)

# All of these are this machine.
WALLBOX = "127.0.0.2"
STRANGER = "127.0.0.3"


def stranger_issue(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return the issue that offers to let a device in."""
    name = f"nrgkick_stranger_{entry.entry_id}"
    return ir.async_get(hass).async_get_issue("sunbridge", name)


async def test_only_who_is_listed(hass: HomeAssistant, way: Way) -> None:
    """Others get 403, whatever they ask for, and nothing of the answer."""
    entry = new_entry(hass, allowed=[WALLBOX], **way.settings)
    coordinator = await set_up(hass, entry)
    assert await asked_from(WALLBOX, way.port) == 200
    paths = [VALUES_PATH, INFO_PATH]
    for path in [*paths, "/other"] if way.is_own else paths:
        assert await asked_from(STRANGER, way.port, path) == 403
    refused = coordinator.access.refused_count
    assert refused == coordinator.answers[403] == len(paths) + way.is_own
    (found,) = coordinator.access.refused
    assert str(found.address) == STRANGER
    # Somebody is let in already: nobody else is offered.
    assert not issues(hass)
    assert coordinator.diagnostics()["refused"][0]["count"] == refused


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (["127.0.0.0/8"], 200),
        (["::1", "127.0.0.2/32"], 200),
        # Of an address in a network the host's bits don't matter.
        (["127.0.0.99/24"], 200),
        (["192.168.1.0/24"], 403),
        ([], 403),
        # What a proxy of this machine brings isn't let in by such a wide one.
        (["0.0.0.0/0"], 403),
    ],
)
async def test_networks(
    hass: HomeAssistant, way: Way, allowed: list[str], expected: int
) -> None:
    """Addresses and networks may be listed."""
    await set_up(hass, new_entry(hass, allowed=allowed, **way.settings))
    assert await asked_from(WALLBOX, way.port) == expected


async def test_forwarded_is_not_believed(hass: HomeAssistant, way: Way) -> None:
    """Nobody is somebody else because he says so."""
    entry = new_entry(hass, allowed=[WALLBOX], **way.settings)
    coordinator = await set_up(hass, entry)
    for headers in (
        {"X_Forwarded_For": WALLBOX},
        {"X_Forwarded_For": f"{WALLBOX}, {WALLBOX}"},
        {"Forwarded": f"for={WALLBOX}"},
        {"X_Real_IP": WALLBOX},
    ):
        assert await asked_from(STRANGER, way.port, **headers) in {400, 403}
    assert coordinator.answers[200] == 0
    if way.is_own:
        # Nor does it keep the wallbox out.
        assert await asked_from(WALLBOX, way.port, X_Forwarded_For=STRANGER) == 200


async def test_behind_a_proxy(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> None:
    """Behind a proxy that Home Assistant trusts, those who ask are told apart."""
    settings = {"use_x_forwarded_for": True, "trusted_proxies": [HOST]}
    assert await async_setup_component(hass, "http", {"http": settings})
    await set_up(hass, new_entry(hass, allowed=["192.0.2.7"]))
    port = (await hass_client_no_auth()).port
    assert port is not None
    assert await asked_from(HOST, port, X_Forwarded_For="192.0.2.7") == 503
    assert await asked_from(HOST, port, X_Forwarded_For="192.0.2.8") == 403
    assert await asked_from(HOST, port, X_Forwarded_For="192.0.2.7, 192.0.2.8") == 403
    assert await asked_from(STRANGER, port, X_Forwarded_For="192.0.2.7") == 400
    assert await asked_from(HOST, port) == 403


async def test_cloud(hass: HomeAssistant, ha_port: int) -> None:
    """Through Home Assistant's cloud nobody gets anything, whoever it seems to be."""
    entry = new_entry(hass)
    coordinator = await set_up(hass, entry)
    remote = "custom_components.sunbridge.vendors.nrgkick.server.is_cloud_connection"
    with patch(remote, return_value=True):
        assert await status_at(ha_port) == 403
        assert await status_at(ha_port, INFO_PATH) == 403
    assert coordinator.access.refused_count == 2
    # It has no address, so there's nobody to be let in.
    assert coordinator.access.refused == ()
    assert await status_at(ha_port) == 200
    assert await hass.config_entries.async_unload(entry.entry_id)
    with patch(remote, return_value=True):
        assert await status_at(ha_port) == 404
    assert not server_module.async_gate(hass).strangers


async def test_too_many(hass: HomeAssistant, way: Way) -> None:
    """A client that asks too fast gets 429, and others their answers."""
    entry = new_entry(hass, allowed=[WALLBOX, STRANGER], **way.settings)
    coordinator = await set_up(hass, entry)
    coordinator.access.rate = Rate(per_s=0, burst=3)
    found = [await asked_from(STRANGER, way.port) for _ in range(5)]
    assert found == [200, 200, 200, 429, 429]
    assert await asked_from(WALLBOX, way.port) == 200
    assert coordinator.answers == {200: 4, 429: 2}


async def fix(hass: HomeAssistant, issue: ir.IssueEntry) -> Any:
    """Return the steps that repair an issue, as Home Assistant starts them."""
    data: Any = issue.data
    flow = await async_create_fix_flow(hass, issue.issue_id, data)
    flow.hass = hass
    flow.issue_id = issue.issue_id
    return flow


async def test_the_first_is_offered(hass: HomeAssistant, way: Way) -> None:
    """While nobody may ask, the first who does is offered, and can be let in."""
    entry = new_entry(hass, allowed=[], **way.settings)
    await set_up(hass, entry)
    assert not issues(hass)
    assert await asked_from(WALLBOX, way.port) == 403
    assert await asked_from(STRANGER, way.port) == 403
    issue = stranger_issue(hass, entry)
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {
        "name": "NRGkick Custom API",
        "address": WALLBOX,
    }
    flow = await fix(hass, issue)
    result = await flow.async_step_init()
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "confirm"
    assert result["description_placeholders"] == {"address": WALLBOX}
    # Nothing happens before the user says so.
    assert entry.data["allowed"] == []
    result = await flow.async_step_confirm({})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.data["allowed"] == [WALLBOX]
    assert entry.state is ConfigEntryState.LOADED
    assert not issues(hass)
    assert await asked_from(WALLBOX, way.port) == 200
    assert await asked_from(STRANGER, way.port) == 403


async def test_offer_comes_too_late(hass: HomeAssistant, ha_port: int) -> None:
    """What was let in or removed meanwhile doesn't trouble the repair."""
    entry = new_entry(hass, allowed=[])
    await set_up(hass, entry)
    await asked_from(WALLBOX, ha_port)
    issue = stranger_issue(hass, entry)
    assert issue is not None
    flow = await fix(hass, issue)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "allowed": [WALLBOX]}
    )
    await hass.async_block_till_done()
    result = await flow.async_step_confirm({})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.data["allowed"] == [WALLBOX]
    await hass.config_entries.async_remove(entry.entry_id)
    result = await flow.async_step_confirm({})
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_ignored_stays_ignored(hass: HomeAssistant, ha_port: int) -> None:
    """An offer that the user ignores doesn't come back with the next start."""
    entry = new_entry(hass, allowed=[])
    await set_up(hass, entry)
    await asked_from(WALLBOX, ha_port)
    ir.async_ignore_issue(hass, "sunbridge", f"nrgkick_stranger_{entry.entry_id}", True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await asked_from(WALLBOX, ha_port)
    issue = stranger_issue(hass, entry)
    assert issue is not None
    assert issue.dismissed_version is not None


async def test_refusals_are_shown(hass: HomeAssistant, ha_port: int) -> None:
    """The first is shown at once; that somebody asks often doesn't fill the database."""
    entry = new_entry(hass, allowed=[])
    coordinator = await set_up(hass, entry)
    entity_id = "sensor.nrgkick_custom_api_requests_refused"
    assert shown(hass, entity_id) == "0.0"
    written = []
    hass.bus.async_listen(
        "state_changed",
        lambda event: written.append(event.data["entity_id"]),
    )
    for _ in range(5):
        coordinator.reply("GET", VALUES_PATH, WALLBOX)
    assert shown(hass, entity_id) == "1.0"
    later = dt_util.utcnow() + LOOK_EVERY
    async_fire_time_changed(hass, later)
    await hass.async_block_till_done()
    assert shown(hass, entity_id) == "5.0"
    async_fire_time_changed(hass, later + LOOK_EVERY)
    await hass.async_block_till_done()
    assert written == [entity_id] * 2
    # It begins anew with each start.
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert coordinator_of(entry).data.refused == 0
