"""The log-in outlives set-ups, and what is wrong with it is told as what it is."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.weheat import connect, repairs, room
from custom_components.sunbridge.vendors.weheat.errors import WeheatServerError
from custom_components.sunbridge.vendors.weheat.keycloak import Keycloak
from custom_components.sunbridge.vendors.weheat.tokens import Tokens
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from simulators.weheat import Account, Cloud, HeatPump
from tests.weheat.conftest import PASSWORD, USERNAME

from .conftest import new_entry, set_up, tokens_of, until
from .test_flow import LOGIN, begin, go_on
from .test_trouble import again, issues

LOG_IN = "openid-connect"
RETRY = ConfigEntryState.SETUP_RETRY


class Slow:
    """Renewals whose answers come when ``gate`` is set; ``sent`` is what was renewed.

    The log-in itself has taken the refresh token as used up by then.
    """

    def __init__(self) -> None:
        """Start with a closed gate."""
        self.gate = asyncio.Event()
        self.sent: list[str] = []
        self.done = 0


@pytest.fixture
async def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Let renewals wait."""
    slow, real = Slow(), Keycloak.refresh

    async def refresh(self: Keycloak, refresh_token: str) -> Tokens:
        slow.sent.append(refresh_token)
        try:
            tokens = await real(self, refresh_token)
            await slow.gate.wait()
            return tokens
        finally:
            slow.done += 1

    monkeypatch.setattr(Keycloak, "refresh", refresh)
    return slow


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Let no test know of another's."""
    yield
    connect._SOURCES.clear()
    repairs._WATCHES.clear()


def run_out(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let the entry's access token be too old."""
    tokens = {**entry.data["tokens"], "expires_at_s": 0.0}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "tokens": tokens})


def flows(hass: HomeAssistant) -> list[str]:
    """Return what asks the user for something."""
    return [
        flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()
    ]


async def test_slow_log_in_at_the_start(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    slow: Slow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A renewal that takes longer than a set-up may gives its tokens to the next."""
    monkeypatch.setattr(room, "STARTING_TIMEOUT_S", 0.05)
    run_out(hass, entry)
    hass.set_state(CoreState.starting)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is RETRY
    hass.set_state(CoreState.running)
    again = hass.async_create_task(hass.config_entries.async_reload(entry.entry_id))
    await until(lambda: entry.state is ConfigEntryState.SETUP_IN_PROGRESS)
    slow.gate.set()
    assert await again
    assert entry.state is ConfigEntryState.LOADED
    assert len(slow.sent) == served.keycloak.refreshes == 1
    assert not flows(hass)
    source = connect._SOURCES[entry.entry_id]
    assert entry.data["tokens"] == source.tokens.as_dict()


async def test_late_renewal_and_a_new_log_in(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, slow: Slow
) -> None:
    """What a renewal of the log-in before gives doesn't take the new one's place."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    source = connect._SOURCES[entry.entry_id]
    source.tokens = Tokens(source.tokens.access, source.tokens.refresh, 0.0)
    for one in entry.runtime_data.coordinators:
        again(one, "raw", "total")
    await until(lambda: bool(slow.sent))
    fresh = (await tokens_of(hass)).as_dict()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "tokens": fresh})
    assert await hass.config_entries.async_reload(entry.entry_id)
    slow.gate.set()
    await until(lambda: slow.done == 1)
    await hass.async_block_till_done()
    assert entry.data["tokens"] == fresh
    assert connect._SOURCES[entry.entry_id] is not source
    # The new one is renewed and kept as ever.
    run_out(hass, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert slow.sent[1:] == [fresh["refresh"]]
    assert entry.data["tokens"]["refresh"] not in slow.sent
    assert entry.state is ConfigEntryState.LOADED


async def test_late_renewal_of_a_removed_entry(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, slow: Slow
) -> None:
    """Nothing is kept of an entry that is gone."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    source = connect._SOURCES[entry.entry_id]
    renewal = asyncio.create_task(source.access_token(source.tokens.access))
    await until(lambda: bool(slow.sent))
    before = dict(entry.data)
    await hass.config_entries.async_remove(entry.entry_id)
    slow.gate.set()
    assert await renewal == source.tokens.access
    assert entry.data == before
    assert entry.entry_id not in connect._SOURCES
    assert entry.entry_id not in repairs._WATCHES


async def test_session_over_is_tried_once_a_set_up(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """A refused refresh token is sent again only when a hand wants it so."""
    served.revoke_sessions()
    run_out(hass, entry)
    for tries in (1, 2):
        asked = len(served.asked("/token"))
        assert not await hass.config_entries.async_reload(entry.entry_id)
        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert len(served.asked("/token")) == asked + 1, tries
    await hass.async_block_till_done()
    assert flows(hass) == ["reauth"]


async def test_never_authorized(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """An API that takes no token, not even a new one, asks for a log-in."""
    served.faults.status = 401
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "weheat_session"
    assert flows(hass) == ["reauth"]
    served.faults.status = None
    (result,) = hass.config_entries.flow.async_progress()
    answer = await go_on(hass, result, {"next_step_id": "weheat_password"})
    answer = await go_on(hass, answer, LOGIN)
    assert answer["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert len(entry.runtime_data.coordinators) == 2


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


async def reconfigured(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Reconfigure by password; return what comes of it."""
    result: Any = await entry.start_reconfigure_flow(hass)
    result = await go_on(hass, result, {"next_step_id": "weheat_password"})
    return await go_on(hass, result, LOGIN)


@pytest.mark.parametrize("add_new", [False, True])
async def test_reconfigure_keeps_what_is_set(
    hass: HomeAssistant,
    served: Cloud,
    account: Account,
    pump: HeatPump,
    hybrid: HeatPump,
    add_new: bool,
) -> None:
    """A heat pump that isn't listed now is as unwanted as before when it's back."""
    entry = await new_entry(hass, served)
    set_before = {"chosen": [pump.id], "left_out": [hybrid.id], "add_new": add_new}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **set_before})
    await set_up(hass, entry)
    account.pumps.remove(hybrid)
    result = await reconfigured(hass, entry)
    assert result["reason"] == "reconfigure_successful"
    assert {key: entry.data[key] for key in set_before} == set_before
    await hass.async_block_till_done()
    account.pumps.append(hybrid)
    assert await hass.config_entries.async_reload(entry.entry_id)
    (coordinator,) = entry.runtime_data.coordinators
    assert coordinator.data.pump.id == pump.id


