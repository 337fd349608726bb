"""How failures of a charger's API add up: when to ask again and what they mean."""

from dataclasses import dataclass
import random
from typing import Final

from .errors import (
    GoeApiOffError,
    GoeAuthError,
    GoeError,
    GoeForbiddenError,
    GoeOfflineError,
    GoeOtherChargerError,
    GoeRateLimitError,
    GoeStaleError,
)

BACKOFF_MAX_S: Final = 60.0
# A charger that is away is looked for more often than a server that has trouble.
AWAY_BACKOFF_MAX_S: Final = 15.0
RETRY_AFTER_MAX_S: Final = 3600.0

# A token is invalid when the server said so this often, and for so long.
AUTH_FAILURES: Final = 3
AUTH_FAILURES_S: Final = 2.0

# The cloud says 403 for an offline charger too; by then it's rather switched off.
FORBIDDEN_LONG_S: Final = 300.0

_AWAY: Final = (
    GoeApiOffError,
    GoeForbiddenError,
    GoeOfflineError,
    GoeOtherChargerError,
    GoeStaleError,
)


@dataclass(slots=True)
class Trouble:
    """The failures since the last success. Times are of a monotonic clock."""

    failures: int = 0
    auth_failures: int = 0
    auth_failing_since_s: float = 0.0
    forbidden_since_s: float | None = None

    def add(self, err: GoeError, now_s: float) -> None:
        """Count a failure."""
        self.failures += 1
        if not isinstance(err, GoeForbiddenError):
            self.forbidden_since_s = None
        elif self.forbidden_since_s is None:
            self.forbidden_since_s = now_s
        if isinstance(err, GoeAuthError):
            if not self.auth_failures:
                self.auth_failing_since_s = now_s
            self.auth_failures += 1

    def surely_unauthorized(self, now_s: float) -> bool:
        """Tell whether the token is rather wrong than the server confused."""
        return (
            self.auth_failures >= AUTH_FAILURES
            and now_s - self.auth_failing_since_s >= AUTH_FAILURES_S
        )

    def long_forbidden(self, now_s: float) -> bool:
        """Tell whether the API is rather switched off than the charger offline."""
        return (
            self.forbidden_since_s is not None
            and now_s - self.forbidden_since_s >= FORBIDDEN_LONG_S
        )

    def retry_in_s(self, err: GoeError) -> float:
        """Return when to ask again: later each time, and not all at one moment."""
        longest_s = AWAY_BACKOFF_MAX_S if says_away(err) else BACKOFF_MAX_S
        delay_s = min(longest_s, 2.0 ** min(self.failures - 1, 10))
        delay_s *= random.uniform(0.8, 1.0)
        if isinstance(err, GoeRateLimitError) and err.retry_after_s is not None:
            return max(delay_s, spared_s(err.retry_after_s))
        return delay_s


# By entry: a set-up that fails is tried again with a new coordinator, which has to
# know of the failures before. Who enters another way, or another token, begins anew.
TROUBLES: Final[dict[str, Trouble]] = {}


def spared_s(retry_after_s: float) -> float:
    """Return how long a server is spared that asks for it: it may ask for years."""
    return min(RETRY_AFTER_MAX_S, retry_after_s)


def says_away(err: GoeError) -> bool:
    """Tell a failure that is about the charger from one of the way to it.

    A server in trouble says nothing of the charger, whose last data stay true for a
    while. An answer that the charger is away says that they don't.
    """
    return isinstance(err, _AWAY)
