"""Make an account's connections out of Home Assistant's client."""

from collections.abc import Mapping
import os
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.httpx_client import get_async_client

from ...coordinator import SunbridgeConfigEntry
from .api import WeheatApi
from .budget import Budget
from .const import (
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    CONF_TOKENS,
    ENV_API_URL,
    ENV_AUTH_URL,
)
from .keycloak import CLIENT_ID, TOKEN_URL, Keycloak, KeycloakTokens
from .rest import API_URL, WeheatRest
from .tokens import Tokens

USER_AGENT: Final = "Sunbridge (Home Assistant)"


@callback
def keycloak_of(hass: HomeAssistant, data: Mapping[str, Any]) -> Keycloak:
    """Return the log-in, by the client that was chosen or by the public one."""
    auth_url = os.environ.get(ENV_AUTH_URL)
    return Keycloak(
        get_async_client(hass),
        TOKEN_URL if auth_url is None else f"{auth_url}/token",
        client_id=data.get(CONF_CLIENT_ID, CLIENT_ID),
        client_secret=data.get(CONF_CLIENT_SECRET),
        user_agent=USER_AGENT,
    )


@callback
def api_of_tokens(hass: HomeAssistant, keycloak: Keycloak, tokens: Tokens) -> WeheatApi:
    """Return the API for somebody who has just logged in."""
    return WeheatApi(
        WeheatRest(
            get_async_client(hass),
            os.environ.get(ENV_API_URL, API_URL),
            KeycloakTokens(keycloak, tokens),
            user_agent=USER_AGENT,
        )
    )


@callback
def api_of_entry(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, budget: Budget
) -> WeheatApi:
    """Return the API of an entry, which keeps each new pair of tokens at once."""

    @callback
    def keep(tokens: Tokens) -> None:
        if hass.config_entries.async_get_entry(entry.entry_id) is not None:
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_TOKENS: tokens.as_dict()}
            )

    return WeheatApi(
        WeheatRest(
            get_async_client(hass),
            os.environ.get(ENV_API_URL, API_URL),
            KeycloakTokens(
                keycloak_of(hass, entry.data),
                Tokens.from_dict(entry.data[CONF_TOKENS]),
                keep,
            ),
            user_agent=USER_AGENT,
            budget=budget,
        )
    )
