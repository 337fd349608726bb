"""The days: what sun and house do, the same for everybody who plays them."""

from dataclasses import dataclass
from functools import lru_cache
import itertools
import random

import numpy as np
from numpy.typing import NDArray

from simulators.household import (
    Fault,
    FaultKind,
    LoadTraits,
    Sky,
    load_powers,
    pv_powers,
)

DAY_LENGTH_S = 12 * 3600

# Chosen once, and never to be looked at while a controller's figures are chosen.
HELD_OUT_SEEDS = tuple(range(200, 212))
TUNING_SEEDS = tuple(range(8))

WEATHER = (Sky.CLEAR, Sky.MIXED, Sky.BROKEN, Sky.FAST, Sky.OVERCAST)

type Powers = NDArray[np.float64]


@dataclass(frozen=True)
class Day:
    """A day's PV and load in W for each second, with troubles if there are any."""

    seed: int
    pv_w: tuple[float, ...]
    load_w: tuple[float, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def surplus_w(self) -> Powers:
        """Return what is left without the car; below zero is missing."""
        return np.subtract(self.pv_w, self.load_w, dtype=np.float64)


@lru_cache(maxsize=4)
def weather_day(
    sky: Sky, seed: int, load: LoadTraits | None = None, length_s: int = DAY_LENGTH_S
) -> Day:
    """Return a day from six o'clock on."""
    pv_w = itertools.islice(pv_powers(sky, seed), length_s)
    load_w = itertools.islice(load_powers(seed, load), length_s)
    return Day(seed, tuple(pv_w), tuple(load_w))


def step_day(seed: int, length_s: int = 4 * 3600) -> tuple[Day, Powers]:
    """Return a test signal and its levels, W: jumps within what one mode can follow.

    The first half is for three phases, the second for one. Each level lasts for two to
    four minutes, so that whoever follows at all has the time to.
    """
    source = random.Random(f"{seed}/steps")
    levels_w: list[float] = []
    load_w = 400.0
    half_s = length_s // 2
    for low_w, high_w in ((4700.0, 11000.0), (1700.0, 3600.0)):
        least_w = (high_w - low_w) / 3
        level_w = (low_w + high_w) / 2
        # Half an hour to start and to find the phases, from the levels of before.
        before_w = levels_w[-1] if levels_w else level_w
        part = np.linspace(before_w, level_w, 900).tolist() + [level_w] * 900
        while len(part) + 240 <= half_s:
            goal_w = source.uniform(low_w, high_w)
            if abs(goal_w - level_w) < least_w:
                continue
            level_w = goal_w
            part += [level_w] * source.randrange(120, 240)
        levels_w += part + [level_w] * (half_s - len(part))
    noise = random.Random(f"{seed}/steps/noise").gauss
    pv_w = tuple(level_w + load_w for level_w in levels_w)
    day = Day(seed, pv_w, tuple(load_w + noise(0, 15) for _ in pv_w))
    return day, np.array(levels_w)


def fault_day(day: Day, kind: FaultKind, length_s: int, count: int = 3) -> Day:
    """Put troubles where they hurt: when much is charged, and soon much less is there.

    What counts is the mean surplus of the three minutes before, less that of the time
    of the trouble after its first half minute.
    """
    surplus_w = day.surplus_w
    total = np.concatenate(([0.0], np.cumsum(surplus_w)))
    first_s, last_s = 1800, len(surplus_w) - length_s - 300
    at_s = np.arange(first_s, last_s)
    before_w = (total[at_s] - total[at_s - 180]) / 180
    after_w = (total[at_s + length_s] - total[at_s + 30]) / (length_s - 30)
    pain_w = before_w - after_w
    faults: list[Fault] = []
    for number in np.argsort(-pain_w, kind="stable"):
        start_s = int(at_s[number])
        if all(abs(start_s - other.start_s) > length_s + 1800 for other in faults):
            faults.append(Fault(kind, start_s, length_s))
            if len(faults) == count:
                break
    faults.sort(key=lambda fault: fault.start_s)
    return Day(day.seed, day.pv_w, day.load_w, tuple(faults))
