"""What an account is logged in with."""

from dataclasses import dataclass, field
from typing import Any, Final, Self

# Renewed this long before the end; clocks differ and requests take time.
RENEW_BEFORE_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens; the refresh token can be used once. Times are epoch seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
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
