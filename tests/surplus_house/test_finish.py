"""Full by a time: local times, also when clocks are changed, and without a target."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.sunbridge.surplus.adapter.finish import next_finish
from homeassistant.core import HomeAssistant

from ..nrgkick_house.conftest import say
from .house import BOX, House, house_fixture, set_up, surplus_entry  # noqa: F401
from .test_entities import set_value

VIENNA = ZoneInfo("Europe/Vienna")


@pytest.mark.parametrize(
    ("now", "at", "expected"),
    [
        ("2026-06-21T06:59:59", "07:00", "2026-06-21T05:00:00"),
        ("2026-06-21T07:00:00", "07:00", "2026-06-22T05:00:00"),
        ("2026-06-21T23:30:00", "00:00", "2026-06-21T22:00:00"),
        # Clocks go forward in this night, and 2:30 isn't there.
        ("2026-03-28T20:00:00", "07:00", "2026-03-29T05:00:00"),
        ("2026-03-28T20:00:00", "02:30", "2026-03-29T01:30:00"),
        # They go back, and there are two: the first is meant.
        ("2026-10-24T20:00:00", "07:00", "2026-10-25T06:00:00"),
        ("2026-10-24T20:00:00", "02:30", "2026-10-25T00:30:00"),
        ("2026-12-31T12:00:00", "07:00", "2027-01-01T06:00:00"),
    ],
)
def test_next_finish(now: str, at: str, expected: str) -> None:
    """It's the next such time, in the zone of the house."""
    local = datetime.fromisoformat(now).replace(tzinfo=VIENNA)
    found = next_finish(time.fromisoformat(at), local)
    assert found.astimezone(ZoneInfo("UTC")).replace(tzinfo=None) == (
        datetime.fromisoformat(expected)
    )


def test_second_of_two() -> None:
    """When the first of two such times is over, it's the next day's."""
    between = datetime(2026, 10, 25, 2, 45, tzinfo=VIENNA)
    found = next_finish(time(2, 30), between)
    assert found.date().day == 26
    again = datetime(2026, 10, 25, 2, 15, fold=1, tzinfo=VIENNA)
    assert next_finish(time(2, 30), again).date().day == 26


async def at_night(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory, *loads: Any
) -> Any:
    """Set the surplus up at 22:00 without sun, with a car that is to be done by 7."""
    await hass.config.async_set_time_zone("Europe/Vienna")
    freezer.move_to("2026-06-21 20:00:00+00:00")
    house.sun_w = -300
    entry = surplus_entry(hass, *loads)
    await set_up(hass, entry)
    await set_value(hass, "switch.box_finish_in_time", True)
    return entry


async def test_target(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """What the sun hasn't given by then comes from the grid, as late as possible."""
    await at_night(hass, house, freezer)
    await set_value(hass, "number.box_target_energy", 11)
    await house.run(60)
    assert house.box.writes == []
    # 11 kWh take a bit more than an hour.
    freezer.move_to("2026-06-22 03:40:00+00:00")
    await house.run(60)
    assert house.box.writes == []
    freezer.move_to("2026-06-22 03:58:00+00:00")
    await house.until(lambda: house.box.power_w > 10_000)
    await house.run(60)
    assert house.shown("sensor.box_reason") == "plan"
    assert house.shown("sensor.box_state") == "charging"
    await house.run(4000, 20)
    assert house.shown("sensor.box_reason") == "target_reached"
    assert house.shown("sensor.box_state") == "done"


async def test_without_a_target(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """Who names no target wants a full car: it's charged for the last hours."""
    await at_night(hass, house, freezer)
    freezer.move_to("2026-06-22 01:00:00+00:00")
    await house.run(60)
    assert house.box.writes == []
    # 40 kWh take nearly four hours.
    freezer.move_to("2026-06-22 01:15:00+00:00")
    await house.until(lambda: house.box.power_w > 10_000)
    await house.run(60)
    assert house.shown("sensor.box_reason") == "plan"
    assert house.shown("select.box_mode") == "surplus"
    # When the time is over it's tomorrow's.
    freezer.move_to("2026-06-22 05:00:05+00:00")
    await house.until(lambda: not house.box.offered_a)
    await house.run(200, 5)
    assert house.shown("sensor.box_reason") == "no_surplus"
    freezer.move_to("2026-06-23 01:15:00+00:00")
    await house.until(lambda: house.box.power_w > 10_000)


async def test_without_a_target_on_one_phase(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """A car that was seen to use one phase needs three times as long."""
    say_power = house.say

    def say_all() -> None:
        say_power()
        say(hass, "sensor.box_amps", round(house.box.power_w / 230, 1), "A")

    house.say = say_all  # type: ignore[method-assign]
    house.box.uses = 1
    load = {**BOX, "measured_current": "sensor.box_amps"}
    await at_night(hass, house, freezer, ("any_charger", load))
    await house.select("select.box_mode", "fast")
    await house.until(lambda: house.box.power_w > 3000)
    await house.run(60)
    await house.select("select.box_mode", "surplus")
    # When the time is over it's tomorrow's.
    freezer.move_to("2026-06-22 05:00:05+00:00")
    await house.until(lambda: not house.box.offered_a)
    freezer.move_to("2026-06-22 17:30:00+00:00")
    await house.run(60)
    assert not house.box.offered_a
    # 40 kWh take more than eleven hours.
    freezer.move_to("2026-06-22 17:40:00+00:00")
    await house.until(lambda: house.box.power_w > 3000)
    assert house.shown("sensor.box_reason") == "plan"


async def test_off_is_off(
    hass: HomeAssistant, house: House, freezer: FrozenDateTimeFactory
) -> None:
    """A load that is off isn't charged, whatever the time."""
    await at_night(hass, house, freezer)
    await house.select("select.box_mode", "off")
    freezer.move_to("2026-06-22 04:00:00+00:00")
    await house.run(120, 5)
    assert house.box.writes == []
