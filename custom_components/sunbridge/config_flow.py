"""The one config flow: what the user has at home, then the vendor's own steps."""

from collections.abc import Mapping
from typing import Any, cast, override

from homeassistant.config_entries import (
    ConfigEntry,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from .const import CONF_VENDOR, DOMAIN
from .vendors.flows import (
    DISCOVERIES,
    OPTIONS_FLOWS,
    SUBENTRY_FLOWS,
    VENDORS,
    VendorFlow,
)


class SunbridgeConfigFlow(VendorFlow, domain=DOMAIN):
    """Leads to the steps of the vendor."""

    VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the options flow of the entry's vendor."""
        return OPTIONS_FLOWS[config_entry.data[CONF_VENDOR]]()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what the entry's vendor has parts of."""
        # An entry that only says what the user ignores has no vendor.
        return SUBENTRY_FLOWS.get(config_entry.data.get(CONF_VENDOR, ""), {})

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask what the user has at home."""
        return self.async_show_menu(step_id="user", menu_options=list(VENDORS))

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Log in again, the vendor's way."""
        return await self._async_call(f"{entry_data[CONF_VENDOR]}_reauth")

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change what is set up, the vendor's way."""
        vendor = self._get_reconfigure_entry().data[CONF_VENDOR]
        return await self._async_call(f"{vendor}_reconfigure")

    @override
    async def async_step_mqtt(
        self, discovery_info: MqttServiceInfo
    ) -> ConfigFlowResult:
        """Meet a device on Home Assistant's broker."""
        return await self._async_call(DISCOVERIES["mqtt"], discovery_info)

    @override
    async def async_step_zeroconf(
        self, discovery_info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Meet a device that was found in the local network."""
        return await self._async_call(DISCOVERIES["zeroconf"], discovery_info)

    async def _async_call(self, step: str, *arguments: Any) -> ConfigFlowResult:
        method = getattr(self, f"async_step_{step}")
        return cast("ConfigFlowResult", await method(*arguments))
