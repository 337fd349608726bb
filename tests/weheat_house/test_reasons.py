"""What is wrong is told as what it is: a heat pump's, the account's or our own."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from simulators.weheat import Account, Cloud, HeatPump
from tests.weheat.conftest import PASSWORD, USERNAME

from .conftest import RETRY, set_up, until
from .test_flow import LOGIN, begin, go_on
from .test_trouble import issues


@pytest.mark.parametrize(
    "faults",
    [{"status": 404}, {"status": 500}, {"status": 418}, {"garbage": "html"}],
)
async def test_one_pump_in_trouble(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    pump: HeatPump,
    hybrid: HeatPump,
    faults: dict[str, Any],
) -> None:
    """A heat pump without a log leaves the others as they are."""
    for name, value in faults.items():
        setattr(served.faults, name, value)
    served.faults.only_paths = f"{pump.id}/logs/latest"
    await set_up(hass, entry)
    found = {one.data.pump.id: one for one in entry.runtime_data.coordinators}
    assert found.keys() == {pump.id, hybrid.id}
    assert found[hybrid.id].available
    assert sum(found[pump.id].counters.values()) == 1
    # Rows of a time are as good, where these come.
    await until(lambda: found[pump.id].available)


async def test_limit_is_met_amid_the_pumps(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, pump: HeatPump
) -> None:
    """A 429 after the list is a matter of time, and isn't asked into."""
    served.faults.status, served.faults.only_paths = 429, f"{pump.id}/logs/latest"
    await set_up(hass, entry)
    assert len(entry.runtime_data.coordinators) == 2
    assert len(served.asked("/logs/")) == 1


@pytest.mark.parametrize(
    ("faults", "state", "key"),
    [
        ({"drop": True}, RETRY, "weheat_cannot_connect"),
        ({"forbidden": True}, RETRY, "weheat_not_allowed"),
        ({"status": 401}, ConfigEntryState.SETUP_ERROR, "weheat_session"),
    ],
)
async def test_trouble_of_all(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    pump: HeatPump,
    faults: dict[str, Any],
    state: ConfigEntryState,
    key: str,
) -> None:
    """What concerns the account is told as such, with whichever heat pump it came."""
    for name, value in faults.items():
        setattr(served.faults, name, value)
    served.faults.only_paths = f"{pump.id}/logs/latest"
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is state
    assert entry.error_reason_translation_key == key


async def test_budget_is_ours(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """A budget that is used up isn't told as the vendor's refusal."""
    served.faults.status = 503
    for _ in range(31):
        await hass.config_entries.async_reload(entry.entry_id)
    assert len(served.api_requests) == 30
    assert entry.state is RETRY
    assert entry.error_reason_translation_key == "weheat_budget"
    assert entry.error_reason_translation_placeholders is not None
    assert int(entry.error_reason_translation_placeholders["minutes"]) >= 55


async def test_budget_of_a_flow(hass: HomeAssistant, served: Cloud) -> None:
    """Who tries too often is told how long it takes."""
    result = await begin(hass, "weheat_password")
    served.faults.status = 503
    for _ in range(31):
        result = await go_on(hass, result, LOGIN)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "weheat_budget"}
    assert int(result["description_placeholders"]["minutes"]) >= 55
    assert len(served.api_requests) == 30


def core_entry(hass: HomeAssistant, account: Account) -> MockConfigEntry:
    """Return an entry of Home Assistant's own integration for the account."""
    core = MockConfigEntry(domain="weheat", unique_id=account.id)
    core.add_to_hass(hass)
    return core


async def test_shared_is_told_while_it_is_so(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, account: Account
) -> None:
    """Who disables Sunbridge's entry has done what the issue asks for."""
    core_entry(hass, account)
    await set_up(hass, entry)
    assert issues(hass) == {"weheat_shared"}
    for disabled, told in (
        (ConfigEntryDisabler.USER, set()),
        (None, {"weheat_shared"}),
    ):
        await hass.config_entries.async_set_disabled_by(entry.entry_id, disabled)
        await hass.async_block_till_done()
        assert issues(hass) == told
    await hass.config_entries.async_remove(entry.entry_id)
    assert not issues(hass)


async def test_shared_is_told_at_the_limit(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, account: Account
) -> None:
    """The limit that both share is the likeliest reason for a set-up that fails."""
    core_entry(hass, account)
    served.faults.status = 429
    for _ in range(2):
        assert not await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is RETRY
        assert issues(hass) == {"weheat_shared"}
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert not issues(hass)


async def test_shared_stays_ignored(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, account: Account
) -> None:
    """An issue that the user ignores doesn't come back with each reload."""
    core_entry(hass, account)
    await set_up(hass, entry)
    issue_id = f"weheat_shared_{entry.entry_id}"
    ir.async_ignore_issue(hass, "sunbridge", issue_id, True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    issue = ir.async_get(hass).async_get_issue("sunbridge", issue_id)
    assert issue is not None
    assert issue.dismissed_version is not None


async def test_diagnostics_of_unknown_keys(
    hass: HomeAssistant,
    served: Cloud,
    account: Account,
    pump: HeatPump,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of keys that the vendor adds only the names are shown."""
    coordinator = await set_up(hass, entry)
    coordinator.data.values |= {
        "serialNumber": pump.serial,
        "owner": {"id": account.id, "mail": USERNAME},
        "rpm": {"secret": PASSWORD},
    }
    found = await async_get_config_entry_diagnostics(hass, entry)
    mine = found["coordinators"][0]
    assert mine["log"]["state"] == coordinator.data.values["state"]
    assert {"serialNumber", "owner"} <= set(mine["other_keys"])
    for secret in (pump.serial, pump.id, account.id, USERNAME, PASSWORD):
        assert secret not in str(found)
