"""The results as tables for people."""

from collections.abc import Callable, Iterable
from statistics import fmean

from benchmarks.report import Table, percentile
from simulators.household import FaultKind, Sky

from .cases import BATTERY, MAIN, PRICE_RATIOS, Played
from .metrics import Figures
from .optimum import SWITCH_WH, Best
from .runner import Results


def share(days: Iterable[Played], name: str, ratio: float = 1.0) -> float:
    """Return the part of the optimum's worth that a controller got, %."""
    days = list(days)
    got = sum(day.figures[name].worth_wh(ratio) for day in days)
    return 100 * got / sum(_worth(day.optima[ratio].exact, ratio) for day in days)


def rounded_share(days: Iterable[Played], name: str, ratio: float = 1.0) -> float:
    """Return the part of the worth of the optimum that rounds currents down, %."""
    days = list(days)
    got = sum(day.figures[name].worth_wh(ratio) for day in days)
    return 100 * got / sum(_worth(day.optima[ratio].round_down, ratio) for day in days)


def net_share(days: Iterable[Played], name: str) -> float:
    """Return the part of the optimum's worth with changes priced for both, %."""
    days = list(days)
    got = sum(
        day.figures[name].worth_wh(1) - SWITCH_WH * day.figures[name].changes
        for day in days
    )
    return 100 * got / sum(day.optima[1.0].exact.value_wh for day in days)


def most_share(days: Iterable[Played]) -> float:
    """Return the most of the optimum that anybody got on a day, changes priced, %.

    More than 100 would be an optimum that isn't one.
    """
    return max(net_share([day], name) for day in days for name in day.figures)


def _worth(found: Best, ratio: float) -> float:
    return found.from_surplus_wh - ratio * found.beyond_wh


def of_case(results: Results, name: str = MAIN.name) -> list[Played]:
    """Return the days of a case."""
    return [day for day in results.played if day.case == name]


def by_sky(days: Iterable[Played]) -> dict[Sky, list[Played]]:
    """Return the days by their weather."""
    found: dict[Sky, list[Played]] = {}
    for day in days:
        found.setdefault(day.sky, []).append(day)
    return found


def mean(
    days: Iterable[Played], name: str, figure: Callable[[Figures], float]
) -> float:
    """Return a figure's mean over days."""
    return fmean(figure(day.figures[name]) for day in days)


def tables(results: Results) -> dict[str, Table]:
    """Return all tables by their names in the documentation."""
    names, found = results.names, dict[str, Table]()
    if days := of_case(results):
        for ratio in PRICE_RATIOS:
            found[f"worth at {ratio:g}"] = _shares(names, days, ratio)
        found["means"] = _totals(names, days)
        if results.variants:
            found["settings"] = _settings(results)
        found["possible"] = _bounds(results.bounds)
        found["jumps"] = _follow(results)
        found["troubles"] = _troubles(results)
    found["houses"] = _cases(results)
    if days := of_case(results, BATTERY.name):
        found["battery"] = _battery(names, days)
    return found


def text(results: Results) -> str:
    """Return all tables, in Markdown."""
    return "\n".join(
        f"\n### {table.title}\n\n{table.markdown()}"
        for table in tables(results).values()
    )


def _shares(names: list[str], days: list[Played], ratio: float) -> Table:
    skies = by_sky(days)

    def cells(name: str) -> list[str]:
        worst = [
            f"{share(some, name, ratio):.1f} "
            f"({min(share([day], name, ratio) for day in some):.1f})"
            for some in skies.values()
        ]
        overall = f"{share(days, name, ratio):.1f}"
        return [name, overall, f"{rounded_share(days, name, ratio):.1f}", *worst]

    return Table(
        f"Part of the optimum at a price ratio of {ratio:g}, % (worst seed)",
        ["controller", "overall", "rounding down", *skies],
        [cells(name) for name in names],
    )


def _totals(names: list[str], days: list[Played]) -> Table:
    figures: dict[str, tuple[Callable[[Figures], float], str]] = {
        "from surplus, kWh": (lambda it: it.from_surplus_wh / 1000, ".2f"),
        "beyond it, kWh": (lambda it: it.beyond_wh / 1000, ".2f"),
        "missed, kWh": (lambda it: it.missed_wh / 1000, ".2f"),
        "starts": (lambda it: it.starts, ".1f"),
        "switches": (lambda it: it.switches, ".1f"),
        "commands": (lambda it: it.commands, ".0f"),
        "worst minute, W": (lambda it: it.peak_w, ".0f"),
        "violations": (lambda it: it.violations, ".1f"),
    }

    def cells(name: str) -> list[str]:
        found = [f"{mean(days, name, of):{style}}" for of, style in figures.values()]
        return [name, *found, f"{net_share(days, name):.1f}"]

    return Table(
        "Means of a day",
        ["controller", *figures, "of the optimum, changes priced, %"],
        [cells(name) for name in names],
    )


