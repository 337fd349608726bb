"""The house of a bench's day, with a simulated charger of a vendor in it."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
import json
import random
from typing import Any, Protocol, override

import numpy as np

from benchmarks.surplus.days import Day
from benchmarks.surplus.play import Record
from benchmarks.surplus.protocol import Order
from simulators.household import Household, Traits
from simulators.household.mqtt import MqttHouse

NAME = "Annex"
TOPIC = "annex/state"


class Load(Protocol):
    """A charger of a vendor's simulator, with a car that is as late as the bench's.

    ``starts`` and ``switches`` count as those of the bench's charger do.
    """

    starts: int
    switches: int

    @property
    def short_a(self) -> float:
        """What the car takes less than it's offered (A)."""

    @property
    def steps(self) -> list[dict[str, Any]]:
        """What a person enters in the vendor's flow."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What Home Assistant's process has to know, once the simulator serves."""

    def set_offline(self, is_offline: bool) -> None:
        """Cut it off from Home Assistant, or bring it back."""

    def orders(self, began_s: float) -> tuple[list[tuple[int, Order]], int]:
        """Return the commands by second of the day, and how many break its rules."""

    def asked(self, began_s: float) -> int:
        """Return how many requests came since the day began."""

    def step(self) -> float:
        """Let time pass up to the clock's; return what it draws (W)."""


@dataclass
class Late:
    """How late the bench's car is, anew for each start (reference surplus 3.1)."""

    traits: Traits
    seed: int
    _source: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Prepare for a seed."""
        self._source = random.Random(f"{self.seed}/loop")

    def start_s(self) -> float:
        """Return how long it waits with a start."""
        return self._source.uniform(*self.traits.car.start_delay_s)

    @property
    def short_a(self) -> float:
        """Return what the car of this seed takes less than it's offered (A)."""
        return Household(self.traits, self.seed).car.short_a


class Plant(MqttHouse):
    """A day of the bench that is lived second by second, its meters on MQTT."""

    def __init__(
        self, day: Day, traits: Traits, load: Load, access: dict[str, Any]
    ) -> None:
        """Prepare a day; nothing is told to the broker ``access`` yet."""
        household = Household(
            traits,
            day.seed,
            pv=iter(day.pv_w),
            load=iter(day.load_w),
            faults=day.faults,
            others=self._draw,
        )
        super().__init__(household, **access, name=NAME)
        self.day, self.load = day, load
        self.car_w: list[float] = []
        self.grid_w: list[float] = []
        self.told: Callable[[], None] = lambda: None
        self.each_second: Callable[[int], None] = lambda _: None
        self.begins = asyncio.Event()
        self.ended = asyncio.Event()
        self._drawn_w = 0.0

    def record(self, orders: list[tuple[int, Order]], violations: int) -> Record:
        """Return the day as the bench has it."""
        return Record(
            self.day.surplus_w[: len(self.car_w)],
            np.array(self.car_w),
            np.array(self.grid_w),
            np.zeros(len(self.car_w)),
            tuple(orders),
            self.load.starts,
            self.load.switches,
            violations,
        )

    @override
    def state(self) -> dict[str, Any]:
        """Return what the meters say: late, as the bench's do."""
        house = self.household
        grid, pv = house.grid_meter.reading, house.pv_meter.reading
        return super().state() | {
            "grid": 0.0 if grid is None else grid.value,
            "pv": 0.0 if pv is None else pv.value,
            # There's no battery, but a sensor of it.
            "soc": 0.0,
        }

    @override
    async def _live(self) -> None:
        loop = asyncio.get_running_loop()
        # The meters are there before the day is.
        while not self.begins.is_set():
            await self._client.publish(self._topic, json.dumps(self.state()))
            await asyncio.sleep(0.5)
        began_s = loop.time()
        house = self.household
        for second in range(len(self.day.pv_w)):
            await asyncio.sleep(began_s + second - loop.time())
            house.step()
            self.car_w.append(self._drawn_w)
            self.grid_w.append(house.grid_w)
            self.each_second(second)
            reading = house.grid_meter.reading
            if reading is not None and reading.reported_at_s == house.now_s:
                self.told()
                await self._client.publish(self._topic, json.dumps(self.state()))
        self.ended.set()

    def _draw(self) -> float:
        self._drawn_w = self.load.step()
        return self._drawn_w
