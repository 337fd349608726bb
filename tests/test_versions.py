"""Entries of other versions: what can be read is, and what can't stays as it is."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.config_flow import SunbridgeConfigFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from simulators.goe import CloudFront


async def test_of_the_first_version(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """An entry as 1.0.0 stores it needs no migration, and is left alone."""
    assert (entry.version, entry.minor_version) == (1, 1)
    stored = {**entry.data}
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.LOADED
    assert (entry.version, entry.minor_version) == (
        SunbridgeConfigFlow.VERSION,
        SunbridgeConfigFlow.MINOR_VERSION,
    )
    assert {**entry.data} == stored


@pytest.mark.parametrize(
    ("version", "minor_version", "state"),
    [
        # What a later minor version adds isn't in the way.
        (1, 9, ConfigEntryState.LOADED),
        # Who goes back from a later major one finds all as it was, going forth again.
        (2, 1, ConfigEntryState.MIGRATION_ERROR),
    ],
)
async def test_of_a_later_version(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    version: int,
    minor_version: int,
    state: ConfigEntryState,
) -> None:
    """Nobody loses an entry by going back to an older Sunbridge."""
    entry.add_to_hass(hass)
    stored = {**entry.data, "of_later": "something"}
    hass.config_entries.async_update_entry(
        entry, data=stored, version=version, minor_version=minor_version
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is state
    assert {**entry.data} == stored
    assert (entry.version, entry.minor_version) == (version, minor_version)
