"""An entry that is unloaded and loaded again leaves nothing."""

import asyncio
from collections import Counter
from typing import Any

from .rows.row import Row
from .world import World, progress

TIMES = 50
# Before it's counted: modules are imported, pools are filled.
WARM_UP = 3
WHAT = ("tasks", "timers", "threads", "files", "objects")


async def test_reload(lively: World, pace: float) -> None:
    """Tasks, timers, threads, sockets and objects are as many as before."""
    lively.clock.set_pace(pace)
    await _reload_all(lively, WARM_UP)
    before = await _settled(lively)
    await _reload_all(lively, TIMES)
    after = await _settled(lively)
    progress(f"memory {before['rss_kb']} kB before, {after['rss_kb']} kB after")
    left = {what: _more(before[what], after[what]) for what in WHAT}
    assert left == {what: {} for what in WHAT}


async def _reload_all(lively: World, times: int) -> None:
    """Reload all entries, each for itself."""

    async def again(row: Row) -> None:
        for _ in range(times):
            await lively.home.reload(row.entry_id)

    await asyncio.gather(*(again(row) for row in lively.rows))


async def _settled(lively: World) -> dict[str, Any]:
    """Wait until all entries are there as they were, and count."""
    await asyncio.sleep(max(row.recovers_s for row in lively.rows))
    assert await lively.wrong(lively.rows, strict=True) == []
    # What comes and goes is counted where it's least.
    counts = [await lively.home.inside(deep=True) for _ in range(5)]
    return counts[0] | {
        what: _least([count[what] for count in counts]) for what in WHAT
    }


def _least(counts: list[dict[str, int]]) -> dict[str, int]:
    return {
        name: min(count.get(name, 0) for count in counts)
        for name in {name for count in counts for name in count}
    }


def _more(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """Return what there's more of, once for each reload or so."""
    more = Counter(after)
    more.subtract(before)
    return {name: count for name, count in more.items() if count >= TIMES // 2}
