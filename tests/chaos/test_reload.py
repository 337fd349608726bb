"""An entry that is unloaded and loaded again leaves nothing."""

import asyncio
from typing import Any

from .counts import least, more
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
    for what in ("rss_kb", "all_objects"):
        progress(f"{what}: {before[what]} before, {after[what]} after")
    left = {what: more(before[what], after[what], TIMES) for what in WHAT}
    assert left == {what: {} for what in WHAT}


async def _reload_all(lively: World, times: int) -> None:
    """Reload all entries, each for itself."""

    async def again(row: Row) -> None:
        row.begin_trouble()
        for _ in range(times):
            await lively.home.reload(row.entry_id)
        row.end_trouble()

    await asyncio.gather(*(again(row) for row in lively.rows))


async def _settled(lively: World) -> dict[str, Any]:
    """Wait until all entries are there as they were, and count."""
    await asyncio.sleep(max(row.recovers_s for row in lively.rows))
    wrong = await lively.wrong(lively.rows, strict=True)
    for text in wrong:
        progress(f"WRONG {text}")
    assert wrong == []
    # What comes and goes is counted where it's least.
    counts = [await lively.home.inside(deep=True) for _ in range(5)]
    return counts[0] | {what: least([count[what] for count in counts]) for what in WHAT}
