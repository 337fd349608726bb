"""What a played case says, beside the same day in the bench."""

from collections.abc import Iterator
import operator
from typing import Final

from benchmarks.report import Row, percentile, row
from benchmarks.surplus import ours
from benchmarks.surplus.metrics import Figures, figures, troubles
from benchmarks.surplus.optimum import SWITCH_WH, Best, best, menu
from benchmarks.surplus.play import play
from simulators.household import METER_FAULTS, FaultKind, Household

from .cases import Case
from .play import Result

# How near the closed loop has to be to the bench, and what isn't its goal: a charger
# that is fed follows by the simulated firmware's own logic.
_NEAR_POINTS: Final = 2.0
_RATIO: Final = 1.0


def rows_of(case: Case, result: Result) -> list[Row]:
    """Return the rows of a case."""
    if case.fault is not None:
        return [*_fault_rows(case, result)]
    return [*_day_rows(case, result), *_cost_rows(case, result)]


def _day_rows(case: Case, result: Result) -> Iterator[Row]:
    day, traits = case.day(), case.traits
    mine = figures(result.record, traits.charger)
    assert ours.make is not None
    bench = figures(play(day, traits, ours.make), traits.charger)
    bench_short_a = Household(traits, day.seed).car.short_a

    def optimum(short_a: float, *, round_down: bool = False) -> Best:
        plan = menu(
            day.surplus_w, traits.charger, _RATIO, short_a, round_down=round_down
        )
        return best(plan)

    exact, bench_exact = optimum(result.short_a), optimum(bench_short_a)
    down = optimum(result.short_a, round_down=True)
    share, bench_share = _worth(mine, exact), _worth(bench, bench_exact)
    goal = _NEAR_POINTS if case.how == "regulate" else None
    name = case.name
    yield row(name, "of the optimum's worth", share, "%")
    yield row(name, "… in the bench", bench_share, "%")
    yield row(name, "… the bench is better by", bench_share - share, "", at_most=goal)
    yield row(name, "of the optimum that rounds down", _worth(mine, down), "%")
    yield row(name, "changes priced, of the optimum", _priced(mine, exact), "%")
    yield row(name, "… in the bench", _priced(bench, bench_exact), "%")
    for title, one in (("", mine), (", bench", bench)):
        yield row(name, f"from the sun{title}", one.from_surplus_wh / 1000, "kWh")
        yield row(name, f"beyond the sun{title}", one.beyond_wh / 1000, "kWh")
        yield row(name, f"starts{title}", one.starts, "")
        yield row(name, f"switches of phases{title}", one.switches, "")
        yield row(name, f"commands{title}", one.commands, "")
    yield row(name, "commands against the rules", mine.violations, "", at_most=0)


def _cost_rows(case: Case, result: Result) -> Iterator[Row]:
    name, turns_s = case.name, result.turns_s
    length_s = len(result.record.car_w)
    minutes = length_s / 60
    yield row(name, "event loop, a turn, p99", 1000 * percentile(turns_s, 0.99), "ms")
    yield row(name, "event loop, a turn, longest", 1000 * max(turns_s), "ms")
    working_s = map(operator.sub, turns_s, result.collected_s, strict=True)
    yield row(name, "… without Python's garbage", 1000 * max(working_s), "ms")
    yield row(name, "processor, all in this loop", 100 * sum(turns_s) / length_s, "%")
    yield row(
        name, "states changed a minute", result.written.get("changed", 0) / minutes, ""
    )
    yield row(name, "requests a minute", result.requests / minutes, "")
    yield row(name, "meter to Home Assistant, longest", max(result.late_s), "s")
    yield row(name, "times that the clock didn't wait", result.stuck, "", at_most=0)
    yield row(name, "faster than real", length_s / result.real_s, "")


def _fault_rows(case: Case, result: Result) -> Iterator[Row]:
    day, name, fault = case.day(), case.name, case.fault
    mine = figures(result.record, case.traits.charger)
    assert ours.make is not None
    record = play(day, case.traits, ours.make)
    bench = figures(record, case.traits.charger)
    loop_cost, bench_cost = (
        troubles(one, day.faults)[0] for one in (result.record, record)
    )
    yield row(name, "beyond the sun meanwhile", loop_cost.during_wh, "Wh")
    yield row(name, "… in the bench", bench_cost.during_wh, "Wh")
    if fault in METER_FAULTS:
        yield row(name, "… after 120 s", loop_cost.late_wh, "Wh", at_most=0)
        yield row(name, "… after 120 s, bench", bench_cost.late_wh, "Wh")
    if fault is FaultKind.RESTART:
        yield row(name, "was away", result.away_s, "s")
    yield row(name, "from the sun, in all", mine.from_surplus_wh / 1000, "kWh")
    yield row(name, "… in the bench", bench.from_surplus_wh / 1000, "kWh")
    yield row(name, "starts and switches", mine.changes, "")
    yield row(name, "… in the bench", bench.changes, "")
    yield row(name, "commands against the rules", mine.violations, "", at_most=0)


def _worth(found: Figures, optimum: Best) -> float:
    most_wh = optimum.from_surplus_wh - _RATIO * optimum.beyond_wh
    return 100 * found.worth_wh(_RATIO) / most_wh


def _priced(found: Figures, optimum: Best) -> float:
    value_wh = found.worth_wh(_RATIO) - SWITCH_WH * found.changes
    return 100 * value_wh / optimum.value_wh
