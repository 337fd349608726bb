"""The steps by which a go-e charger is added and changed."""

import re
from typing import Any, Final

import probatio

from homeassistant.config_entries import (
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_TOKEN, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ...const import CONF_TRANSPORT, CONF_VENDOR
from .connect import cloud_transport
from .const import (
    CLOUD,
    CONF_INTERVAL_S,
    CONF_MAX_AGE_S,
    CONF_SERIAL,
    DEFAULT_INTERVAL_S,
    DEFAULT_MAX_AGE_S,
    MAX_INTERVAL_S,
    MAX_MAX_AGE_S,
    MIN_MAX_AGE_S,
    VENDOR,
)
from .device import friendly_name, is_charger
from .errors import GoeError
from .keys import FNA, FWV, KEYS, SSE, TYP
from .messages import error_key
from .status import Status

_IDENTITY: Final = frozenset(key.name for key in (FNA, FWV, SSE, TYP))
_SERIAL: Final = re.compile(r"[0-9]{1,8}")

_TOKEN = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_TOKEN_SCHEMA = probatio.Schema(
    {probatio.Required(probatio.Secret(CONF_TOKEN)): _TOKEN}
)
_CLOUD_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_SERIAL): TextSelector(
            TextSelectorConfig(autocomplete="off")
        ),
        probatio.Required(probatio.Secret(CONF_TOKEN)): _TOKEN,
    }
)


def _seconds(minimum: int, maximum: int) -> NumberSelector:
    return NumberSelector(
        NumberSelectorConfig(
            min=minimum, max=maximum, unit_of_measurement=UnitOfTime.SECONDS
        )
    )


_OPTIONS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_INTERVAL_S, default=DEFAULT_INTERVAL_S): _seconds(
            1, MAX_INTERVAL_S
        ),
        probatio.Required(CONF_MAX_AGE_S, default=DEFAULT_MAX_AGE_S): _seconds(
            MIN_MAX_AGE_S, MAX_MAX_AGE_S
        ),
    }
)


class GoeFlow(ConfigFlow):
    """Steps for go-e chargers."""

    async def async_step_goe(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Start with a charger; the cloud is the one way to it as yet."""
        return await self.async_step_goe_cloud()

    async def async_step_goe_cloud(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a charger's serial number and the token of its cloud API."""
        errors: dict[str, str] = {}
        if user_input is not None:
            if serial := _normalized(user_input[CONF_SERIAL]):
                await self.async_set_unique_id(f"{VENDOR}_{serial}")
                self._abort_if_unique_id_configured()
                token = user_input[CONF_TOKEN].strip()
                status, errors = await _async_identify(self.hass, serial, token)
                if not errors:
                    return self.async_create_entry(
                        title=friendly_name(status),
                        data={
                            CONF_VENDOR: VENDOR,
                            CONF_TRANSPORT: CLOUD,
                            CONF_SERIAL: serial,
                            CONF_TOKEN: token,
                        },
                    )
            else:
                errors[CONF_SERIAL] = "goe_invalid_serial"
        return self.async_show_form(
            step_id="goe_cloud",
            data_schema=self.add_suggested_values_to_schema(_CLOUD_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_goe_reauth(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the token again, because the charger's cloud refuses ours."""
        return await self._async_step_token("goe_reauth", user_input)

    async def async_step_goe_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new token."""
        return await self._async_step_token("goe_reconfigure", user_input)

    async def _async_step_token(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        entry = (
            self._get_reauth_entry()
            if step_id == "goe_reauth"
            else self._get_reconfigure_entry()
        )
        errors: dict[str, str] = {}
        if user_input is not None:
            token = user_input[CONF_TOKEN].strip()
            _, errors = await _async_identify(self.hass, entry.data[CONF_SERIAL], token)
            if not errors:
                return self.async_update_reload_and_abort(
                    entry, data_updates={CONF_TOKEN: token}
                )
        return self.async_show_form(
            step_id=step_id,
            data_schema=_TOKEN_SCHEMA,
            errors=errors,
            description_placeholders={"name": entry.title},
        )


class GoeOptionsFlow(OptionsFlowWithReload):
    """The pace of polling, and how old data may be."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(
                data={key: int(value) for key, value in user_input.items()}
            )
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(
                _OPTIONS_SCHEMA, self.config_entry.options
            ),
        )


def _normalized(serial: str) -> str | None:
    """Return a serial number with its leading zeros, None if it isn't one."""
    serial = serial.strip()
    return serial.zfill(6) if _SERIAL.fullmatch(serial) else None


async def _async_identify(
    hass: HomeAssistant, serial: str, token: str
) -> tuple[Status, dict[str, str]]:
    """Ask a charger who it is; return its status, or errors for the form."""
    status = Status.of(KEYS)
    try:
        report = await cloud_transport(hass, serial, token).status(_IDENTITY)
    except GoeError as err:
        return status, {"base": error_key(err)}
    status = status.merge(report.values, 0).status
    if status[TYP] is not None and not is_charger(status):
        return status, {"base": "goe_no_charger"}
    return status, {}
