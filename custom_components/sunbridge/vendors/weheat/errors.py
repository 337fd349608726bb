"""What can go wrong between us and Weheat."""


class WeheatError(Exception):
    """A request failed.

    The texts have no serial number, name, token or address, so they may go to a log.
    """


class WeheatConnectionError(WeheatError):
    """The cloud can't be reached, or didn't answer in time."""


class WeheatServerError(WeheatError):
    """The cloud answered with an error of its own."""


class WeheatResponseError(WeheatError):
    """The answer isn't what the API promises."""


class WeheatCredentialsError(WeheatError):
    """User or password is wrong."""


class WeheatSessionError(WeheatError):
    """The refresh token is worth nothing any more; the user has to log in again."""


class WeheatTokenError(WeheatError):
    """The API refuses a token, and a new one too."""


class WeheatNotAllowedError(WeheatError):
    """This client or this account may not; logging in again doesn't help."""


class WeheatNoCredentialsError(WeheatError):
    """The application credentials that somebody logged in with are gone."""


class WeheatNotFoundError(WeheatError):
    """There's no such heat pump, or not any more."""


class WeheatWindowError(WeheatError):
    """The time that was asked for is too long, or is none; shorter ones may do."""


class WeheatRateLimitError(WeheatError):
    """The cloud wants fewer requests; none is sent for ``wait_s``."""

    def __init__(self, wait_s: float) -> None:
        """Keep the wait."""
        super().__init__("fewer requests are wanted")
        self.wait_s = wait_s


class WeheatBudgetError(WeheatError):
    """Our own budget of requests is used up; ``wait_s`` until there's room."""

    def __init__(self, wait_s: float) -> None:
        """Keep the wait."""
        super().__init__("the budget of requests is used up")
        self.wait_s = wait_s
