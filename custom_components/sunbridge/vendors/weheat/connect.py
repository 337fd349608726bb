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
from .errors import WeheatNotAllowedError
from .keycloak import AUTH_URL, CLIENT_ID, Keycloak, KeycloakTokens
from .rest import API_URL, WeheatRest
from .tokens import Tokens, TokenSource

USER_AGENT: Final = "Sunbridge (Home Assistant)"

# By user: what a flow asks counts when the entry is set up.
_CALLS: dict[str, Budget] = {}


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

    Raises ``WeheatNotAllowedError`` where its application credentials are gone.
    """

    @callback
    def keep(tokens: Tokens) -> None:
        if hass.config_entries.async_get_entry(entry.entry_id) is not None:
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_TOKENS: tokens.as_dict()}
            )

    client = await _async_client(hass, entry.data)
    tokens = Tokens.from_dict(entry.data[CONF_TOKENS])
    source = KeycloakTokens(keycloak_of(hass, client), tokens, keep)
    return api_of(hass, source, budget)


@callback
def async_note_calls(user_id: str, budget: Budget) -> None:
    """Keep what a flow asked of an account."""
    _CALLS[user_id] = budget


@callback
def async_noted_calls(user_id: str) -> Budget:
    """Return what a flow asked of an account, once."""
    return _CALLS.pop(user_id, Budget())


async def _async_client(hass: HomeAssistant, data: Mapping[str, Any]) -> WeheatClient:
    if (name := data.get(CONF_IMPLEMENTATION)) is None:
        return public_client(hass)
    if (client := (await async_clients(hass)).get(name)) is None:
        raise WeheatNotAllowedError("the application credentials are gone")
    return client
