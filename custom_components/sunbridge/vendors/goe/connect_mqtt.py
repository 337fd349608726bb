"""Make the connection to a broker out of what an entry has."""

from collections.abc import Mapping
from pathlib import Path
import ssl
import tempfile
from typing import Any

from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util.ssl import client_context

from ...const import CONF_TRANSPORT
from .broker import Broker
from .const import CONF_CA, CONF_CLIENT_CERTIFICATE, CONF_CLIENT_KEY, CONF_TLS, MQTT
from .errors import GoeBrokerCertificateError


async def async_broker(hass: HomeAssistant, data: Mapping[str, Any]) -> Broker:
    """Return the broker of an entry: Home Assistant's, or one of its own.

    Raises ``GoeBrokerCertificateError`` for certificates that can't be read.
    """
    # Only who uses it loads it: the one needs Home Assistant's MQTT, the other aiomqtt.
    broker: Broker
    if data[CONF_TRANSPORT] == MQTT:
        module = await async_import_module(hass, f"{__package__}.ha_broker")
        broker = module.HaBroker(hass)
        return broker
    module = await async_import_module(hass, f"{__package__}.own_broker")
    tls = None
    if data[CONF_TLS]:
        tls = await hass.async_add_executor_job(_tls_context, data)
    broker = module.OwnBroker(
        module.BrokerAccess(
            host=data[CONF_HOST],
            port=int(data[CONF_PORT]),
            username=data.get(CONF_USERNAME) or None,
            password=data.get(CONF_PASSWORD) or None,
            tls=tls,
        )
    )
    return broker


def _tls_context(data: Mapping[str, Any]) -> ssl.SSLContext:
    """Return Home Assistant's ready context, or one with the user's certificates."""
    authority = data.get(CONF_CA)
    certificate, key = data.get(CONF_CLIENT_CERTIFICATE), data.get(CONF_CLIENT_KEY)
    if not (authority or certificate or key):
        # The default one offers HTTP by ALPN, which a broker may refuse.
        return client_context()
    try:
        context = ssl.create_default_context(cadata=authority or None)
        if authority:
            # One that is made at home seldom says what its key is for, as the strict
            # check wants. Who signed what, for whom and until when counts all the same.
            context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if certificate or key:
            with tempfile.TemporaryDirectory() as folder:
                # The module reads them from files only.
                path = Path(folder) / "client.pem"
                path.touch(mode=0o600)
                path.write_text(f"{certificate or ''}\n{key or ''}\n")
                # Without a password it would ask a terminal for that of the key.
                context.load_cert_chain(path, password="")
    except (ssl.SSLError, TypeError, ValueError) as err:
        # A text with other signs than those of ASCII is a wrong type.
        raise GoeBrokerCertificateError("the certificates can't be read") from err
    return context
