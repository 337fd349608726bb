"""A go-e charger that is set up: over its cloud, or over whatever an entry says."""

import asyncio
from collections.abc import Callable

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe.coordinator import GoeCoordinator
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from homeassistant.core import HomeAssistant
from simulators.goe import CloudFront


@pytest.fixture
async def polled(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> GoePollCoordinator:
    """Set the charger up over the cloud; it's polled only when a test asks."""
    return await set_up_polled(hass, entry)


@pytest.fixture
def coordinator(polled: GoePollCoordinator) -> GoePollCoordinator:
    """Return the charger's coordinator, over the cloud where no test says otherwise."""
    return polled


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> GoeCoordinator:
    """Set an entry up; return its coordinator when the charger is heard."""
    if entry.entry_id not in {e.entry_id for e in hass.config_entries.async_entries()}:
        entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator: GoeCoordinator = entry.runtime_data.coordinators[0]
    await until(lambda: coordinator.available)
    return coordinator


async def set_up_polled(
    hass: HomeAssistant, entry: MockConfigEntry
) -> GoePollCoordinator:
    """Set an entry up that is polled only when a test asks."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    coordinator = await set_up(hass, entry)
    assert isinstance(coordinator, GoePollCoordinator)
    return coordinator


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.02)
