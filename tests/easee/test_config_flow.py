"""The flows of an Easee account, against a cloud on a socket."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.hidden import HIDDEN
from homeassistant.config_entries import (
    SOURCE_USER,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulators.easee import Account, Charger, Cloud, Publisher

from .conftest import EQUALIZER, PASSWORD, SERIAL, USERNAME, new_entry, set_up

LOGIN = {"username": f" {USERNAME} ", "password": PASSWORD}
ALL = {"chosen": [SERIAL, EQUALIZER], "add_new": True}


async def start(hass: HomeAssistant) -> str:
    """Go from the menu to the form for the account; return the flow's id."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": SOURCE_USER}
    )
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "easee"}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "easee"
    return result["flow_id"]


def shown(result: Any) -> dict[str, Any]:
    """Return what a form suggests."""
    return {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description and "suggested_value" in key.description
    }


async def test_normal_account(hass: HomeAssistant, cloud: Cloud) -> None:
    """A normal account is told that it has the live stream, and nothing to choose."""
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["step_id"] == "easee_account"
    assert result["description_placeholders"] == {"count": "2"}
    assert shown(result) == {"chosen": [SERIAL, EQUALIZER], "add_new": True}
    result = await hass.config_entries.flow.async_configure(flow_id, ALL)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Easee"
    assert result["result"].unique_id == f"easee_{USERNAME}"
    assert result["data"] == {
        "vendor": "easee",
        "transport": "signalr",
        "username": USERNAME,
        "password": PASSWORD,
        "chosen": [SERIAL, EQUALIZER],
        "left_out": [],
        "add_new": True,
    }
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED


async def test_left_halfway(hass: HomeAssistant, cloud: Cloud) -> None:
    """Steps that a closed browser left halfway don't keep from beginning again."""
    await hass.config_entries.flow.async_configure(await start(hass), LOGIN)
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["step_id"] == "easee_account"
    result = await hass.config_entries.flow.async_configure(flow_id, ALL)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert not hass.config_entries.flow.async_progress(include_uninitialized=True)


@pytest.mark.parametrize("transport", ["amqp", "signalr"])
async def test_integration_account(
    hass: HomeAssistant, cloud: Cloud, partner: Publisher, transport: str
) -> None:
    """An integration account may choose, and the queue is suggested."""
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["step_id"] == "easee_integration"
    assert shown(result)["transport"] == "amqp"
    result = await hass.config_entries.flow.async_configure(
        flow_id, {**ALL, "transport": transport}
    )
    assert result["data"]["transport"] == transport
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED


@pytest.mark.parametrize("status", [400, 401, 403, 404])
async def test_no_queue(hass: HomeAssistant, cloud: Cloud, status: int) -> None:
    """What a normal account gets for the queue isn't documented: any refusal counts."""
    cloud.amqp_status = status
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["step_id"] == "easee_account"


async def test_no_queue_by_the_gateway(hass: HomeAssistant, cloud: Cloud) -> None:
    """The gateway's refusal of this one path is no block."""
    cloud.faults.only_paths = "/api/streams"
    cloud.faults.gateway_403 = True
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["step_id"] == "easee_account"


