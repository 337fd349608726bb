"""Problems that the user can mend in the go-e app."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry

_CLOUD_OFF = "goe_cloud_off"
_READ_ONLY = "goe_mqtt_read_only"


@callback
def async_raise_cloud_off(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Tell that the cloud has refused the charger for long."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_CLOUD_OFF}_{entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_CLOUD_OFF,
        translation_placeholders={"name": entry.title},
    )


@callback
def async_raise_read_only(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Tell that the charger takes no settings by MQTT."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{_READ_ONLY}_{entry.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=_READ_ONLY,
        translation_placeholders={"name": entry.title},
    )


@callback
def async_clear_read_only(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw it: the charger took a setting."""
    ir.async_delete_issue(hass, DOMAIN, f"{_READ_ONLY}_{entry_id}")


@callback
def async_clear_issues(hass: HomeAssistant, entry_id: str) -> None:
    """Withdraw all that was raised for an entry."""
    ir.async_delete_issue(hass, DOMAIN, f"{_CLOUD_OFF}_{entry_id}")
    async_clear_read_only(hass, entry_id)
