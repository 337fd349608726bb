"""Options and the world of a test; the normal run doesn't come here.

scripts/test --chaos [--chaos-seed N] [--chaos-minutes M] [--chaos-hours H] …
"""

import asyncio
from collections.abc import AsyncGenerator
import contextlib
from datetime import UTC, datetime
import os
from pathlib import Path
import random

import pytest

from .world import World, progress, world

# Without the clock of the run only the checks themselves can be tested.
collect_ignore = (
    []
    if "CHAOS_CLOCK" in os.environ
    else ["test_faults.py", "test_memory.py", "test_reload.py", "test_start.py"]
)

# Clocks go forward or back half an hour and more after these; seeds choose one.
BEGINNINGS = (
    datetime(2026, 10, 25, 0, 20, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 20, tzinfo=UTC),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("chaos")
    group.addoption("--chaos-seed", type=int, help="repeat a run")
    group.addoption(
        "--chaos-minutes", type=float, default=4.0, help="of faults, real ones"
    )
    group.addoption(
        "--chaos-hours", type=float, default=24.0, help="of flat memory, simulated ones"
    )
    group.addoption(
        "--chaos-pace", type=float, default=150.0, help="how fast the time may go"
    )
    group.addoption(
        "--chaos-each", action="store_true", help="starts without each vendor, too"
    )


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Return the run's seed, which is told."""
    given: int | None = request.config.getoption("--chaos-seed")
    chosen = random.SystemRandom().randrange(10_000) if given is None else given
    progress(f"{request.node.name}: to repeat it add  --chaos-seed {chosen}")
    return chosen


@pytest.fixture
def pace(request: pytest.FixtureRequest) -> float:
    """Return how fast the time may go."""
    found: float = request.config.getoption("--chaos-pace")
    return found


@pytest.fixture
async def lively(tmp_path: Path, seed: int) -> AsyncGenerator[World]:
    """Run a world with an entry of each vendor, in which the time passes."""
    begins = BEGINNINGS[seed % len(BEGINNINGS)]
    async with world(tmp_path, seed=seed, begins_s=begins.timestamp()) as found:
        living = asyncio.create_task(found.live())
        try:
            await found.add_entries()
            yield found
        finally:
            living.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await living