async def test_reconfigure_asks_for_an_unwanted_one(
    hass: HomeAssistant,
    served: Cloud,
    account: Account,
    pump: HeatPump,
    hybrid: HeatPump,
) -> None:
    """The only one that is listed may be wanted from now on; the other one stays so."""
    entry = await new_entry(hass, served)
    set_before = {"chosen": [pump.id], "left_out": [hybrid.id], "add_new": False}
    hass.config_entries.async_update_entry(entry, data={**entry.data, **set_before})
    await set_up(hass, entry)
    account.pumps.remove(pump)
    result = await reconfigured(hass, entry)
    assert result["step_id"] == "weheat_pumps"
    result = await go_on(hass, result, {"chosen": [hybrid.id], "add_new": False})
    assert result["reason"] == "reconfigure_successful"
    assert set(entry.data["chosen"]) == {pump.id, hybrid.id}
    assert entry.data["left_out"] == []
    assert entry.data["add_new"] is False


async def test_credentials_gone_and_back(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """Credentials that are gone aren't refused ones; with them back all goes on."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "auth_implementation": "sunbridge"}
    )
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is RETRY
    assert entry.error_reason_translation_key == "weheat_no_credentials"
    assert not issues(hass)
    assert not served.api_requests
    assert await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(
        hass, "sunbridge", ClientCredential("marked-client", "marked-secret")
    )
    assert await hass.config_entries.async_reload(entry.entry_id)


async def test_another_secret(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next set-up renews with the secret that the application has by then."""

    async def clients(hass: HomeAssistant) -> dict[str, connect.WeheatClient]:
        credential = ClientCredential("marked-client", secret)
        return {"own": connect.WeheatClient(hass, "sunbridge", credential)}

    monkeypatch.setattr(connect, "async_clients", clients)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "auth_implementation": "own"}
    )
    secret = "marked-old"
    await set_up(hass, entry)
    source = connect._SOURCES[entry.entry_id]
    secret = "marked-new"
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert connect._SOURCES[entry.entry_id] is source
    served.faults.only_paths, served.faults.status = LOG_IN, 503
    asked = len(served.asked("/token"))
    with pytest.raises(WeheatServerError):
        await source.access_token(source.tokens.access)
    (request,) = served.asked("/token")[asked:]
    assert "marked-new" in request.body
    assert "marked-old" not in request.body


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
