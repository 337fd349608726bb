"""What can go wrong between us and a charger."""

from collections.abc import Mapping

from ..names import plain

# What a charger says of a value may have the value in it.
_LONGEST_REASON = 200


class GoeError(Exception):
    """A request to the charger failed.

    The texts have no serial, token or address, so they may go to a log.
    """


class GoeConnectionError(GoeError):
    """The server can't be reached, or didn't answer in time."""


class GoeServerError(GoeError):
    """The server answered with an error of its own."""


class GoeResponseError(GoeError):
    """The answer isn't what the API promises."""


class GoeRateLimitError(GoeError):
    """The server wants fewer requests; ``retry_after_s`` where it says for how long."""

    def __init__(self, retry_after_s: float | None = None) -> None:
        """Keep the wait that the server asks for."""
        super().__init__("the server asks for fewer requests")
        self.retry_after_s = retry_after_s


class GoeAuthError(GoeError):
    """The token isn't the charger's."""


class GoeOfflineError(GoeError):
    """The token is right, but the charger has sent nothing of late.

    ``age_s`` is the age of its last report where the server tells it.
    """

    def __init__(self, age_s: float | None = None) -> None:
        """Keep the age of the charger's last report."""
        super().__init__("the charger hasn't reported of late")
        self.age_s = age_s


class GoeForbiddenError(GoeError):
    """The charger is offline, or its API is switched off; the server doesn't tell."""


class GoeApiOffError(GoeError):
    """The charger is there, but its API in the local network is switched off."""


class GoeRejectedError(GoeError):
    """The charger refused values; ``reasons`` has its text by key."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        """Keep the reasons by key."""
        super().__init__(f"the charger refused {', '.join(sorted(reasons))}")
        self.reasons = {
            key: plain(reason, _LONGEST_REASON) for key, reason in reasons.items()
        }


class GoeOtherChargerError(GoeError):
    """Another charger answers than the one that was set up."""


class GoeStaleError(GoeError):
    """The server answers, but with data that are too old."""


class GoeBrokerError(GoeError):
    """The MQTT broker can't be reached."""


class GoeBrokerAuthError(GoeBrokerError):
    """The MQTT broker refuses the user or the password."""


class GoeBrokerTlsError(GoeBrokerError):
    """The MQTT broker's certificate isn't trusted, or it speaks no TLS."""


class GoeBrokerCertificateError(GoeBrokerError):
    """The certificates that the user gave can't be read."""


class GoeSilentError(GoeError):
    """The broker is there, but nothing of the charger is heard."""


class GoeNoAnswerError(GoeError):
    """The charger doesn't answer a setting by MQTT."""


class GoeReadOnlyError(GoeError):
    """The charger's owner doesn't allow settings by MQTT."""
