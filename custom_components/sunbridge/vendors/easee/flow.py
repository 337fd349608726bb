"""The steps by which an account of Easee is added and changed."""

from collections.abc import Mapping
from typing import Any, Final

import probatio

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)

from ...const import CONF_TRANSPORT, CONF_VENDOR
from ..chosen import CONF_ADD_NEW, CONF_CHOSEN, selector, suggested, to_store
from ..devices import TAKEN, is_taken
from ..hidden import given, shown
from ..waits import wait_min
from .api import EaseeApi, Product
from .connect import api_of_user
from .const import (
    AMQP,
    CONF_MAX_AGE_S,
    CONF_TTL_MIN,
    DEFAULT_MAX_AGE_S,
    DEFAULT_TTL_MIN,
    MAX_MAX_AGE_S,
    MAX_TTL_MIN,
    MIN_MAX_AGE_S,
    SIGNALR,
    VENDOR,
)
from .errors import EaseeError
from .messages import error_key

# An operator sees a fleet, of which hardly all belong in one Home Assistant.
_FLEET: Final = 20

_USERNAME: Final = TextSelector(TextSelectorConfig(autocomplete="username"))
_PASSWORD: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
)
_LOGIN_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_USERNAME): _USERNAME,
        probatio.Required(probatio.Secret(CONF_PASSWORD)): _PASSWORD,
    }
)
_PASSWORD_SCHEMA = probatio.Schema(
    {probatio.Required(probatio.Secret(CONF_PASSWORD)): _PASSWORD}
)

type Errors = dict[str, str]


