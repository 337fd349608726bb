"""Repair issues: what only the user can change."""

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
