"""The repair issues of an entry, whoever has raised them."""

from homeassistant.config_entries import ConfigEntry, ConfigEntryChange
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN


@callback
def issues_of(hass: HomeAssistant, entry_id: str) -> list[str]:
    """Return the ids of an entry's issues, and of those of its loads."""
    return [
        issue_id
        for (domain, issue_id), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN
        and (
            issue_id.endswith(f"_{entry_id}")
            or (issue.data or {}).get("entry_id") == entry_id
        )
    ]


@callback
def async_clear_all(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw all issues of an entry."""
    for issue_id in issues_of(hass, entry_id):
        ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def async_clear_disabled(
    hass: HomeAssistant, change: ConfigEntryChange, entry: ConfigEntry
) -> None:
    """Withdraw all issues of an entry that was disabled: nobody needs to act on them."""
    if entry.domain == DOMAIN and entry.disabled_by is not None:
        async_clear_all(hass, entry.entry_id)