def wrong(cloud: Cloud, **faults: Any) -> None:
    """Let something be wrong with the cloud."""
    for name, value in faults.items():
        setattr(cloud.faults, name, value)


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"gateway_403": True}, "easee_blocked"),
        ({"status": 429}, "easee_rate_limited"),
        ({"status": 429, "retry_after_s": 600}, "easee_rate_limited"),
        ({"html_502": True}, "easee_rate_limited"),
        ({"status": 500}, "easee_server_error"),
        ({"garbage": "html"}, "easee_invalid_response"),
        ({"garbage": "empty"}, "easee_invalid_response"),
        ({"garbage": "null"}, "easee_invalid_response"),
        ({"status": 423}, "easee_invalid_response"),
        ({"status": 401}, "easee_token"),
        ({"drop": True}, "easee_cannot_connect"),
        ({"rest_down": True}, "easee_cannot_connect"),
        ({"only_paths": "/api/chargers", "status": 403}, "easee_forbidden"),
        ({"only_paths": "/api/chargers", "status": 404}, "easee_not_found"),
        ({"only_paths": "/api/chargers", "garbage": "truncated"},
         "easee_invalid_response"),
    ],
)  # fmt: skip
async def test_errors(
    hass: HomeAssistant, cloud: Cloud, faults: dict[str, Any], error: str
) -> None:
    """Each failure is told apart, and can be followed by a success."""
    flow_id = await start(hass)
    wrong(cloud, **faults)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["errors"] == {"base": error}
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert int(placeholders["minutes"]) >= 1
    cloud.faults = type(cloud.faults)()
    cloud.commands.faults = cloud.faults
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    result = await hass.config_entries.flow.async_configure(flow_id, ALL)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_wrong_password(hass: HomeAssistant, cloud: Cloud) -> None:
    """It's a 400 with a code of its own, and said so."""
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {**LOGIN, "password": "no"}
    )
    assert result["errors"] == {"base": "easee_invalid_auth"}
    assert shown(result)["username"] == LOGIN["username"]
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["step_id"] == "easee_account"


async def test_no_products(hass: HomeAssistant, cloud: Cloud, user: Account) -> None:
    """An account without chargers is told what to do."""
    user.chargers.clear()
    user.equalizers.clear()
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["errors"] == {"base": "easee_no_products"}


@pytest.mark.parametrize("nulls", [True, False])
async def test_sites_may_be_missing(
    hass: HomeAssistant, cloud: Cloud, nulls: bool
) -> None:
    """Without the sites there are the chargers all the same."""
    if nulls:
        cloud.rest.nulls = True
    else:
        wrong(cloud, only_paths="/api/accounts/products", status=403)
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert result["step_id"] == "easee_account"


async def test_twice(hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry) -> None:
    """An account is set up once."""
    entry.add_to_hass(hass)
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {**LOGIN, "username": USERNAME.upper()}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_another_account(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Accounts stand side by side; a charger that both see belongs to the first."""
    shared = cloud.accounts[0].chargers[0]
    other = Charger("EH999999", name="Yard")
    cloud.accounts.append(
        Account("b@example.com", "marked-b", chargers=[shared, other], user_id=2)
    )
    await set_up(hass, entry)
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"username": "b@example.com", "password": "marked-b"}
    )
    assert shown(result)["chosen"] == ["EH999999"]
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"chosen": ["EH999999"], "add_new": True}
    )
    assert result["title"] == "Easee 2"
    await hass.async_block_till_done()
    second = result["result"]
    serials = [one.product.serial for one in second.runtime_data.coordinators]
    assert serials == ["EH999999"]
    # Nobody has left it out: with the first account gone it's the second's.
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert await hass.config_entries.async_reload(second.entry_id)
    await hass.async_block_till_done()
    serials = [one.product.serial for one in second.runtime_data.coordinators]
    assert set(serials) == {SERIAL, "EH999999"}


async def test_all_taken(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """An account is told what to do whose chargers a disabled entry still has."""
    shared = cloud.accounts[0].chargers[0]
    cloud.accounts.append(
        Account("b@example.com", "marked-b", chargers=[shared], user_id=2)
    )
    await set_up(hass, entry)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    flow_id = await start(hass)
    login = {"username": "b@example.com", "password": "marked-b"}
    result = await hass.config_entries.flow.async_configure(flow_id, login)
    assert result["errors"] == {"base": "devices_taken"}
    assert await hass.config_entries.async_remove(entry.entry_id)
    result = await hass.config_entries.flow.async_configure(flow_id, login)
    assert shown(result)["chosen"] == [SERIAL]


async def test_reconfigure_keeps_what_is_taken(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """What another entry has isn't offered, and the choice of it stays as it was."""
    await set_up(hass, entry)
    charger = cloud.accounts[0].chargers[0]
    yard, gate = Charger("EH999999", name="Yard"), Charger("EH999998", name="Gate")
    cloud.accounts.append(
        Account("b@example.com", "marked-b", chargers=[charger, yard, gate], user_id=2)
    )
    second = MockConfigEntry(
        domain="sunbridge",
        title="Easee 2",
        data={
            **entry.data,
            "username": "b@example.com",
            "password": "marked-b",
            "tokens": None,
            "chosen": ["EH999999", "EH999998"],
            "left_out": [SERIAL],
        },
    )
    await set_up(hass, second)
    result = await second.start_reconfigure_flow(hass)
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"password": HIDDEN}
    )
    assert shown(result)["chosen"] == ["EH999999", "EH999998"]
    assert result["description_placeholders"] == {"count": "2"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"chosen": ["EH999999"], "add_new": True}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert second.data["left_out"] == ["EH999998", SERIAL]


