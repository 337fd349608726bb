"""What the sun gives, second by second, by kinds of weather."""

from collections.abc import Iterator
from enum import StrEnum
import itertools
import math
import random

DAY_S = 86400


class Sky(StrEnum):
    """A kind of weather (reference surplus 3.1)."""

    CLEAR = "clear"
    MIXED = "mixed"
    BROKEN = "broken"
    FAST = "fast"
    OVERCAST = "overcast"
    # On the panels: they give nothing.
    SNOW = "snow"


# Mean seconds in the sun and below a cloud, each with the edge that leads to it.
_DWELL_S = {Sky.MIXED: (900, 500), Sky.BROKEN: (300, 150), Sky.FAST: (70, 60)}
_EDGE_S = (5.0, 40.0)
_CLOUD = (0.15, 0.6)
# Light from the edges of clouds beside the sun.
_BETWEEN_CLOUDS = (1.0, 1.06)

# Reference 3.1 has the kind and the mean; how wide and how slow it swings is chosen.
_OVERCAST_MEAN = 0.32
_OVERCAST_SPREAD = 0.12
_OVERCAST_TIME_S = 300.0
_OVERCAST_LIMITS = (0.08, 0.75)

# The array's size and the tracker's search smooth what the sky does.
_SMOOTH_S = 4.0


def pv_powers(
    sky: Sky,
    seed: int,
    *,
    peak_w: float = 9000.0,
    start_s: int = 6 * 3600,
    sunrise_s: int = 6 * 3600,
    sunset_s: int = 18 * 3600,
) -> Iterator[float]:
    """Yield the inverter's AC power in W (>= 0) for each second, without an end.

    ``start_s``, ``sunrise_s`` and ``sunset_s`` are seconds of the day. A clear day is a
    half sine from sunrise to sunset: what a flat or an east-west array gives at most.
    """
    transmission = transmissions(sky, seed)
    share = 1 - math.exp(-1 / _SMOOTH_S)
    turn = math.pi / (sunset_s - sunrise_s)
    power_w = 0.0
    for second in itertools.count(start_s):
        above_s = second % DAY_S - sunrise_s
        clear_w = peak_w * max(0.0, math.sin(turn * above_s))
        if above_s < 0 or second % DAY_S > sunset_s:
            clear_w = 0.0
        power_w += share * (clear_w * next(transmission) - power_w)
        yield power_w if clear_w else 0.0


def transmissions(sky: Sky, seed: int) -> Iterator[float]:
    """Yield for each second the share of a clear sky's power."""
    source = random.Random(f"{seed}/sky/{sky}")
    if dwell_s := _DWELL_S.get(sky):
        return _clouds(source, *dwell_s)
    if sky is Sky.OVERCAST:
        return _overcast(source)
    return itertools.repeat(0.0 if sky is Sky.SNOW else 1.0)


def _clouds(source: random.Random, sun_s: float, cloud_s: float) -> Iterator[float]:
    """Yield sun and clouds in turns, of exponential length, with linear edges."""
    sunny = source.random() < sun_s / (sun_s + cloud_s)
    level = source.uniform(*(_BETWEEN_CLOUDS if sunny else _CLOUD))
    while True:
        sunny = not sunny
        goal = source.uniform(*(_BETWEEN_CLOUDS if sunny else _CLOUD))
        length_s = round(source.expovariate(1 / (sun_s if sunny else cloud_s)))
        edge_s = round(source.uniform(*_EDGE_S))
        for second in range(1, edge_s + 1):
            yield level + (goal - level) * second / edge_s
        yield from itertools.repeat(goal, max(0, length_s - edge_s))
        level = goal


def _overcast(source: random.Random) -> Iterator[float]:
    """Yield a grey sky that gets lighter and darker: an AR(1) process."""
    keep = math.exp(-1 / _OVERCAST_TIME_S)
    jolt = _OVERCAST_SPREAD * math.sqrt(1 - keep * keep)
    low, high = _OVERCAST_LIMITS
    swing = source.gauss(0, _OVERCAST_SPREAD)
    while True:
        swing = swing * keep + source.gauss(0, jolt)
        yield min(high, max(low, _OVERCAST_MEAN + swing))
