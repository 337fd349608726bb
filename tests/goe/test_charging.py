"""A go-e charger under the surplus: what it's told, and what it says."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe.coordinator import GoeCoordinator
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from custom_components.sunbridge.vendors.goe.regulated import READ_KEYS
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.clock import Clock
from simulators.goe import Car, Charger, CloudFront, LocalFront

from ..conftest import SERIAL
from .conftest import set_up, until
from .surplus import charger, clock, coordinator, of, report, sets, told

__all__ = ["charger", "clock", "coordinator"]


async def test_regulated(
    hass: HomeAssistant, coordinator: GoeCoordinator, charger: Charger, clock: Clock
) -> None:
    """It takes current and phases, and a pause; its reports say so, soon."""
    charging = of(coordinator)
    news: list[None] = []
    unlisten = charging.listen(lambda: news.append(None))
    charger.plug_in(Car(start_delay_s=0, ramp_a_per_s=1000))
    await charging.async_set(9, 1)
    assert {key: charger.status()[key] for key in ("frc", "amp", "psm")} == {
        "frc": 2,
        "amp": 9,
        "psm": 1,
    }
    clock.advance(60)
    await until(lambda: report(coordinator).power_w == 9 * 230)
    # By MQTT each value is a message of its own.
    await until(lambda: told(coordinator) == (9, 1))
    found = report(coordinator)
    assert found.current_a == 9
    assert found.is_plugged is True
    assert found.blocked_until_s is None
    assert 0 <= hass.loop.time() - found.at_s < 20
    assert news

    await charging.async_set(12, 3)
    clock.advance(60)
    await until(lambda: report(coordinator).power_w == 3 * 12 * 230)
    await until(lambda: told(coordinator) == (12, 3))

    await charging.async_set(0, 3)
    assert charger.status()["frc"] == 1
    clock.advance(5)
    await until(lambda: report(coordinator).power_w == 0)
    await until(lambda: report(coordinator).set_a == 0)

    unlisten()
    count = len(news)
    charger.unplug()
    await until(lambda: report(coordinator).is_plugged is False)
    assert len(news) == count


async def test_one_request(
    polled: GoePollCoordinator, cloud: CloudFront, charger: Charger
) -> None:
    """All that's needed goes in one request, and nothing else is written."""
    charging = of(polled)
    await charging.async_set(10, 3)
    await charging.async_set(0, 3)
    await polled.async_refresh()
    await charging.async_set(11.0, 3)
    await polled.async_refresh()
    await charging.async_set(8, 3)
    # Only the current is another one.
    assert sets(cloud) == [
        {"psm": 2, "amp": 10, "frc": 2},
        {"frc": 1},
        {"amp": 11, "frc": 2},
        {"amp": 8},
    ]
    # What is on its way counts: the last report is of before.
    await charging.async_set(11, 3)
    assert sets(cloud)[-1] == {"amp": 11}
    assert charger.status()["amp"] == 11
    # Asked for again it's sent again, whatever the reports say.
    await polled.async_refresh()
    await charging.async_set(11, 3)
    assert sets(cloud)[-1] == {"psm": 2, "amp": 11, "frc": 2}


@pytest.mark.parametrize("amps", [0.0, 1.0, 5.9])
async def test_no_car_charges_with_less(
    polled: GoePollCoordinator, cloud: CloudFront, amps: float
) -> None:
    """Less than 6 A is a pause."""
    await of(polled).async_set(amps, 3)
    assert sets(cloud) == [{"frc": 1}]


async def test_confirmed_soon(
    hass: HomeAssistant,
    local: LocalFront,
    local_entry: MockConfigEntry,
) -> None:
    """A command is seen long before the next poll, and nobody waits for it."""
    local_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(local_entry, options={"interval_s": 60})
    coordinator = await set_up(hass, local_entry)
    await of(coordinator).async_set(7, 3)
    await until(lambda: report(coordinator).set_a == 7)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not coordinator.confirmations.keys
    # One that is never seen is given up by the next one.
    local.faults[SERIAL].ignore_sets = True
    await of(coordinator).async_set(8, 3)
    await asyncio.sleep(0)
    assert coordinator.confirmations.keys
    local.faults[SERIAL].ignore_sets = False
    await of(coordinator).async_set(9, 3)
    await until(lambda: report(coordinator).set_a == 9)
    await until(lambda: not coordinator.confirmations.keys)


async def test_somebody_else(
    hass: HomeAssistant, polled: GoePollCoordinator, charger: Charger
) -> None:
    """What is changed in the app shows up in the report."""
    await of(polled).async_set(10, 3)
    await polled.async_refresh()
    assert told(polled) == (10, 3)
    charger.set("amp", 14)
    charger.set("psm", 1)
    await polled.async_refresh()
    assert told(polled) == (14, 1)
    charger.set("frc", 1)
    await polled.async_refresh()
    assert report(polled).set_a == 0


async def test_all_is_asked_for(
    hass: HomeAssistant, polled: GoePollCoordinator, cloud: CloudFront
) -> None:
    """Who listens gets what it reads, also where no entity is enabled for it."""
    unlisten = of(polled).listen(lambda: None)
    polled._settings_due_at = 0.0
    await polled.async_refresh()
    query = dict(pair.split("=") for pair in cloud.requests[-1].raw_query.split("&"))
    assert set(query["filter"].split(",")) >= READ_KEYS
    unlisten()


async def test_away(
    hass: HomeAssistant,
    polled: GoePollCoordinator,
    cloud: CloudFront,
    charger: Charger,
) -> None:
    """Offline it has no report, no problems, and an error for who sends."""
    charger.set("frc", 2)
    await polled.async_refresh()
    cloud.faults[SERIAL].offline = True
    await polled.async_refresh()
    assert of(polled).report() is None
    assert of(polled).problems(is_fed=True) == frozenset()
    with pytest.raises(HomeAssistantError) as raised:
        await of(polled).async_set(10, 3)
    assert raised.value.translation_key == "goe_offline"
    with pytest.raises(HomeAssistantError) as raised:
        await of(polled).async_feed(-2000, None, None)
    assert raised.value.translation_key in {"goe_offline", "goe_waits"}
    await asyncio.sleep(0)
    assert not polled.confirmations.keys
    cloud.faults[SERIAL].offline = False
    await polled.async_refresh()
    assert report(polled).set_a == 16


async def test_old_report(hass: HomeAssistant, polled: GoePollCoordinator) -> None:
    """A charger that isn't heard any more has a report that gets old."""
    polled.async_data_from(100)
    assert not polled.available
    assert hass.loop.time() - report(polled).at_s == pytest.approx(100, abs=5)
    polled._data_at = None
    assert of(polled).report() is None


async def test_rejected(
    hass: HomeAssistant, polled: GoePollCoordinator, charger: Charger
) -> None:
    """What the charger refuses is an error with its reason."""
    charging = of(polled)
    with pytest.raises(HomeAssistantError) as raised:
        await charging.async_set(99, 3)
    assert raised.value.translation_key == "goe_rejected"
    await asyncio.sleep(0)
    assert not polled.confirmations.keys
