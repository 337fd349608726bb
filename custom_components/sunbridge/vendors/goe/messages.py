"""What a failure means to the user: the keys of its translated texts."""

from typing import Final

from .errors import (
    GoeAuthError,
    GoeConnectionError,
    GoeError,
    GoeForbiddenError,
    GoeOfflineError,
    GoeRateLimitError,
    GoeResponseError,
    GoeServerError,
    GoeStaleError,
)

# The same keys name the texts of flow errors and of exceptions.
_KEYS: Final[dict[type[GoeError], str]] = {
    GoeAuthError: "goe_invalid_auth",
    GoeConnectionError: "goe_cannot_connect",
    GoeForbiddenError: "goe_forbidden",
    GoeOfflineError: "goe_offline",
    GoeRateLimitError: "goe_rate_limited",
    GoeResponseError: "goe_invalid_response",
    GoeServerError: "goe_server_error",
    GoeStaleError: "goe_stale",
}


def error_key(err: GoeError) -> str:
    """Return the key of the error's text."""
    return _KEYS[type(err)]
