"""A charger of Sunbridge becomes a load."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .conftest import add_charger, new_entry
from .flows import add_load, change_load, fields, load_goes_on, options_in, suggested
from .house import BOX, PUMP

pytestmark = pytest.mark.usefixtures("empty_rooms")

REGULATED = {"priority": 1.0, "at_stop": "leave"}


def stored(device: str, **changed: Any) -> dict[str, Any]:
    """Return what is stored of a charger."""
    how = {"how": "regulate", "priority": 1, "at_stop": "leave"}
    return {"device": device, **how, **changed}


async def test_regulated(hass: HomeAssistant) -> None:
    """One that can't follow by itself isn't asked how."""
    _, device = await add_charger(hass)
    entry = new_entry(hass)
    result = await add_load(hass, entry, "charger")
    assert result["step_id"] == "user"
    assert options_in(result, "device") == [{"value": device, "label": "Garage"}]
    assert result["data_schema"]({}) == {"device": device}
    result = await load_goes_on(hass, result, {"device": device})
    assert result["step_id"] == "settings"
    assert result["description_placeholders"] == {"charger": "Garage"}
    assert fields(result) == {"priority", "at_stop"}
    assert suggested(result) == {"priority": 1}
    result = await load_goes_on(hass, result, {"priority": 3.0, "at_stop": "pause"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (load,) = entry.subentries.values()
    assert load.subentry_type == "charger"
    assert load.title == "Garage"
    assert load.data == stored(device, priority=3, at_stop="pause")


@pytest.mark.parametrize("how", ["feed", "regulate"])
async def test_fed(hass: HomeAssistant, how: str) -> None:
    """One that can is asked, and follows by itself if nothing else is said."""
    _, device = await add_charger(hass, feed_every_s=5)
    entry = new_entry(hass)
    result = await add_load(hass, entry, "charger", {"device": device})
    assert fields(result) == {"how", "priority", "at_stop"}
    assert result["data_schema"](REGULATED)["how"] == "feed"
    result = await load_goes_on(hass, result, {"how": how, **REGULATED})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (load,) = entry.subentries.values()
    assert load.data == stored(device, how=how)


async def test_name_of_the_user(hass: HomeAssistant) -> None:
    """A charger is called as its user calls it."""
    _, device = await add_charger(hass)
    dr.async_get(hass).async_update_device(device, name_by_user="Carport")
    entry = new_entry(hass)
    result = await add_load(hass, entry, "charger")
    assert options_in(result, "device")[0]["label"] == "Carport"
    result = await load_goes_on(hass, result, {"device": device})
    await load_goes_on(hass, result, REGULATED)
    assert next(iter(entry.subentries.values())).title == "Carport"


async def test_taken(hass: HomeAssistant) -> None:
    """Those that are loads already are left out; the next one comes after them."""
    _, first = await add_charger(hass)
    _, second = await add_charger(hass, "Carport")
    entry = new_entry(hass, [("charger", stored(first, priority=8))])
    result = await add_load(hass, entry, "charger")
    assert options_in(result, "device") == [{"value": second, "label": "Carport"}]
    result = await load_goes_on(hass, result, {"device": second})
    assert suggested(result) == {"priority": 9}
    # Meanwhile somebody does the same in another window.
    other = await add_load(hass, entry, "charger", {"device": second})
    await load_goes_on(hass, other, REGULATED)
    result = await load_goes_on(hass, result, REGULATED)
    assert result["reason"] == "already_configured"
    assert len(entry.subentries) == 2
    result = await add_load(hass, entry, "charger")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "surplus_all_taken"


@pytest.mark.parametrize("kind", ["any_charger", "switched_load"])
async def test_commanded_already(hass: HomeAssistant, kind: str) -> None:
    """One whose own entities command a load would have two that tell it what to do."""
    charger, first = await add_charger(hass)
    _, second = await add_charger(hass, "Carport")
    switch = er.async_get(hass).async_get_or_create(
        "switch", "sunbridge", "go", config_entry=charger, device_id=first
    )
    load = {**(BOX if kind == "any_charger" else PUMP), "switch": switch.id}
    entry = new_entry(hass, [(kind, load), ("charger", stored(second))])
    result = await add_load(hass, entry, "charger")
    assert result["reason"] == "surplus_all_taken"
    # A switch of anything else takes no charger.
    data = {**load, "switch": "switch.box"}
    hass.config_entries.async_update_subentry(entry, entry.subentries["00"], data=data)
    result = await add_load(hass, entry, "charger")
    assert [one["value"] for one in options_in(result, "device")] == [first]


async def test_no_charger(hass: HomeAssistant) -> None:
    """Without a charger it's said what to add first; an entry alone is none."""
    entry = new_entry(hass)
    assert (await add_load(hass, entry, "charger"))["reason"] == "surplus_no_charger"
    charger, _ = await add_charger(hass)
    # A heat pump, for instance, has a coordinator that can't be regulated.
    (coordinator,) = charger.runtime_data.coordinators
    charging, coordinator.charging = coordinator.charging, None
    assert (await add_load(hass, entry, "charger"))["reason"] == "surplus_no_charger"
    coordinator.charging = charging
    assert (await add_load(hass, entry, "charger"))["step_id"] == "user"
    assert await hass.config_entries.async_unload(charger.entry_id)
    assert (await add_load(hass, entry, "charger"))["reason"] == "surplus_no_charger"


