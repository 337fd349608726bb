"""What goes wrong in a house, and when."""

from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """A kind of trouble (reference surplus 3.1 and 4.3)."""

    # No report comes any more; the last value stays where it was.
    METER_SILENT = "meter silent"
    # Reports come, with the value of before.
    METER_STUCK = "meter stuck"
    METER_UNAVAILABLE = "meter unavailable"
    # It goes on as it was told last, hears nothing and says nothing.
    CHARGER_OFFLINE = "charger offline"
    # Who controls isn't there; the house goes on.
    RESTART = "restart"
    # Somebody tells the charger something else, by its app.
    MANUAL = "manual change"
    # The car leaves, and comes back at the end.
    UNPLUG = "unplug"


METER_FAULTS = frozenset(
    {FaultKind.METER_SILENT, FaultKind.METER_STUCK, FaultKind.METER_UNAVAILABLE}
)


@dataclass(frozen=True)
class Fault:
    """Trouble from ``start_s`` (seconds of the household's clock) for a while.

    ``amps`` and ``phases`` are what a manual change asks for.
    """

    kind: FaultKind
    start_s: int
    length_s: int
    amps: float = 16.0
    phases: int = 3

    @property
    def end_s(self) -> int:
        """Return the first second without it."""
        return self.start_s + self.length_s
