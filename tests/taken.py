"""An entry whose devices another entry has."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir


def issue_of(hass: HomeAssistant, entry: MockConfigEntry) -> ir.IssueEntry | None:
    """Return what tells a user that an entry is empty."""
    registry = ir.async_get(hass)
    return registry.async_get_issue("sunbridge", f"devices_taken_{entry.entry_id}")


async def set_up_empty(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    taken: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Set an entry up for which nothing is left; see that it says so."""
    entry.add_to_hass(hass)
    caplog.set_level("INFO")
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert entry.runtime_data.coordinators == []
    assert issue_of(hass, entry) is not None
    assert (
        f"{entry.title}: another entry has devices of the account, which it keeps: "
        f"{taken}"
    ) in caplog.text
