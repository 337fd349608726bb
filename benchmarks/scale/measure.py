"""One size: what Home Assistant takes with so many chargers, and what it writes."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
import gc
import time
from typing import Final

from benchmarks.apart import Peer, started
from benchmarks.costs import loop_delays_ms, memory_kib
from benchmarks.house import house

from .database import entities, rows_by_entity
from .fleet import fleet
from .home import add, others, told
from .vendors import serve

IDLE_S: Final = 12.0
CPU_S: Final = 30.0
WATCH_S: Final = 30.0
# Times and attributes are as they are in a house that has no other load.
CONFIGURATION: Final = "recorder:\n"


@dataclass(frozen=True)
class Found:
    """What a size took; shares are of one core.

    ``idle_share`` is what all but the chargers take, ``share`` all with them, and
    ``vendors_share`` the other process. ``rows`` are those of the database in
    ``watched_s``, by serial and entity's key.
    """

    chargers: int
    entities: int
    idle_share: float
    share: float
    vendors_share: float
    late_ms: list[float]
    kib_per_charger: float
    watched_s: float
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)


async def _share(peer: Peer, for_s: float) -> tuple[float, float]:
    """Return what this process takes of a core, and what the vendors' takes."""
    gc.collect()
    theirs_s = await peer.ask(None)
    cpu_s, from_s = time.process_time(), time.monotonic()
    await asyncio.sleep(for_s)
    cpu_s, for_s = time.process_time() - cpu_s, time.monotonic() - from_s
    return cpu_s / for_s, (await peer.ask(None) - theirs_s) / for_s


async def measure(
    chargers: int,
    watching: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Found:
    """Measure a size; ``watching`` is around the time in which the CPU is."""
    places = fleet(chargers)
    async with started(serve, chargers) as peer, house(CONFIGURATION) as hass:
        with told(peer.told):
            async with others(hass):
                await asyncio.sleep(IDLE_S / 2)
                idle_share, _ = await _share(peer, IDLE_S)
                before_kib = memory_kib()
                await add(hass, places, peer.told)
                from_s = time.time()
                with watching():
                    share, vendors_share = await _share(peer, CPU_S)
                # In a time of its own, since to look costs too.
                late_ms = await loop_delays_ms(WATCH_S)
                to_s = time.time()
                rows = await rows_by_entity(hass, places, from_s, to_s)
                return Found(
                    chargers=chargers,
                    entities=len(entities(hass, places)),
                    idle_share=idle_share,
                    share=share,
                    vendors_share=vendors_share,
                    late_ms=late_ms,
                    kib_per_charger=(memory_kib() - before_kib) / chargers,
                    watched_s=to_s - from_s,
                    rows=rows,
                )
