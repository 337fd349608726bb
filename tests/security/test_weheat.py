"""A Weheat account's secrets, by both log-ins."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sunbridge.vendors.weheat import refusals, rest
from custom_components.sunbridge.vendors.weheat.budget import Budget
from custom_components.sunbridge.vendors.weheat.coordinator import WeheatCoordinator
from custom_components.sunbridge.vendors.weheat.stored import Stored
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.weheat import Account, Cloud, HeatPump

from ..weheat.conftest import PASSWORD, USERNAME
from ..weheat_house.conftest import (
    account,
    clock,
    cloud,
    entry,
    forgotten,
    hybrid,
    pump,
    quiet_database,
    run_out,
    served,
    set_up,
    until,
)
from ..weheat_house.test_flow import begin, browse, go_on, own_credentials
from .conftest import Begin
from .watch import Planted, Watch, remove

__all__ = [
    "account", "clock", "cloud", "entry", "forgotten", "hybrid", "pump",
    "quiet_database", "served",
]  # fmt: skip

# A whole life takes its time where others work too.
pytestmark = pytest.mark.timeout(300)

FAULTS: list[dict[str, Any]] = [
    *({"status": status} for status in (400, 401, 403, 404, 429, 503)),
    *({"garbage": kind} for kind in ("html", "truncated", "list", "null", "not_utf8")),
    {"hang": True},
    {"drop": True},
    {"nginx_403": True},
    {"unauthorized_once": True},
    {"unknown_keys": True},
    {"status": 503, "only_paths": "openid-connect"},
    {"garbage": "html", "only_paths": "openid-connect"},
]
DOORS = {
    "password": PASSWORD,
    "token": "marked-signature",
    "code": "marked-code",
    "client's secret": "marked-client-secret",
}


def planted(account: Account) -> Planted:
    """Return what is planted."""
    persons = {"user": USERNAME, "user's id": account.id, "trace": "marked-trace"}
    for name, one in zip(("pump", "hybrid"), account.pumps, strict=True):
        persons |= {f"{name}'s id": one.id, f"{name}'s serial": one.serial}
    return Planted(DOORS, persons)


async def fail(
    hass: HomeAssistant, watch: Watch, served: Cloud, entry: MockConfigEntry
) -> None:
    """Let everything go wrong that can, while it reads and at a set-up."""
    # A spoilt answer takes the refresh token with it, which isn't meant here.
    served.keycloak.reuse = True
    for number, faults in enumerate(FAULTS):
        for name, value in faults.items():
            setattr(served.faults, name, value)
        if "only_paths" in faults:
            run_out(hass, entry)
        # Only what hangs isn't waited for: a busy machine answers late.
        timeout_s = 0.3 if "hang" in faults else 30
        with patch.object(rest, "REQUEST_TIMEOUT_S", timeout_s):
            if number % 2:
                await hass.config_entries.async_reload(entry.entry_id)
                await hass.async_block_till_done()
            elif hasattr(entry, "runtime_data"):
                for coordinator in entry.runtime_data.coordinators:
                    await ask(watch, coordinator)
        await watch.look(entry)
        default = type(served.faults)()
        for name in faults:
            setattr(served.faults, name, getattr(default, name))
        served.rest.limits._seen.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()


async def ask(watch: Watch, coordinator: WeheatCoordinator) -> None:
    """Read what is there, and let it be repaired."""
    account = coordinator._account
    account._budget._times.clear()
    account._budget.until_s = 0.0
    try:
        await account.async_latest(coordinator)
    except Exception as err:  # noqa: BLE001
        watch.hear(err)
        account._failed(err)  # type: ignore[arg-type]
    try:
        await coordinator.async_fill_gaps(0.0, 3600.0)
    except HomeAssistantError as err:
        watch.hear(err)


async def end(
    hass: HomeAssistant,
    watch: Watch,
    served: Cloud,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """Remove the entry, and take the addresses that were asked for."""
    # The user's own application credentials are no part of the entry.
    hass_storage.pop("application_credentials", None)
    await remove(hass, watch, entry, hass_storage)
    watch.urls = [f"{request.path}?{request.query}" for request in served.requests]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing, and let no refusal last."""
    monkeypatch.setattr(rest, "REQUEST_TIMEOUT_S", 30)
    monkeypatch.setattr(Stored, "budget", lambda _: Budget())
    monkeypatch.setattr(refusals, "WAIT_S", 0.0)


async def test_password(
    hass: HomeAssistant,
    watch: Begin,
    served: Cloud,
    account: Account,
    pump: HeatPump,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
) -> None:
    """The password is sent once and kept nowhere; heat pumps' ids are in paths."""
    seen = await watch(planted(account))
    pump.name = f"Cellar {pump.serial}"
    await set_up(hass, entry)
    await seen.look(entry)
    await fail(hass, seen, served, entry)
    served.revoke_sessions()
    served.expire_tokens()
    run_out(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await seen.look(entry)
    (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    result = await go_on(hass, flow, {"next_step_id": "weheat_password"})
    for password in ("marked-guess", PASSWORD):
        given = {"username": USERNAME, "password": password}
        result = await go_on(hass, result, given)
        seen.hear([result.get(key) for key in ("errors", "reason", "title")])
        seen.hear(result.get("description_placeholders"))
    assert result["reason"] == "reauth_successful"
    assert PASSWORD not in str(entry.data)
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await end(hass, seen, served, entry, hass_storage)
    seen.check(in_urls={"pump's id", "hybrid's id"})
    with_password = [one for one in served.requests if PASSWORD in one.body]
    assert all(one.path.endswith("/token") for one in with_password)


@pytest.mark.usefixtures("current_request_with_host")
async def test_browser(
    hass: HomeAssistant,
    watch: Begin,
    hass_client_no_auth: ClientSessionGenerator,
    served: Cloud,
    account: Account,
    hass_storage: dict[str, Any],
) -> None:
    """Nor is what the browser brings back, nor the secret of an own client, anywhere."""
    seen = await watch(planted(account))
    await own_credentials(hass, served)
    result = await begin(hass, "weheat_browser")
    result = await go_on(hass, result, {"client": "sunbridge"})
    result = await browse(hass, hass_client_no_auth, result)
    chosen = {"chosen": [one.id for one in account.pumps], "add_new": True}
    result = await go_on(hass, result, chosen)
    entry = result["result"]
    await hass.async_block_till_done()
    await seen.look(entry)
    await fail(hass, seen, served, entry)
    await end(hass, seen, served, entry, hass_storage)
    # The browser is the test's: at debug level its client says where it was sent.
    seen.check(in_urls={"pump's id", "hybrid's id"}, not_of={"httpcore", "httpcore2"})