def _settings(results: Results) -> Table:
    """Return the front that each can choose a place on, by its settings."""
    played = dict.fromkeys(results.names, of_case(results))
    played |= dict.fromkeys(results.variants[0].figures, results.variants)

    def cells(name: str, days: list[Played]) -> list[str]:
        return [
            name,
            f"{share(days, name):.1f}",
            f"{rounded_share(days, name):.1f}",
            f"{net_share(days, name):.1f}",
            f"{mean(days, name, lambda it: it.from_surplus_wh) / 1000:.2f}",
            f"{mean(days, name, lambda it: it.beyond_wh) / 1000:.2f}",
            f"{mean(days, name, lambda it: it.starts):.1f}",
            f"{mean(days, name, lambda it: it.switches):.1f}",
        ]

    return Table(
        "Other settings, at a price ratio of 1, means of a day",
        [
            *("controller", "of the optimum, %", "rounding down, %"),
            *("changes priced, %", "from surplus, kWh", "beyond it, kWh"),
            *("starts", "switches"),
        ],
        [cells(*one) for one in played.items()],
    )


def _bounds(bounds: list[dict[str, Best]]) -> Table:
    whole = fmean(_worth(day["optimum"], 1) for day in bounds)
    whole_net = fmean(day["optimum"].value_wh for day in bounds)

    def cells(name: str) -> list[str]:
        days = [day[name] for day in bounds]
        return [
            name,
            f"{fmean(day.from_surplus_wh for day in days) / 1000:.2f}",
            f"{fmean(day.beyond_wh for day in days) / 1000:.2f}",
            f"{fmean(day.starts for day in days):.1f}",
            f"{fmean(day.switches for day in days):.1f}",
            f"{100 * fmean(_worth(day, 1) for day in days) / whole:.1f}",
            f"{100 * fmean(day.value_wh for day in days) / whole_net:.1f}",
        ]

    return Table(
        "What is possible at a price ratio of 1, means of a day",
        [
            *("", "from surplus, kWh", "beyond it, kWh", "starts", "switches"),
            *("worth, %", "changes priced, %"),
        ],
        [cells(name) for name in bounds[0]],
    )


def _follow(results: Results) -> Table:
    def cells(name: str) -> list[str]:
        found = [name]
        for times in (results.falls[name], results.rises[name]):
            found += [f"{percentile(times, part):.0f}" for part in (0.5, 0.95)]
            found.append(str(len(times)))
        return found

    return Table(
        "Until 90 % of a jump is followed, s",
        [
            *("controller", "fall, p50", "fall, p95", "falls"),
            *("rise, p50", "rise, p95", "rises"),
        ],
        [cells(name) for name in results.names],
    )


def _troubles(results: Results) -> Table:
    def cells(kind: FaultKind, name: str) -> list[str]:
        found = results.troubles[kind, name]
        return [
            kind,
            name,
            f"{fmean(one.during_wh for one in found):.0f}",
            f"{fmean(one.late_wh for one in found):.1f}",
            f"{fmean(one.orders for one in found):.1f}",
        ]

    return Table(
        "Troubles where they hurt, means of one",
        ["trouble", "controller", "beyond surplus, Wh", "after 120 s, Wh", "orders"],
        [cells(*key) for key in results.troubles],
    )


def _cases(results: Results) -> Table:
    cases: dict[str, list[Played]] = {}
    for day in results.played:
        cases.setdefault(day.case, []).append(day)

    def cells(case: str, name: str) -> list[str]:
        days = cases[case]
        return [
            case,
            name,
            f"{share(days, name):.1f}",
            f"{min(share([day], name) for day in days):.1f}",
            f"{mean(days, name, lambda it: it.from_surplus_wh) / 1000:.2f}",
            f"{mean(days, name, lambda it: it.beyond_wh) / 1000:.2f}",
            f"{mean(days, name, lambda it: it.starts):.1f}",
            f"{mean(days, name, lambda it: it.switches):.1f}",
        ]

    return Table(
        "All houses at a price ratio of 1, means of a day",
        [
            *("house", "controller", "of the optimum, %", "worst seed"),
            *("from surplus, kWh", "beyond it, kWh", "starts", "switches"),
        ],
        [cells(case, name) for case in cases for name in results.names],
    )


def _battery(names: list[str], days: list[Played]) -> Table:
    def cells(name: str) -> list[str]:
        return [
            name,
            f"{mean(days, name, lambda it: it.car_wh) / 1000:.2f}",
            f"{mean(days, name, lambda it: it.from_surplus_wh) / 1000:.2f}",
            f"{mean(days, name, lambda it: it.battery_wh) / 1000:.2f}",
            f"{mean(days, name, lambda it: it.import_wh) / 1000:.2f}",
        ]

    return Table(
        "The house with a battery beside itself without a car, means of a day, kWh",
        [
            *("controller", "car", "from surplus"),
            *("battery's discharge caused", "import caused"),
        ],
        [cells(name) for name in names],
    )
