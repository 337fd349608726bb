"""Figures of the sizes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from benchmarks.report import Row, percentile, row

from .fleet import Kind, Place, fleet
from .measure import Found

# Our own goals: a charger more costs as much as the others, and the loop isn't held up
# for longer than people notice.
RATIO_GOAL: Final = 1.25
LATE_GOAL_MS: Final = 50.0

_HOUR_S: Final = 3600.0
_TOP: Final = 15


def rows_of(sizes: Iterable[Found]) -> list[Row]:
    """Return the figures; the first size is what the others are compared with."""
    sizes = list(sizes)
    return [
        *(figure for found in sizes for figure in _size_rows(found)),
        *(
            row(
                f"{found.chargers} chargers",
                f"CPU per charger / with {sizes[0].chargers}",
                _each(found) / _each(sizes[0]),
                "",
                at_most=RATIO_GOAL,
            )
            for _, found in pairwise(sizes)
        ),
        *_database_rows(sizes[-1]),
    ]


def _each(found: Found) -> float:
    return (found.share - found.idle_share) / found.chargers


def _size_rows(found: Found) -> Iterator[Row]:
    case = f"{found.chargers} chargers"
    yield row(case, "enabled entities", found.entities, "")
    yield row(case, "CPU, all", 100 * found.share, "%")
    yield row(case, "CPU without chargers", 100 * found.idle_share, "%")
    yield row(case, "CPU per charger", 100 * _each(found), "%")
    late_ms = percentile(found.late_ms, 0.99)
    yield row(case, "event loop delay, p99", late_ms, "ms", at_most=LATE_GOAL_MS)
    yield row(case, "event loop delay, max", max(found.late_ms), "ms")
    yield row(case, "memory per charger", found.kib_per_charger, "KiB")
    hourly = found.rows.total() * _HOUR_S / found.watched_s
    yield row(case, "states in the database", hourly, "1/h")
    yield row(case, "CPU of the simulators", 100 * found.vendors_share, "%")


def _database_rows(found: Found) -> Iterator[Row]:
    """Yield what chargers write, by kind, and which entities write most."""
    places = {place.serial: place for place in fleet(found.chargers)}
    groups = Counter(_group(place) for place in places.values())
    by_group: Counter[str] = Counter()
    by_entity: Counter[tuple[Kind, str]] = Counter()
    for (serial, key), count in found.rows.items():
        place = places[serial]
        by_group[_group(place)] += count
        by_entity[place.kind, key] += count
    per_hour = _HOUR_S / found.watched_s
    for group in sorted(groups):
        each = by_group[group] * per_hour / groups[group]
        yield row(group, "states in the database", each, "1/h")
    of_kind = Counter(place.kind for place in places.values())
    for (kind, key), count in by_entity.most_common(_TOP):
        yield row(kind, key, count * per_hour / of_kind[kind], "1/h")


def _group(place: Place) -> str:
    return f"{place.kind}, {'charging' if place.charges else 'idle'}"
