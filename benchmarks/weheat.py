"""Weheat: what outages do to hours and totals, how often it's asked, and the CPU.

All but the CPU is in virtual time, and the same in each run.
"""

from collections.abc import Iterable, Mapping
import random
from statistics import fmean

from simulators.weheat import HeatPump

from . import weheat_cost
from .report import Report, Row, Table, row
from .weheat_trial import (
    BEFORE_S,
    CORE,
    ELECTRICITY,
    FILLER,
    FIRST_S,
    FLOWS,
    HOUR_GOAL_PERCENT,
    HOUR_S,
    OURS,
    ROUNDED,
    SHOWN,
    SYSTEMS,
    TOTAL_GOAL_PERCENT,
    TRUTHS,
    WHO,
    Errors,
    Outage,
    Part,
    Trial,
    judged,
)
from .weheat_world import VirtualClock

DAY_S = 86_400
# By the seed of the heat pump: midnights of UTC in January, April, July and October.
SEASONS = {1: 1_768_348_800, 2: 1_775_001_600, 3: 1_782_864_000, 4: 1_791_590_400}
SUMMER = 3
LENGTHS_S = {
    "3 min": 180,
    "2 h": 2 * HOUR_S,
    "9 h": 9 * HOUR_S,
    "3 days": 3 * DAY_S,
    "3 weeks": 21 * DAY_S,
}
# What rows fill without the vendor's hours; of more the vendor is asked for no rows.
FILLED = ("3 min", "2 h", "9 h")
CALM = "no outage"
SAMPLE_S = 300


async def run() -> Report:
    """Compute and measure; takes about two minutes."""
    trials = [*_calm(), *_outages()]
    rows = [*trials, *_rows_alone(), *weheat_cost.run()]
    errors = table_of_errors(trials)
    print(f"\n{errors.title}\n\n{errors.markdown()}")
    beside = {f"{part}, {figure}" for part in _parts() for figure in _FIGURES}
    others = [
        one for one in rows if one.case not in _cases() or one.figure not in beside
    ]
    return Report(rows, {"errors": errors, "": Table.of("", others)})


def _cases() -> list[str]:
    return [CALM, *(f"{who} {length}" for who in WHO for length in LENGTHS_S)]


def _parts() -> list[str]:
    return [f"{system}: {flow}" for system in SYSTEMS for flow in FLOWS]


def table_of_errors(rows: Iterable[Row]) -> Table:
    """Return errors of hours and totals beside each other, for people."""
    values = {(one.case, one.figure): _short(one.value) for one in rows}
    lines = [
        [
            case,
            flow,
            *(
                "{}, {}; {}".format(
                    *(
                        values[case, f"{system}: {flow}, {figure}"]
                        for figure in _FIGURES
                    )
                )
                for system in SYSTEMS
            ),
        ]
        for case in _cases()
        for flow in FLOWS
    ]
    title = "Errors in %: worst hour, mean of hours; total"
    return Table(title, ("case", "of", *SYSTEMS), lines)


def _short(value: float) -> str:
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _pump(seed: int) -> HeatPump:
    """Return a heat pump with a past before its season."""
    clock = VirtualClock(SEASONS[seed])
    return HeatPump(clock, seed=seed, cooling=seed == SUMMER, history_days=40)


def _trial(
    seed: int, who: str, length_s: float, *, closed: tuple[str, ...] = ()
) -> Trial:
    start_s = SEASONS[seed]
    # Not on the hour, and in the middle of whatever runs.
    late_s = random.Random(f"{seed}/{who}/{length_s}").uniform(0, HOUR_S)
    outage = Outage.of(who, start_s + BEFORE_S + late_s, length_s)
    return Trial(_pump(seed), start_s, outage, closed=closed)


# The figures of each system and flow, and which goal each has.
_FIGURES = {
    "worst hour": HOUR_GOAL_PERCENT,
    "mean of hours": None,
    "total": TOTAL_GOAL_PERCENT,
}


