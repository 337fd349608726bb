"""A device that asks while nobody may: the wallbox, mostly."""

from typing import Any

import probatio

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from .const import CONF_ALLOWED, STRANGER_ISSUE


@callback
def async_offer(hass: HomeAssistant, entry: SunbridgeConfigEntry, address: str) -> None:
    """Offer to let the first device in that asks."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{STRANGER_ISSUE}_{entry.entry_id}",
        data={"entry_id": entry.entry_id, "address": address},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=STRANGER_ISSUE,
        translation_placeholders={"name": entry.title, "address": address},
    )


class StrangerFlow(RepairsFlow):
    """Asks whether a device is the wallbox."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take what the issue knows."""
        self._entry_id = str(data["entry_id"])
        self._address = str(data["address"])

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin with the only step."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Let the device in, if the user says so."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=probatio.Schema({}),
                description_placeholders={"address": self._address},
            )
        # It may have been removed meanwhile, or the device let in by its steps.
        if entry is not None and self._address not in entry.data[CONF_ALLOWED]:
            # The entry hears of it and is loaded anew.
            self.hass.config_entries.async_update_entry(
                entry,
                data={
                    **entry.data,
                    CONF_ALLOWED: [*entry.data[CONF_ALLOWED], self._address],
                },
            )
        return self.async_create_entry(data={})
