"""Make the transports out of Home Assistant's shared clients."""

import os

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.httpx_client import get_async_client

from .cloud import CLOUD_URL, CloudTransport
from .const import ENV_CLOUD_URL
from .local import LocalTransport


@callback
def cloud_transport(hass: HomeAssistant, serial: str, token: str) -> CloudTransport:
    """Return the way to a charger over its cloud."""
    url = os.environ.get(ENV_CLOUD_URL, CLOUD_URL).format(serial=serial)
    return CloudTransport(get_async_client(hass), url, token)


@callback
def local_transport(hass: HomeAssistant, host: str) -> LocalTransport:
    """Return the way to a charger at its own address."""
    return LocalTransport(get_async_client(hass), host)
