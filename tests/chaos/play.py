"""Rounds of faults at random times, and what is to be true meanwhile and afterwards."""

import asyncio
from dataclasses import dataclass, field
import inspect
import time
from typing import Final

from .rows.row import Act, Fault, Row
from .world import World, progress

# Simulated seconds: by when all faults of a round have begun, what a restart leaves
# out, and a round's time without any.
BEGIN_WITHIN_S: Final = 240.0
CALM_S: Final = 240.0
# Home Assistant's registries are stored some seconds after a change, and what was set
# of the surplus within a minute. A power cut before that loses it.
STORED_S: Final = 120.0
LAST_CHANGES: Final = 6
LAST_EVERY_S: Final = 45.0
LIVE_EVERY_S: Final = (40.0, 200.0)
# How wrong a wall clock was seen to be: a late NTP, an hour, a wrong day.
_JUMPS_S: Final = (-86_400.0, -3600.0, -600.0, -45.0, 45.0, 600.0, 3600.0, 86_400.0)


@dataclass
class Player:
    """Plays a world; ``found`` is what was wrong."""

    world: World
    found: list[str] = field(default_factory=list)
    rounds: int = 0
    kills: int = 0
    _home: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def outages(self) -> int:
        """How often something went wrong with an entry."""
        return sum(row.outages for row in self.world.rows)

    async def play(self, pace: float, real_s: float) -> None:
        """Play rounds for so long (real seconds), then let everything settle."""
        clock = self.world.clock
        end_s = clock.real_s() + real_s
        clock.set_pace(pace)
        await asyncio.sleep(STORED_S)
        while clock.real_s() < end_s:
            await self._round()
        for row in self.world.rows:
            row.settle()
        longest_s = max(row.recovers_s for row in self.world.rows)
        progress(f"settling for {longest_s:.0f} s")
        await asyncio.sleep(longest_s)
        # In the middle of an hour all hours are known, and none is being closed.
        await asyncio.sleep((2700.0 - time.time() % 3600.0) % 3600.0)
        await self._check("in the end", strict=True)
        # What changes now is shown at once, without a read that makes up for it.
        for _ in range(LAST_CHANGES):
            for row in self.world.rows:
                row.live(self.world.chance)
            await asyncio.sleep(LAST_EVERY_S)
        await self._check("after changes", strict=True)

    async def _round(self) -> None:
        """Let some things go wrong, heal them, and look."""
        self.rounds += 1
        chance = self.world.chance
        tasks = [
            asyncio.create_task(self._suffer(row, fault))
            for row, fault in self._chosen()
        ]
        living = asyncio.create_task(self._live())
        await asyncio.sleep(chance.uniform(0, BEGIN_WITHIN_S * 2))
        await self._check("amid faults", strict=False)
        await asyncio.gather(*tasks)
        living.cancel()
        await self._log_in()
        await asyncio.sleep(CALM_S)
        await self._log_in()
        await self._check("after faults", strict=False)

    def _chosen(self) -> list[tuple[Row | None, Fault]]:
        """Return what goes wrong in a round: no two that exclude each other."""
        chance = self.world.chance
        rows = chance.sample(self.world.rows, chance.randint(1, 4))
        found: list[tuple[Row | None, Fault]] = []
        for row in rows:
            kinds: set[str] = set()
            count = min(chance.randint(1, 2), len(row.faults))
            for fault in chance.sample(row.faults, count):
                if fault.kind not in kinds:
                    kinds.add(fault.kind)
                    found.append((row, fault))
        machine = chance.sample(self._machine(), chance.randint(0, 2))
        return [*found, *((None, fault) for fault in machine)]

    def _machine(self) -> list[Fault]:
        """Return what may go wrong with Home Assistant's machine."""
        world = self.world
        jump_s = world.chance.choice(_JUMPS_S)

        async def kill() -> None:
            async with self._home:
                self.kills += 1
                await world.home.kill()

        async def start() -> None:
            async with self._home:
                await world.home.start()

        return [
            Fault("is killed", kill, start, "power", (0.0, 600.0)),
            Fault(
                "has a full disk",
                world.disk.fill,
                world.disk.free,
                "disk",
                (30.0, 5400.0),
            ),
            Fault(
                f"has a clock that is off by {jump_s:.0f} s",
                lambda: world.clock.set_ahead(jump_s),
                lambda: world.clock.set_ahead(0.0),
                "clock",
            ),
        ]

    async def _suffer(self, row: Row | None, fault: Fault) -> None:
        chance = self.world.chance
        name = "Home Assistant's machine" if row is None else row.name
        await asyncio.sleep(chance.uniform(0, BEGIN_WITHIN_S))
        lasts_s = chance.uniform(*fault.lasts_s)
        progress(f"{self._at()} {name} {fault.name}, {lasts_s:.0f} s")
        whose = self.world.rows if row is None else [row, *row.neighbours]
        for one in whose:
            one.begin_trouble()
        # Processes that end and begin take real time for it.
        with self.world.clock.slow():
            await do(fault.begin)
        await asyncio.sleep(lasts_s)
        with self.world.clock.slow():
            await do(fault.end)
        for one in whose:
            one.end_trouble()

    async def _live(self) -> None:
        """Let people use their chargers."""
        chance = self.world.chance
        while True:
            await asyncio.sleep(chance.uniform(*LIVE_EVERY_S))
            chance.choice(self.world.rows).live(chance)

    async def _log_in(self) -> None:
        """Give new credentials where they're asked for."""
        async with self._home:
            for row in self.world.rows:
                if row.credentials and await self.world.home.finish_flow(
                    row.entry_id, row.credentials
                ):
                    progress(f"{self._at()} {row.name} got new credentials")

    async def _check(self, when: str, *, strict: bool) -> None:
        """Look at all entities; those of rows that had time enough have to be there."""
        async with self._home:
            if not self.world.home.is_up:
                return
            found = []
            entries = await self.world.home.entries()
            for row in self.world.rows:
                # Who couldn't be set up is tried again ever more seldom.
                is_strict = strict or (
                    when == "after faults"
                    and row.calm_s() > row.recovers_s
                    and entries[row.entry_id]["state"] == "loaded"
                )
                found += await self.world.wrong([row], strict=is_strict)
        for text in found:
            progress(f"{self._at()} WRONG {when}: {text}")
            self.found.append(f"{self._at()} {when}: {text}")

    async def outages_by_title(self) -> list[tuple[tuple[str, ...], int]]:
        """Return how often something was wrong with each entry, and how it's called."""
        entries = await self.world.home.entries()
        return [
            ((entries[row.entry_id]["title"], *row.titles), row.outages)
            for row in self.world.rows
        ]

    @staticmethod
    def _at() -> str:
        return time.strftime("%d %H:%M:%S", time.gmtime())


async def do(act: Act) -> None:
    """Do what may take a while, or be done at once."""
    if inspect.isawaitable(done := act()):
        await done
