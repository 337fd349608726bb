"""An account's tokens: they end, are renewed, and last over a restart."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from simulators.easee import Charger, Cloud, Id

from .conftest import account_of, set_up, state, until

POWER = "sensor.garage_power"


async def test_token_ends(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """It's refreshed once, for all who need it, and the new pair is kept."""
    await set_up(hass, entry)
    kept = entry.data["tokens"]
    cloud.expire_tokens()
    cloud.hub.drop_connections()
    coordinators = entry.runtime_data.coordinators
    await asyncio.gather(*(one.async_refresh() for one in coordinators))
    await until(lambda: account_of(entry).is_linked)
    assert cloud.tokens.logins == 1
    assert cloud.tokens.refreshes == 1
    assert entry.data["tokens"]["refresh"] != kept["refresh"]
    charger.observe(Id.POWER, 2.0)
    await until(lambda: state(hass, POWER) == "2.0")


async def test_refresh_token_is_used_up(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """The password logs in again; nobody is asked."""
    await set_up(hass, entry)
    cloud.expire_tokens()
    cloud.revoke_refresh()
    await entry.runtime_data.coordinators[0].async_refresh()
    assert cloud.tokens.logins == 2
    assert not hass.config_entries.flow.async_progress()


async def test_tokens_last_over_a_restart(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A start doesn't log in where the tokens are good."""
    await set_up(hass, entry)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert cloud.tokens.logins == 1
    assert cloud.tokens.refreshes == 0


async def test_password_changes(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """When the password is wrong too, the user is asked, once."""
    await set_up(hass, entry)
    cloud.accounts[0].password = "marked-changed"
    cloud.expire_tokens()
    cloud.revoke_refresh()
    cloud.hub.drop_connections()
    await until(lambda: bool(hass.config_entries.flow.async_progress()))
    await entry.runtime_data.coordinators[0].async_refresh()
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    assert len(cloud.asked("/api/accounts/login")) <= 6


async def test_wrong_password_is_sent_once(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Until the user has answered nothing is tried again."""
    await set_up(hass, entry)
    cloud.accounts[0].password = "marked-changed"
    cloud.expire_tokens()
    cloud.revoke_refresh()
    for _ in range(3):
        await entry.runtime_data.coordinators[0].async_refresh()
    logins = cloud.asked("/api/accounts/login")
    assert len(logins) == 2


async def test_abandoned_refresh_is_kept(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Who waits for a token may give up; the new pair isn't lost."""
    await set_up(hass, entry)
    cloud.expire_tokens()
    cloud.faults.delay_s = 0.3
    rest = account_of(entry).api.rest
    refused = entry.data["tokens"]["access"]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await rest.access_token(refused)
    await until(lambda: entry.data["tokens"]["access"] != refused)
    cloud.faults.delay_s = 0.0
    await entry.runtime_data.coordinators[0].async_refresh()
    assert (cloud.tokens.logins, cloud.tokens.refreshes) == (1, 1)
