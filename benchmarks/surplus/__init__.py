"""How well a controller follows the surplus, beside others and beside the optimum.

Each plays the same days in the same house (``simulators/household``). Figures that a
controller is tuned by come from the tuning seeds, those that are published from seeds
that nobody looked at before: only ``run_full`` plays these.
"""

import asyncio
from pathlib import Path

from benchmarks.report import Report, Table

from . import ours, picture, tables
from .cases import MAIN
from .controllers import YARDSTICK
from .days import HELD_OUT_SEEDS, TUNING_SEEDS
from .goals import rows
from .runner import Results, run_all

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "surplus_pareto.svg"

_QUICK_SEEDS = TUNING_SEEDS[:2]


async def run() -> Report:
    """Play two tuning seeds of the main case, ours and the yardstick; print tables.

    That's for a look within three minutes, and nothing to publish.
    """
    results = await asyncio.to_thread(
        run_all,
        _QUICK_SEEDS,
        names=[ours.NAME, YARDSTICK],
        cases=[MAIN.name],
        picture=False,
    )
    return _report(results)


async def run_full() -> Report:
    """Play the held-out seeds, all houses and all controllers; draw the picture."""
    results = await asyncio.to_thread(run_all, HELD_OUT_SEEDS)
    PICTURE.write_text(picture.draw(results))
    return _report(results)


def _report(results: Results) -> Report:
    print(tables.text(results))
    found = rows(results)
    goals = Table.of("", [row for row in found if row.goal])
    return Report(found, {"": goals, **tables.tables(results)})
