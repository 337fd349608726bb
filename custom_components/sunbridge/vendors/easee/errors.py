"""What can go wrong between us and Easee."""


class EaseeError(Exception):
    """A request or a stream failed.

    The texts have no serial number, name, token or address, so they may go to a log.
    """


class EaseeConnectionError(EaseeError):
    """The cloud can't be reached, or didn't answer in time."""


class EaseeServerError(EaseeError):
    """The cloud answered with an error of its own."""


class EaseeResponseError(EaseeError):
    """The answer isn't what the API promises."""


class EaseeCredentialsError(EaseeError):
    """User or password is wrong; the only failure that logging in again can mend."""


class EaseeTokenError(EaseeError):
    """A token isn't valid any more."""


class EaseeForbiddenError(EaseeError):
    """The account has no right to this object."""


class EaseeNotFoundError(EaseeError):
    """There's no such object, or not yet."""


class EaseeBusyError(EaseeError):
    """The cloud wants fewer requests, or blocks us; nothing is sent until then.

    ``wait_s`` is how long we keep silent, and ``by_firewall`` tells a block from a
    rate limit.
    """

    def __init__(self, wait_s: float, *, by_firewall: bool = False) -> None:
        """Keep the wait."""
        super().__init__("blocked" if by_firewall else "fewer requests are wanted")
        self.wait_s = wait_s
        self.by_firewall = by_firewall


class EaseeBudgetError(EaseeError):
    """Our own budget of requests is used up; ``wait_s`` until there's room."""

    def __init__(self, wait_s: float) -> None:
        """Keep the wait."""
        super().__init__("the budget of requests is used up")
        self.wait_s = wait_s


class EaseeRejectedError(EaseeError):
    """The charger or the cloud refused a command."""


class EaseeExpiredError(EaseeError):
    """A command ran out before the charger took it."""


class EaseeStreamError(EaseeError):
    """The stream broke or can't be opened."""


class EaseeStreamTlsError(EaseeStreamError):
    """The stream's certificate isn't trusted."""


class EaseeStreamAuthError(EaseeStreamError):
    """The stream refuses what the cloud gave us to log in with."""


class EaseeQueueError(EaseeStreamError):
    """The operator's queue doesn't exist, or may not be read."""
