"""An account is added, logged in again and changed."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from homeassistant.components.application_credentials import (
    ClientCredential,
    async_import_client_credential,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from simulators.weheat import Account, Cloud, HeatPump
from simulators.weheat.auth import Client
from simulators.weheat.faults import Faults
from tests.weheat.conftest import PASSWORD, USERNAME

from .conftest import set_up, until

pytestmark = pytest.mark.usefixtures("served")

LOGIN = {"username": USERNAME, "password": PASSWORD}


async def begin(hass: HomeAssistant, way: str) -> Any:
    """Choose Weheat, and a way to log in."""
    result: Any = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    for step in ("weheat", way):
        assert result["type"] is FlowResultType.MENU
        assert step in result["menu_options"]
        result = await go_on(hass, result, {"next_step_id": step})
    return result


async def go_on(
    hass: HomeAssistant, result: Any, user_input: dict[str, Any] | None
) -> Any:
    """Go on with a flow."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], user_input)


async def browse(
    hass: HomeAssistant, client: ClientSessionGenerator, result: Any
) -> Any:
    """Be the browser: follow the address, and come back where that leads."""
    assert result["type"] is FlowResultType.EXTERNAL_STEP
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(result["url"])
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    home = await client()
    came = await home.get(f"{back.path}?{back.query}")
    assert came.status == 200
    return await go_on(hass, result, None)


async def test_password(
    hass: HomeAssistant, served: Cloud, account: Account, hybrid: HeatPump
) -> None:
    """With one heat pump a password is all; it isn't kept."""
    account.pumps.remove(hybrid)
    result = await begin(hass, "weheat_password")
    assert result["step_id"] == "weheat_password"
    result = await go_on(hass, result, LOGIN)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Weheat"
    entry = result["result"]
    assert entry.unique_id == f"weheat_{account.id}"
    assert PASSWORD not in str(entry.data)
    assert USERNAME not in str(entry.data)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    # What the flow asked counts, and so does what the set-up did.
    account_of = entry.runtime_data.coordinators[0].diagnostics()["account"]
    assert account_of["calls_of_the_hour"] >= 4
    assert served.asked("/users/me")


