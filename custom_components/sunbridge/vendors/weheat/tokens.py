"""What an account is logged in with, and who gives it."""

from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self

# Renewed this long before the end; a server was seen 17 s ahead (reference 1.5).
RENEW_BEFORE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a log-in or a refresh gave. Times are epoch seconds.

    ``refresh`` is None where the log-in gave none: then it ends with the access token.
    """

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at_s: float

    def is_fresh(self, now_s: float) -> bool:
        """Tell whether the access token may still be used."""
        return now_s < self.expires_at_s - RENEW_BEFORE_S

    def as_dict(self) -> dict[str, Any]:
        """Return what is kept."""
        return {
            "access": self.access,
            "refresh": self.refresh,
            "expires_at_s": self.expires_at_s,
        }

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Self:
        """Return what was kept."""
        return cls(kept["access"], kept["refresh"], kept["expires_at_s"])


class TokenSource(Protocol):
    """Who gives access tokens.

    Any number of tasks may ask at the same time, and be cancelled while they wait: a
    refresh that was begun has to be finished, and what it gave be stored.
    """

    async def access_token(self, refused: str | None = None) -> str:
        """Return a token that should be valid, and isn't the one that was refused.

        Raises ``WeheatSessionError`` when the user has to log in again, and other
        ``WeheatError``.
        """