async def test_fleet(hass: HomeAssistant, cloud: Cloud, user: Account) -> None:
    """Of an operator's fleet nothing is chosen beforehand."""
    user.chargers += [Charger(f"EH2000{n:02}", name=f"Bay {n}") for n in range(30)]
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, LOGIN)
    assert shown(result) == {"chosen": [], "add_new": False}
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"chosen": ["EH200007"], "add_new": False}
    )
    await hass.async_block_till_done()
    (only,) = result["result"].runtime_data.coordinators
    assert only.product.name == "Bay 7"


async def test_reauth(
    hass: HomeAssistant, cloud: Cloud, user: Account, entry: MockConfigEntry
) -> None:
    """A changed password is asked for, and only a right one is taken."""
    user.password = "marked-new"
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    (flow,) = hass.config_entries.flow.async_progress()
    assert flow["context"]["source"] == "reauth"
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"password": "no"}
    )
    assert result["errors"] == {"base": "easee_invalid_auth"}
    assert result["data_schema"] is not None
    (password,) = result["data_schema"].schema
    assert password.description == {"suggested_value": "no"}
    result = await hass.config_entries.flow.async_configure(
        flow["flow_id"], {"password": "marked-new"}
    )
    assert result["reason"] == "reauth_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["password"] == "marked-new"


@pytest.mark.parametrize(
    ("data", "suggested"),
    [
        ({}, [SERIAL, EQUALIZER]),
        ({"left_out": [EQUALIZER]}, [SERIAL]),
        ({"add_new": False, "chosen": [EQUALIZER]}, [EQUALIZER]),
    ],
)
async def test_reconfigure(
    hass: HomeAssistant, cloud: Cloud, data: dict[str, Any], suggested: list[str]
) -> None:
    """The choice is shown as it is, and changed."""
    entry = new_entry(**data)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    result = await entry.start_reconfigure_flow(hass)
    assert result["step_id"] == "easee_reconfigure"
    # What is stored isn't shown, and stays what it is if nobody changes it.
    before = shown(result)
    assert before == {"password": HIDDEN}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"password": "no"}
    )
    assert result["errors"] == {"base": "easee_invalid_auth"}
    result = await hass.config_entries.flow.async_configure(result["flow_id"], before)
    assert result["step_id"] == "easee_account"
    assert shown(result)["chosen"] == suggested
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"chosen": [SERIAL], "add_new": False}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["password"] == PASSWORD
    assert entry.data["left_out"] == [EQUALIZER]
    (only,) = entry.runtime_data.coordinators
    assert only.product.serial == SERIAL


async def test_options(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """The time to live and the age are options, and the entry takes them."""
    await set_up(hass, entry)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "easee"
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"ttl_min": 5.0, "max_age_s": 90.0}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.options == {"ttl_min": 5, "max_age_s": 90}
    assert entry.runtime_data.coordinators[0].max_age_s == 90
