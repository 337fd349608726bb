"""Parts of the house are added, changed and deleted one by one."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from .conftest import BATTERY, INVERTER, METER, ROD, answered, register, say
from .flows import (
    add,
    add_part,
    change,
    described_by,
    form,
    of_the_grid,
    part_goes_on,
    suggested,
)

pytestmark = pytest.mark.usefixtures("house")


@pytest.mark.parametrize(
    ("kind", "part", "step", "device"),
    [
        (
            "inverter",
            {**INVERTER, "battery_connected": False},
            "production",
            {
                "inv_power_ac_w": 2225,
                "pv_energy_day_wh": 8750,
                "pv_energy_total_wh": 346890,
                "battery_connected": False,
            },
        ),
        (
            "energy_meter",
            {**METER, "power": ["sensor.load"], "location": "sub_device"},
            "consumption",
            {"grid_power_w": 1683},
        ),
        ("battery", BATTERY, "charge", {"bat_power_w": -749, "soc": 78.2, "mode": 0}),
        (
            "smart_load",
            ROD,
            "consumption",
            {"sl_power_w": 1241, "temp": 46.8, "mode": 1},
        ),
    ],
)
async def test_add(
    hass: HomeAssistant, kind: str, part: Any, step: str, device: Any
) -> None:
    """Each kind is served right after it was added, in both documents."""
    entry = await of_the_grid(hass)
    assert await add(hass, entry, kind, form(part)) == step
    assert [one.subentry_type for one in entry.subentries.values()] == [
        "energy_meter",
        kind,
    ]
    added = list(entry.subentries.values())[1]
    assert added.title == part["name"]
    plural = {"battery": "batteries"}.get(kind, f"{kind}s")
    served = answered(entry)[1][plural]
    assert list(served.values())[-1] == device
    (described,) = (
        one
        for devices in described_by(entry).values()
        for one in devices.values()
        if one["serial"] == added.subentry_id
    )
    assert described["name"] == part["name"]
    assert described["model"] == "Simulated"


@pytest.mark.parametrize(
    ("kind", "part", "states"),
    [
        (
            "inverter",
            {**INVERTER, "battery_connected": False},
            {"5": "production", "-5": "consumption", "0": "idle", "x": "not_known"},
        ),
        (
            "energy_meter",
            {**METER, "power": ["sensor.load"]},
            {"5": "consumption", "-5": "feed_in", "0": "idle", "": "not_known"},
        ),
        (
            "battery",
            BATTERY,
            {"5": "discharge", "-5": "charge", "0.4": "idle", "x": "not_known"},
        ),
        (
            "smart_load",
            ROD,
            # A little below nothing is noise, and more is nobody knows what.
            {"5": "consumption", "-5": "idle", "0": "idle", "-500": "not_known"},
        ),
    ],
)
async def test_every_direction(
    hass: HomeAssistant, kind: str, part: Any, states: dict[str, str]
) -> None:
    """The step that asks for the sign says what flows now, and in which direction."""
    entry = await of_the_grid(hass)
    for state, direction in states.items():
        say(hass, part["power"][0], state if state != "x" else "unavailable")
        result = await add_part(hass, entry, kind, form(part))
        assert result["step_id"] == direction, state
        placeholder = "5 W" if state in {"5", "-5"} else "0 W"
        if kind == "smart_load" and state == "-5":
            placeholder = "0 W"
        assert result["description_placeholders"] == {"power": placeholder}


async def test_turned_sign(hass: HomeAssistant) -> None:
    """A sign is turned, seen, and kept when the part is changed later."""
    entry = await of_the_grid(hass)
    result = await add_part(hass, entry, "battery", form(BATTERY))
    assert result["step_id"] == "charge"
    result = await part_goes_on(hass, result, {"inverted": True})
    assert result["step_id"] == "discharge"
    assert suggested(result) == {"inverted": True}
    result = await part_goes_on(hass, result, {"inverted": True})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert answered(entry)[1]["batteries"]["0"]["bat_power_w"] == 749
    battery = list(entry.subentries.values())[1]
    result = await change(hass, entry, battery.subentry_id)
    assert suggested(result) == form(BATTERY)
    result = await part_goes_on(hass, result, form(BATTERY, name="Cellar", soc=None))
    assert result["step_id"] == "discharge"
    assert suggested(result) == {"inverted": True}
    result = await part_goes_on(hass, result, {"inverted": False})
    assert result["step_id"] == "charge"
    result = await part_goes_on(hass, result, {"inverted": False})
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert answered(entry)[1]["batteries"]["0"] == {"bat_power_w": -749, "mode": 0}
    battery = list(entry.subentries.values())[1]
    assert battery.title == battery.data["name"] == "Cellar"
    assert "soc" not in battery.data


async def test_change_keeps_the_place(hass: HomeAssistant) -> None:
    """A part that is changed stays the same device for the wallbox."""
    register(hass, "sensor.grid")
    entry = await of_the_grid(hass, ("inverter", form(INVERTER)), ("battery", BATTERY))
    before = described_by(entry)
    inverter = list(entry.subentries.values())[1]
    result = await change(hass, entry, inverter.subentry_id)
    changed = form(INVERTER, power=["sensor.load"], max_ac_w=4000.0)
    result = await part_goes_on(hass, result, changed)
    assert result["step_id"] == "production"
    await part_goes_on(hass, result, {"inverted": False})
    await hass.async_block_till_done()
    after = described_by(entry)
    assert after["inverters"]["0"]["serial"] == before["inverters"]["0"]["serial"]
    assert after["inverters"]["0"]["max_ac_w"] == 4000
    assert answered(entry)[1]["inverters"]["0"]["inv_power_ac_w"] == 1683


async def test_one_way_sensors(hass: HomeAssistant) -> None:
    """A part may be metered each way by a sensor of its own."""
    say(hass, "sensor.charge", 0.3, "kW")
    say(hass, "sensor.discharge", 0)
    entry = await of_the_grid(hass)
    part = form(BATTERY, power=["sensor.discharge"], reverse=["sensor.charge"])
    assert await add(hass, entry, "battery", part) == "charge"
    assert answered(entry)[1]["batteries"]["0"]["bat_power_w"] == -300


async def test_pv_only(hass: HomeAssistant) -> None:
    """An inverter whose sensor has the PV only gets the battery added."""
    entry = await of_the_grid(hass, ("battery", BATTERY))
    await add(hass, entry, "inverter", form(INVERTER, pv_only=True))
    found = answered(entry)[1]
    assert found["inverters"]["0"]["inv_power_ac_w"] == 2225 - 749
    # Without the battery it isn't known what comes out of the inverter.
    say(hass, "sensor.battery", "unknown")
    assert set(answered(entry)[1]) == {"energy_meters"}


async def test_renamed_title(hass: HomeAssistant) -> None:
    """A part whose title is changed in the list keeps the name the wallbox knows."""
    entry = await of_the_grid(hass)
    subentry = entry.subentries["00"]
    hass.config_entries.async_update_subentry(entry, subentry, title="Else")
    await hass.async_block_till_done()
    assert described_by(entry)["energy_meters"]["0"]["name"] == METER["name"]


async def test_removed_source_is_not_shown(hass: HomeAssistant) -> None:
    """A form shows entities by the names that they have now, and no removed ones."""
    ids = {
        name: register(hass, f"sensor.{name}").id
        for name in ("roof", "load", "roof_today", "roof_total")
    }
    inverter = {
        **INVERTER,
        "battery_connected": False,
        "power": [ids["roof"], ids["load"]],
        "day_energy": ids["roof_today"],
        "total_energy": ids["roof_total"],
    }
    entry = await of_the_grid(hass, ("inverter", inverter))
    registry = er.async_get(hass)
    registry.async_remove("sensor.load")
    registry.async_remove("sensor.roof_total")
    registry.async_update_entity("sensor.roof", new_entity_id="sensor.sun")
    await hass.async_block_till_done()
    filled_in = suggested(await change(hass, entry, "01"))
    assert filled_in["power"] == ["sensor.sun"]
    assert filled_in["day_energy"] == "sensor.roof_today"
    assert "total_energy" not in filled_in
