"""Add a go-e charger by its cloud or in the local network."""

from typing import Any, Final

import probatio

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.helpers.selector import (
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo

from ...const import CONF_TRANSPORT
from ..names import plain
from .connect import cloud_transport, local_transport
from .const import CLOUD, CONF_SERIAL, LOCAL, VENDOR
from .device import DEFAULT_NAME, friendly_name
from .flow_base import Errors, GoeFlowBase, async_identify, normalized
from .keys import SSE
from .trouble import TROUBLES

_PLAIN: Final = TextSelector(TextSelectorConfig(autocomplete="off"))
_TOKEN: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_TOKEN_SCHEMA = probatio.Schema(
    {probatio.Required(probatio.Secret(CONF_TOKEN)): _TOKEN}
)
_CLOUD_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_SERIAL): _PLAIN,
        probatio.Required(probatio.Secret(CONF_TOKEN)): _TOKEN,
    }
)
_LOCAL_SCHEMA = probatio.Schema({probatio.Required(CONF_HOST): _PLAIN})

_HOST_PREFIX: Final = "go-echarger_"


class GoeHttpFlow(GoeFlowBase):
    """Steps for the two HTTP APIs."""

    _host = ""

    async def async_step_goe_cloud(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a charger's serial number and the token of its cloud API."""
        errors: Errors = {}
        if user_input is not None:
            if serial := normalized(user_input[CONF_SERIAL]):
                if refusal := await self._async_refusal(serial, CLOUD):
                    return refusal
                token = self._given(user_input)[CONF_TOKEN].strip()
                status, errors = await async_identify(
                    cloud_transport(self.hass, serial, token), CLOUD
                )
                if not errors:
                    return self._finish(
                        serial, CLOUD, friendly_name(status), {CONF_TOKEN: token}
                    )
            else:
                errors[CONF_SERIAL] = "goe_invalid_serial"
        return self.async_show_form(
            step_id="goe_cloud",
            data_schema=self.add_suggested_values_to_schema(
                _CLOUD_SCHEMA, self._suggested(user_input)
            ),
            errors=errors,
        )

    async def async_step_goe_cloud_reauth(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the token again, because the charger's cloud refuses ours."""
        entry = self._get_reauth_entry()
        errors: Errors = {}
        if user_input is not None:
            token = user_input[CONF_TOKEN].strip()
            _, errors = await async_identify(
                cloud_transport(self.hass, entry.data[CONF_SERIAL], token), CLOUD
            )
            if not errors:
                TROUBLES.pop(entry.entry_id, None)
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_TOKEN: token}
                )
        return self.async_show_form(
            step_id="goe_cloud_reauth",
            data_schema=self.add_suggested_values_to_schema(
                _TOKEN_SCHEMA, user_input or {}
            ),
            errors=errors,
            description_placeholders={"name": entry.title},
        )

    async def async_step_goe_local(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a charger's address in the local network."""
        errors: Errors = {}
        if user_input is not None:
            result, errors = await self._async_try_local(_host(user_input[CONF_HOST]))
            if result is not None:
                return result
        return self.async_show_form(
            step_id="goe_local",
            data_schema=self.add_suggested_values_to_schema(
                _LOCAL_SCHEMA, self._suggested(user_input)
            ),
            errors=errors,
        )

    async def async_step_goe_zeroconf(
        self, info: ZeroconfServiceInfo
    ) -> ConfigFlowResult:
        """Meet a charger that made itself known in the local network."""
        name = info.hostname.partition(".")[0]
        told = info.properties.get("serial") or name.removeprefix(_HOST_PREFIX)
        serial = normalized(str(told))
        if serial is None:
            return self.async_abort(reason="goe_no_serial")
        # As in any URL, an address of IPv6 is in brackets.
        is_ipv6 = info.ip_address.version == 6
        self._host = f"[{info.host}]" if is_ipv6 else info.host
        entry = await self.async_set_unique_id(f"{VENDOR}_{serial}")
        if entry is not None and entry.data.get(CONF_TRANSPORT) == LOCAL:
            # Its address may be another one now.
            self._abort_if_unique_id_configured(updates={CONF_HOST: self._host})
        self._abort_if_unique_id_configured()
        friendly = plain(str(info.properties.get("friendly_name") or ""))
        self.context["title_placeholders"] = {"name": friendly or DEFAULT_NAME}
        return await self.async_step_goe_local_found()

    async def async_step_goe_local_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add a charger that was found."""
        errors: Errors = {}
        if user_input is not None:
            result, errors = await self._async_try_local(self._host)
            if result is not None:
                return result
        return self.async_show_form(
            step_id="goe_local_found",
            errors=errors,
            description_placeholders=dict(self.context["title_placeholders"]),
        )

    async def _async_try_local(
        self, host: str
    ) -> tuple[ConfigFlowResult | None, Errors]:
        status, errors = await async_identify(local_transport(self.hass, host), LOCAL)
        if errors:
            return None, errors
        serial = normalized(status[SSE] or "")
        if serial is None:
            return None, {"base": "goe_no_charger"}
        if refusal := await self._async_refusal(serial, LOCAL):
            return refusal, {}
        return self._finish(serial, LOCAL, friendly_name(status), {CONF_HOST: host}), {}


def _host(entered: str) -> str:
    """Return an address without what people copy along with it."""
    return entered.strip().rpartition("://")[2].partition("/")[0]
