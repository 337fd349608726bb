"""The user's own credentials for vendors that log in by the browser."""

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.core import HomeAssistant
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2Implementation

from .vendors.flows import OAUTH_CLIENT


async def async_get_auth_implementation(
    hass: HomeAssistant, auth_domain: str, credential: ClientCredential
) -> AbstractOAuth2Implementation:
    """Return what logs in with credentials."""
    return OAUTH_CLIENT(hass, auth_domain, credential)
