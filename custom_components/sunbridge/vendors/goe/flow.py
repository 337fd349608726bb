"""The steps by which a go-e charger is added and changed."""

from typing import Any, Final

import probatio

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import UnitOfTime
from homeassistant.helpers.selector import NumberSelector, NumberSelectorConfig

from ...const import CONF_TRANSPORT
from .const import (
    BROKER,
    CONF_INTERVAL_S,
    CONF_MAX_AGE_S,
    DEFAULT_INTERVAL_S,
    DEFAULT_MAX_AGE_S,
    MAX_INTERVAL_S,
    MAX_MAX_AGE_S,
    MIN_MAX_AGE_S,
)
from .flow_http import GoeHttpFlow
from .flow_mqtt import GoeMqttFlow

_WAYS: Final = ["goe_local", "goe_cloud", "goe_mqtt", "goe_broker"]


class GoeFlow(GoeHttpFlow, GoeMqttFlow):
    """Steps for go-e chargers."""

    async def async_step_goe(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the way to a new charger."""
        return self.async_show_menu(step_id="goe", menu_options=self._ways())

    async def async_step_goe_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the way to a charger that is set up: the same anew, or another."""
        return self.async_show_menu(
            step_id="goe_reconfigure",
            menu_options=self._ways(),
            description_placeholders={"name": self._get_reconfigure_entry().title},
        )

    async def async_step_goe_reauth(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for what is refused: the broker's login, or the cloud's token."""
        if self._get_reauth_entry().data[CONF_TRANSPORT] == BROKER:
            return await self.async_step_goe_broker_reauth()
        return await self.async_step_goe_cloud_reauth()

    def _ways(self) -> list[str]:
        """Return the ways that there are: Home Assistant's MQTT may not be set up."""
        if "mqtt" in self.hass.config.components:
            return _WAYS
        return [way for way in _WAYS if way != "goe_mqtt"]


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
