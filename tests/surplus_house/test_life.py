"""Start, stop, reload and removal: what is told then, and what is kept."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sunbridge.surplus.adapter.hub import STOP_S
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant

from .fakes import FakeRoom, fake_fixture  # noqa: F401
from .house import BOX, House, house_fixture, set_up, surplus_entry  # noqa: F401

PAUSING = ("any_charger", {**BOX, "at_stop": "pause"})
STATE = "sensor.box_state"


def key_of(entry: MockConfigEntry) -> str:
    """Return the name of an entry's file."""
    return f"sunbridge.surplus.{entry.entry_id}"


async def charging(hass: HomeAssistant, house: House, *loads: Any) -> MockConfigEntry:
    """Set the surplus up, and let the box charge from the sun for a while."""
    entry = surplus_entry(hass, *loads)
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 5000)
    await house.run(60)
    house.box.writes.clear()
    return entry


async def test_reload_goes_on(hass: HomeAssistant, house: House) -> None:
    """A reload, such as after a change of settings, doesn't disturb a charge."""
    entry = await charging(hass, house)
    await house.select("select.box_eagerness", "cautious")
    before = house.shown("sensor.box_from_the_sun_today")
    assert float(before) > 0.1
    await hass.config_entries.async_reload(entry.entry_id)
    await house.run(30)
    assert house.box.writes == []
    assert house.shown(STATE) == "charging"
    assert house.shown("select.box_eagerness") == "cautious"
    assert float(house.shown("sensor.box_from_the_sun_today")) >= float(before)
    assert house.shown("sensor.box_switches_today") == "1.0"
    house.sun_w = 6000
    await house.run(20)
    assert house.box.offered_a == 9


