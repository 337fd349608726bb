"""A pump's energy: live totals, hours, and what was missed while nobody listened.

Nothing here does I/O or has a clock: times are arguments (epoch s, UTC). ``Ledger``
takes what the vendor says, ``next_request`` tells what to ask it for, ``rewritten`` and
its like what to write into long-term statistics.
"""

from .books import Booked, Source
from .integrate import Gap, Integral, Piece, integrate
from .ledger import Ledger
from .modes import (
    SERIES,
    SHOWN_MODES,
    Flow,
    Kind,
    Meter,
    Mode,
    Series,
    amount,
    kind_of,
    mode_of,
    series_name,
    shown_mode,
)
from .plan import Hours, Latest, Raw, Request, Total, done, failed, next_request
from .samples import HourRow, Sample, metered
from .statistics import Row, corrected, hour_energies, repaired, rewritten

__all__ = [
    "SERIES",
    "SHOWN_MODES",
    "Booked",
    "Flow",
    "Gap",
    "HourRow",
    "Hours",
    "Integral",
    "Kind",
    "Latest",
    "Ledger",
    "Meter",
    "Mode",
    "Piece",
    "Raw",
    "Request",
    "Row",
    "Sample",
    "Series",
    "Source",
    "Total",
    "amount",
    "corrected",
    "done",
    "failed",
    "hour_energies",
    "integrate",
    "kind_of",
    "metered",
    "mode_of",
    "next_request",
    "repaired",
    "rewritten",
    "series_name",
    "shown_mode",
]
