"""The steps by which an account of Weheat is added and changed."""

from collections.abc import Mapping
from typing import Any, Final

import probatio
from yarl import URL

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME, UnitOfTime
from homeassistant.core import callback
from homeassistant.helpers.network import NoURLAvailableError
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    SelectOptionDict,
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
from ..waits import wait_min
from .budget import Budget
from .connect import (
    WeheatClient,
    api_of,
    async_clients,
    async_note_calls,
    keycloak_of,
    public_client,
)
from .const import (
    BROWSER,
    CONF_DAY_S,
    CONF_HISTORY,
    CONF_IMPLEMENTATION,
    CONF_NIGHT_S,
    CONF_TOKENS,
    CONF_USER_ID,
    DEFAULT_DAY_S,
    DEFAULT_NIGHT_S,
    MAX_EVERY_S,
    MIN_EVERY_S,
    PASSWORD,
    VENDOR,
)
from .errors import WeheatError
from .keycloak import CLIENT_ID, SCOPE, Keycloak, KeycloakTokens
from .messages import error_key
from .pump import Pump
from .refusals import REFUSALS
from .tokens import Tokens

# An installer sees many houses, of which hardly all belong in one Home Assistant.
_FLEET: Final = 10
# What stands for the client that everybody may use.
_PUBLIC: Final = "public"
_CLIENT: Final = "client"

_LOGIN_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_USERNAME): TextSelector(
            TextSelectorConfig(type=TextSelectorType.EMAIL, autocomplete="username")
        ),
        probatio.Required(probatio.Secret(CONF_PASSWORD)): TextSelector(
            TextSelectorConfig(
                type=TextSelectorType.PASSWORD, autocomplete="current-password"
            )
        ),
    }
)

type Errors = dict[str, str]


