"""One case: Home Assistant, a broker, a charger and a house for a day."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
import os
from pathlib import Path
import tempfile
import time
from typing import Any, Final

from benchmarks.surplus.play import Record
from simulators.household import FaultKind
from simulators.mosquitto import Mosquitto

from .cases import Case
from .clock import Clock
from .easee import EaseeLoad
from .goe import GoeLoad
from .home import Home
from .plant import TOPIC, Late, Load, Plant

# Six o'clock (UTC) of a day without a change of the hour.
_SIX: Final = 1_782_453_600.0
_SETTLES_S: Final = 5.0
_METER: Final = "sensor.annex_grid_power"


@dataclass(frozen=True)
class Result:
    """A played day, and what it cost.

    ``short_a`` is what the car took less than it was offered. ``turns_s`` is the
    processor time of each turn of the event loop, which Home Assistant shares with the
    simulators, and ``collected_s`` Python's collection of garbage in it; ``late_s`` how late a meter's report was there by the clock, and
    ``stuck`` how often the clock didn't wait for what was under way.
    """

    record: Record
    short_a: float
    states: dict[str, str]
    written: dict[str, int]
    requests: int
    turns_s: list[float]
    collected_s: list[float]
    late_s: list[float]
    stuck: int
    real_s: float
    away_s: float


def _load_of(case: Case) -> GoeLoad | EaseeLoad:
    late = Late(case.traits, case.seed)
    if case.vendor == "easee":
        return EaseeLoad(late)
    return GoeLoad(late, fed=case.how == "feed")


async def play(case: Case, clock: Clock) -> Result:
    """Play a case on a clock."""
    clock.set_wall(_SIX + case.from_s)
    async with AsyncExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="sunbridge-loop-"))
        )
        broker = await stack.enter_async_context(Mosquitto())
        access = {
            "host": broker.host,
            "port": broker.port,
            "username": broker.username,
            "password": broker.password,
        }
        load = _load_of(case)
        await stack.enter_async_context(load.front)
        os.environ.update(load.environment)
        plant = Plant(case.day(), case.traits, load, access)
        await stack.enter_async_context(plant)
        home = Home(folder)
        await home.start()
        # By then the charger has its settings.
        await asyncio.sleep(_SETTLES_S)
        stack.push_async_callback(home.stop)
        await _add(home, access, load, case)
        return await _Day(home, plant, load, clock).live()


async def _add(home: Home, access: dict[str, Any], load: Load, case: Case) -> None:
    """Add all, as a person does."""
    address = access.copy()
    broker = {
        "broker": address.pop("host"),
        **address,
        "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
    }
    await home.add("mqtt", [broker])
    await home.wait_for(lambda hass: hass.states.get(_METER))
    charger_id = await home.add("sunbridge", load.steps)
    entry_id = await home.add(
        "sunbridge",
        [
            {"next_step_id": "surplus"},
            {"grid": [_METER], "pv": ["sensor.annex_pv_power"]},
            # The sign is right.
            {"inverted": False},
        ],
    )
    how = {} if case.vendor == "easee" else {"how": case.how}
    await home.add_part(
        entry_id,
        "charger",
        [
            {"device": home.device(charger_id)},
            {"at_stop": "leave", "priority": 1, **how},
        ],
    )


class _Day:
    """A day that passes, with what goes wrong in it."""

    def __init__(self, home: Home, plant: Plant, load: Load, clock: Clock) -> None:
        self._home, self._plant, self._load, self._clock = home, plant, load, clock
        self._late_s: list[float] = []
        self._told_s = 0.0
        self._active: frozenset[FaultKind] = frozenset()
        self._away_s = 0.0
        self._restart: asyncio.Task[None] | None = None

    async def live(self) -> Result:
        """Let it pass."""
        home, plant, load, clock = self._home, self._plant, self._load, self._clock
        await home.follow(TOPIC, self._heard)
        plant.told, plant.each_second = self._told, self._look
        home.written.clear()
        load.starts = load.switches = 0
        real_s, began_s = clock.real_s(), time.monotonic()
        clock.set_stepped(True)
        plant.begins.set()
        await plant.ended.wait()
        clock.set_stepped(False)
        real_s = clock.real_s() - real_s
        orders, violations = load.orders(began_s)
        return Result(
            plant.record(orders, violations),
            load.short_a,
            home.surplus_states(),
            dict(home.written),
            load.asked(began_s),
            clock.turns_s,
            clock.collected_s,
            self._late_s,
            clock.stuck,
            real_s,
            self._away_s,
        )

    def _told(self) -> None:
        self._told_s = time.monotonic()
        if self._restart is None:
            self._clock.hold()

    def _heard(self) -> None:
        self._late_s.append(time.monotonic() - self._told_s)
        self._clock.release()

    def _look(self, second: int) -> None:
        """Let begin and end what goes wrong with others than the meter."""
        active = self._plant.household.active
        changed, self._active = active ^ self._active, active
        if FaultKind.CHARGER_OFFLINE in changed:
            self._load.set_offline(FaultKind.CHARGER_OFFLINE in active)
        if FaultKind.RESTART in changed & active:
            self._restart = asyncio.create_task(self._start_again())

    async def _start_again(self) -> None:
        """Stop Home Assistant and start it; that takes its real time."""
        clock, home = self._clock, self._home
        clock.set_stepped(False)
        began_s = time.monotonic()
        await home.stop()
        await home.start()
        await home.wait_for(lambda hass: hass.states.get(_METER))
        await home.follow(TOPIC, self._heard)
        self._away_s = time.monotonic() - began_s
        self._restart = None
        clock.set_stepped(True)
