"""Parts that can't be: what is refused, and what is mended when one was deleted."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from simulators.nrgkick import INFO_PATH

from .conftest import (
    BATTERY,
    HOST,
    INVERTER,
    METER,
    ROD,
    answered,
    coordinator_of,
    issues,
    new_entry,
    say,
    set_up,
    shown,
)
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

ANSWER = "sensor.nrgkick_custom_api_answer"


@pytest.mark.parametrize("kind", ["battery", "smart_load"])
async def test_one_only(hass: HomeAssistant, kind: str) -> None:
    """Of these the wallbox takes one."""
    part = {"battery": BATTERY, "smart_load": ROD}[kind]
    entry = await of_the_grid(hass, (kind, part))
    result = await add_part(hass, entry, kind)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "nrgkick_one_only"


@pytest.mark.parametrize(
    ("kind", "part", "error"),
    [
        ("inverter", {**INVERTER, "day_energy": None}, "nrgkick_too_many_inverters"),
        ("energy_meter", METER, "nrgkick_too_many_meters"),
    ],
)
async def test_five(hass: HomeAssistant, kind: str, part: Any, error: str) -> None:
    """There may be five of these; deleting one makes room."""
    five = [(kind, form(part, name=f"{number}")) for number in range(5)]
    entry = new_entry(hass, five, load="none")
    await set_up(hass, entry)
    result = await add_part(hass, entry, kind, form(part))
    assert result["errors"] == {"base": error}
    hass.config_entries.async_remove_subentry(entry, "02")
    await hass.async_block_till_done()
    result = await part_goes_on(hass, result, form(part))
    await part_goes_on(hass, result, {"inverted": False})
    await hass.async_block_till_done()
    (devices,) = described_by(entry).values()
    assert [one["name"] for one in devices.values()] == [
        "0",
        "1",
        "3",
        "4",
        part["name"],
    ]


@pytest.mark.parametrize(
    ("kind", "part", "errors"),
    [
        ("inverter", {**INVERTER, "power": []}, {"base": "no_source"}),
        (
            "inverter",
            {**INVERTER, "pv_only": True},
            {"base": "nrgkick_no_battery_to_add"},
        ),
        (
            "inverter",
            {**INVERTER, "total_energy": "sensor.load"},
            {"total_energy": "wrong_unit"},
        ),
        (
            "inverter",
            {**INVERTER, "day_energy": "sensor.text"},
            {"day_energy": "not_a_number"},
        ),
        (
            "energy_meter",
            {**METER, "reverse": ["sensor.grid"]},
            {"base": "same_source"},
        ),
        (
            "energy_meter",
            {**METER, "reverse": ["sensor.tank"]},
            {"reverse": "wrong_unit"},
        ),
        ("battery", {**BATTERY, "soc": "sensor.tank"}, {"soc": "wrong_unit"}),
        (
            "battery",
            {**BATTERY, "power": ["sensor.battery", "sensor.soc"]},
            {"power": "wrong_unit"},
        ),
        (
            "smart_load",
            {**ROD, "temperature": "sensor.rod"},
            {"temperature": "wrong_unit"},
        ),
    ],
)
async def test_errors(
    hass: HomeAssistant, kind: str, part: Any, errors: dict[str, str]
) -> None:
    """What can't be served isn't taken, and the form keeps what was entered."""
    say(hass, "sensor.text", "charging")
    entry = await of_the_grid(hass)
    result = await add_part(hass, entry, kind, form(part))
    assert result["errors"] == errors
    assert suggested(result) == form(part)
    assert len(entry.subentries) == 1


async def test_counted_twice(hass: HomeAssistant) -> None:
    """The battery may be added to one inverter only, also when one is changed."""
    first = {**INVERTER, "pv_only": True}
    second = {**INVERTER, "name": "Second", "power": ["sensor.load"]}
    entry = await of_the_grid(
        hass, ("battery", BATTERY), ("inverter", first), ("inverter", second)
    )
    result = await change(hass, entry, "03")
    result = await part_goes_on(hass, result, form(second, pv_only=True))
    assert result["errors"] == {"base": "nrgkick_battery_added_twice"}
    result = await part_goes_on(hass, result, form(second))
    assert result["step_id"] == "production"


@pytest.mark.parametrize(
    ("parts", "load", "deleted", "mended"),
    [
        (
            [("battery", BATTERY), ("inverter", {**INVERTER, "pv_only": True})],
            "none",
            "01",
            ("battery", BATTERY),
        ),
        ([("inverter", INVERTER)], "balance", "00", ("energy_meter", METER)),
    ],
)
async def test_deleted_and_mended(
    hass: HomeAssistant, parts: Any, load: str, deleted: str, mended: Any
) -> None:
    """What a deletion breaks isn't served, is told, and can be mended."""
    entry = new_entry(hass, [("energy_meter", METER), *parts], load=load)
    await set_up(hass, entry)
    assert shown(hass, ANSWER) == "serving"
    hass.config_entries.async_remove_subentry(entry, deleted)
    await hass.async_block_till_done()
    assert issues(hass) == {"nrgkick_config"}
    assert shown(hass, ANSWER) == "misconfigured"
    assert answered(entry) == (503, None)
    assert coordinator_of(entry).reply("GET", INFO_PATH, HOST).status == 503
    assert coordinator_of(entry).diagnostics()["fault"]
    kind, part = mended
    await add(hass, entry, kind, form(part))
    assert not issues(hass)
    assert shown(hass, ANSWER) == "serving"
    assert answered(entry)[0] == 200


async def test_nothing_left(hass: HomeAssistant) -> None:
    """A house without parts is no error: there's only nothing to tell."""
    entry = await of_the_grid(hass)
    hass.config_entries.async_remove_subentry(entry, "00")
    await hass.async_block_till_done()
    assert answered(entry) == (503, None)
    assert described_by(entry) == {}
    assert not issues(hass)
    assert shown(hass, ANSWER) == "not_trustworthy"
