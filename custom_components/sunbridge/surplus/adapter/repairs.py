"""A setting of a charger that keeps it from following, mended if the user agrees."""

from typing import Any

import probatio

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
from homeassistant.exceptions import HomeAssistantError

from ...coordinator import SunbridgeConfigEntry
from .coordinator import LoadCoordinator


class MendFlow(RepairsFlow):
    """Asks whether a setting may be changed, and changes it."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take what the issue knows."""
        self._entry_id = str(data["entry_id"])
        self._load_id = str(data["load_id"])
        self._problem = str(data["problem"])
        self._name = str(data["name"])

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin with the only step."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Change the setting, if the user says so; what fails can be tried again."""
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=probatio.Schema({}),
                description_placeholders={"name": self._name},
            )
        entry: SunbridgeConfigEntry | None = self.hass.config_entries.async_get_entry(
            self._entry_id
        )
        if entry is not None and entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="surplus_not_mended")
        # The entry or the load may have been removed meanwhile.
        for coordinator in [] if entry is None else self._coordinators(entry):
            try:
                await coordinator.async_mend(self._problem)
            except HomeAssistantError:
                return self.async_abort(reason="surplus_not_mended")
        return self.async_create_entry(data={})

    def _coordinators(self, entry: SunbridgeConfigEntry) -> list[LoadCoordinator]:
        return [
            coordinator
            for coordinator in entry.runtime_data.coordinators
            if isinstance(coordinator, LoadCoordinator)
            and coordinator.subentry_id == self._load_id
        ]
