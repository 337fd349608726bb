"""The vendor's lifetime counter, and what to do when it falls or jumps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Any, Final

from ...kept import items, maybe, moment, table
from .books import MAX_ELECTRIC_KWH, MAX_INDOOR_KWH, meters_as_list, meters_from_list
from .modes import Flow, Meter, kind_of, sign_of

# What is noise. Heat is computed, and may go the wrong way for minutes.
FALL_KWH: Final = 0.1
HEAT_FALL_KWH: Final = 1.0
JUMP_SLACK_KWH: Final = 5.0
AGREEING: Final = 3
# Readings don't come in another order by more than this.
CLOCK_S: Final = 3600.0


@dataclass(slots=True)
class Counter:
    """The last reading that was believed (kWh by meter), and when it was (epoch s).

    A reading that fell, or rose by more than a pump can take, is held back until three
    in a row agree (reference 4.6). Then it's the new base, and ``offset`` keeps the
    totals where they were. So it does when a meter is there for the first time: its
    kWh weren't used just now.
    """

    kwh: dict[Meter, float] = field(default_factory=dict)
    offset: dict[Meter, float] = field(default_factory=dict)
    at_s: float | None = None
    held: list[tuple[float, dict[Meter, float]]] = field(default_factory=list)

    def total(self, meter: Meter) -> float:
        """Return a meter's kWh as they count."""
        return self.kwh[meter] + self.offset.get(meter, 0.0)

    def totals(self) -> dict[Meter, float]:
        """Return all meters' kWh as they count."""
        return {meter: self.total(meter) for meter in self.kwh}

    def take(self, reading: Mapping[Meter, float], at_s: float) -> bool:
        """Take a reading of a time; tell whether it counts."""
        kwh = {meter: value for meter, value in reading.items() if math.isfinite(value)}
        last_s = self.held[-1][0] if self.held else self.at_s
        if last_s is not None and last_s - at_s > CLOCK_S:
            # A clock was ahead when the last one came.
            self.held.clear()
            self.at_s = last_s = None if self.at_s is None else min(self.at_s, at_s - 1)
        if not kwh or (last_s is not None and at_s <= last_s):
            return False
        if self.at_s is not None and not _follows(self.kwh, kwh, at_s - self.at_s):
            if self.held:
                held_s, held = self.held[-1]
                if not _follows(held, kwh, at_s - held_s):
                    self.held.clear()
            self.held.append((at_s, kwh))
            if len(self.held) < AGREEING:
                return False
            for meter, first in self.held[0][1].items():
                if meter in self.kwh and meter in kwh:
                    self.offset[meter] = self.total(meter) - first
        known = {kind_of(meter) for meter in self.kwh}
        for meter, value in kwh.items():
            if meter not in self.kwh and kind_of(meter) in known:
                self.offset[meter] = -value
        self.held.clear()
        self.kwh |= kwh
        self.at_s = at_s
        return True

    def as_dict(self) -> dict[str, Any]:
        """Return what has to be kept over a restart."""
        return {
            "kwh": meters_as_list(self.kwh),
            "offset": meters_as_list(self.offset),
            "at_s": self.at_s,
            "held": [[at_s, meters_as_list(kwh)] for at_s, kwh in self.held],
        }

    @classmethod
    def from_dict(cls, kept: Any) -> Counter:
        """Go on from what was kept. Raises ``ValueError``."""
        counter = table(kept)
        held = [items(reading, 2) for reading in items(counter["held"])]
        return cls(
            meters_from_list(counter["kwh"]),
            meters_from_list(counter["offset"]),
            maybe(moment, counter["at_s"]),
            [(moment(at_s), meters_from_list(kwh)) for at_s, kwh in held],
        )


def _follows(
    before: Mapping[Meter, float],
    after: Mapping[Meter, float],
    elapsed_s: float,
) -> bool:
    """Tell whether a reading can come so long after another."""
    more = {m: sign_of(m) * (after[m] - before[m]) for m in after if m in before}
    for (flow, _), kwh in more.items():
        if kwh < -(HEAT_FALL_KWH if flow is Flow.HEAT else FALL_KWH):
            return False
    rise = sum(kwh for (flow, _), kwh in more.items() if flow is not Flow.HEAT)
    most = (MAX_ELECTRIC_KWH + MAX_INDOOR_KWH) * elapsed_s / 3600
    return rise <= most + JUMP_SLACK_KWH