class WeheatFlow(ConfigFlow):
    """Steps for accounts of Weheat."""

    _weheat_client: WeheatClient
    _weheat_back: dict[str, Any]
    _weheat_data: dict[str, Any]
    _weheat_pumps: tuple[Pump, ...] = ()
    _weheat_minutes = ""
    _weheat_calls: Budget | None = None

    async def async_step_weheat(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to log in."""
        return self.async_show_menu(
            step_id="weheat", menu_options=["weheat_password", "weheat_browser"]
        )

    async def async_step_weheat_reauth(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to log in again, because the log-in has ended."""
        return self._weheat_menu("weheat_reauth", self._get_reauth_entry())

    async def async_step_weheat_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask how to log in from now on; then which heat pumps there are."""
        return self._weheat_menu("weheat_reconfigure", self._get_reconfigure_entry())

    async def async_step_weheat_password(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Log in with a password, which is used once and not kept."""
        errors: Errors = {}
        if user_input is not None:
            keycloak = keycloak_of(self.hass, public_client(self.hass))
            try:
                tokens = await keycloak.password(
                    user_input[CONF_USERNAME].strip(), user_input[CONF_PASSWORD]
                )
                return await self._async_weheat_found(
                    keycloak, tokens, {CONF_TRANSPORT: PASSWORD}
                )
            except WeheatError as err:
                self._weheat_minutes = wait_min(err)
                errors = {"base": error_key(err)}
        return self.async_show_form(
            step_id="weheat_password",
            data_schema=self.add_suggested_values_to_schema(
                _LOGIN_SCHEMA, user_input or {}
            ),
            errors=errors,
            description_placeholders={"minutes": self._weheat_minutes},
        )

    async def async_step_weheat_browser(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask with which client to log in, where there's a choice."""
        own = await async_clients(self.hass)
        if own and user_input is None:
            return self.async_show_form(
                step_id="weheat_browser",
                data_schema=probatio.Schema(
                    {
                        probatio.Required(
                            _CLIENT, default=next(iter(own))
                        ): SelectSelector(
                            SelectSelectorConfig(
                                options=[
                                    *(
                                        SelectOptionDict(value=key, label=client.name)
                                        for key, client in own.items()
                                    ),
                                    SelectOptionDict(value=_PUBLIC, label=CLIENT_ID),
                                ],
                                mode=SelectSelectorMode.LIST,
                                translation_key="weheat_client",
                            )
                        )
                    }
                ),
            )
        chosen = _PUBLIC if user_input is None else user_input[_CLIENT]
        self._weheat_data = {CONF_TRANSPORT: BROWSER}
        if chosen in own:
            self._weheat_client = own[chosen]
            self._weheat_data[CONF_IMPLEMENTATION] = chosen
        else:
            self._weheat_client = public_client(self.hass)
        return await self.async_step_weheat_auth()

    async def async_step_weheat_auth(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Send the user to the vendor's page, and wait for the way back."""
        if user_input is not None:
            self._weheat_back = user_input
            return self.async_external_step_done(next_step_id="weheat_return")
        try:
            url = await self._weheat_client.async_generate_authorize_url(self.flow_id)
        except NoURLAvailableError:
            return self.async_abort(reason="weheat_no_url")
        return self.async_external_step(
            step_id="weheat_auth", url=str(URL(url).update_query({"scope": SCOPE}))
        )

    async def async_step_weheat_return(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Take the tokens that the way back is good for."""
        back = self._weheat_back
        if "code" not in back:
            return self.async_abort(reason="weheat_rejected")
        keycloak = keycloak_of(self.hass, self._weheat_client)
        try:
            tokens = await keycloak.code(
                back["code"],
                self._weheat_client.code_verifier,
                back["state"]["redirect_uri"],
            )
            return await self._async_weheat_found(keycloak, tokens, self._weheat_data)
        except WeheatError as err:
            return self.async_abort(
                reason=error_key(err),
                description_placeholders={"minutes": wait_min(err)},
            )

    async def async_step_weheat_pumps(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which heat pumps, where there are several."""
        if user_input is not None:
            chosen = list(user_input[CONF_CHOSEN])
            return self._weheat_finish(chosen, add_new=user_input[CONF_ADD_NEW])
        return self.async_show_form(
            step_id="weheat_pumps",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(
                    {
                        probatio.Required(CONF_CHOSEN): selector(
                            {pump.id: _label(pump) for pump in self._weheat_pumps},
                            _FLEET,
                        ),
                        probatio.Required(CONF_ADD_NEW): BooleanSelector(),
                    }
                ),
                self._weheat_suggested(),
            ),
            description_placeholders={"count": str(len(self._weheat_pumps))},
        )

    async def _async_weheat_found(
        self, keycloak: Keycloak, tokens: Tokens, data: dict[str, Any]
    ) -> ConfigFlowResult:
        """Go on with who logged in. Raises ``WeheatError``."""
        # All tries of a flow are of one account, mostly.
        self._weheat_calls = self._weheat_calls or Budget()
        source = KeycloakTokens(keycloak, tokens)
        api = api_of(self.hass, source, self._weheat_calls)
        user_id = (await api.me()).id
        async_note_calls(user_id, self._weheat_calls)
        await self.async_set_unique_id(f"{VENDOR}_{user_id}", raise_on_progress=False)
        if self.source in {SOURCE_REAUTH, SOURCE_RECONFIGURE}:
            self._abort_if_unique_id_mismatch(reason="weheat_wrong_account")
        else:
            self._abort_if_unique_id_configured()
        self._weheat_data = {
            CONF_VENDOR: VENDOR,
            CONF_USER_ID: user_id,
            CONF_TOKENS: source.tokens.as_dict(),
            CONF_IMPLEMENTATION: None,
            **data,
        }
        if self.source == SOURCE_REAUTH:
            return self._weheat_update(self._get_reauth_entry())
        pumps = await api.pumps()
        if not pumps:
            return self.async_abort(reason="weheat_no_pumps")
        reconfigures = self.source == SOURCE_RECONFIGURE
        entry = self._get_reconfigure_entry() if reconfigures else None
        self._weheat_pumps = tuple(
            pump
            for pump in pumps
            if not is_taken(self.hass, entry, f"{VENDOR}_{pump.id}")
        )
        if not self._weheat_pumps:
            return self.async_abort(reason=TAKEN)
        shown = self._weheat_suggested()
        if len(self._weheat_pumps) == len(shown[CONF_CHOSEN]) == 1:
            # There's nothing to choose.
            return self._weheat_finish(shown[CONF_CHOSEN], add_new=shown[CONF_ADD_NEW])
        return await self.async_step_weheat_pumps()

    @callback
    def _weheat_menu(self, step_id: str, entry: ConfigEntry) -> ConfigFlowResult:
        return self.async_show_menu(
            step_id=step_id,
            menu_options=["weheat_password", "weheat_browser"],
            description_placeholders={"name": entry.title},
        )

    @callback
    def _weheat_suggested(self) -> dict[str, Any]:
        there = [pump.id for pump in self._weheat_pumps]
        return suggested(there, self._weheat_before, _FLEET)

    @property
    def _weheat_before(self) -> Mapping[str, Any] | None:
        """What is set up already."""
        if self.source != SOURCE_RECONFIGURE:
            return None
        return self._get_reconfigure_entry().data

    @callback
    def _weheat_finish(self, chosen: list[str], *, add_new: bool) -> ConfigFlowResult:
        there = [pump.id for pump in self._weheat_pumps]
        self._weheat_data |= to_store(
            there, chosen, self._weheat_before, add_new=add_new
        )
        if self.source == SOURCE_RECONFIGURE:
            return self._weheat_update(self._get_reconfigure_entry())
        others = [
            entry
            for entry in self._async_current_entries()
            if entry.data[CONF_VENDOR] == VENDOR
        ]
        # The account's name is somebody's address, and titles are in logs.
        title = f"Weheat {len(others) + 1}" if others else "Weheat"
        return self.async_create_entry(title=title, data=self._weheat_data)

    @callback
    def _weheat_update(self, entry: ConfigEntry) -> ConfigFlowResult:
        REFUSALS.forget(entry.entry_id)
        return self.async_update_reload_and_abort(entry, data_updates=self._weheat_data)


def _label(pump: Pump) -> str:
    """Return what tells two heat pumps apart, for their owner's eyes only."""
    return pump.name if pump.serial is None else f"{pump.name} ({pump.serial})"


class WeheatOptionsFlow(OptionsFlowWithReload):
    """How often heat pumps are read, and whether their past is imported."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Begin with the only step."""
        return await self.async_step_weheat(user_input)

    async def async_step_weheat(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the options."""
        if user_input is not None:
            return self.async_create_entry(data=_options(user_input))
        every = NumberSelector(
            NumberSelectorConfig(
                min=MIN_EVERY_S,
                max=MAX_EVERY_S,
                step=10,
                unit_of_measurement=UnitOfTime.SECONDS,
            )
        )
        fields = {
            probatio.Required(CONF_DAY_S, default=DEFAULT_DAY_S): every,
            probatio.Required(CONF_NIGHT_S, default=DEFAULT_NIGHT_S): every,
            probatio.Required(CONF_HISTORY, default=True): BooleanSelector(),
        }
        return self.async_show_form(
            step_id="weheat",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), self.config_entry.options
            ),
        )


def _options(user_input: Mapping[str, Any]) -> dict[str, Any]:
    return {
        CONF_DAY_S: int(user_input[CONF_DAY_S]),
        CONF_NIGHT_S: int(user_input[CONF_NIGHT_S]),
        CONF_HISTORY: user_input[CONF_HISTORY],
    }
