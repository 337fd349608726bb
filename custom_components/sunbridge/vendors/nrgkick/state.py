"""What there is to tell of the serving: who asked, and what was answered."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

# The wallbox asks every few seconds; a database needn't have each of these.
SHOWN_EVERY_S: Final = 60.0


class Serving(StrEnum):
    """What the wallbox gets, if it asks."""

    SERVING = "serving"
    PAUSED = "paused"
    NOT_TRUSTWORTHY = "not_trustworthy"
    MISCONFIGURED = "misconfigured"


ASKING: Final = "asking"
ENABLED: Final = "enabled"
LAST_REQUEST: Final = "last_request"
REFUSED: Final = "refused"
SERVING: Final = "serving"


@dataclass(slots=True)
class NrgkickState:
    """What entities show; ``last_request_s`` is epoch s, to the minute."""

    asking: bool = False
    enabled: bool = True
    last_request_s: float | None = None
    refused: int = 0
    serving: Serving = Serving.SERVING

    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether there are such values; all are from the start."""
        return all(hasattr(self, key) for key in keys)

    @property
    def last_request(self) -> datetime | None:
        """When the wallbox asked last, to the minute."""
        if self.last_request_s is None:
            return None
        return datetime.fromtimestamp(self.last_request_s, UTC)
