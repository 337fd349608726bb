"""A user in front of the steps."""

from collections.abc import Mapping
import json
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulators.nrgkick import INFO_PATH

from .conftest import HOST, METER, coordinator_of, new_entry, set_up


async def begin(hass: HomeAssistant) -> dict[str, Any]:
    """Choose NRGkick in the menu."""
    result: Any = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    assert result["type"] is FlowResultType.MENU
    return await go_on(hass, result, {"next_step_id": "nrgkick"})


async def go_on(
    hass: HomeAssistant, result: Mapping[str, Any], user_input: Any
) -> dict[str, Any]:
    """Submit a step of a config flow."""
    flow = hass.config_entries.flow
    found: Any = await flow.async_configure(result["flow_id"], user_input)
    return dict(found)


async def reconfigure(
    hass: HomeAssistant, entry: MockConfigEntry, step: str
) -> dict[str, Any]:
    """Choose what to change of an entry."""
    result: Any = await entry.start_reconfigure_flow(hass)
    assert result["type"] is FlowResultType.MENU
    assert result["step_id"] == "nrgkick_reconfigure"
    return await go_on(hass, result, {"next_step_id": step})


async def add_part(
    hass: HomeAssistant, entry: MockConfigEntry, kind: str, user_input: Any = None
) -> dict[str, Any]:
    """Begin to add a part of the house, and submit its form if there's something."""
    result: Any = await hass.config_entries.subentries.async_init(
        (entry.entry_id, kind), context={"source": "user"}
    )
    if user_input is None:
        return dict(result)
    return await part_goes_on(hass, result, user_input)


async def part_goes_on(
    hass: HomeAssistant, result: Mapping[str, Any], user_input: Any
) -> dict[str, Any]:
    """Submit a step of a part's flow."""
    flow = hass.config_entries.subentries
    found: Any = await flow.async_configure(result["flow_id"], user_input)
    return dict(found)


def suggested(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form has filled in."""
    return {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description and "suggested_value" in key.description
    }


def form(part: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Return what a user enters to get a part."""
    return {
        key: value
        for key, value in {**part, **changed}.items()
        if key != "inverted" and value is not None
    }


async def of_the_grid(hass: HomeAssistant, *parts: Any) -> MockConfigEntry:
    """Return the loaded entry of a house with a grid meter and other parts."""
    entry = new_entry(hass, [("energy_meter", METER), *parts], load="none")
    await set_up(hass, entry)
    return entry


async def add(
    hass: HomeAssistant, entry: MockConfigEntry, kind: str, user_input: Any
) -> str:
    """Add a part whose sign is right; return the step that asked for the sign."""
    result = await add_part(hass, entry, kind, user_input)
    step = str(result["step_id"])
    result = await part_goes_on(hass, result, {"inverted": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    return step


async def change(
    hass: HomeAssistant, entry: MockConfigEntry, subentry_id: str
) -> dict[str, Any]:
    """Begin to change a part."""
    result: Any = await entry.start_subentry_reconfigure_flow(hass, subentry_id)
    assert result["step_id"] == "reconfigure"
    return dict(result)


def described_by(entry: MockConfigEntry) -> Any:
    """Return the master data."""
    reply = coordinator_of(entry).reply("GET", INFO_PATH, HOST)
    assert reply.status == 200
    return json.loads(reply.body)["device_info"]
