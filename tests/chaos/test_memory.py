"""A day without trouble: the memory is a flat line."""

import asyncio
import statistics

import pytest

from .world import World, progress

# Caches of Home Assistant and of its database fill first, ever more slowly.
WARM_UP_H = 12.0
EVERY_S = 900.0
# 400 bytes left at each of a charger's 720 polls an hour would be more.
MOST_KB_PER_H = 256.0


async def test_memory(lively: World, pace: float, pytestconfig: pytest.Config) -> None:
    """Fit a line through the resident memory of the hours after the first ones.

    What is measured has to be at work: each of its entities is right all the while.
    """
    hours: float = pytestconfig.getoption("--chaos-hours")
    lively.clock.set_pace(pace)
    await asyncio.sleep(WARM_UP_H * 3600)
    points: list[tuple[float, float]] = []
    objects = []
    for number in range(round((hours - WARM_UP_H) * 3600 / EVERY_S) + 1):
        deep = number % 8 == 0
        inside = await lively.home.inside(deep=deep)
        points.append((number * EVERY_S / 3600, inside["rss_kb"]))
        if deep:
            objects.append(sum(inside["objects"].values()))
            progress(f"{points[-1][0]:5.1f} h {points[-1][1]:.0f} kB {objects[-1]}")
            assert await lively.wrong(lively.rows, strict=True) == []
        await asyncio.sleep(EVERY_S)
    slope = statistics.linear_regression(*zip(*points, strict=True)).slope
    progress(f"{slope:.0f} kB an hour, objects {objects[0]} to {objects[-1]}")
    assert slope < MOST_KB_PER_H
    assert objects[-1] < objects[0] * 1.1
