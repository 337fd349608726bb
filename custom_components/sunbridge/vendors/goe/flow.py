"""The steps by which a go-e charger is added and changed."""

from typing import Any, Final

import probatio

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig

from ...const import CONF_TRANSPORT
from .const import (
    CONF_INTERVAL_S,
    CONF_MAX_AGE_S,
    DEFAULT_INTERVAL_S,
    DEFAULT_MAX_AGE_S,
    MAX_INTERVAL_S,
    MAX_MAX_AGE_S,
    MIN_MAX_AGE_S,
)
from .flow_http import GoeHttpFlow

_WAYS: Final = ["goe_cloud", "goe_local"]


class GoeFlow(GoeHttpFlow):
    """Steps for go-e chargers."""

    async def async_step_goe(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the way to a new charger."""
        return self.async_show_menu(step_id="goe", menu_options=_WAYS)

    async def async_step_goe_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the way to a charger that is set up: the same anew, or another."""
        return self.async_show_menu(
            step_id="goe_reconfigure",
            menu_options=_WAYS,
            description_placeholders={"name": self._get_reconfigure_entry().title},
        )


def _seconds(minimum: int, maximum: int) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=minimum, max=maximum, unit_of_measurement=UnitOfTime.SECONDS
        )
    )


class GoeOptionsFlow(OptionsFlowWithReload):
    """The pace of polling where there is one, and how old data may be."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(
                data={key: int(value) for key, value in user_input.items()}
            )
        interval_s = DEFAULT_INTERVAL_S.get(self.config_entry.data[CONF_TRANSPORT])
        fields: dict[Any, NumberSelector] = {}
        if interval_s is not None:
            fields[probatio.Required(CONF_INTERVAL_S, default=interval_s)] = _seconds(
                1, MAX_INTERVAL_S
            )
        fields[probatio.Required(CONF_MAX_AGE_S, default=DEFAULT_MAX_AGE_S)] = _seconds(
            MIN_MAX_AGE_S, MAX_MAX_AGE_S
        )
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), self.config_entry.options
            ),
        )