def _errors(case: str, errors: Mapping[Part, list[Errors]]) -> list[Row]:
    """Return figures of several seeds: the mean of means, else the worst."""
    found: list[Row] = []
    for (system, flow), several in errors.items():
        values = (
            max(one.worst for one in several),
            fmean(one.mean for one in several),
            max(one.total for one in several),
        )
        for (figure, goal), value in zip(_FIGURES.items(), values, strict=True):
            at_most = goal if system == OURS else None
            name = f"{system}: {flow}, {figure}"
            found.append(row(case, name, value, "%", at_most=at_most))
    return found


def _calm() -> list[Row]:
    """Return what everybody's errors are while nothing is wrong."""
    errors: dict[Part, list[Errors]] = {}
    ours_wh, core_wh, lacking = 0.0, 0.0, 0.0
    for seed, start_s in SEASONS.items():
        trial = Trial(_pump(seed), start_s, Outage(start_s + BEFORE_S))
        trial.go(start_s + FIRST_S)
        while trial.clock.at_s < trial.end_s:
            trial.go(trial.clock.at_s + SAMPLE_S)
            ledger = trial.house.books[trial.pump.id]
            exact = trial.pump.lifetime(trial.clock.at_s).electric_kwh
            ours = ledger.total_kwh(*ELECTRICITY)
            core = trial.core.electricity_kwh
            if ours is not None and core is not None:
                ours_wh = max(ours_wh, abs(ours - exact) * 1000)
                core_wh = max(core_wh, abs(core - exact) * 1000)
        truth = trial.truth(trial.end_s)
        for part, one in judged(trial.all(), truth, TRUTHS).items():
            errors.setdefault(part, []).append(one)
        used = sum(energy.electric_kwh for energy in truth.values())
        shown = sum(energy.compressor_kwh for energy in truth.values())
        lacking = max(lacking, (1 - shown / used) * 100)
    return [
        *_errors(CALM, errors),
        row(CALM, f"{OURS}: live total of electricity, furthest off", ours_wh, "Wh"),
        row(CALM, f"{CORE}: live total of electricity, furthest off", core_wh, "Wh"),
        row(CALM, f"{FILLER}: electricity that rows don't show", lacking, "%"),
    ]


def _outages() -> list[Row]:
    found: list[Row] = []
    for who in WHO:
        for length, length_s in LENGTHS_S.items():
            errors: dict[Part, list[Errors]] = {}
            against: list[float] = []
            minutes: list[float] = []
            for seed in SEASONS:
                trial = _trial(seed, who, length_s)
                minutes.append(trial.settle())
                truth = trial.truth(trial.end_s)
                for part, one in judged(trial.all(), truth, TRUTHS).items():
                    errors.setdefault(part, []).append(one)
                ours = judged(trial.ours(), truth, ROUNDED)
                against += [one.worst for one in ours.values()]
            case = f"{who} {length}"
            # Sums are in whole mWh.
            off = round(max(against), 6)
            found += [
                *_errors(case, errors),
                row(case, f"{OURS}: worst hour off the vendor's own", off, "%"),
                row(case, f"{OURS}: hours are right after", max(minutes), "min"),
            ]
    return found


def _rows_alone() -> list[Row]:
    """Return errors where the vendor has no hours for us, and rows are all there is."""
    found: list[Row] = []
    for length in FILLED:
        errors: dict[Part, list[Errors]] = {}
        unwritten: list[float] = []
        for seed in SEASONS:
            trial = _trial(seed, "HA down", LENGTHS_S[length], closed=("hours",))
            trial.go(trial.end_s)
            truth = trial.truth(trial.end_s)
            for part, one in judged(trial.in_books(), truth, SHOWN).items():
                errors.setdefault(part, []).append(one)
            for hours in trial.ours().values():
                missing = [hour not in hours for hour in truth]
                unwritten.append(fmean(missing) * 100)
        case = f"HA down {length}, the vendor's hours closed"
        figure, most = f"{OURS}: hours not in the statistics", max(unwritten)
        found += [*_errors(case, errors), row(case, figure, most, "%", at_most=0)]
    return found
