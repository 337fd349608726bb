"""What a failure means to the user: the keys of its translated texts."""

from typing import Final

from .const import LOCAL
from .errors import (
    GoeApiOffError,
    GoeAuthError,
    GoeBrokerAuthError,
    GoeBrokerCertificateError,
    GoeBrokerError,
    GoeBrokerTlsError,
    GoeConnectionError,
    GoeError,
    GoeForbiddenError,
    GoeNoAnswerError,
    GoeOfflineError,
    GoeOtherChargerError,
    GoeRateLimitError,
    GoeReadOnlyError,
    GoeResponseError,
    GoeServerError,
    GoeSilentError,
    GoeStaleError,
)

# The same keys name the texts of flow errors and of exceptions.
_KEYS: Final[dict[type[GoeError], str]] = {
    GoeApiOffError: "goe_local_off",
    GoeAuthError: "goe_invalid_auth",
    GoeBrokerAuthError: "goe_broker_auth",
    GoeBrokerCertificateError: "goe_broker_certificate",
    GoeBrokerError: "goe_broker_cannot_connect",
    GoeBrokerTlsError: "goe_broker_tls",
    GoeConnectionError: "goe_cannot_connect",
    GoeForbiddenError: "goe_forbidden",
    GoeNoAnswerError: "goe_mqtt_no_answer",
    GoeOfflineError: "goe_offline",
    GoeOtherChargerError: "goe_other_charger",
    GoeRateLimitError: "goe_rate_limited",
    GoeReadOnlyError: "goe_mqtt_read_only",
    GoeResponseError: "goe_invalid_response",
    GoeServerError: "goe_server_error",
    GoeSilentError: "goe_mqtt_silent",
    GoeStaleError: "goe_stale",
}


# In the local network it's the charger that is silent or confused, and not a cloud.
_LOCAL_KEYS: Final[dict[type[GoeError], str]] = {
    GoeConnectionError: "goe_local_cannot_connect",
    GoeResponseError: "goe_local_invalid_response",
    GoeServerError: "goe_local_busy",
}


def error_key(err: GoeError, transport: str) -> str:
    """Return the key of the error's text."""
    local = _LOCAL_KEYS if transport == LOCAL else {}
    return local.get(type(err)) or _KEYS[type(err)]
