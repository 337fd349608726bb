"""The steps by which it's set up what a wallbox is served, and whom that is."""

from typing import Any, Final

import probatio

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ...meters.energy_prefs import async_propose
from ...meters.forms import POWERS
from ...meters.sensors import entity_id_of
from .const import BALANCE, CONF_LOAD, CONF_LOAD_POWER, NO_LOAD, SENSOR, VENDOR
from .flow_access import Errors
from .flow_house import NrgkickHouseFlow, faults, load_errors, load_of
from .settings import parts_of

_LOAD_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_LOAD): SelectSelector(
            SelectSelectorConfig(
                options=[BALANCE, SENSOR, NO_LOAD],
                mode=SelectSelectorMode.LIST,
                translation_key="nrgkick_load",
            )
        ),
        probatio.Optional(CONF_LOAD_POWER): POWERS,
    }
)


class NrgkickFlow(NrgkickHouseFlow):
    """Steps for what an NRGkick is served."""

    async def async_step_nrgkick(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin with what the energy dashboard knows, if it knows anything."""
        await self.async_set_unique_id(VENDOR, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        if (await async_propose(self.hass)).grid:
            return self.async_show_menu(
                step_id="nrgkick",
                menu_options=["nrgkick_energy", "nrgkick_by_hand"],
            )
        return await self.async_step_nrgkick_by_hand()

    async def async_step_nrgkick_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what to change; parts of the house are changed at themselves."""
        return self.async_show_menu(
            step_id="nrgkick_reconfigure",
            menu_options=["nrgkick_access", "nrgkick_load"],
        )

    async def async_step_nrgkick_load(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where the house load is from."""
        entry = self._get_reconfigure_entry()
        errors: Errors = {}
        if user_input is not None:
            data = load_of(self.hass, user_input)
            errors = load_errors(self.hass, data) or faults(
                {**entry.data, **data}, entry.options, parts_of(entry)
            )
            if not errors:
                return self.async_update_and_abort(entry, data_updates=data)
        found = (entity_id_of(self.hass, one) for one in entry.data[CONF_LOAD_POWER])
        shown = {
            CONF_LOAD: entry.data[CONF_LOAD],
            # What was removed is left out, as in the other forms.
            CONF_LOAD_POWER: [one for one in found if one is not None],
        }
        return self.async_show_form(
            step_id="nrgkick_load",
            data_schema=self.add_suggested_values_to_schema(
                _LOAD_SCHEMA, user_input or shown
            ),
            errors=errors,
        )
