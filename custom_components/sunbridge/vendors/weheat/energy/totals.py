"""The live totals: the vendor's counter, and what rows added since its last reading.

Rows add less than the counter will say (the compressor only), so that totals catch up
at the reading. They never fall. What is found out later of the time before the reading
adds nothing: the counter had it. So no total is ever above what the counter said by
more than the rows' own sum since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
import math
from typing import Any

from ...kept import maybe, moment, real, table
from .books import energies_of, pieces_as_dict, pieces_from_dict
from .counter import Counter
from .integrate import Piece, integrate
from .modes import SERIES, Meter, Mode, amount, series_name
from .samples import Sample


@dataclass(slots=True)
class Totals:
    """The counter, what rows booked ``since`` (after ``rows_from_s``), and the totals.

    ``shown`` are the totals in kWh by series, as they were told.
    """

    counter: Counter = field(default_factory=Counter)
    rows_from_s: float = math.inf
    since: dict[Mode, Piece] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)

    def take(
        self, kwh: Mapping[Meter, float], at_s: float, newest_s: float | None
    ) -> bool:
        """Take a reading of the counter; tell whether it's believed."""
        if not self.counter.take(kwh, at_s):
            return False
        # Rows that are here already are in the counter, whatever the clocks say.
        self.rows_from_s = max(at_s, at_s if newest_s is None else newest_s)
        self.since.clear()
        return True

    def book(self, rows: Sequence[Sample], sign: int = 1) -> None:
        """Count rows that were booked, or take them off."""
        if self.rows_from_s < rows[-1].at_s:
            integrate(rows, self.rows_from_s).add_to(self.since, sign)

    def show(self, tail: Sequence[Sample]) -> None:
        """Let the totals grow, with rows that aren't booked yet."""
        if self.counter.at_s is None:
            return
        since: dict[Mode, Piece] = {}
        for mode, piece in self.since.items():
            since.setdefault(mode, Piece()).add(piece)
        integrate(tail, self.rows_from_s).add_to(since)
        totals, more = self.counter.totals(), energies_of(since)
        for series in SERIES:
            if (kwh := amount(totals, series)) is None:
                continue
            name = series_name(series)
            # In steps of mWh, so that a restart changes nothing.
            now_kwh = round(kwh + (amount(more, series) or 0.0), 6)
            self.shown[name] = max(now_kwh, self.shown.get(name, now_kwh))

    def as_dict(self) -> dict[str, Any]:
        """Return what has to be kept over a restart, for JSON."""
        return {
            "counter": self.counter.as_dict(),
            "rows_from_s": None if self.rows_from_s == math.inf else self.rows_from_s,
            "since": pieces_as_dict(self.since),
            "shown": dict(self.shown),
        }

    @classmethod
    def from_dict(cls, kept: Any) -> Totals:
        """Go on from what was kept. Raises ``ValueError``."""
        totals = table(kept)
        from_s = maybe(moment, totals["rows_from_s"])
        return cls(
            Counter.from_dict(totals["counter"]),
            math.inf if from_s is None else from_s,
            pieces_from_dict(totals["since"]),
            {series: real(kwh) for series, kwh in table(totals["shown"]).items()},
        )
