"""The steps by which loads are added and changed."""

from collections.abc import Mapping
from typing import Any, Final, override

import probatio

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ...meters.preview import Metered
from ...meters.settings import CONF_POWER
from ...meters.sign import asked
from .charger_flow import ChargerFlow
from .checks import guessed, load_errors, options_of
from .const import (
    ANY_CHARGER,
    CHARGER,
    CONF_NAME,
    CONF_ONE_PHASE,
    CONF_PHASES_ENTITY,
    CONF_THREE_PHASES,
    SWITCH,
)
from .forms import SCHEMAS, to_show, to_store
from .load_flow import LoadFlow


class EntitiesFlow(LoadFlow):
    """Steps for a load that other integrations' entities make."""

    kind: str
    # What was entered, with the names that entities have now.
    _entered: dict[str, Any]

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a new load."""
        return await self._async_step_form("user", user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for other entities and settings."""
        return await self._async_step_form("reconfigure", user_input)

    async def _async_step_form(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        if user_input is None:
            return self._form(step_id, to_show(self.hass, self._before), {})
        entry = self._get_entry()
        if errors := load_errors(self.hass, entry, self.kind, user_input, self._own_id):
            return self._form(step_id, user_input, errors)
        self._entered = user_input
        return await self._async_step_entered()

    async def _async_step_entered(self) -> SubentryFlowResult:
        """Go on with a form that is right."""
        return self._finish(self._entered)

    @callback
    def _form(
        self, step_id: str, shown: dict[str, Any], errors: dict[str, str]
    ) -> SubentryFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(SCHEMAS[self.kind], shown),
            errors=errors,
        )

    @callback
    def _finish(self, entered: Mapping[str, Any]) -> SubentryFlowResult:
        data = to_store(self.hass, entered, self.kind)
        return self._store(data[CONF_NAME], data)


class AnyChargerFlow(EntitiesFlow):
    """Steps for a charger by its entities; its power is shown before it counts."""

    kind = ANY_CHARGER
    _data: dict[str, Any]

    @override
    async def _async_step_entered(self) -> SubentryFlowResult:
        if options_of(self.hass, self._entered.get(CONF_PHASES_ENTITY)) is not None:
            return await self.async_step_phases()
        return await self._async_step_preview()

    async def async_step_phases(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask which options of a select are one phase and three."""
        options = options_of(self.hass, self._entered[CONF_PHASES_ENTITY]) or []
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_ONE_PHASE] != user_input[CONF_THREE_PHASES]:
                self._entered = {**self._entered, **user_input}
                return await self._async_step_preview()
            errors[CONF_THREE_PHASES] = "surplus_same_option"
        selector = SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.DROPDOWN)
        )
        keys = (CONF_ONE_PHASE, CONF_THREE_PHASES)
        shown = user_input or {
            # An other entity has other options.
            **guessed(options),
            **{
                key: self._before[key]
                for key in keys
                if self._before.get(key) in options
            },
        }
        return self.async_show_form(
            step_id="phases",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema({probatio.Required(key): selector for key in keys}),
                shown,
            ),
            errors=errors,
        )

    async def async_step_finish(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Store the charger, since its power is right."""
        return self._finish(self._entered)

    async def async_step_again(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask again, since its power isn't right."""
        return self._form(self.init_step, self._entered, {})

    async def _async_step_preview(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what the charger takes now, as far as a sensor of power says it."""
        data = to_store(self.hass, self._entered, self.kind)
        if not data[CONF_POWER]:
            return await self.async_step_finish()
        step_id, placeholders = asked(self.hass, Metered.LOAD, data)
        return self.async_show_menu(
            step_id=step_id,
            menu_options=["finish", "again"],
            description_placeholders=placeholders,
        )

    async_step_consumption = _async_step_preview
    async_step_idle = _async_step_preview
    async_step_not_known = _async_step_preview


class SwitchedLoadFlow(EntitiesFlow):
    """Steps for a load that is on or off, such as a heat pump's SG-ready input."""

    kind = SWITCH


SUBENTRY_FLOWS: Final[dict[str, type[ConfigSubentryFlow]]] = {
    CHARGER: ChargerFlow,
    ANY_CHARGER: AnyChargerFlow,
    SWITCH: SwitchedLoadFlow,
}
