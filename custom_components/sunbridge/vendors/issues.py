"""Repair issues: what only the user can change."""

from homeassistant.config_entries import ConfigEntry, ConfigEntryChange
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..coordinator import SunbridgeConfigEntry


@callback
def async_raise(hass: HomeAssistant, entry: SunbridgeConfigEntry, issue: str) -> None:
    """Raise an issue of an entry; ``issue`` is the key of its text."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{issue}_{entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=issue,
        translation_placeholders={"name": entry.title},
    )


@callback
def async_clear(hass: HomeAssistant, entry_id: str, *issues: str) -> None:
    """Withdraw issues of an entry."""
    for issue in issues:
        ir.async_delete_issue(hass, DOMAIN, f"{issue}_{entry_id}")


@callback
def async_clear_disabled(
    hass: HomeAssistant, change: ConfigEntryChange, entry: ConfigEntry
) -> None:
    """Withdraw all issues of an entry that was disabled: nobody needs to act on them."""
    if entry.domain != DOMAIN or entry.disabled_by is None:
        return
    for domain, issue_id in list(ir.async_get(hass).issues):
        if domain == DOMAIN and is_of_entry(hass, issue_id, entry.entry_id):
            ir.async_delete_issue(hass, DOMAIN, issue_id)


@callback
def is_of_entry(hass: HomeAssistant, issue_id: str, entry_id: str) -> bool:
    """Tell whether an issue is an entry's, or one of a load of it."""
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    owner = None if issue is None or issue.data is None else issue.data.get("entry_id")
    return owner == entry_id or issue_id.endswith(f"_{entry_id}")
