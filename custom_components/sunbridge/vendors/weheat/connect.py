"""Make an account's connections out of Home Assistant's client."""

from collections.abc import Mapping
import os
from typing import Any, Final, cast, override

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.config_entry_oauth2_flow import (
    ImplementationUnavailableError,
    LocalOAuth2ImplementationWithPkce,
    async_get_implementations,
)
from homeassistant.helpers.httpx_client import get_async_client

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from .api import WeheatApi
from .budget import Budget
from .const import CONF_IMPLEMENTATION, CONF_TOKENS, ENV_API_URL, ENV_AUTH_URL
from .errors import WeheatNoCredentialsError
from .keycloak import AUTH_URL, CLIENT_ID, Keycloak, KeycloakTokens
from .rest import API_URL, WeheatRest
from .tokens import Tokens, TokenSource

USER_AGENT: Final = "Sunbridge (Home Assistant)"

# By user: what a flow asks counts when the entry is set up.
_CALLS: dict[str, Budget] = {}
# By entry: a renewal that was begun when a set-up failed gives the next one its tokens.
_SOURCES: dict[str, KeycloakTokens] = {}


async def async_clients(
    hass: HomeAssistant,
) -> dict[str, WeheatClient]:
    """Return the user's own application credentials, by Home Assistant's name."""
    try:
        found = await async_get_implementations(hass, DOMAIN)
    except ImplementationUnavailableError:
        return {}
    return cast("dict[str, WeheatClient]", found)


class WeheatClient(LocalOAuth2ImplementationWithPkce):
    """A client of the vendor's log-in, for the browser's part of it."""

    def __init__(
        self, hass: HomeAssistant, auth_domain: str, credential: ClientCredential
    ) -> None:
        """Take the client's id, and its secret if it has one."""
        auth_url = os.environ.get(ENV_AUTH_URL, AUTH_URL)
        super().__init__(
            hass,
            auth_domain,
            credential.client_id,
            f"{auth_url}/auth",
            f"{auth_url}/token",
            credential.client_secret,
        )
        self._name = credential.name or credential.client_id

    @property
    @override
    def name(self) -> str:
        """What the user calls it."""
        return self._name


@callback
def public_client(hass: HomeAssistant) -> WeheatClient:
    """Return the log-in by browser with the client that has no secret."""
    return WeheatClient(hass, DOMAIN, ClientCredential(CLIENT_ID, ""))


@callback
def keycloak_of(hass: HomeAssistant, client: WeheatClient) -> Keycloak:
    """Return the log-in that gives a client's tokens."""
    return Keycloak(
        get_async_client(hass),
        client.token_url,
        client_id=client.client_id,
        client_secret=client.client_secret,
        user_agent=USER_AGENT,
    )


@callback
def api_of(hass: HomeAssistant, source: TokenSource, budget: Budget) -> WeheatApi:
    """Return the API for somebody who is logged in."""
    return WeheatApi(
        WeheatRest(
            get_async_client(hass),
            os.environ.get(ENV_API_URL, API_URL),
            source,
            user_agent=USER_AGENT,
            budget=budget,
        )
    )


async def async_api_of_entry(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, budget: Budget
) -> WeheatApi:
    """Return the API of an entry, which keeps each new pair of tokens at once.

    Raises ``WeheatNoCredentialsError`` where its application credentials are gone.
    """
    client = await _async_client(hass, entry.data)
    return api_of(hass, _source_of(hass, entry, keycloak_of(hass, client)), budget)


@callback
def async_forget(entry_id: str) -> None:
    """Forget the tokens of an entry."""
    _SOURCES.pop(entry_id, None)


@callback
def async_note_calls(user_id: str, budget: Budget) -> None:
    """Keep what a flow asked of an account."""
    _CALLS[user_id] = budget


@callback
def async_noted_calls(user_id: str) -> Budget:
    """Return what a flow asked of an account, once."""
    return _CALLS.pop(user_id, Budget())


@callback
def _source_of(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, keycloak: Keycloak
) -> KeycloakTokens:
    """Return who gives an entry's tokens: the same as long as nobody logs in again."""

    @callback
    def keep(renewed: Tokens, tokens: Tokens) -> None:
        # Since the renewal was begun the entry may be gone, or have a new log-in.
        if (
            hass.config_entries.async_get_entry(entry.entry_id) is not None
            and entry.data[CONF_TOKENS] == renewed.as_dict()
        ):
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_TOKENS: tokens.as_dict()}
            )

    tokens = Tokens.from_dict(entry.data[CONF_TOKENS])
    source = _SOURCES.get(entry.entry_id)
    if source is None or source.tokens != tokens or source.is_over:
        source = KeycloakTokens(keycloak, tokens, keep)
        _SOURCES[entry.entry_id] = source
    # The user may have given the application another secret.
    source.keycloak = keycloak
    return source


async def _async_client(hass: HomeAssistant, data: Mapping[str, Any]) -> WeheatClient:
    if (name := data.get(CONF_IMPLEMENTATION)) is None:
        return public_client(hass)
    if (client := (await async_clients(hass)).get(name)) is None:
        raise WeheatNoCredentialsError("the application credentials are gone")
    return client
