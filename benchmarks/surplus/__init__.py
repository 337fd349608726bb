"""How well a controller follows the surplus, beside others and beside the optimum.

Each plays the same days in the same house (``simulators/household``). Figures that a
controller is tuned by come from the tuning seeds, those that are published from seeds
that nobody looked at before.
"""

import asyncio
from pathlib import Path

from benchmarks.report import Row

from . import picture, tables
from .days import HELD_OUT_SEEDS
from .goals import rows
from .runner import run_all

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "surplus_pareto.svg"


async def run() -> list[Row]:
    """Play the held-out seeds; print the tables and draw the picture."""
    results = await asyncio.to_thread(run_all, HELD_OUT_SEEDS)
    print(tables.text(results))
    PICTURE.write_text(picture.draw(results))
    return rows(results)