async def test_change(hass: HomeAssistant) -> None:
    """With one charger only its settings are asked for; its title stays the user's."""
    _, device = await add_charger(hass, feed_every_s=5)
    entry = new_entry(hass, [("charger", stored(device, priority=4))])
    load = entry.subentries["00"]
    hass.config_entries.async_update_subentry(entry, load, title="Mine")
    result = await change_load(hass, entry)
    assert result["step_id"] == "settings"
    assert suggested(result) == {
        "how": "regulate",
        "priority": 4,
        "at_stop": "leave",
    }
    changed = {"how": "feed", "priority": 2, "at_stop": "pause"}
    result = await load_goes_on(hass, result, changed)
    assert result["reason"] == "reconfigure_successful"
    load = entry.subentries["00"]
    assert load.data == stored(device, **changed)
    assert load.title == "Mine"


async def test_replaced(hass: HomeAssistant) -> None:
    """A load may get another charger; its place, and so its entities, stay."""
    _, first = await add_charger(hass, feed_every_s=5)
    _, second = await add_charger(hass, "Carport")
    _, third = await add_charger(hass, "Barn")
    loads = [("charger", stored(first, how="feed")), ("charger", stored(third))]
    entry = new_entry(hass, loads)
    result = await change_load(hass, entry)
    assert result["step_id"] == "reconfigure"
    assert [one["value"] for one in options_in(result, "device")] == [first, second]
    assert result["data_schema"]({}) == {"device": first}
    result = await load_goes_on(hass, result, {"device": second})
    assert fields(result) == {"priority", "at_stop"}
    await load_goes_on(hass, result, REGULATED)
    load = entry.subentries["00"]
    assert load.data == stored(second)
    assert load.title == "Carport"
    assert load.unique_id == second


@pytest.mark.parametrize("how", ["feed", "regulate"])
async def test_offline(hass: HomeAssistant, how: str) -> None:
    """While the charger isn't loaded its settings may be changed all the same."""
    charger, device = await add_charger(hass, feed_every_s=5)
    entry = new_entry(hass, [("charger", stored(device, how=how))])
    assert await hass.config_entries.async_unload(charger.entry_id)
    result = await change_load(hass, entry)
    assert result["step_id"] == "settings"
    assert result["description_placeholders"] == {"charger": "Garage"}
    assert ("how" in fields(result)) is (how == "feed")
    asked = {key: suggested(result)[key] for key in fields(result)}
    await load_goes_on(hass, result, {**asked, "priority": 7})
    assert entry.subentries["00"].data == stored(device, how=how, priority=7)


async def test_gone(hass: HomeAssistant) -> None:
    """A charger that was removed isn't proposed any more."""
    _, device = await add_charger(hass)
    entry = new_entry(hass, [("charger", stored(device))])
    dr.async_get(hass).async_remove_device(device)
    assert (await change_load(hass, entry))["reason"] == "surplus_no_charger"
    _, second = await add_charger(hass, "Carport")
    result = await change_load(hass, entry)
    assert options_in(result, "device") == [{"value": second, "label": "Carport"}]
    assert result["data_schema"]({}) == {"device": second}
