"""The flows of a go-e charger, against a cloud on a socket."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.hidden import HIDDEN
from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulators.goe import Charger, CloudFront

from ..conftest import SERIAL, TOKEN

INPUT = {"serial": SERIAL, "token": TOKEN}


async def start(hass: HomeAssistant, way: str = "goe_cloud") -> str:
    """Go from the menus to the form of a way and return the flow's id."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": SOURCE_USER}
    )
    assert result["type"] is FlowResultType.MENU
    assert "goe" in result["menu_options"]
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": "goe"}
    )
    assert result["type"] is FlowResultType.MENU
    assert way in result["menu_options"]
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": way}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == way
    return result["flow_id"]


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, way: str
) -> ConfigFlowResult:
    """Choose a way for an entry that is set up; return the form."""
    result = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.MENU
    assert result["description_placeholders"] == {"name": "Garage"}
    return await hass.config_entries.flow.async_configure(
        result["flow_id"], {"next_step_id": way}
    )


@pytest.mark.parametrize("serial", [SERIAL, "12345", " 012345 "])
async def test_add(hass: HomeAssistant, cloud: CloudFront, serial: str) -> None:
    """A charger is added, with or without its leading zeros."""
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"serial": serial, "token": f" {TOKEN}\n"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Garage"
    assert result["result"].unique_id == f"goe_{SERIAL}"
    assert result["data"] == {
        "vendor": "goe",
        "transport": "cloud",
        "serial": SERIAL,
        "token": TOKEN,
    }
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED


async def test_factory_name(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger
) -> None:
    """The factory's name has the serial in it and isn't taken."""
    cloud.faults[SERIAL].bad_types["fna"] = f"go-eCharger_{SERIAL}"
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, INPUT)
    assert result["title"] == "go-e Charger"
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"offline": True}, "goe_offline"),
        ({"cloud_off": True}, "goe_forbidden"),
        ({"status_code": 503}, "goe_server_error"),
        ({"status_code": 405}, "goe_invalid_response"),
        ({"rate_limit": True}, "goe_rate_limited"),
        ({"garbage": "html"}, "goe_invalid_response"),
        ({"garbage": "truncated"}, "goe_invalid_response"),
        ({"garbage": "empty_object"}, "goe_invalid_response"),
        ({"garbage": "list"}, "goe_invalid_response"),
        ({"garbage": "not_utf8"}, "goe_invalid_response"),
        ({"drop": True}, "goe_cannot_connect"),
        ({"bad_types": {"typ": "controller"}}, "goe_no_charger"),
    ],
)
async def test_errors(
    hass: HomeAssistant, cloud: CloudFront, fault: dict[str, Any], error: str
) -> None:
    """Each failure is told, and the flow ends well once it's gone."""
    flow_id = await start(hass)
    before = {name: getattr(cloud.faults[SERIAL], name) for name in fault}
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    result = await hass.config_entries.flow.async_configure(flow_id, INPUT)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": error}

    for name, value in before.items():
        setattr(cloud.faults[SERIAL], name, value)
    result = await hass.config_entries.flow.async_configure(flow_id, INPUT)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


@pytest.mark.parametrize("token", ["wrong", "tökén", "two\nlines"])
async def test_wrong_token(hass: HomeAssistant, cloud: CloudFront, token: str) -> None:
    """A wrong token is told at once, also one that can't even be sent."""
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"serial": SERIAL, "token": token}
    )
    assert result["errors"] == {"base": "goe_invalid_auth"}
    result = await hass.config_entries.flow.async_configure(flow_id, INPUT)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


@pytest.mark.parametrize("serial", ["", "abc", "12 345", "123456789", "１２３４５"])
async def test_wrong_serial(
    hass: HomeAssistant, cloud: CloudFront, serial: str
) -> None:
    """What can't be a serial number is told without asking the cloud."""
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"serial": serial, "token": TOKEN}
    )
    assert result["errors"] == {"serial": "goe_invalid_serial"}
    assert not cloud.requests
    result = await hass.config_entries.flow.async_configure(flow_id, INPUT)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_duplicate(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """The same charger isn't added twice, however its serial is written."""
    entry.add_to_hass(hass)
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"serial": "12345", "token": TOKEN}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    assert not cloud.requests


async def test_reauth(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """A new token is tested, stored and used."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    charger.token = "another-token"
    result = await entry.start_reauth_flow(hass)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "goe_cloud_reauth"
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"token": "wrong"}
    )
    assert result["errors"] == {"base": "goe_invalid_auth"}
    assert result["data_schema"] is not None
    (token,) = result["data_schema"].schema
    assert token.description == {"suggested_value": "wrong"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"token": "another-token"}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reauth_successful"
    assert entry.data["token"] == "another-token"
    assert entry.data["serial"] == SERIAL
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert cloud.requests[-1].headers["Authorization"] == "Bearer another-token"


async def test_new_token(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """The way that there is can be set up anew; the form knows the serial number."""
    entry.add_to_hass(hass)
    charger.token = "another-token"
    result = await reconfigure(hass, entry, "goe_cloud")
    assert result["data_schema"] is not None
    suggested = {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
    }
    # What is stored isn't shown, and stays what it is if nobody changes it.
    assert suggested == {"serial": SERIAL, "token": HIDDEN}
    form = result["flow_id"]
    result = await hass.config_entries.flow.async_configure(form, suggested)
    assert result["errors"] == {"base": "goe_invalid_auth"}
    assert cloud.requests[-1].headers["Authorization"] == f"Bearer {TOKEN}"
    result = await hass.config_entries.flow.async_configure(
        form, {"serial": SERIAL, "token": "another-token"}
    )
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["token"] == "another-token"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


async def test_old_token(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """A token that was left hidden is the stored one; a new entry has none to keep."""
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry, "goe_cloud")
    unchanged = {"serial": SERIAL, "token": HIDDEN}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], unchanged
    )
    assert result["reason"] == "reconfigure_successful"
    assert entry.data["token"] == TOKEN
    await hass.async_block_till_done()
    await hass.config_entries.async_remove(entry.entry_id)
    flow_id = await start(hass, "goe_cloud")
    result = await hass.config_entries.flow.async_configure(flow_id, unchanged)
    assert result["errors"] is not None


async def test_reconfigure_another_charger(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """An entry stays that of its charger."""
    entry.add_to_hass(hass)
    result = await reconfigure(hass, entry, "goe_cloud")
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"serial": "999999", "token": TOKEN}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "goe_other_charger"


async def test_options(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """The options are stored as whole seconds and used at once."""
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "init"
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"interval_s": 5.0, "max_age_s": 60.0}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {"interval_s": 5, "max_age_s": 60}
    await hass.async_block_till_done()
    assert entry.runtime_data.coordinators[0].max_age_s == 60
    assert "age=60" in cloud.requests[-1].raw_query


async def test_rare_questions(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """Who asks once a minute isn't unavailable for half of each."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        entry, options={"interval_s": 60, "max_age_s": 10}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.runtime_data.coordinators[0].max_age_s == 120
