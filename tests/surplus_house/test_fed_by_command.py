"""A charger that follows by itself, while it's commanded all the same."""

from datetime import time

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.surplus.adapter.wishes import Change
from custom_components.sunbridge.surplus.controller import Controller
from homeassistant.core import HomeAssistant

from .fakes import FakeRoom, fake_fixture  # noqa: F401
from .house import House, coordinators, house_fixture, set_up, surplus_entry  # noqa: F401
from .test_bugs import broken

REASON = "sensor.garage_surplus_reason"
MODE = "select.garage_surplus_mode"


async def hurried(
    hass: HomeAssistant, house: House, fake: FakeRoom, freezer: FrozenDateTimeFactory
) -> MockConfigEntry:
    """Let it be in a hurry for a promised energy; return the surplus' entry."""
    await hass.config.async_set_time_zone("UTC")
    freezer.move_to("2026-06-21 06:30:00+00:00")
    await fake.async_load()
    kind, data = fake.load
    entry = surplus_entry(hass, (kind, {**data, "at_stop": "pause"}))
    house.sun_w = -500
    await set_up(hass, entry)
    await house.run(20)
    assert fake.charging.feeds
    _, (load,) = coordinators(entry)
    for change in (
        Change("target_kwh", 10.0),
        Change("finish_at", time(7)),
        Change("finish_by", value=True),
    ):
        await load.async_send(change)
    await house.run(20)
    assert house.shown(REASON) == "plan"
    assert fake.charging.sets == [(16.0, 3)]
    return entry


async def test_is_paused_at_the_end(
    hass: HomeAssistant, house: House, fake: FakeRoom, freezer: FrozenDateTimeFactory
) -> None:
    """What was told 16 A goes on with that until it's told a pause."""
    entry = await hurried(hass, house, fake, freezer)
    await hass.config_entries.async_unload(entry.entry_id)
    assert fake.charging.sets == [(16.0, 3), (0.0, 3)]


async def test_is_paused_without_decisions(
    hass: HomeAssistant,
    house: House,
    fake: FakeRoom,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An error of our own doesn't leave it at full power."""
    await hurried(hass, house, fake, freezer)
    with monkeypatch.context() as patched:
        patched.setattr(Controller, "decide", broken)
        await house.run(80)
        assert fake.charging.sets[-1] == (0.0, 3)
    await house.run(20)
    assert fake.charging.sets[-1] == (16.0, 3)


async def test_a_fed_one_is_left_in_peace(
    hass: HomeAssistant, house: House, fake: FakeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without decisions it isn't fed, which is its pause."""
    await fake.async_load()
    kind, data = fake.load
    entry = surplus_entry(hass, (kind, {**data, "at_stop": "pause"}))
    fake.charging.say(set_a=10.0, power_w=6900.0)
    await set_up(hass, entry)
    await house.run(20)
    monkeypatch.setattr(Controller, "decide", broken)
    monkeypatch.setattr(Controller, "stop", broken)
    await house.run(80)
    await hass.config_entries.async_unload(entry.entry_id)
    assert fake.charging.sets == []


async def test_silence_pauses_only_what_was_fed(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """It's as it was told until it's fed again, which no lost meter can do."""
    await fake.async_load()
    kind, data = fake.load
    entry = surplus_entry(hass, (kind, {**data, "at_stop": "pause"}))
    await set_up(hass, entry)
    await house.run(12)
    await house.select(MODE, "fast")
    await house.run(20)
    assert fake.charging.sets == [(16.0, 3)]
    house.meter = lambda _: "unavailable"
    await house.run(70)
    await house.select(MODE, "surplus")
    await house.run(5)
    fake.charging.sets.clear()
    await hass.config_entries.async_unload(entry.entry_id)
    assert fake.charging.sets == [(0.0, 3)]