class EaseeFlow(ConfigFlow):
    """Steps for accounts of Easee."""

    _login: dict[str, Any]
    _products: tuple[Product, ...] = ()
    _has_amqp = False
    _minutes = ""
    # Whose password or choice is changed.
    _easee_entry: ConfigEntry | None = None

    async def async_step_easee(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for an account, and find out what it may use."""
        errors: Errors = {}
        if user_input is not None:
            login = _login(user_input)
            if self.source != SOURCE_RECONFIGURE:
                await self.async_set_unique_id(
                    f"{VENDOR}_{login[CONF_USERNAME].lower()}",
                    raise_on_progress=False,
                )
                self._abort_if_unique_id_configured()
            if not (errors := await self._async_look(login)):
                return await self._async_choose()
        return self.async_show_form(
            step_id="easee",
            data_schema=self.add_suggested_values_to_schema(
                _LOGIN_SCHEMA, user_input or {}
            ),
            errors=errors,
            description_placeholders={"minutes": self._minutes},
        )

    async def async_step_easee_reauth(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the password again, because the stored one is refused."""
        entry = self._easee_entry = self._get_reauth_entry()
        errors: Errors = {}
        if user_input is not None:
            login = {
                CONF_USERNAME: entry.data[CONF_USERNAME],
                CONF_PASSWORD: user_input[CONF_PASSWORD],
            }
            if not (errors := await self._async_log_in(login)):
                # The tokens are left: another log-in doesn't end them.
                return self.async_update_reload_and_abort(entry, data_updates=login)
        return self.async_show_form(
            step_id="easee_reauth",
            data_schema=self.add_suggested_values_to_schema(
                _PASSWORD_SCHEMA, user_input or {}
            ),
            errors=errors,
            description_placeholders={
                "name": entry.title,
                "minutes": self._minutes,
            },
        )

    async def async_step_easee_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose anew which chargers there are, and how they're heard."""
        entry = self._easee_entry = self._get_reconfigure_entry()
        errors: Errors = {}
        if user_input is not None:
            login = {
                CONF_USERNAME: entry.data[CONF_USERNAME],
                **given(user_input, entry.data, CONF_PASSWORD),
            }
            if not (errors := await self._async_look(login)):
                return await self._async_choose()
        return self.async_show_form(
            step_id="easee_reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                _PASSWORD_SCHEMA, user_input or shown(entry.data, CONF_PASSWORD)
            ),
            errors=errors,
            description_placeholders={
                "name": entry.title,
                "minutes": self._minutes,
            },
        )

    async def async_step_easee_integration(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which chargers and which stream, for an integration account."""
        return self._choice("easee_integration", user_input)

    async def async_step_easee_account(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which chargers, for a normal account."""
        return self._choice("easee_account", user_input)

    async def _async_choose(self) -> ConfigFlowResult:
        if self._has_amqp:
            return await self.async_step_easee_integration()
        return await self.async_step_easee_account()

    async def _async_log_in(self, login: dict[str, Any]) -> Errors:
        api = self._api(login)
        try:
            await api.rest.login()
        except EaseeError as err:
            return self._error(err)
        return {}

    async def _async_look(self, login: dict[str, Any]) -> Errors:
        """Log in; keep what the account may use, and has for this entry."""
        api = self._api(login)
        try:
            await api.rest.login()
            products = await api.products()
            self._has_amqp = await api.is_integration_account()
        except EaseeError as err:
            return self._error(err)
        if not products:
            return {"base": "easee_no_products"}
        self._products = tuple(
            one
            for one in products
            if not is_taken(self.hass, self._easee_entry, f"{VENDOR}_{one.serial}")
        )
        if not self._products:
            return {"base": TAKEN}
        self._login = login
        return {}

    @callback
    def _error(self, err: EaseeError) -> Errors:
        self._minutes = wait_min(err)
        return {"base": error_key(err)}

    @callback
    def _api(self, login: dict[str, Any]) -> EaseeApi:
        return api_of_user(
            self.hass, login[CONF_USERNAME], login[CONF_PASSWORD], self._easee_entry
        )

    @callback
    def _choice(
        self, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        if user_input is not None:
            return self._easee_finish(user_input)
        fields: dict[Any, Any] = {
            probatio.Required(CONF_CHOSEN): selector(
                {one.serial: f"{one.name} ({one.serial})" for one in self._products},
                _FLEET,
            ),
            probatio.Required(CONF_ADD_NEW): BooleanSelector(),
        }
        if self._has_amqp:
            fields[probatio.Required(CONF_TRANSPORT)] = SelectSelector(
                SelectSelectorConfig(
                    options=[AMQP, SIGNALR],
                    mode=SelectSelectorMode.LIST,
                    translation_key="easee_transport",
                )
            )
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields),
                {
                    CONF_TRANSPORT: AMQP,
                    **(self._easee_before or {}),
                    **suggested(self._easee_serials, self._easee_before, _FLEET),
                },
            ),
            description_placeholders={"count": str(len(self._products))},
        )

    @property
    def _easee_serials(self) -> list[str]:
        return [product.serial for product in self._products]

    @property
    def _easee_before(self) -> Mapping[str, Any] | None:
        """What is set up already."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        return self._get_reconfigure_entry().data

    @callback
    def _easee_finish(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        data = {
            CONF_VENDOR: VENDOR,
            CONF_TRANSPORT: user_input.get(CONF_TRANSPORT, SIGNALR),
            **self._login,
            **to_store(
                self._easee_serials,
                user_input[CONF_CHOSEN],
                self._easee_before,
                add_new=user_input[CONF_ADD_NEW],
            ),
        }
        if self.source == SOURCE_RECONFIGURE:
            return self.async_update_reload_and_abort(
                self._get_reconfigure_entry(), data_updates=data
            )
        others = [
            entry
            for entry in self._async_current_entries()
            if entry.data[CONF_VENDOR] == VENDOR
        ]
        # The account's name is somebody's address, and titles are in logs.
        title = f"Easee {len(others) + 1}" if others else "Easee"
        return self.async_create_entry(title=title, data=data)


def _login(user_input: dict[str, Any]) -> dict[str, Any]:
    return {
        CONF_USERNAME: user_input[CONF_USERNAME].strip(),
        CONF_PASSWORD: user_input[CONF_PASSWORD],
    }


class EaseeOptionsFlow(OptionsFlowWithReload):
    """How long the dynamic current lasts, and how old data may be."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin with the only step."""
        return await self.async_step_easee(user_input)

    async def async_step_easee(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(
                data={key: int(value) for key, value in user_input.items()}
            )
        fields = {
            probatio.Required(CONF_TTL_MIN, default=DEFAULT_TTL_MIN): NumberSelector(
                NumberSelectorConfig(
                    min=0, max=MAX_TTL_MIN, unit_of_measurement=UnitOfTime.MINUTES
                )
            ),
            probatio.Required(
                CONF_MAX_AGE_S, default=DEFAULT_MAX_AGE_S
            ): NumberSelector(
                NumberSelectorConfig(
                    min=MIN_MAX_AGE_S,
                    max=MAX_MAX_AGE_S,
                    unit_of_measurement=UnitOfTime.SECONDS,
                )
            ),
        }
        return self.async_show_form(
            step_id="easee",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), self.config_entry.options
            ),
        )
