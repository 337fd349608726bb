"""Chargers of Sunbridge as loads: found, fed, regulated and mended."""

from dataclasses import replace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sunbridge.vendors.issues import async_raise
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component

from ..nrgkick_house.conftest import say
from .conftest import BATTERY
from .fakes import TRAITS, FakeCoordinator, FakeRoom, fake_fixture  # noqa: F401
from .house import House, house_fixture, set_up, surplus_entry  # noqa: F401

TRAITS_32 = replace(TRAITS, max_a=32.0)
STATE = "sensor.garage_surplus_state"
REASON = "sensor.garage_surplus_reason"


class Repairs:
    """A user at the repairs, by the interface that the frontend uses."""

    def __init__(self, hass: HomeAssistant, new_client: ClientSessionGenerator) -> None:
        """Keep what makes a client: all has to be set up before."""
        self._hass = hass
        self._new_client = new_client

    async def begin(self, issue_id: str) -> Any:
        """Open an issue."""
        assert await async_setup_component(self._hass, "repairs", {})
        await self._hass.async_block_till_done()
        self._client = await self._new_client()
        return await self._post(
            "/api/repairs/issues/fix", handler="sunbridge", issue_id=issue_id
        )

    async def go_on(self, step: Any) -> Any:
        """Submit a step."""
        return await self._post(f"/api/repairs/issues/fix/{step['flow_id']}")

    async def _post(self, path: str, **body: str) -> Any:
        response = await self._client.post(path, json=body)
        assert response.status == 200
        return await response.json()


