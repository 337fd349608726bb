"""How well a controller follows the surplus, beside others and beside the optimum.

Each plays the same days in the same house (``simulators/household``). Figures that a
controller is tuned by come from the tuning seeds, those that are published from seeds
that nobody looked at before: only ``run_full`` plays these.
"""

import asyncio
from pathlib import Path

from benchmarks.report import Row

from . import ours, picture, tables
from .cases import MAIN
from .controllers import YARDSTICK
from .days import HELD_OUT_SEEDS, TUNING_SEEDS
from .goals import rows
from .runner import run_all

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "surplus_pareto.svg"

_QUICK_SEEDS = TUNING_SEEDS[:2]


async def run() -> list[Row]:
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
    print(tables.text(results))
    return rows(results)


async def run_full() -> list[Row]:
    """Play the held-out seeds, all houses and all controllers; draw the picture."""
    results = await asyncio.to_thread(run_all, HELD_OUT_SEEDS)
    print(tables.text(results))
    PICTURE.write_text(picture.draw(results))
    return rows(results)
