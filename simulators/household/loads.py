"""What a house draws besides the car, second by second."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
import itertools
import random

from .sky import DAY_S

HOUR_S = 3600
MINUTE_S = 60

# Watts by the second of the day at which they are added (or taken away).
type _Changes = defaultdict[int, float]


@dataclass(frozen=True)
class LoadTraits:
    """What there is in the house (reference surplus 3.1).

    When appliances run is chosen: kettles from 6 to 20 o'clock, the hob at noon and
    in the evening, the washing machine by day.
    """

    base_w: float = 280.0
    noise_w: float = 15.0
    fridge: bool = True
    kettles: int = 7
    hobs: int = 2
    washing: bool = True
    heat_pump: bool = False


def load_powers(
    seed: int, traits: LoadTraits | None = None, *, start_s: int = 6 * HOUR_S
) -> Iterator[float]:
    """Yield the house's power in W for each second, without an end; each day is new.

    ``start_s`` is the second of the day of the first one.
    """
    traits = traits or LoadTraits()
    noise = random.Random(f"{seed}/load/noise").gauss
    fridge_phase_s = random.Random(f"{seed}/load/fridge").randrange(45 * MINUTE_S)
    for day in itertools.count():
        changes = _plan_day(seed, day, traits)
        first_s = start_s if day == 0 else 0
        level_w = traits.base_w + sum(
            watts for second, watts in changes.items() if second < first_s
        )
        for second in range(first_s, DAY_S):
            if second in changes:
                level_w += changes[second]
            power_w = level_w + noise(0, traits.noise_w)
            if traits.fridge and (second + fridge_phase_s) % 2700 < 900:
                power_w += 90.0
            yield max(0.0, power_w)


def _plan_day(seed: int, day: int, traits: LoadTraits) -> _Changes:
    """Return the changes of a day."""
    source = random.Random(f"{seed}/load/{day}")
    changes: _Changes = defaultdict(float)
    for _ in range(traits.kettles):
        at_s = source.randrange(6 * HOUR_S, 20 * HOUR_S)
        _run(changes, at_s, source.randrange(90, 240), 2000.0)
    for hour in (12, 18)[: traits.hobs]:
        at_s = hour * HOUR_S + source.randrange(-45 * MINUTE_S, 45 * MINUTE_S)
        for cycle in range(16):
            _run(changes, at_s + 150 * cycle, 60, 2200.0)
    if traits.washing:
        _wash(changes, source)
    if traits.heat_pump:
        _heat(changes, source)
    return changes


def _run(changes: _Changes, at_s: int, length_s: int, watts: float) -> None:
    changes[at_s] += watts
    changes[min(at_s + length_s, DAY_S - 1)] -= watts


def _wash(changes: _Changes, source: random.Random) -> None:
    """Heat, turn the drum, heat a second time, spin."""
    at_s = source.randrange(8 * HOUR_S, 15 * HOUR_S)
    _run(changes, at_s, 80 * MINUTE_S, 120.0)
    _run(changes, at_s + 5 * MINUTE_S, source.randrange(12, 20) * MINUTE_S, 2000.0)
    _run(changes, at_s + 45 * MINUTE_S, source.randrange(5, 9) * MINUTE_S, 2000.0)


def _heat(changes: _Changes, source: random.Random) -> None:
    """Let a heat pump start low, ramp up within ten minutes, and run for 20 at least."""
    at_s = source.randrange(30 * MINUTE_S)
    while at_s < DAY_S - 3 * HOUR_S:
        length_s = source.randrange(20, 120) * MINUTE_S
        step_w = (source.uniform(800, 2000) - 800) / 10
        _run(changes, at_s, length_s, 800.0)
        for minute in range(1, 11):
            start_s = minute * MINUTE_S
            _run(changes, at_s + start_s, length_s - start_s, step_w)
        at_s += length_s + source.randrange(20, 90) * MINUTE_S
