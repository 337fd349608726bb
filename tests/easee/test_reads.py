"""What the stream doesn't bring is read by REST, within the vendor's limits."""

import asyncio

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import reads
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from simulators.easee import Car, Charger, Cloud, Id

from .conftest import SERIAL, account_of, set_up, state, until

POWER = "sensor.garage_power"


async def test_without_the_stream(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """REST is read instead, and the entities stay; without both they age."""
    await set_up(hass, entry, max_age_s=2)
    cloud.faults.hub_down = True
    cloud.hub.drop_connections()
    await until(lambda: not account_of(entry).is_linked)
    charger.observe(Id.POWER, 4.0)
    await until(lambda: state(hass, POWER) == "4.0")
    await asyncio.sleep(2.2)
    assert state(hass, POWER) == "4.0"
    cloud.faults.rest_down = True
    await until(lambda: state(hass, POWER) == "unavailable")
    cloud.faults.rest_down = cloud.faults.hub_down = False
    await until(lambda: state(hass, POWER) == "4.0")


async def test_deaf_stream(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream that withholds what REST has long known is opened anew."""
    monkeypatch.setattr(reads, "DEAF_S", 0.2)
    monkeypatch.setattr(reads, "DEAF_SLACK_S", 0.0)
    await set_up(hass, entry)
    await asyncio.sleep(0.3)
    cloud.hub.connections[0].forget()
    charger.observe(Id.POWER, 4.0)
    await asyncio.sleep(0.3)
    coordinator = entry.runtime_data.coordinators[0]
    coordinator.owe_read()
    account_of(entry).async_wake()
    await until(lambda: account_of(entry).counters["deaf"] == 1)
    await until(lambda: account_of(entry).counters["connections"] == 2)
    assert state(hass, POWER) == "4.0"


async def test_silent_charger_is_read(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A charger that says nothing for long is asked for by REST."""
    monkeypatch.setattr(
        "custom_components.sunbridge.vendors.easee.coordinator.SILENCE_BUSY_S", 0.4
    )
    charger.plug_in(Car())
    await set_up(hass, entry)
    path = f"/state/{SERIAL}/observations"
    reads = len(cloud.asked(path))
    await until(lambda: len(cloud.asked(path)) >= reads + 2)


async def test_silence_while_blocked(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """The firewall counts from the last request, so there are none."""
    await set_up(hass, entry)
    cloud.faults.gateway_403 = True
    coordinator = entry.runtime_data.coordinators[0]
    await coordinator.async_refresh()
    asked = len(cloud.requests)
    await coordinator.async_refresh()
    cloud.hub.drop_connections()
    await asyncio.sleep(1)
    assert len(cloud.requests) == asked
    # Nor does a reload break the silence.
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert len(cloud.requests) == asked


async def test_retry_after(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """What the cloud asks for is honoured, and then it goes on."""
    await set_up(hass, entry)
    cloud.faults.status, cloud.faults.retry_after_s = 429, 1
    coordinator = entry.runtime_data.coordinators[0]
    await coordinator.async_refresh()
    cloud.faults.status = None
    asked = len(cloud.requests)
    await coordinator.async_refresh()
    assert len(cloud.requests) == asked
    await asyncio.sleep(1.1)
    await coordinator.async_refresh()
    assert len(cloud.requests) > asked


async def test_failed_read_is_tried_again(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """News from the stream are no reason to forget what REST owes."""
    wrong = "/state"
    cloud.faults.only_paths, cloud.faults.status = wrong, 500
    await set_up(hass, entry)
    for power in range(5):
        charger.observe(Id.POWER, float(power))
        await asyncio.sleep(0.1)
    cloud.faults.status = None
    reads = len(cloud.asked(f"/state/{SERIAL}"))
    await until(lambda: len(cloud.asked(f"/state/{SERIAL}")) > reads)
    await until(lambda: account_of(entry).products[SERIAL]._owed_s is None)


async def test_unheard_product_is_read(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """What the stream doesn't bring is read steadily, and never shown for long."""
    cloud.hub.mute = True
    await set_up(hass, entry)
    assert account_of(entry).is_linked
    charger.observe(Id.POWER, 3.0)
    await until(lambda: state(hass, POWER) == "3.0")
    charger.observe(Id.POWER, 4.0)
    await until(lambda: state(hass, POWER) == "4.0")


async def test_return_of_the_stream_revives_nothing_old(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A stream without news, and without REST, is no reason to show old data."""
    await set_up(hass, entry, max_age_s=1)
    cloud.faults.hub_down = cloud.faults.rest_down = True
    cloud.hub.drop_connections()
    await until(lambda: state(hass, POWER) == "unavailable")
    cloud.hub.mute = True
    # The token is good, so that the stream needs no REST.
    cloud.faults.hub_down = False
    await until(lambda: account_of(entry).is_linked)
    await asyncio.sleep(0.5)
    assert state(hass, POWER) == "unavailable"


async def test_read_that_ends_after_the_entry(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """What was under way while the entry was unloaded starts no timer any more."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    assert await hass.config_entries.async_unload(entry.entry_id)
    coordinator.take_state([], hass.loop.time())
    assert coordinator._expiry is None
