"""What a refusal ends, and what it doesn't."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from simulators.easee import Cloud

from .commands import set_current
from .conftest import PASSWORD, account_of, set_up, state, until


async def begin(hass: HomeAssistant, entry: MockConfigEntry, source: str) -> Any:
    """Begin to change the account."""
    if source == "reconfigure":
        return await entry.start_reconfigure_flow(hass)
    return await entry.start_reauth_flow(hass)


@pytest.mark.parametrize("source", ["reconfigure", "reauth"])
async def test_flow_while_blocked(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, source: str
) -> None:
    """Who wants to log in anew is told how long to wait, and nothing is sent."""
    await set_up(hass, entry)
    cloud.faults.gateway_403 = True
    with pytest.raises(HomeAssistantError):
        await set_current(hass, 10)
    cloud.faults.gateway_403 = False
    block = account_of(entry).api.rest.gate.block
    block.until_s += 600
    flow_id = (await begin(hass, entry, source))["flow_id"]
    before = len(cloud.asked("/api/accounts/login"))
    for _ in range(2):
        result = await hass.config_entries.flow.async_configure(
            flow_id, {"password": PASSWORD}
        )
        assert result["errors"] == {"base": "easee_blocked"}
        placeholders = result["description_placeholders"]
        assert placeholders is not None
        assert placeholders["minutes"] in ("10", "11")
    assert len(cloud.asked("/api/accounts/login")) == before
    block.until_s = 0.0
    await hass.config_entries.flow.async_configure(flow_id, {"password": PASSWORD})
    await hass.async_block_till_done()
    assert len(cloud.asked("/api/accounts/login")) == before + 1


async def test_block_that_a_flow_meets(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """It ends what the account asks for too."""
    await set_up(hass, entry)
    cloud.faults.gateway_403 = True
    flow_id = (await begin(hass, entry, "reauth"))["flow_id"]
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"password": PASSWORD}
    )
    assert result["errors"] == {"base": "easee_blocked"}
    before = len(cloud.requests)
    with pytest.raises(HomeAssistantError) as raised:
        await set_current(hass, 10)
    assert raised.value.translation_key == "easee_blocked"
    assert len(cloud.requests) == before


async def test_own_budget_is_used_up(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A flow spends what its account may, and says so."""
    await set_up(hass, entry)
    account_of(entry).api.rest.gate.all_calls.calls = 0
    flow_id = (await begin(hass, entry, "reauth"))["flow_id"]
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"password": PASSWORD}
    )
    assert result["errors"] == {"base": "easee_budget"}


async def test_no_right_to_the_stream(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Without it the state is read, and commands are taken."""
    cloud.faults.status = 403
    cloud.faults.only_paths = "/hubs"
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    account = account_of(entry)
    await until(lambda: account.counters["EaseeForbiddenError"] >= 2)
    await until(lambda: state(hass, "sensor.garage_status") == "disconnected")
    await set_current(hass, 10)
    assert not account.api.rest.gate.block.count
    # That's no queue, which would have a text of its own.
    assert not issue_registry.issues
    cloud.faults.status = None
    await until(lambda: account.is_linked)
