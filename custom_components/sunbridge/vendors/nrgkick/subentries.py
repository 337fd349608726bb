"""The steps by which parts of a house are added and changed."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigSubentryFlow,
    SubentryFlowResult,
)
from homeassistant.core import callback

from ...meters.errors import SetupError
from ...meters.settings import CONF_INVERTED
from ...meters.sign import SIGN_SCHEMA, asked, turned
from .const import BATTERY, CONF_NAME, ENERGY_METER, INVERTER, SMART_LOAD
from .forms import METERED, SCHEMAS, to_show, to_store, wrong_sources
from .messages import error_key
from .settings import Part, house_of, parts_of


class PartFlow(ConfigSubentryFlow):
    """Steps for one kind of part: a form, and the question about its sign."""

    kind: str
    _data: dict[str, Any]

    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for a new part."""
        if self.kind in {BATTERY, SMART_LOAD} and any(
            part.kind == self.kind for part in parts_of(self._get_entry())
        ):
            return self.async_abort(reason="nrgkick_one_only")
        return await self._async_step_form("user", user_input, {})

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for another part in place of one."""
        before = self._get_reconfigure_subentry().data
        return await self._async_step_form("reconfigure", user_input, before)

    async def _async_step_sign(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whether the sign is right; if it isn't, show it the other way round."""
        if user_input is not None:
            before, self._data = self._data, turned(self._data, user_input)
            if before.get(CONF_INVERTED, False) == self._data[CONF_INVERTED]:
                return self._finish()
        step_id, placeholders = asked(self.hass, METERED[self.kind], self._data)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                SIGN_SCHEMA, {CONF_INVERTED: self._data.get(CONF_INVERTED, False)}
            ),
            description_placeholders=placeholders,
        )

    async_step_consumption = _async_step_sign
    async_step_feed_in = _async_step_sign
    async_step_production = _async_step_sign
    async_step_charge = _async_step_sign
    async_step_discharge = _async_step_sign
    async_step_idle = _async_step_sign
    async_step_not_known = _async_step_sign

    async def _async_step_form(
        self,
        step_id: str,
        user_input: dict[str, Any] | None,
        before: Mapping[str, Any],
    ) -> SubentryFlowResult:
        errors: dict[str, str] = {}
        if user_input is not None:
            self._data = to_store(self.hass, user_input)
            self._data[CONF_INVERTED] = before.get(CONF_INVERTED, False)
            errors = wrong_sources(self.hass, self._data) or self._faults()
            if not errors:
                return await self._async_step_sign()
        shown = user_input or to_show(self.hass, before)
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(SCHEMAS[self.kind], shown),
            errors=errors,
        )

    @callback
    def _faults(self) -> dict[str, str]:
        """Return what's wrong with the house that it would be a part of."""
        entry = self._get_entry()
        parts = list(parts_of(entry))
        if self.source == SOURCE_RECONFIGURE:
            changed = self._get_reconfigure_subentry().subentry_id
            parts = [
                Part(part.kind, part.id, self._data) if part.id == changed else part
                for part in parts
            ]
        else:
            parts.append(Part(self.kind, "new", self._data))
        try:
            house_of(entry.data, entry.options, parts)
        except SetupError as err:
            return {"base": error_key(err)}
        return {}

    @callback
    def _finish(self) -> SubentryFlowResult:
        title = self._data[CONF_NAME]
        # The entry hears of it and is loaded anew.
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_and_abort(
                self._get_entry(),
                self._get_reconfigure_subentry(),
                data=self._data,
                title=title,
            )
        return self.async_create_entry(title=title, data=self._data)


class InverterFlow(PartFlow):
    """Steps for an inverter."""

    kind = INVERTER


class EnergyMeterFlow(PartFlow):
    """Steps for a meter."""

    kind = ENERGY_METER


class BatteryFlow(PartFlow):
    """Steps for the battery."""

    kind = BATTERY


class SmartLoadFlow(PartFlow):
    """Steps for the smart load."""

    kind = SMART_LOAD


SUBENTRY_FLOWS: Final[dict[str, type[ConfigSubentryFlow]]] = {
    INVERTER: InverterFlow,
    ENERGY_METER: EnergyMeterFlow,
    BATTERY: BatteryFlow,
    SMART_LOAD: SmartLoadFlow,
}
