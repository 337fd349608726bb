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
    """With all vendors away at once it's a second later at the most than without any.

    In the real pace, in pairs, by the medians. ``--chaos-each`` does it for each vendor
    alone, too.
    """
    faults = [row.away[way] for row in lively.rows if way in row.away]
    await lively.home.stop()
    for fault in faults:
        await do(fault.begin)
    groups: list[list[Row]] = [lively.rows]
    if pytestconfig.getoption("--chaos-each"):
        groups += [[row] for row in lively.rows]
    late_s: dict[str, float] = {}
    for group in groups:
        pairs = [
            (
                await _start_s(lively, ()),
                await _start_s(lively, [row.entry_id for row in group]),
            )
            for _ in range(PAIRS)
        ]
        without_s, with_s = (
            statistics.median(side) for side in zip(*pairs, strict=True)
        )
        name = group[0].name if len(group) == 1 else "all"
        late_s[name] = with_s - without_s
        progress(f"{name} {way}: {with_s:.2f} s, without {without_s:.2f} s")
    assert {name: late for name, late in late_s.items() if late > MOST_S} == {}


async def _start_s(lively: World, entries: Collection[str]) -> float:
    lively.home.enable_entries(entries)
    await lively.home.start()
    await lively.home.stop()
    return lively.home.starts_s[-1]
