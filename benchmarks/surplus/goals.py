"""The rows of the report: the main figures, judged by the goals once ours plays."""

from collections.abc import Callable
import operator

from benchmarks.report import Row, percentile
from simulators.household import METER_FAULTS

from . import ours
from .cases import MAIN
from .controllers import YARDSTICK
from .runner import Results
from .tables import by_sky, mean, most_share, net_share, of_case, rounded_share, share

LEAST_SHARE = 95.0
MOST_BEYOND = 0.7
SPARE_S = 10.0

_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
}


def rows(results: Results) -> list[Row]:
    """Return the figures of each controller, and those of ours that have a goal."""
    found = [row for name in results.names for row in _figures(results, name)]
    most = most_share([*results.played, *results.variants])
    figure = "most of the optimum on a day, changes priced"
    found.append(Row("everybody", figure, most, "%", "<= 100", most <= 100))
    if ours.NAME in results.names:
        found += _goals(results)
    return found


def _figures(results: Results, name: str) -> list[Row]:
    days = of_case(results)
    return [
        Row(name, "of the optimum", share(days, name), "%"),
        Row(name, "of the optimum that rounds down", rounded_share(days, name), "%"),
        Row(name, "of the optimum, changes priced", net_share(days, name), "%"),
        Row(
            name,
            "from surplus a day",
            mean(days, name, lambda it: it.from_surplus_wh / 1000),
            "kWh",
        ),
        Row(
            name,
            "beyond surplus a day",
            mean(days, name, lambda it: it.beyond_wh / 1000),
            "kWh",
        ),
        Row(
            name,
            "starts and phase switches a day",
            mean(days, name, lambda it: it.changes),
            "",
        ),
        Row(
            name, "a fall is followed, p95", percentile(results.falls[name], 0.95), "s"
        ),
        Row(
            name,
            "beyond surplus after 120 s without a meter, most",
            _late_wh(results, name),
            "Wh",
        ),
    ]


def _late_wh(results: Results, name: str) -> float:
    return max(
        one.late_wh for kind in METER_FAULTS for one in results.troubles[kind, name]
    )


def _goal(figure: str, value: float, unit: str, sign: str, goal: float) -> Row:
    met = _SIGNS[sign](value, goal)
    return Row(f"{ours.NAME}, goals", figure, value, unit, f"{sign} {goal:g}", met)


def _goals(results: Results) -> list[Row]:
    days, name = of_case(results), ours.NAME
    lead = {
        sky: share(some, name) - share(some, YARDSTICK)
        for sky, some in by_sky(days).items()
    }

    def ratio(figure: Callable[..., float]) -> float:
        return mean(days, name, figure) / mean(days, YARDSTICK, figure)

    violations = results.violations[name] + sum(
        day.figures[name].violations for day in results.played
    )
    dead_s = sum(MAIN.traits.charger.dead_time_s) / 2
    return [
        _goal("of the optimum", share(days, name), "%", ">=", LEAST_SHARE),
        _goal(
            "of the optimum that rounds down",
            rounded_share(days, name),
            "%",
            ">=",
            LEAST_SHARE,
        ),
        _goal(
            f"least lead over the {YARDSTICK}, by weather",
            min(lead.values()),
            "points",
            ">=",
            0.0,
        ),
        _goal(
            f"beyond surplus / {YARDSTICK}'s",
            ratio(lambda it: it.beyond_wh),
            "",
            "<=",
            MOST_BEYOND,
        ),
        _goal(
            f"starts and switches / {YARDSTICK}'s",
            ratio(lambda it: it.changes),
            "",
            "<=",
            1.0,
        ),
        _goal("violations", violations, "", "<=", 0),
        _goal(
            "beyond surplus after 120 s without a meter, most",
            _late_wh(results, name),
            "Wh",
            "<=",
            0.0,
        ),
        _goal(
            "a fall is followed, p95",
            percentile(results.falls[name], 0.95),
            "s",
            "<=",
            dead_s + SPARE_S,
        ),
    ]
