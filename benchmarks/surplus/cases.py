"""The cases: which house, which weather, how many seeds, and what is reckoned of it."""

from dataclasses import dataclass

from simulators.household import (
    EASEE,
    GOE,
    NRGKICK,
    BatteryTraits,
    FaultKind,
    Household,
    LoadTraits,
    SensorTraits,
    Sky,
    Traits,
)

from .controllers import all_makers
from .days import WEATHER, Day, fault_day, step_day, weather_day
from .metrics import Figures, Trouble, figures, follow_times_s, troubles
from .optimum import Best, best, ideal_wh, look_ahead, menu
from .play import play

# Money of a kWh from the grid to that of one from the roof (reference surplus 3.4).
PRICE_RATIOS = (0.3, 1.0, 3.0)
# For the line of the best in the picture.
FRONT_RATIOS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 6.0)

# What this house's car and charger need at least (they're late besides).
LEAST_START_S, LEAST_PAUSE_S = 8, 20
# From a surplus to the car's answer: meter, command and ramp, in the middle.
USUAL_LAG_S = 7


@dataclass(frozen=True)
class Case:
    """A house; ``seeds`` is how many of a set's seeds are played."""

    name: str
    traits: Traits
    skies: tuple[Sky, ...] = (Sky.MIXED, Sky.BROKEN, Sky.OVERCAST)
    seeds: int = 4


MAIN = Case("1 A", Traits(charger=GOE), WEATHER, 99)
BATTERY = Case("1 A, battery", Traits(charger=GOE, battery=BatteryTraits()))
CASES = {
    case.name: case
    for case in (
        MAIN,
        Case("0.1 A", Traits(charger=NRGKICK)),
        Case("1 A, slow commands", Traits(charger=EASEE)),
        Case("1 A, meter of 10 s", Traits(grid_meter=SensorTraits(10, 5))),
        Case("1 A, meter of 60 s", Traits(grid_meter=SensorTraits(60, 5))),
        Case("1 A, heat pump", Traits(load=LoadTraits(heat_pump=True))),
        BATTERY,
    )
}

# Reference surplus 3.1; how long each lasts.
FAULTS_S = {
    FaultKind.METER_SILENT: 600,
    FaultKind.METER_STUCK: 600,
    FaultKind.METER_UNAVAILABLE: 300,
    FaultKind.CHARGER_OFFLINE: 180,
    FaultKind.RESTART: 90,
    FaultKind.MANUAL: 600,
    FaultKind.UNPLUG: 900,
}


@dataclass(frozen=True)
class Optimum:
    """The best of a day at a price ratio; ``round_down`` never rounds a current up."""

    exact: Best
    round_down: Best


@dataclass(frozen=True)
class Played:
    """A day of a case, by whom it was played."""

    case: str
    sky: Sky
    seed: int
    figures: dict[str, Figures]
    optima: dict[float, Optimum]


def short_a(traits: Traits, seed: int) -> float:
    """Return what the car of a seed takes less than it's offered."""
    return Household(traits, seed).car.short_a


def play_case(name: str, sky: Sky, seed: int, names: list[str]) -> Played:
    """Let controllers play a day, and find what was possible."""
    case = CASES[name]
    traits = case.traits
    day = weather_day(sky, seed, traits.load)
    found: dict[str, Figures] = {}
    for who in names:
        record = play(day, traits, all_makers()[who])
        found[who] = figures(record, traits.charger, traits.battery)
    return Played(name, sky, seed, found, optima(day, traits))


def optima(day: Day, traits: Traits) -> dict[float, Optimum]:
    """Return the best by price ratio."""
    surplus_w, short = day.surplus_w, short_a(traits, day.seed)
    return {
        ratio: Optimum(
            best(menu(surplus_w, traits.charger, ratio, short)),
            best(menu(surplus_w, traits.charger, ratio, short, round_down=True)),
        )
        for ratio in PRICE_RATIOS
    }


def bounds(sky: Sky, seed: int) -> dict[str, Best]:
    """Return other optima of a day of the main case at a price ratio of 1, by name.

    They tell what the rest to the optimum is: foresight, lateness or rounding.
    """
    traits = MAIN.traits
    surplus_w, short = weather_day(sky, seed).surplus_w, short_a(traits, seed)
    plan = menu(surplus_w, traits.charger, 1.0, short)
    late = menu(surplus_w, traits.charger, 1.0, short, lag_s=USUAL_LAG_S)
    least_s = {"start_s": LEAST_START_S, "pause_s": LEAST_PAUSE_S}
    ideal = ideal_wh(plan)
    return {
        "optimum": best(plan),
        "… that rounds down": best(
            menu(surplus_w, traits.charger, 1.0, short, round_down=True)
        ),
        "… with the least pauses": best(plan, **least_s),
        f"… that follows {USUAL_LAG_S} s late": best(late, **least_s),
        "… that knows 300 s": look_ahead(plan, 300),
        "… that knows 60 s": look_ahead(plan, 60),
        "each second for itself": Best(ideal, 0.0, 0, 0, ideal),
    }


def front(sky: Sky, seed: int) -> dict[float, Best]:
    """Return the best of a day of the main case, by price ratio."""
    traits = MAIN.traits
    surplus_w, short = weather_day(sky, seed).surplus_w, short_a(traits, seed)
    return {
        ratio: best(menu(surplus_w, traits.charger, ratio, short))
        for ratio in FRONT_RATIOS
    }


def play_steps(
    seed: int, names: list[str]
) -> dict[str, tuple[list[float], list[float]]]:
    """Return how long falls and rises of the test signal took, s, by controller."""
    day, levels_w = step_day(seed)
    return {
        who: follow_times_s(play(day, MAIN.traits, all_makers()[who]), levels_w)
        for who in names
    }


def play_faults(
    sky: Sky, seed: int, kind: FaultKind, names: list[str]
) -> dict[str, tuple[list[Trouble], int]]:
    """Return what troubles of a kind cost, and the violations, by controller."""
    day = fault_day(weather_day(sky, seed), kind, FAULTS_S[kind])
    found: dict[str, tuple[list[Trouble], int]] = {}
    for who in names:
        record = play(day, MAIN.traits, all_makers()[who])
        found[who] = (troubles(record, day.faults), record.violations)
    return found
