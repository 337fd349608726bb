"""An error of our own while it's decided: loads aren't left alone for ever."""

from typing import Any

import pytest

from custom_components.sunbridge.surplus.controller import Controller
from homeassistant.core import HomeAssistant

from .house import House, house_fixture, set_up, surplus_entry  # noqa: F401


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
