"""Much goes wrong at random times; afterwards all is right, and the log is short."""

import time

import pytest

from .log import bugs_in, lines_of, too_many
from .play import Player
from .world import World, progress


async def test_faults(lively: World, pace: float, pytestconfig: pytest.Config) -> None:
    """Each state is right or unavailable, and energies are those of the devices."""
    player = Player(lively)
    real_s = 60 * pytestconfig.getoption("--chaos-minutes")
    began_s = time.monotonic()
    await player.play(pace, real_s)
    hours = (time.monotonic() - began_s) / 3600
    progress(
        f"{player.rounds} rounds with {player.outages} outages of entries,"
        f" {player.kills} kills, {hours:.1f} simulated hours"
    )
    for row in lively.rows:
        if text := row.seen():
            progress(f"{row.name}: {text}")
    assert player.rounds
    bugs = bugs_in(lively.home.logs)
    outages = await player.outages_by_title()
    lines = too_many(lines_of(lively.home.logs), outages)
    for text in (*bugs, *lines):
        progress(f"LOG {text}")
    assert (player.found, bugs, lines) == ([], [], [])
