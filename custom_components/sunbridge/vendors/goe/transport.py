"""The ways to a charger, behind one interface."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..json import JsonValue


@dataclass(frozen=True, slots=True)
class Report:
    """What the charger said of itself, and how old that was on arrival.

    ``age_s`` is None where the transport can't tell: then it's the charger itself that
    answered. ``modified_s`` is when it was said by the server's clock (epoch seconds),
    None where nobody tells.
    """

    values: Mapping[str, JsonValue]
    age_s: float | None = None
    modified_s: float | None = None


class Transport(Protocol):
    """A way to one charger that is asked. All methods raise ``GoeError``."""

    async def status(
        self, keys: Collection[str] | None = None, max_age_s: float | None = None
    ) -> Report:
        """Read these keys, or all there are.

        ``max_age_s`` asks the other side not to send anything older.
        """

    async def set(self, values: Mapping[str, JsonValue]) -> None:
        """Send values to the charger, which may still ignore them.

        Raises ``GoeRejectedError`` if any of them was refused.
        """