@pytest.fixture
def repairs(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Repairs:
    """Return a user at the repairs."""
    return Repairs(hass, hass_client)


async def test_fed(hass: HomeAssistant, house: House, fake: FakeRoom) -> None:
    """It's told each 5 s, changed or not, what leads it to its share."""
    await fake.async_load()
    say(hass, "sensor.roof", "2.5", "kW")
    say(hass, "sensor.roof_2", 500)
    say(hass, "sensor.battery", -1000)
    pv = {"power": ["sensor.roof", "sensor.roof_2"]}
    entry = surplus_entry(
        hass, fake.load, pv=pv, battery={**BATTERY, "soc": None}, options={}
    )
    house.sun_w = 4000
    await house.run(1)
    await set_up(hass, entry)
    await house.run(6)
    # What the battery takes is the car's, by the rule; and it's in the grid's power
    # already, so that the battery itself seems to rest.
    grid_w, pv_w, battery_w = fake.charging.feeds[-1]
    assert grid_w == pytest.approx(-5000, abs=20)
    assert (pv_w, battery_w) == (3000.0, 0.0)
    assert house.shown(REASON) == "feeding"
    assert house.shown(STATE) == "waiting"
    assert house.shown("sensor.garage_surplus_target_current") == "unknown"
    before = len(fake.charging.feeds)
    await house.run(60)
    assert 11 <= len(fake.charging.feeds) - before <= 13
    # It charges, and its own power isn't taken off again.
    fake.charging.say(power_w=4600.0, set_a=None)
    house.sun_w = -600
    await house.run(10)
    assert house.shown(STATE) == "charging"
    grid_w, _, _ = fake.charging.feeds[-1]
    assert grid_w == pytest.approx(-400, abs=30)
    # An inverter takes some W at night.
    say(hass, "sensor.roof", -520)
    await house.run(6)
    assert fake.charging.feeds[-1][1] == 0
    say(hass, "sensor.roof", "unavailable")
    await house.run(6)
    assert fake.charging.feeds[-1][1] is None
    # Silence is how it learns that the meter is lost.
    house.meter = lambda _: "unavailable"
    await house.run(3)
    before = len(fake.charging.feeds)
    await house.run(60)
    assert len(fake.charging.feeds) == before
    assert fake.charging.sets == []


async def test_fed_in_a_house_without_a_battery(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """What a house doesn't have is left out."""
    await fake.async_load()
    await set_up(hass, surplus_entry(hass, fake.load))
    await house.run(2)
    assert fake.charging.feeds[-1][1:] == (None, None)


async def test_fed_is_fast_by_command(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """Off and fast can't be fed; they're commands."""
    await fake.async_load()
    await set_up(hass, surplus_entry(hass, fake.load))
    await house.select("select.garage_surplus_mode", "fast")
    await house.run(20)
    assert fake.charging.sets[-1] == (16.0, 3)
    assert house.shown(REASON) == "fast"
    assert house.shown("sensor.garage_surplus_target_current") == "16.0"
    await house.select("select.garage_surplus_mode", "off")
    await house.run(20)
    assert fake.charging.sets[-1][0] == 0
    fed = len(fake.charging.feeds)
    await house.select("select.garage_surplus_mode", "surplus")
    await house.run(20)
    assert len(fake.charging.feeds) > fed


async def test_fed_at_stop(hass: HomeAssistant, house: House, fake: FakeRoom) -> None:
    """One that is fed isn't paused: it's simply not fed any more."""
    await fake.async_load()
    kind, data = fake.load
    entry = surplus_entry(hass, (kind, {**data, "at_stop": "pause"}))
    await set_up(hass, entry)
    await house.run(20)
    fed = len(fake.charging.feeds)
    await hass.config_entries.async_unload(entry.entry_id)
    await house.run(60)
    assert len(fake.charging.feeds) == fed
    assert fake.charging.sets == []


async def test_regulated(hass: HomeAssistant, house: House, fake: FakeRoom) -> None:
    """Regulated it's told a current; a vendor's block is honoured."""
    await fake.async_load()
    await set_up(hass, surplus_entry(hass, fake.regulated))
    # Its car isn't one that the meter sees: it's only about what it's told.
    await house.until(lambda: bool(fake.charging.sets))
    assert fake.charging.sets == [(13.0, 3)]
    assert fake.charging.feeds == []
    now_s = hass.loop.time()
    fake.charging.say(blocked_until_s=now_s + 60)
    await house.select("select.garage_surplus_mode", "off")
    await house.run(55)
    assert fake.charging.sets == [(13.0, 3)]
    await house.run(10)
    # Only the newest wish is told.
    assert fake.charging.sets == [(13.0, 3), (0.0, 3)]


async def test_changed_by_other(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """What the vendor's coordinator knows of others' commands is believed."""
    await fake.async_load()
    await set_up(hass, surplus_entry(hass, fake.regulated))
    await house.until(lambda: bool(fake.charging.sets))
    await house.run(15)
    fake.charging.say(set_a=8.0, changed_by_other=True)
    await house.run(2)
    assert house.shown(STATE) == "manual"


async def test_entry_comes_later(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """A vendor that isn't there at the start is taken when it comes, also again."""
    fake.is_up = False
    entry = surplus_entry(hass, fake.regulated)
    await set_up(hass, entry)
    await house.run(2)
    assert house.shown(REASON) == "offline"
    assert hass.states.get("select.garage_surplus_phases") is None
    maximum = hass.states.get("number.garage_surplus_maximum_current")
    assert maximum is not None
    assert maximum.attributes["max"] == 16
    fake.charging.traits = TRAITS_32
    await fake.async_load()
    await house.run(2)
    assert house.shown(REASON) != "offline"
    # What it can do is known now.
    assert house.shown("select.garage_surplus_phases") == "auto"
    maximum = hass.states.get("number.garage_surplus_maximum_current")
    assert maximum is not None
    assert maximum.attributes["max"] == 32
    assert await hass.config_entries.async_unload(fake.entry.entry_id)
    await house.run(2)
    assert house.shown(REASON) == "offline"
    assert fake.charging.listeners == set()
    await fake.async_load()
    await house.run(2)
    assert house.shown(REASON) != "offline"
    assert len(fake.charging.listeners) == 1
    assert await hass.config_entries.async_reload(fake.entry.entry_id)
    await house.run(2)
    assert house.shown(REASON) != "offline"
    assert len(fake.charging.listeners) == 1
    fake.coordinator.is_there = False
    await house.run(2)
    assert house.shown(REASON) == "offline"
    await hass.config_entries.async_unload(entry.entry_id)
    assert fake.charging.listeners == set()


async def test_device_is_found_later(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """An account may find its charger when it's loaded already."""
    fake.is_found = False
    assert await hass.config_entries.async_setup(fake.entry.entry_id)
    await set_up(hass, surplus_entry(hass, fake.regulated))
    await house.run(2)
    assert house.shown(REASON) == "offline"
    fake.entry.runtime_data.async_add(FakeCoordinator(hass, fake.entry, fake.charging))
    await house.run(2)
    assert house.shown(REASON) != "offline"


async def test_charger_is_removed(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """A charger that is gone for good is told."""
    await fake.async_load()
    entry = surplus_entry(hass, fake.load)
    await set_up(hass, entry)
    await house.run(12)
    assert house.issues == set()
    await hass.config_entries.async_remove(fake.entry.entry_id)
    await house.run(12)
    assert house.issues == {"surplus_charger_gone"}
    assert house.shown(REASON) == "offline"
    hass.config_entries.async_remove_subentry(entry, "00")
    await hass.async_block_till_done()
    await house.run(12)
    assert house.issues == set()


async def test_device_is_the_chargers_neighbour(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """Its device is of the subentry, has a name of its own, and leads to the charger."""
    entry = surplus_entry(hass, fake.load)
    await set_up(hass, entry)
    registry = dr.async_get(hass)
    house_device = registry.async_get_device_by_identifier(
        ("sunbridge", "surplus_house"), entry.entry_id
    )
    device = registry.async_get_device_by_identifier(
        ("sunbridge", "surplus_00"), entry.entry_id
    )
    assert house_device is not None
    assert house_device.name == "Surplus"
    assert device is not None
    assert device.name == "Garage surplus"
    assert device.via_device_id == fake.device.id
    assert device.config_subentry_id == "00"


async def test_commands_fail(
    hass: HomeAssistant,
    house: House,
    fake: FakeRoom,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Failures are counted, and told once until it works again, without their text."""
    await fake.async_load()
    entry = surplus_entry(hass, fake.regulated)
    await set_up(hass, entry)
    fake.charging.fails = True
    await house.until(lambda: len(fake.charging.sets) > 2)
    told = [one for one in caplog.records if "take commands" in one.getMessage()]
    assert len(told) == 1
    assert "marked" not in caplog.text
    assert "Garage" not in told[0].getMessage()
    commands = entry.runtime_data.coordinators[1].diagnostics()["commands"]
    assert commands["HomeAssistantError"] == len(fake.charging.sets)
    fake.charging.fails = False
    await house.until(lambda: "takes commands again" in caplog.text)


async def problem(house: House, fake: FakeRoom) -> Any:
    """Put something in the charger's way; return its issue."""
    fake.charging.in_the_way = frozenset({"goe_pv_off"})
    await house.run(45)
    assert house.issues == set()
    await house.run(40)
    assert house.issues == {"surplus_goe_pv_off"}
    issue = ir.async_get(house.hass).async_get_issue(
        "sunbridge", "surplus_goe_pv_off_00"
    )
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {"name": "Garage"}
    return issue


async def test_problem_is_mended(
    hass: HomeAssistant,
    house: House,
    fake: FakeRoom,
    repairs: Repairs,
) -> None:
    """A setting in the way is told after a minute, and can be mended."""
    await fake.async_load()
    await set_up(hass, surplus_entry(hass, fake.load))
    issue = await problem(house, fake)
    assert fake.charging.asked == {True}
    step = await repairs.begin(issue.issue_id)
    assert step["step_id"] == "confirm"
    assert step["description_placeholders"] == {"name": "Garage"}
    fake.charging.fails = True
    step = await repairs.go_on(step)
    assert (step["type"], step["reason"]) == ("abort", "surplus_not_mended")
    assert house.issues == {"surplus_goe_pv_off"}
    fake.charging.fails = False
    step = await repairs.go_on(await repairs.begin(issue.issue_id))
    assert step["type"] == "create_entry"
    assert fake.charging.mended == ["goe_pv_off"]
    await house.run(12)
    assert house.issues == set()


async def test_problem_is_over(
    hass: HomeAssistant, house: House, fake: FakeRoom, repairs: Repairs
) -> None:
    """What the user mends himself isn't told any more, nor while it needn't follow."""
    await fake.async_load()
    entry = surplus_entry(hass, fake.load)
    await set_up(hass, entry)
    issue = await problem(house, fake)
    step = await repairs.begin(issue.issue_id)
    # A charger that is away may have it, or not.
    fake.coordinator.is_there = False
    await house.run(20)
    assert house.issues == {"surplus_goe_pv_off"}
    found = await repairs.go_on(step)
    assert found["reason"] == "surplus_not_mended"
    fake.coordinator.is_there = True
    await house.select("select.garage_surplus_mode", "off")
    await house.run(12)
    assert house.issues == set()
    await house.select("select.garage_surplus_mode", "surplus")
    issue = await problem(house, fake)
    step = await repairs.begin(issue.issue_id)
    await hass.config_entries.async_unload(entry.entry_id)
    # Who isn't there can't mend it.
    found = await repairs.go_on(step)
    assert found["reason"] == "surplus_not_mended"
    await hass.config_entries.async_setup(entry.entry_id)
    await house.run(80)
    step = await repairs.begin(issue.issue_id)
    hass.config_entries.async_remove_subentry(entry, "00")
    await hass.async_block_till_done()
    found = await repairs.go_on(step)
    assert found["type"] == "create_entry"
    assert fake.charging.mended == []


async def test_disabled(hass: HomeAssistant, house: House, fake: FakeRoom) -> None:
    """Who is disabled has no issues, of itself nor of its loads."""
    await fake.async_load()
    entry = surplus_entry(hass, fake.load)
    await set_up(hass, entry)
    await problem(house, fake)
    other = "sunbridge", f"goe_cloud_off_{fake.entry.entry_id}"
    async_raise(hass, fake.entry, "goe_cloud_off")
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()
    issues = ir.async_get(hass).issues
    assert set(issues) == {other}
    # Nor has one that couldn't be set up.
    fake.is_up = False
    await hass.config_entries.async_reload(fake.entry.entry_id)
    assert fake.entry.state is ConfigEntryState.SETUP_RETRY
    assert set(issues) == {other}
    await hass.config_entries.async_set_disabled_by(
        fake.entry.entry_id, ConfigEntryDisabler.USER
    )
    assert not ir.async_get(hass).issues


async def test_device_comes_back(
    hass: HomeAssistant, house: House, fake: FakeRoom
) -> None:
    """A charger whose device was deleted is found when it's made again."""
    await fake.async_load()
    entry = surplus_entry(hass, fake.load)
    await set_up(hass, entry)
    devices = dr.async_get(hass)
    devices.async_remove_device(fake.device.id)
    await fake.async_load()
    await house.run(12)
    assert house.issues == {"surplus_charger_gone"}
    fed = len(fake.charging.feeds)
    found = devices.async_get_or_create(
        config_entry_id=fake.entry.entry_id, identifiers={("sunbridge", "fake_1")}
    )
    assert found.id == fake.device.id
    await house.run(12)
    assert house.issues == set()
    assert len(fake.charging.feeds) > fed
