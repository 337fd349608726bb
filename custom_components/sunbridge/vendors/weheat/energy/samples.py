"""What the engine is fed with: rows, hours and lifetime counters, all as plain data."""

from collections.abc import Mapping
from dataclasses import dataclass

from .modes import Flow, Meter, Mode


@dataclass(frozen=True, slots=True)
class Sample:
    """What a row of the raw log says of energy.

    ``at_s`` is the server's time (epoch s), ``interval_s`` what the row stands for.
    ``power_in_w`` is the compressor's electricity (no fan, no electronics, 0 at rest;
    reference 3.5), ``power_out_w`` the heat to the water: negative in cooling and
    defrosts. None is unknown, and never 0.
    """

    at_s: float
    interval_s: float | None = None
    state: int | None = None
    power_in_w: float | None = None
    power_out_w: float | None = None


@dataclass(frozen=True, slots=True)
class HourRow:
    """The vendor's energies of a UTC hour, in kWh by meter; heat signed as it comes.

    What the vendor doesn't say is absent.
    """

    start_s: float
    kwh: Mapping[Meter, float]


def metered(
    electric: Mapping[Mode, float],
    heat: Mapping[Mode, float],
    indoor: Mapping[Mode, float],
) -> dict[Meter, float]:
    """Return energies (kWh) by meter of those by mode."""
    flows = ((Flow.ELECTRIC, electric), (Flow.INDOOR, indoor), (Flow.HEAT, heat))
    return {(flow, mode): kwh for flow, by in flows for mode, kwh in by.items()}
