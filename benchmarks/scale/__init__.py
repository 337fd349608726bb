"""Ten, fifty and two hundred chargers of all kinds in one Home Assistant.

The recorder writes to a file as it does by default. Vendors and chargers are in another
process. Each size has a process of its own.
"""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

from benchmarks.report import Row

from .figures import rows_of
from .measure import Found, measure

SIZES: Final = (10, 50, 200)


def _measured(chargers: int) -> Found:
    return asyncio.run(measure(chargers))


async def run() -> list[Row]:
    """Measure; takes about five minutes."""
    found = []
    for chargers in SIZES:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            work = asyncio.get_running_loop().run_in_executor(pool, _measured, chargers)
            found.append(await work)
    return rows_of(found)
