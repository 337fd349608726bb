"""Home Assistant's start doesn't wait for a vendor that is dead, or that hangs."""

from collections.abc import Collection

import pytest

from .play import do
from .rows.row import Row
from .world import World, progress

PAIRS = 4
# Where the machine is busy the quickest of a few aren't quick.
MOST_PAIRS = 12
MOST_S = 1.0


@pytest.mark.parametrize("way", ["dead", "hanging"])
async def test_start(lively: World, way: str, pytestconfig: pytest.Config) -> None:
    """With all vendors away at once it's a second later at the most than with all there.

    In the real pace, and in turns. What else a machine does only makes a start slower,
    so the quickest of each are compared. ``--chaos-each`` does it for each vendor alone,
    too.
    """
    faults = [row.away[way] for row in lively.rows if way in row.away]
    await lively.home.stop()
    groups: dict[str, list[Row]] = {"all": lively.rows}
    if pytestconfig.getoption("--chaos-each"):
        groups |= {row.name: [row] for row in lively.rows}
    there_s: dict[str, list[float]] = {name: [] for name in groups}
    away_s: dict[str, list[float]] = {name: [] for name in groups}
    without_s = [await _start_s(lively, ()) for _ in range(PAIRS)]
    late_s = dict.fromkeys(groups, 0.0)
    for pair in range(MOST_PAIRS):
        if pair >= PAIRS and max(late_s.values()) <= MOST_S:
            break
        for name, rows in groups.items():
            there_s[name].append(await _start_s(lively, _ids(rows)))
        for fault in faults:
            await do(fault.begin)
        for name, rows in groups.items():
            away_s[name].append(await _start_s(lively, _ids(rows)))
        for fault in faults:
            await do(fault.end)
        late_s = {name: min(away_s[name]) - min(there_s[name]) for name in groups}
    none_s = min(without_s)
    for name in groups:
        progress(
            f"{name}: {min(there_s[name]) - none_s:+.2f} s for entries whose vendors are "
            f"there, {min(away_s[name]) - none_s:+.2f} s where they're {way}"
        )
    assert {name: late for name, late in late_s.items() if late > MOST_S} == {}


def _ids(rows: Collection[Row]) -> list[str]:
    return [row.entry_id for row in rows]


async def _start_s(lively: World, entries: Collection[str]) -> float:
    """Return how long a start with these entries takes."""
    lively.home.enable_entries(entries)
    await lively.home.start()
    await lively.home.stop()
    return lively.home.starts_s[-1]