async def test_left_halfway(hass: HomeAssistant) -> None:
    """Steps that a closed browser left halfway don't keep from beginning again."""
    for _ in range(2):
        result = await go_on(hass, await begin(hass, "weheat_password"), LOGIN)
        assert result["step_id"] == "weheat_pumps"
    result = await go_on(hass, result, {"chosen": [], "add_new": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress(include_uninitialized=True)


@pytest.mark.parametrize(
    ("faults", "login", "error"),
    [
        ({}, {"password": "wrong"}, "weheat_invalid_auth"),
        ({"forbidden": True}, {}, "weheat_not_allowed"),
        ({"nginx_403": True}, {}, "weheat_not_allowed"),
        ({"status": 429}, {}, "weheat_rate_limited"),
        ({"status": 503}, {}, "weheat_server_error"),
        ({"drop": True}, {}, "weheat_cannot_connect"),
        ({"garbage": "html"}, {}, "weheat_invalid_response"),
        ({"garbage": "empty"}, {}, "weheat_invalid_response"),
        (
            {"drop": True, "only_paths": "openid-connect"},
            {},
            "weheat_cannot_connect",
        ),
        ({"status": 503, "only_paths": "openid-connect"}, {}, "weheat_server_error"),
    ],
)
async def test_password_in_trouble(
    hass: HomeAssistant,
    served: Cloud,
    account: Account,
    hybrid: HeatPump,
    faults: dict[str, Any],
    login: dict[str, str],
    error: str,
) -> None:
    """Each trouble has its text, and can be got over."""
    account.pumps.remove(hybrid)
    for name, value in faults.items():
        setattr(served.faults, name, value)
    result = await begin(hass, "weheat_password")
    result = await go_on(hass, result, LOGIN | login)
    assert result["errors"] == {"base": error}
    # Nothing has to be typed again.
    schema = {str(key): key for key in result["data_schema"].schema}
    assert LOGIN | login == {
        key: field.description["suggested_value"] for key, field in schema.items()
    }
    healthy = Faults()
    for name in faults:
        setattr(served.faults, name, getattr(healthy, name))
    if error == "weheat_rate_limited":
        # The budget keeps silent for as long as the vendor wants.
        result = await go_on(hass, result, LOGIN)
        assert result["errors"] == {"base": error}
        assert int(result["description_placeholders"]["minutes"]) >= 9
        return
    result = await go_on(hass, result, LOGIN)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_no_heat_pumps(hass: HomeAssistant, account: Account) -> None:
    """An account whose installer isn't done has none."""
    account.pumps.clear()
    result = await go_on(hass, await begin(hass, "weheat_password"), LOGIN)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "weheat_no_pumps"


async def test_several(
    hass: HomeAssistant, pump: HeatPump, hybrid: HeatPump, account: Account
) -> None:
    """Of several heat pumps the user chooses."""
    result = await go_on(hass, await begin(hass, "weheat_password"), LOGIN)
    assert result["step_id"] == "weheat_pumps"
    assert result["description_placeholders"] == {"count": "2"}
    result = await go_on(hass, result, {"chosen": [hybrid.id], "add_new": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    entry = result["result"]
    assert [one.device_id for one in entry.runtime_data.coordinators] == [
        f"weheat_{hybrid.id}"
    ]
    # The same account isn't set up twice.
    result = await go_on(hass, await begin(hass, "weheat_password"), LOGIN)
    assert result["reason"] == "already_configured"


@pytest.mark.usefixtures("current_request_with_host")
async def test_browser(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    served: Cloud,
    account: Account,
    hybrid: HeatPump,
) -> None:
    """Without credentials of one's own the public client is taken."""
    account.pumps.remove(hybrid)
    result = await begin(hass, "weheat_browser")
    assert result["url"].startswith(f"{served.auth_url}/auth?")
    for part in ("code_challenge_method=S256", "offline_access", "WeheatCommunityAPI"):
        assert part in result["url"]
    result = await browse(hass, hass_client_no_auth, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["transport"] == "browser"
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED


async def own_credentials(hass: HomeAssistant, served: Cloud) -> None:
    """Let the user have application credentials."""
    served.keycloak.clients["marked-client"] = Client(
        "marked-client", secret="marked-client-secret"
    )
    assert await async_setup_component(hass, "application_credentials", {})
    await async_import_client_credential(
        hass, "sunbridge", ClientCredential("marked-client", "marked-client-secret")
    )


@pytest.mark.usefixtures("current_request_with_host")
@pytest.mark.parametrize("client", ["sunbridge", "public"])
async def test_own_credentials(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    served: Cloud,
    account: Account,
    hybrid: HeatPump,
    client: str,
) -> None:
    """With credentials of one's own there's a choice; tokens are renewed with them."""
    await own_credentials(hass, served)
    account.pumps.remove(hybrid)
    result = await begin(hass, "weheat_browser")
    assert result["step_id"] == "weheat_browser"
    result = await go_on(hass, result, {"client": client})
    result = await browse(hass, hass_client_no_auth, result)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    await hass.async_block_till_done()
    assert "marked-client-secret" not in str(entry.data)
    served.expire_tokens()
    before = served.keycloak.refreshes
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert served.keycloak.refreshes == before + 1
    sent = served.asked("/token")[-1].body
    assert ("marked-client-secret" in sent) is (client == "sunbridge")


@pytest.mark.usefixtures("current_request_with_host")
async def test_credentials_gone(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
) -> None:
    """An entry whose application credentials were deleted says so, and waits."""
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "auth_implementation": "gone"}
    )
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "weheat_no_credentials"


@pytest.mark.usefixtures("current_request_with_host")
async def test_browser_denied(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, served: Cloud
) -> None:
    """Who says no at the vendor's page isn't logged in."""
    served.keycloak.browser = "deny"
    result = await browse(
        hass, hass_client_no_auth, await begin(hass, "weheat_browser")
    )
    assert result["reason"] == "weheat_rejected"


@pytest.mark.usefixtures("current_request_with_host")
async def test_browser_code_refused(
    hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator, served: Cloud
) -> None:
    """A code that isn't taken ends with a text, not with a traceback."""
    result = await begin(hass, "weheat_browser")
    served.faults.status = 503
    served.faults.only_paths = "openid-connect/token"
    result = await browse(hass, hass_client_no_auth, result)
    assert result["reason"] == "weheat_server_error"


@pytest.mark.usefixtures("current_request_with_host")
@pytest.mark.parametrize("way", ["weheat_password", "weheat_browser"])
async def test_log_in_again(
    hass: HomeAssistant,
    hass_client_no_auth: ClientSessionGenerator,
    served: Cloud,
    entry: MockConfigEntry,
    way: str,
) -> None:
    """When the session is over one logs in again, in either way."""
    served.revoke_sessions()
    served.expire_tokens()
    tokens = entry.data["tokens"]
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, "tokens": {**tokens, "expires_at_s": 0.0}}
    )
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    result: Any = hass.config_entries.flow.async_progress()[0]
    result = await go_on(hass, result, None)
    assert result["step_id"] == "weheat_reauth"
    result = await go_on(hass, result, {"next_step_id": way})
    if way == "weheat_password":
        result = await go_on(hass, result, LOGIN)
    else:
        result = await browse(hass, hass_client_no_auth, result)
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.runtime_data.coordinators
    assert entry.data["transport"] == way.removeprefix("weheat_")


async def test_session_ends_later(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """A session that ends while all goes well asks for a log-in, once."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    served.revoke_sessions()
    served.expire_tokens()
    for one in entry.runtime_data.coordinators:
        one.ledger.progress.total_s = one.ledger.progress.raw_s = None
    await until(lambda: bool(hass.config_entries.flow.async_progress()))
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_wrong_account(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, pump: HeatPump
) -> None:
    """Another account doesn't take the place of the one that is set up."""
    served.accounts.append(
        Account("other@example.invalid", "other", pumps=[pump], user_id=2)
    )
    await set_up(hass, entry)
    before = dict(entry.data)
    result = await entry.start_reauth_flow(hass)
    result = await go_on(hass, result, {"next_step_id": "weheat_password"})
    result = await go_on(
        hass, result, {"username": "other@example.invalid", "password": "other"}
    )
    assert result["reason"] == "weheat_wrong_account"
    assert entry.data == before


async def test_reconfigure(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, hybrid: HeatPump
) -> None:
    """Reconfiguring changes the log-in and the choice of heat pumps."""
    await set_up(hass, entry)
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "weheat_reconfigure"
    result = await go_on(hass, result, {"next_step_id": "weheat_password"})
    result = await go_on(hass, result, LOGIN)
    assert result["step_id"] == "weheat_pumps"
    schema = {str(key): key for key in result["data_schema"].schema}
    assert schema["chosen"].description["suggested_value"] == entry.data["chosen"]
    result = await go_on(hass, result, {"chosen": [hybrid.id], "add_new": False})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    (coordinator,) = entry.runtime_data.coordinators
    assert coordinator.device_id == f"weheat_{hybrid.id}"
    # What is chosen is what the next form shows.
    result = await entry.start_reconfigure_flow(hass)
    result = await go_on(hass, result, {"next_step_id": "weheat_password"})
    result = await go_on(hass, result, LOGIN)
    schema = {str(key): key for key in result["data_schema"].schema}
    assert schema["chosen"].description["suggested_value"] == [hybrid.id]


async def test_options(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """The options say how often, and whether the past is imported."""
    await set_up(hass, entry)
    result: Any = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "weheat"
    wanted = {"day_s": 300, "night_s": 600, "history": False}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], wanted
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == wanted
    await hass.async_block_till_done()
    # Two heat pumps share the budget: three missed reads of 600 s each.
    assert {one.max_age_s for one in entry.runtime_data.coordinators} == {3600.0}
