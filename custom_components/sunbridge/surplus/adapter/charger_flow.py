"""The steps by which a charger of Sunbridge becomes a load."""

from collections.abc import Mapping
from typing import Any

import probatio

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from .chargers import Candidate, chargers, known
from .checks import taken_devices
from .const import CONF_DEVICE, CONF_HOW, FEED, REGULATE
from .forms import FED_SCHEMA, REGULATED_SCHEMA, to_store
from .load_flow import LoadFlow


class ChargerFlow(LoadFlow):
    """Steps for a charger that Sunbridge has: which one, and how it's to follow."""

    _chargers: Mapping[str, Candidate]
    _device: str

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for one of the chargers that aren't loads yet."""
        return await self._async_step_device("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for another charger in place of one, if there's another."""
        return await self._async_step_device("reconfigure", user_input)

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how the charger is to follow, if it can by itself, and when."""
        charger = self._chargers[self._device]
        if user_input is not None:
            data = {
                CONF_DEVICE: self._device,
                CONF_HOW: REGULATE,
                **to_store(self.hass, user_input),
            }
            return self._store(self._title(charger), data, unique_id=self._device)
        schema = FED_SCHEMA if charger.can_follow else REGULATED_SCHEMA
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(schema, self._before),
            description_placeholders={"charger": charger.name},
        )

    async def _async_step_device(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        if user_input is not None:
            self._device = user_input[CONF_DEVICE]
            return await self.async_step_settings()
        there = chargers(self.hass)
        self._chargers = self._free(there)
        if not self._chargers:
            reason = "surplus_all_taken" if there else "surplus_no_charger"
            return self.async_abort(reason=reason)
        own = self._before.get(CONF_DEVICE)
        if [*self._chargers] == [own]:
            return await self._async_step_device(step_id, {CONF_DEVICE: own})
        selector = SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=device, label=charger.name)
                    for device, charger in self._chargers.items()
                ],
                mode=SelectSelectorMode.LIST,
            )
        )
        default = own if own in self._chargers else next(iter(self._chargers))
        return self.async_show_form(
            step_id=step_id,
            data_schema=probatio.Schema(
                {probatio.Required(CONF_DEVICE, default=default): selector}
            ),
        )

    @callback
    def _free(self, there: Mapping[str, Candidate]) -> dict[str, Candidate]:
        """Return the chargers that aren't other loads; its own is always free."""
        taken = taken_devices(self.hass, self._get_entry(), self._own_id)
        free = {device: one for device, one in there.items() if device not in taken}
        before = self._before
        if (own := before.get(CONF_DEVICE)) is not None and own not in free:
            # What it can do isn't known before it's loaded: what was chosen stays.
            charger = known(self.hass, own, can_follow=before[CONF_HOW] == FEED)
            if charger is not None:
                free[own] = charger
        return free

    @callback
    def _title(self, charger: Candidate) -> str:
        """Return the charger's name, or the one that a user gave to the load."""
        if self._before.get(CONF_DEVICE) == self._device:
            return self._get_reconfigure_subentry().title
        return charger.name
