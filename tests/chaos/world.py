"""A run: all vendors, a Home Assistant with an entry of each, and the time that passes."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
import random
import shutil
import socket
import sys

from scripts.demo_lib.home import REPOSITORY
from simulators.mosquitto import Mosquitto

from .clock import Clock
from .disk import Disk
from .home import ChaosHome
from .rows.easee import EaseeRow, EaseeWorld
from .rows.goe import CloudRow, LocalRow, MqttRow
from .rows.house import HouseRow
from .rows.row import Row
from .rows.surplus import BarnRow, ShedRow, SurplusRow
from .rows.weheat import WeheatRow


class World:
    """All that there is. ``chance`` is the run's only source of randomness."""

    def __init__(
        self, clock: Clock, home: ChaosHome, disk: Disk, rows: list[Row], seed: int
    ) -> None:
        """Take what was started."""
        self.clock = clock
        self.home = home
        self.disk = disk
        self.rows = rows
        self.chance = random.Random(seed)

    async def add_entries(self) -> None:
        """Add all vendors, as a person does."""
        for row in self.rows:
            for integration, steps in row.before.items():
                await self.home.add_entry(steps, integration)
            await row.prepare(self.home)
            row.entry_id = await self.home.add_entry(row.steps)
            await row.after(self.home)
        await self.home.remove_failed_entries()

    async def live(self) -> None:
        """Let the time pass for all devices, and remember what was true."""
        while True:
            for row in self.rows:
                row.tick()
                for watched in row.watched:
                    watched.note()
            await asyncio.sleep(2)

    async def wrong(self, rows: Iterable[Row], *, strict: bool) -> list[str]:
        """Return what is wrong with the entities of some rows; see ``Watched.wrong``."""
        entries = {row.entry_id: row for row in rows}
        entities: dict[str, dict[str, str]] = {entry_id: {} for entry_id in entries}
        for entity in await self.home.registry("entity"):
            if entity["config_entry_id"] in entries and entity["disabled_by"] is None:
                unique_id = entity["unique_id"]
                entities[entity["config_entry_id"]][unique_id] = entity["entity_id"]
        states = await self.home.states()
        for row in entries.values():
            for watched in row.watched:
                watched.note(at_once=True)
        found: list[str] = []
        for entry_id, row in entries.items():
            ids = entities[entry_id]
            for watched in row.watched:
                mine = {
                    unique_id: entity_id
                    for unique_id, entity_id in ids.items()
                    if unique_id.startswith(f"{watched.device_id}_")
                }
                if not mine:
                    found.append(f"{row.name}: there's no {watched.device_id}")
                    continue
                found += [
                    f"{row.name}: {text}"
                    for text in watched.wrong(
                        mine,
                        states,
                        has_to_be_there=strict,
                        wall_off_s=self.clock.off_s(watched.horizon_s),
                    )
                ]
            by_id = {
                unique_id: states[entity_id]
                for unique_id, entity_id in ids.items()
                if entity_id in states
            }
            # It's about the time of the states, and may start processes.
            with self.clock.slow():
                wrong = await row.wrong(self.home, states | by_id, strict=strict)
            found += [f"{row.name}: {text}" for text in wrong]
        return found


def progress(text: str) -> None:
    """Tell what happens."""
    sys.stderr.write(f"· {text}\n")
    sys.stderr.flush()


@asynccontextmanager
async def world(
    folder: Path,
    *,
    seed: int,
    begins_s: float,
    zone: str = "Europe/Vienna",
    disk_mb: int = 200,
) -> AsyncIterator[World]:
    """Start everything; entries aren't added yet."""
    clock = Clock(begins_s=begins_s)
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(Disk(folder / "machine", disk_mb))
        (folder / "logs").mkdir()
        home = ChaosHome(disk.path, folder / "logs", _free_port(), clock, zone)
        _settle_code(disk.path / "custom_components" / "sunbridge", folder / "code")
        broker = await stack.enter_async_context(Mosquitto())
        own_broker = await stack.enter_async_context(Mosquitto())
        rows = _rows(broker, own_broker, home.port)
        for row in rows:
            await row.start(stack)
            home.know(row.environment)
        stack.push_async_callback(home.stop)
        stack.enter_context(clock.going())
        await home.start(is_new=True)
        yield World(clock, home, disk, rows, seed)


def _rows(broker: Mosquitto, own_broker: Mosquitto, port: int) -> list[Row]:
    """Return all vendors. Home Assistant's MQTT is added with the first that needs it."""
    easee = EaseeWorld()
    partner = EaseeRow("amqp", easee, easee.partner)
    signalr = EaseeRow("signalr", easee, easee.home)
    shed = ShedRow("annex", easee, easee.annex)
    mqtt = MqttRow("mqtt", "034567", "Drive", lambda: broker, is_own=False)
    weheat = WeheatRow()
    house = HouseRow(lambda: broker, weheat.pump, port)
    barn = BarnRow()
    surplus = SurplusRow(lambda: broker, barn, shed)
    house.neighbours = (mqtt, surplus)
    signalr.neighbours = (partner, shed, surplus)
    barn.neighbours = shed.neighbours = (surplus,)
    return [
        CloudRow("cloud", "012345", "Garage"),
        LocalRow("local", "023456", "Carport"),
        mqtt,
        MqttRow("broker", "045678", "Yard", lambda: own_broker, is_own=True),
        partner,
        signalr,
        weheat,
        house,
        barn,
        shed,
        surplus,
    ]


def _settle_code(link: Path, copy: Path) -> None:
    """Let Home Assistant run a copy, which nobody changes while it's started again."""
    ignored = shutil.ignore_patterns("__pycache__")
    source = REPOSITORY / "custom_components" / "sunbridge"
    shutil.copytree(source, copy, ignore=ignored)
    link.unlink()
    link.symlink_to(copy)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
