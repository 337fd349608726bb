"""What a failure means to the user: the keys of its translated texts."""

from typing import Final

from .errors import (
    WeheatBudgetError,
    WeheatConnectionError,
    WeheatCredentialsError,
    WeheatError,
    WeheatNoCredentialsError,
    WeheatNotAllowedError,
    WeheatNotFoundError,
    WeheatRateLimitError,
    WeheatResponseError,
    WeheatServerError,
    WeheatSessionError,
    WeheatTokenError,
    WeheatWindowError,
)

# The same keys name the texts of flow errors and of exceptions.
_KEYS: Final[dict[type[WeheatError], str]] = {
    WeheatBudgetError: "weheat_budget",
    WeheatConnectionError: "weheat_cannot_connect",
    WeheatCredentialsError: "weheat_invalid_auth",
    WeheatNoCredentialsError: "weheat_no_credentials",
    WeheatNotAllowedError: "weheat_not_allowed",
    WeheatNotFoundError: "weheat_not_found",
    WeheatRateLimitError: "weheat_rate_limited",
    WeheatResponseError: "weheat_invalid_response",
    WeheatServerError: "weheat_server_error",
    WeheatSessionError: "weheat_session",
    WeheatTokenError: "weheat_session",
    WeheatWindowError: "weheat_invalid_response",
}


def error_key(err: WeheatError) -> str:
    """Return the key of the error's text."""
    return _KEYS[type(err)]
