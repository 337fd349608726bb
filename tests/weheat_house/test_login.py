"""The log-in outlives set-ups and late renewals, and is asked for when it's over."""

import asyncio
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.weheat import connect, repairs, room
from custom_components.sunbridge.vendors.weheat.errors import WeheatServerError
from custom_components.sunbridge.vendors.weheat.keycloak import Keycloak
from custom_components.sunbridge.vendors.weheat.tokens import Tokens
from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
from simulators.weheat import Account, Cloud, HeatPump

from .conftest import RETRY, new_entry, run_out, set_up, tokens_of, until
from .test_flow import LOGIN, go_on
from .test_trouble import again, issues

LOG_IN = "openid-connect"


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
