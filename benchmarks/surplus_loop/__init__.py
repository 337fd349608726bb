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

from benchmarks.report import Report, Row, Table

from .cases import CASES, DAYS, Case
from .clock import run_apart
from .figures import rows_of


async def run() -> Report:
    """Play parts of days and all faults, each in a process of its own."""
    return await _play_all(CASES.values())


async def run_full() -> Report:
    """Play whole days, too."""
    return await _play_all([*CASES.values(), *DAYS.values()])


async def _play_all(cases: Iterable[Case]) -> Report:
    # Of days' parts, of whole days, and of what goes wrong.
    tables: dict[str, list[Row]] = {"": [], "days": [], "faults": []}
    for case in cases:
        is_day = case.name in DAYS
        name = "days" if is_day else "faults" if case.fault else ""
        tables[name] += await asyncio.to_thread(_play, case)
    return Report(
        [row for rows in tables.values() for row in rows],
        {
            name: Table.beside(
                name,
                "case" if name == "faults" else "figure",
                rows,
                by_case=name == "faults",
            )
            for name, rows in tables.items()
            if rows
        },
    )


def _play(case: Case) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="sunbridge-loop-") as name:
        file = Path(name) / "result"
        run_apart("benchmarks.surplus_loop", [case.name, str(file)], Path(name))
        # Our own process wrote it.
        return rows_of(case, pickle.loads(file.read_bytes()))  # noqa: S301
