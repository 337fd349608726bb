"""An error of our own while it's decided: loads aren't left alone for ever."""

from typing import Any

import pytest

from custom_components.sunbridge.surplus.adapter import hub
from custom_components.sunbridge.surplus.controller import Controller
from homeassistant.core import HomeAssistant

from .house import BOX, PUMP, House, house_fixture, set_up, surplus_entry  # noqa: F401


async def test_decides_again(
    hass: HomeAssistant,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It's tried again by itself, also when no meter says anything; it's told once."""
    await set_up(hass, surplus_entry(hass))
    await house.until(lambda: house.box.power_w > 5000)

    def broken(*_: Any) -> None:
        raise LookupError("marked")

    with monkeypatch.context() as patched:
        patched.setattr(Controller, "decide", broken)
        await house.run(5)
        house.meter = lambda _: None
        house.box.is_available = False
        await house.run(5)
    house.box.is_available = True
    await house.until(lambda: not house.box.offered_a, 300)
    assert house.shown("sensor.box_reason") == "meter_lost"
    assert caplog.text.count("an error of Sunbridge") == 1


def broken(*_: Any) -> None:
    """Do what nobody thought of."""
    raise LookupError("marked")


@pytest.mark.parametrize("is_new", [False, True], ids=["lasting", "from the start"])
async def test_pauses(
    hass: HomeAssistant,
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    is_new: bool,
) -> None:
    """Without decisions loads are paused, and go on by themselves when there are."""
    house.sun_w = 14000
    entry = surplus_entry(hass, ("any_charger", BOX), ("switched_load", PUMP))
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 5000 and bool(house.pump.is_on))
    with monkeypatch.context() as patched:
        patched.setattr(Controller, "decide", broken)
        if is_new:
            assert await hass.config_entries.async_reload(entry.entry_id)
        await house.run(50)
        assert house.box.power_w > 5000
        assert house.shown("sensor.box_reason") != "unavailable"
        await house.run(30)
        assert not house.box.power_w
        assert not house.pump.is_on
        for entity_id in ("sensor.box_reason", "sensor.surplus_power"):
            assert house.shown(entity_id) == "unavailable"
        # And again: it may be that the command was lost.
        house.box.writes.clear()
        await house.run(130)
        assert house.box.writes == [("switch", False)] * 2
    await house.until(lambda: house.box.power_w > 5000)
    assert house.shown("sensor.box_reason") != "manual"
    assert house.shown("sensor.surplus_power") not in {"unavailable", "unknown"}


async def test_what_isnt_ours_is_left(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that a user has taken over, or never wanted regulated, isn't paused."""
    house.sun_w = 14000
    await set_up(
        hass, surplus_entry(hass, ("any_charger", BOX), ("switched_load", PUMP))
    )
    await house.until(lambda: house.box.power_w > 5000 and bool(house.pump.is_on))
    await house.select("select.pump_mode", "off")
    await house.run(20)
    house.pump._attr_is_on = True
    house.box.current._attr_native_value = 8
    await house.until(lambda: house.shown("sensor.box_reason") == "manual")
    with monkeypatch.context() as patched:
        patched.setattr(Controller, "decide", broken)
        await house.run(200)
    await house.run(60)
    assert house.box.offered_a == 8
    assert house.pump.is_on
    assert house.shown("sensor.box_reason") == "manual"


async def test_shows_nothing_old(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What can't be shown is unavailable; loads follow all the same."""
    await set_up(hass, surplus_entry(hass))
    await house.until(lambda: house.box.power_w > 5000)
    monkeypatch.setattr(hub, "house_state", broken)
    await house.run(70)
    assert house.shown("sensor.box_reason") == "unavailable"
    house.sun_w = 0
    await house.until(lambda: not house.box.offered_a)


@pytest.mark.parametrize("at_stop", ["leave", "pause"])
async def test_ends_all_the_same(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch, at_stop: str
) -> None:
    """An entry can be unloaded, and its loads are left or paused as their user wants."""
    entry = surplus_entry(hass, ("any_charger", {**BOX, "at_stop": at_stop}))
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 5000)
    monkeypatch.setattr(Controller, "stop", broken)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert bool(house.box.offered_a) is (at_stop == "leave")
