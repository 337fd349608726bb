"""Home Assistant's start doesn't wait for a vendor that is dead, or that hangs."""

from collections.abc import Collection
import statistics

import pytest

from .play import do
from .rows.row import Row
from .world import World, progress

PAIRS = 3
MOST_S = 1.0


@pytest.mark.parametrize("way", ["dead", "hanging"])
async def test_start(lively: World, way: str, pytestconfig: pytest.Config) -> None:
    """With all vendors away at once it's a second later at the most than with all there.

    In the real pace. What a machine does in the same time it does sometimes slower, so
    both are reckoned from starts without entries in between. ``--chaos-each`` does it
    for each vendor alone, too.
    """
    faults = [row.away[way] for row in lively.rows if way in row.away]
    await lively.home.stop()
    groups: dict[str, list[Row]] = {"all": lively.rows}
    if pytestconfig.getoption("--chaos-each"):
        groups |= {row.name: [row] for row in lively.rows}
    there_s = {name: await _more_s(lively, rows) for name, rows in groups.items()}
    for fault in faults:
        await do(fault.begin)
    away_s = {name: await _more_s(lively, rows) for name, rows in groups.items()}
    for fault in faults:
        await do(fault.end)
    for name in groups:
        progress(
            f"{name}: {there_s[name]:+.2f} s for entries whose vendors are there, "
            f"{away_s[name]:+.2f} s where they're {way}"
        )
    late_s = {name: away_s[name] - there_s[name] for name in groups}
    assert {name: late for name, late in late_s.items() if late > MOST_S} == {}


async def _more_s(lively: World, rows: list[Row]) -> float:
    """Return how much longer a start takes with these entries than without any."""
    entries = [row.entry_id for row in rows]
    more_s = [
        -await _start_s(lively, ()) + await _start_s(lively, entries)
        for _ in range(PAIRS)
    ]
    return statistics.median(more_s)


async def _start_s(lively: World, entries: Collection[str]) -> float:
    lively.home.enable_entries(entries)
    await lively.home.start()
    await lively.home.stop()
    return lively.home.starts_s[-1]
