"""Accounts that the vendor doesn't let in, which another try doesn't change."""

from typing import Final

from .errors import WeheatNotAllowedError

# A set-up is tried again each minute or so, and each try is a request.
WAIT_S: Final = 900.0


class Refusals:
    """What was refused, by entry; outlives a failed set-up. Times are monotonic."""

    def __init__(self) -> None:
        """Start without any."""
        self._until_s: dict[str, float] = {}

    def note(self, entry_id: str, now_s: float) -> None:
        """Note a refusal."""
        self._until_s[entry_id] = now_s + WAIT_S

    def of(self, entry_id: str, now_s: float) -> WeheatNotAllowedError | None:
        """Return the refusal that still counts."""
        if now_s >= self._until_s.get(entry_id, now_s):
            return None
        return WeheatNotAllowedError("the API isn't allowed to this client")

    def forget(self, entry_id: str) -> None:
        """Forget an entry that is gone, or is another now."""
        self._until_s.pop(entry_id, None)


REFUSALS: Final = Refusals()
