"""What a failure means to the user: the keys of its translated texts."""

from typing import Final

from .errors import (
    EaseeBudgetError,
    EaseeBusyError,
    EaseeConnectionError,
    EaseeCredentialsError,
    EaseeError,
    EaseeExpiredError,
    EaseeForbiddenError,
    EaseeNotFoundError,
    EaseeQueueError,
    EaseeRejectedError,
    EaseeResponseError,
    EaseeServerError,
    EaseeStreamAuthError,
    EaseeStreamError,
    EaseeStreamTlsError,
    EaseeTokenError,
)

# The same keys name the texts of flow errors and of exceptions.
_KEYS: Final[dict[type[EaseeError], str]] = {
    EaseeBudgetError: "easee_budget",
    EaseeBusyError: "easee_rate_limited",
    EaseeConnectionError: "easee_cannot_connect",
    EaseeCredentialsError: "easee_invalid_auth",
    EaseeExpiredError: "easee_expired",
    EaseeForbiddenError: "easee_forbidden",
    EaseeNotFoundError: "easee_not_found",
    EaseeQueueError: "easee_queue",
    EaseeRejectedError: "easee_rejected",
    EaseeResponseError: "easee_invalid_response",
    EaseeServerError: "easee_server_error",
    EaseeStreamAuthError: "easee_stream",
    EaseeStreamError: "easee_stream",
    EaseeStreamTlsError: "easee_stream_tls",
    EaseeTokenError: "easee_token",
}


def error_key(err: EaseeError) -> str:
    """Return the key of the error's text."""
    if isinstance(err, EaseeBusyError) and err.by_firewall:
        return "easee_blocked"
    return _KEYS[type(err)]
