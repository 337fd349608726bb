"""What a process takes: memory, and how late its event loop is."""

import asyncio
import gc
import os
from pathlib import Path
import time
from typing import Final

_EVERY_S: Final = 0.01


def memory_kib() -> float:
    """Return the memory of this process that is resident (KiB), without garbage."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


async def loop_delays_ms(for_s: float) -> list[float]:
    """Return how late timers of the event loop come (ms), looked at each 10 ms."""
    late_ms = []
    until_s = time.monotonic() + for_s
    while (now_s := time.monotonic()) < until_s:
        await asyncio.sleep(_EVERY_S)
        late_ms.append((time.monotonic() - now_s - _EVERY_S) * 1e3)
    return late_ms
