"""A surplus calls what others made, who say in their errors what they want."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..surplus_house.house import BOX, PUMP, House, house_fixture, set_up, surplus_entry
from .conftest import Begin
from .watch import Planted, remove

__all__ = ["house_fixture"]

PLANTED = Planted(
    doors={"address": "marked-address"},
    persons={"box": "marked-box", "pump": "marked-pump", "text": "marked-text"},
)
CHARGER = ("any_charger", {**BOX, "name": "marked-box", "at_stop": "pause"})
LOAD = ("switched_load", {**PUMP, "name": "marked-pump"})


async def test_house(
    hass: HomeAssistant,
    watch: Begin,
    house: House,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Names are in states only; others' errors and texts are nowhere."""
    seen = await watch(PLANTED)
    entry = surplus_entry(hass, CHARGER, LOAD)
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 5000)
    await seen.look(entry)

    async def fail(*_: object, **__: object) -> None:
        raise HomeAssistantError("can't reach http://me:marked-address@192.0.2.1")

    for kind, name in (
        (type(house.box.current), "async_set_native_value"),
        (type(house.box.switch), "async_turn_off"),
        (type(house.pump), "async_turn_on"),
        (type(house.pump), "async_turn_off"),
    ):
        monkeypatch.setattr(kind, name, fail)
    house.sun_w = 3000
    await house.run(90)
    await seen.look(entry)
    assert "doesn't take commands" in seen.logs(ours=True)
    # What the meter says is no number, and then nothing at all.
    house.meter = lambda _: "marked-text"
    await house.run(60)
    await seen.look(entry)
    house.meter = lambda _: None
    await house.until(lambda: bool(house.issues), 3600, 20)
    await seen.look(entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await house.run(10)
    await seen.look(entry)
    await remove(hass, seen, entry, hass_storage)
    # Nothing is asked for. The meter's text is a state of its own, and a load's name
    # is its device's.
    seen.urls = ["none"]
    seen.check(in_states={"box", "pump", "text"}, in_said={"box", "pump"})