async def test_restart_reads_before_it_writes(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """After a while away what the charger does now is where it begins."""
    entry = await charging(hass, house)
    await hass.config_entries.async_unload(entry.entry_id)
    kept = hass_storage[key_of(entry)]["data"]
    assert kept["paused"] == []
    kept["saved_at"] -= 3600
    house.box.current._attr_native_value = 8.0
    await house.run(5)
    await set_up(hass, entry)
    assert house.shown(STATE) == "charging"
    await house.run(30)
    assert house.box.writes == [("current", 13.0)]


async def test_home_assistant_starts(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """A dead vendor delays nothing, and what isn't there yet isn't told as gone."""
    fake.is_up = False
    hass.set_state(CoreState.starting)
    house.meter = lambda _: None
    hass.states.async_remove("sensor.grid")
    hass.states.async_remove("number.box_current")
    house.box.write = lambda: None  # type: ignore[method-assign]
    entry = surplus_entry(hass, ("any_charger", BOX), fake.regulated)
    await set_up(hass, entry)
    assert entry.state is ConfigEntryState.LOADED
    await house.run(60)
    assert house.issues == set()
    assert house.box.writes == []
    hass.set_state(CoreState.running)
    await house.run(40)
    assert house.issues == {"surplus_source"}


async def test_leave(hass: HomeAssistant, house: House) -> None:
    """What is left as it is goes on to charge."""
    entry = await charging(hass, house)
    await hass.config_entries.async_unload(entry.entry_id)
    assert house.box.writes == []
    # Nothing of ours listens any more.
    house.sun_w = 0
    await house.run(300, 5)
    assert house.box.writes == []


async def test_pause(hass: HomeAssistant, house: House) -> None:
    """What is to be paused is, and charges again later: nobody did that by hand."""
    entry = await charging(hass, house, PAUSING)
    await hass.config_entries.async_unload(entry.entry_id)
    assert house.box.writes == [("switch", False)]
    await house.run(5)
    await set_up(hass, entry)
    await house.run(12)
    assert house.shown(STATE) != "manual"
    await house.until(lambda: house.box.power_w > 5000)


@pytest.mark.parametrize("is_late", [False, True], ids=["at once", "late"])
@pytest.mark.parametrize("at_stop", ["leave", "pause"])
async def test_reload_while_phases_are_switched(
    hass: HomeAssistant, house: House, at_stop: str, is_late: bool
) -> None:
    """The pause before other phases is ours, also when it's reported after the end."""
    house.sun_w = 3000
    entry = surplus_entry(hass, ("any_charger", {**BOX, "at_stop": at_stop}))
    await set_up(hass, entry)
    await house.until(lambda: house.box.power_w > 2000)
    await house.run(60)
    house.sun_w = 8800
    house.box.writes.clear()
    await house.until(lambda: ("switch", False) in house.box.writes)
    assert ("phases", "3p") not in house.box.writes
    if not is_late:
        house.box.write()
    assert await hass.config_entries.async_reload(entry.entry_id)
    for _ in range(20):
        await house.run(1)
        assert house.shown(STATE) != "manual"
    await house.until(lambda: house.box.power_w > 5000)
    await house.run(60)
    # Who changes it now has it.
    house.box.switch._attr_is_on = False
    await house.until(lambda: house.shown(STATE) == "manual", 60)


async def test_reload_with_a_pause(hass: HomeAssistant, house: House) -> None:
    """A pause at the end that is reported only after the reload is ours."""
    entry = await charging(hass, house, PAUSING)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert house.shown("sensor.box_target_current") != "0.0"
    for _ in range(20):
        await house.run(1)
        assert house.shown(STATE) != "manual"
    await house.until(lambda: house.box.power_w > 5000)


async def test_pause_that_never_comes(hass: HomeAssistant, house: House) -> None:
    """One that was told in vain is waited for a while, and then it isn't ours."""
    entry = await charging(hass, house, PAUSING)
    house.box.obeys = False
    assert await hass.config_entries.async_reload(entry.entry_id)
    house.box.obeys = True
    await house.run(100)
    assert house.box.power_w > 5000
    house.box.switch._attr_is_on = False
    await house.until(lambda: house.shown(STATE) == "manual", 60)


async def test_home_assistant_stops(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """At the end of Home Assistant it's paused while all others still run."""
    entry = await charging(hass, house, PAUSING)
    await house.select("select.box_mode", "minimum")
    await hass.async_stop(force=True)
    assert house.box.writes == [("switch", False)]
    kept = hass_storage[key_of(entry)]["data"]
    assert kept["loads"]["00"]["mode"] == "minimum"
    assert kept["paused"] == ["00"]


async def test_stop_is_never_held_up(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """A charger that doesn't answer can't keep it from ending."""
    entry = await charging(hass, house, PAUSING)
    stuck = asyncio.Event()

    async def hang(**_: Any) -> None:
        await stuck.wait()

    house.box.switch.async_turn_off = hang  # type: ignore[method-assign]
    unloading = hass.async_create_task(hass.config_entries.async_unload(entry.entry_id))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not unloading.done()
    freezer.tick(STOP_S)
    async_fire_time_changed(hass)
    assert await unloading
    assert entry.state is ConfigEntryState.NOT_LOADED


async def test_removal_forgets(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """Nothing is kept of a removed entry."""
    entry = await charging(hass, house)
    house.meter = lambda _: None
    await house.run(620, 5)
    assert house.issues == {"surplus_meter_lost"}
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert house.issues == set()
    assert key_of(entry) not in hass_storage


async def test_a_load_is_removed(hass: HomeAssistant, house: House) -> None:
    """A subentry that goes takes its load along, and its issues."""
    entry = await charging(hass, house)
    house.box.obeys = False
    house.sun_w = 6000
    await house.until(lambda: "surplus_not_obeying" in house.issues, 900, 3)
    hass.config_entries.async_remove_subentry(entry, "00")
    await hass.async_block_till_done()
    await house.run(2)
    assert entry.state is ConfigEntryState.LOADED
    assert len(entry.runtime_data.coordinators) == 1
    assert hass.states.get(STATE) is None
    assert house.issues == set()


async def test_is_kept_within_a_minute(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any]
) -> None:
    """What is wanted is in the file soon, and the file isn't written all the time."""
    entry = await charging(hass, house)
    await house.run(61)
    written = []
    for _ in range(20):
        await house.run(10, 5)
        saved_at = hass_storage[key_of(entry)]["data"]["saved_at"]
        if saved_at not in written:
            written.append(saved_at)
    assert 3 <= len(written) <= 5
    await house.select("select.box_mode", "off")
    await house.run(3)
    kept = hass_storage[key_of(entry)]["data"]
    assert kept["loads"]["00"]["mode"] == "off"
    # With the box off there's nothing new to keep.
    await house.run(120, 5)
    before = hass_storage[key_of(entry)]["data"]["saved_at"]
    await house.run(300, 5)
    assert hass_storage[key_of(entry)]["data"]["saved_at"] == before


GARBAGE: tuple[Any, ...] = (
    [],
    {"loads": [], "house": "x", "controller": 3, "saved_at": "x"},
    {"loads": {"00": {"mode": "warp", "min_a": -3, "finish_at": 7, "target_kwh": {}}}},
    {"loads": {"00": 1}, "house": {"battery_rule": 7, "margin_w": float("nan")}},
    {"controller": {"version": 1, "house": [], "loads": {"00": {"follower": 1}}}},
    {"saved_at": 1e18, "paused": "yes"},
    {"paused": ["gone", 7, {}]},
)


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_broken_file(
    hass: HomeAssistant, house: House, hass_storage: dict[str, Any], garbage: Any
) -> None:
    """A file that says nonsense is as none."""
    entry = surplus_entry(hass)
    hass_storage[key_of(entry)] = {"version": 1, "data": garbage}
    await set_up(hass, entry)
    assert house.shown("select.box_mode") == "surplus"
    assert house.shown("time.box_finish_at") == "07:00:00"
    assert house.shown("number.surplus_feed_in_margin") in {"0", "0.0"}
    await house.until(lambda: house.box.power_w > 5000)


async def test_file_of_a_newer_version(
    hass: HomeAssistant,
    house: House,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A file of a version to come isn't read."""
    entry = surplus_entry(hass)
    hass_storage[key_of(entry)] = {"version": 99, "data": {}}
    await set_up(hass, entry)
    assert house.shown("select.box_mode") == "surplus"
    assert "can't be read" in caplog.text


async def test_day_ends(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """At midnight, by local time, the counters of the day begin anew."""
    await hass.config.async_set_time_zone("Europe/Vienna")
    freezer.move_to("2026-06-21 21:55:00+00:00")
    await charging(hass, house)
    assert float(house.shown("sensor.box_from_the_sun_today")) > 0.1
    await house.run(300, 5)
    assert float(house.shown("sensor.box_from_the_sun_today")) < 0.5
    assert house.shown("sensor.box_switches_today") == "0.0"
