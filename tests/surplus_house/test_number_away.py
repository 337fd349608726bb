"""A charger by its entities whose number is away a while: its switch still pauses."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant

from .house import BOX, House, house_fixture, set_up, surplus_entry  # noqa: F401

REASON = "sensor.box_reason"


async def charging(hass: HomeAssistant, house: House, **data: Any) -> MockConfigEntry:
    """Let the box charge from the sun, and then its number be away."""
    entry = surplus_entry(hass, ("any_charger", {**BOX, **data}))
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 5000)
    await house.run(60)
    house.box.writes.clear()
    write = house.box.write

    def write_without() -> None:
        write()
        hass.states.async_set("number.box_current", "unavailable")

    house.box.write = write_without  # type: ignore[method-assign]
    await house.run(10)
    return entry


async def test_at_the_end(hass: HomeAssistant, house: House) -> None:
    """What is to be paused is."""
    entry = await charging(hass, house, at_stop="pause")
    await hass.config_entries.async_unload(entry.entry_id)
    assert house.box.writes == [("switch", False)]


async def test_lost_meter(hass: HomeAssistant, house: House) -> None:
    """With a lost meter it's paused, and then there's nothing to be told any more."""
    await charging(hass, house)
    house.meter = lambda _: "unavailable"
    await house.until(lambda: not house.box.switch.is_on)
    house.meter = round
    await house.run(60)
    assert house.box.writes == [("switch", False)]
    assert house.shown(REASON) == "offline"


async def test_goes_on(hass: HomeAssistant, house: House) -> None:
    """When the number is back it follows, with nobody's hand suspected."""
    await charging(hass, house)
    house.sun_w = 6000
    await house.run(30)
    assert house.box.writes == []
    assert house.box.power_w > 5000
    del house.box.write
    await house.until(lambda: house.box.current.native_value == 9, 60)
    assert house.shown("sensor.box_state") == "charging"


@pytest.mark.parametrize("is_back_first", [False, True], ids=["both", "switch first"])
async def test_after_it_was_away(
    hass: HomeAssistant, house: House, is_back_first: bool
) -> None:
    """A box that comes back with other settings was changed by nobody."""
    await charging(hass, house)
    house.box.is_available = False
    await house.run(10)
    assert house.shown(REASON) == "offline"
    house.box.is_available = True
    house.box.current._attr_native_value = 8.0
    if is_back_first:
        await house.run(10)
        assert house.shown(REASON) == "offline"
    del house.box.write
    for _ in range(20):
        await house.run(1)
        assert house.shown("sensor.box_state") != "manual"
    assert house.box.current.native_value == 13
