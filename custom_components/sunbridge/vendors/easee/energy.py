"""A charger's energy in the hour in which it's used.

The charger's own counter moves once an hour, on the hour, so that an hour's energy
would be booked in the next one (reference 5.11). The energy of the session moves
meanwhile, but starts again with each car.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Self

from ..kept import items, maybe, moment, real, table

# More than any charger can deliver (three phases of 80 A), and what rounding may add.
MAX_POWER_KW: Final = 60.0
# Samples come each few seconds at times; a day of parts is kept for the counter.
PART_S: Final = 60.0
MAX_PARTS: Final = 1440
SLACK_KWH: Final = 1.0


@dataclass(slots=True)
class EnergyTotal:
    """The last lifetime energy and what the sessions added since; it never falls.

    Energies are in kWh, times in epoch seconds. When the lifetime energy comes it is
    the truth up to its hour: what the sessions had added before is forgotten, and what
    they add across the hour counts by the part that is after it. A counter that jumps
    as no charger can (another board, garbage) moves the base and not the total.
    """

    total_kwh: float | None = None
    offset_kwh: float = 0.0
    lifetime_kwh: float | None = None
    lifetime_at_s: float = 0.0
    session_kwh: float | None = None
    session_at_s: float = 0.0
    added: list[tuple[float, float, float]] = field(default_factory=list)

    def lifetime(self, kwh: float, at_s: float) -> None:
        """Take the charger's lifetime energy."""
        if self.lifetime_kwh is not None and at_s <= self.lifetime_at_s:
            return
        if (
            self.lifetime_kwh is not None
            and self.total_kwh is not None
            and not _plausible(kwh - self.lifetime_kwh, at_s - self.lifetime_at_s)
        ):
            self.offset_kwh = self.total_kwh - kwh
        self.lifetime_kwh, self.lifetime_at_s = kwh, at_s
        self.added = [part for part in self.added if part[1] > at_s]
        self._sum()

    def session(self, kwh: float, at_s: float, *, is_new: bool = False) -> None:
        """Take the energy of the session.

        ``is_new`` tells that another car came; what is much less than before is
        another's too. A little less is noise.
        """
        if self.session_kwh is not None:
            if at_s <= self.session_at_s:
                return
            more_kwh = kwh - self.session_kwh
            if more_kwh < 0:
                if not is_new and kwh > self.session_kwh / 2:
                    return
                more_kwh = kwh
            if more_kwh > 0 and _plausible(more_kwh, at_s - self.session_at_s):
                self._add(self.session_at_s, at_s, more_kwh)
        self.session_kwh, self.session_at_s = kwh, at_s
        self._sum()

    def as_dict(self) -> dict[str, Any]:
        """Return what has to be kept over a restart."""
        return {
            "total_kwh": self.total_kwh,
            "offset_kwh": self.offset_kwh,
            "lifetime_kwh": self.lifetime_kwh,
            "lifetime_at_s": self.lifetime_at_s,
            "session_kwh": self.session_kwh,
            "session_at_s": self.session_at_s,
            "added": [list(part) for part in self.added],
        }

    @classmethod
    def from_dict(cls, kept: Any) -> Self:
        """Go on from what was kept. Raises ``ValueError``."""
        energy = table(kept)
        parts = [items(part, 3) for part in items(energy["added"])[-MAX_PARTS:]]
        if any(not moment(begin) < moment(end) for begin, end, _ in parts):
            raise ValueError("not parts of a time")
        return cls(
            total_kwh=maybe(real, energy["total_kwh"]),
            offset_kwh=real(energy["offset_kwh"]),
            lifetime_kwh=maybe(real, energy["lifetime_kwh"]),
            lifetime_at_s=moment(energy["lifetime_at_s"]),
            session_kwh=maybe(real, energy["session_kwh"]),
            session_at_s=moment(energy["session_at_s"]),
            added=[(begin, end, real(kwh)) for begin, end, kwh in parts],
        )

    def _add(self, begin_s: float, end_s: float, more_kwh: float) -> None:
        """Remember what was added; what follows soon is one part with the last.

        The parts are for the hour's counter, which cuts one of them at the full hour.
        """
        if self.added:
            first_s, last_s, kwh = self.added[-1]
            if last_s == begin_s and end_s - first_s <= PART_S:
                self.added[-1] = (first_s, end_s, kwh + more_kwh)
                return
        self.added = [*self.added, (begin_s, end_s, more_kwh)][-MAX_PARTS:]

    def _sum(self) -> None:
        if self.lifetime_kwh is None:
            return
        kwh = self.offset_kwh + self.lifetime_kwh
        for begin_s, end_s, more_kwh in self.added:
            after_s = end_s - max(begin_s, self.lifetime_at_s)
            kwh += more_kwh * max(0.0, after_s) / (end_s - begin_s)
        self.total_kwh = max(self.total_kwh or 0.0, round(kwh, 3))


def _plausible(more_kwh: float, elapsed_s: float) -> bool:
    """Tell whether a charger can have delivered this."""
    return -0.01 <= more_kwh <= MAX_POWER_KW * elapsed_s / 3600 + SLACK_KWH
