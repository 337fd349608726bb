"""The controller inside Home Assistant, in closed loop with simulated chargers.

The same house, sun and controller as in ``benchmarks.surplus``; between them are a real
Home Assistant, a real Mosquitto, the vendors' protocols and their simulators. The clock
waits for all of them (``clock.py``), so that a day takes minutes and nothing is late.
"""

import asyncio
from collections.abc import Iterable
from pathlib import Path
import pickle
import tempfile

from benchmarks.report import Row

from .cases import CASES, DAYS, Case
from .clock import run_apart
from .figures import rows_of


async def run() -> list[Row]:
    """Play parts of days and all faults, each in a process of its own."""
    return await _play_all(CASES.values())


async def run_full() -> list[Row]:
    """Play whole days, too."""
    return await _play_all([*CASES.values(), *DAYS.values()])


async def _play_all(cases: Iterable[Case]) -> list[Row]:
    found: list[Row] = []
    for case in cases:
        found += await asyncio.to_thread(_play, case)
    return found


def _play(case: Case) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="sunbridge-loop-") as name:
        file = Path(name) / "result"
        run_apart("benchmarks.surplus_loop", [case.name, str(file)], Path(name))
        # Our own process wrote it.
        return rows_of(case, pickle.loads(file.read_bytes()))  # noqa: S301
