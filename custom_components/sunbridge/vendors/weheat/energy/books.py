"""What is known of each hour: what rows gave, and what the vendor says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from ...kept import items, maybe, real, table
from .integrate import Piece
from .modes import METERS, Flow, Meter, Mode
from .samples import HourRow

# The vendor's hours once jumped by hundreds of kWh; no such machine takes more.
MAX_ELECTRIC_KWH: Final = 15.0
MAX_INDOOR_KWH: Final = 15.0
MAX_HEAT_KWH: Final = 60.0
_LEAST_KWH: Final = -0.01


class Source(StrEnum):
    """Where an hour's energy is from."""

    NONE = "none"
    ROWS = "rows"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Booked:
    """An hour's energies in kWh by meter, signed as the vendor's.

    Those of rows are less: the compressor only, without fan, standby and indoor unit.
    ``covered_s`` tells how much of the hour rows with power were of.
    """

    source: Source
    kwh: Mapping[Meter, float]
    covered_s: float = 0.0


@dataclass(slots=True)
class HourBook:
    """An hour: the pieces of rows by mode, and the vendor's energies, which win."""

    rows: dict[Mode, Piece] = field(default_factory=dict)
    server: dict[Meter, float] | None = None

    def add(self, mode: Mode, piece: Piece, sign: int = 1) -> None:
        """Add what rows gave, or take it off."""
        self.rows.setdefault(mode, Piece()).add(piece, sign)

    def booked(self) -> Booked:
        """Return what counts."""
        covered_s = sum(piece.covered_s for piece in self.rows.values())
        if self.server is not None:
            return Booked(Source.HOURS, self.server, covered_s)
        kwh = energies_of(self.rows)
        return Booked(Source.ROWS if kwh else Source.NONE, kwh, covered_s)

    def as_dict(self) -> dict[str, Any]:
        """Return what has to be kept; energies with 3 decimals of Wh."""
        kept: dict[str, Any] = {}
        if self.rows:
            kept["rows"] = pieces_as_dict(self.rows)
        if self.server is not None:
            kept["server"] = meters_as_list(self.server)
        return kept

    @classmethod
    def from_dict(cls, kept: Any) -> HourBook:
        """Go on from what was kept. Raises ``ValueError``."""
        book = table(kept)
        return cls(
            pieces_from_dict(book.get("rows", {})),
            maybe(meters_from_list, book.get("server")),
        )


def is_absurd(row: HourRow) -> bool:
    """Tell whether an hour's energies can't be."""
    sums = dict.fromkeys(Flow, 0.0)
    for (flow, _), kwh in row.kwh.items():
        # Written so that no NaN passes.
        if not (kwh >= _LEAST_KWH or (flow is Flow.HEAT and kwh >= -MAX_HEAT_KWH)):
            return True
        sums[flow] += abs(kwh)
    return not (
        sums[Flow.ELECTRIC] <= MAX_ELECTRIC_KWH
        and sums[Flow.INDOOR] <= MAX_INDOOR_KWH
        and sums[Flow.HEAT] <= MAX_HEAT_KWH
    )


def energies_of(pieces: Mapping[Mode, Piece]) -> dict[Meter, float]:
    """Return the energies of rows in kWh by meter, heat signed."""
    kwh: dict[Meter, float] = {}
    for mode, piece in pieces.items():
        kwh[Flow.ELECTRIC, mode] = piece.in_wh / 1000
        kwh[Flow.HEAT, mode] = piece.out_wh / 1000
    return kwh


def pieces_as_dict(pieces: Mapping[Mode, Piece]) -> dict[str, list[float]]:
    """Return pieces for JSON."""
    return {
        mode.value: [
            round(piece.in_wh, 3),
            round(piece.out_positive_wh, 3),
            round(piece.out_negative_wh, 3),
            round(piece.covered_s, 3),
        ]
        for mode, piece in pieces.items()
    }


def pieces_from_dict(kept: Any) -> dict[Mode, Piece]:
    """Return pieces from JSON. Raises ``ValueError``."""
    return {
        Mode(mode): Piece(*map(real, items(values, 4)))
        for mode, values in table(kept).items()
    }


def meters_as_list(kwh: Mapping[Meter, float]) -> list[float | None]:
    """Return meters for JSON, short: in the order of ``METERS``."""
    return [kwh.get(meter) for meter in METERS]


def meters_from_list(kept: Any) -> dict[Meter, float]:
    """Return meters from JSON. Raises ``ValueError``."""
    pairs = zip(METERS, items(kept, len(METERS)), strict=True)
    return {meter: real(kwh) for meter, kwh in pairs if kwh is not None}
