"""The house: its meters on Home Assistant's broker, and an NRGkick that asks."""

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
import time
from typing import Any, Final, override

from custom_components.sunbridge.vendors.nrgkick.state import NrgkickState, Serving
from custom_components.sunbridge.vendors.nrgkick.tables import DESCRIPTIONS
from scripts.demo_lib.house import House
from simulators.mosquitto import Mosquitto
from simulators.nrgkick import Car, Wallbox
from simulators.weheat import HeatPump

from ..home import ChaosHome
from ..truth import Watched
from .brokers import deaths, hangs
from .meters import Meters
from .row import Fault, Row

# A sensor that reports each few seconds is believed for a minute at the least; and a
# meter tells a second or two late.
# A turn of an event loop may take a second of the run's time, and an answer several.
PATIENCE_S: Final = 20.0
FRESH_S: Final = 120.0
SLACK_W: Final = 60.0


class HouseRow(Row):
    """NRGkick's Custom API at Home Assistant's port."""

    def __init__(
        self, broker: Callable[[], Mosquitto], pump: HeatPump, port: int
    ) -> None:
        """Prepare a house on a broker that is started before."""
        super().__init__("nrgkick", recovers_s=240.0)
        self._broker = broker
        self._port = port
        self._house = House(pump)
        self._meters: Meters | None = None
        self._wallbox: Wallbox | None = None
        self._stack: AsyncExitStack | None = None
        self._told: deque[tuple[float, float]] = deque(maxlen=200)
        self._looked = 0.0

    @override
    async def start(self, stack: AsyncExitStack) -> None:
        """Let the meters speak."""
        self._stack = stack
        self._started = await self._house.start(stack)
        self._meters = await stack.enter_async_context(
            Meters(
                self._house.household,
                self._broker(),
                more={
                    "Wallbox power": self._house.wallbox_w,
                    "Heat pump power": self._house.heat_pump_w,
                },
            )
        )

    @property
    @override
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""
        return self._started.steps

    @override
    async def prepare(self, home: ChaosHome) -> None:
        """Set the energy dashboard up."""
        await self._started.prepare(home)

    @override
    async def after(self, home: ChaosHome) -> None:
        """Add the heat pump as smart load, and let a wallbox ask."""
        assert self._stack is not None
        await home.add_part(
            self.entry_id,
            "smart_load",
            [
                {"name": "Heat pump", "power": ["sensor.heat_pump_power"]},
                {"inverted": False},
            ],
        )
        self._wallbox = await self._stack.enter_async_context(
            Wallbox("127.0.0.1", self._port, period_s=10.0, timeout_s=PATIENCE_S)
        )
        self._wallbox.plug_in(Car())
        self._house._wallbox = self._wallbox
        self.watched = [
            Watched(
                f"nrgkick_{self.entry_id}",
                DESCRIPTIONS,
                self._sample,
                lambda raw, _: raw,
                FRESH_S,
            )
        ]

    @property
    @override
    def faults(self) -> list[Fault]:
        """What may go wrong with the broker and the meters."""
        assert self._meters is not None
        return [
            deaths(self._broker(), "the house's broker"),
            self._meters.silence("broker"),
        ]

    @property
    @override
    def away(self) -> Mapping[str, Fault]:
        """Home Assistant's own broker is dead, or hangs."""
        broker = self._broker()
        return {
            "dead": deaths(broker, "the house's broker"),
            "hanging": hangs(broker),
        }

    @override
    def tick(self) -> None:
        """Let the time pass, and remember what the grid's meter measures."""
        assert self._meters is not None
        self._meters.advance()
        self._told.append((time.monotonic(), self._house.household.grid_w))

    @override
    async def wrong(self, home: ChaosHome, states: Any, *, strict: bool) -> list[str]:
        """Check what the wallbox was told since the last time."""
        if self._wallbox is None:
            return []
        found = list(self._wallbox.violations)
        polls = [poll for poll in self._wallbox.polls if poll.at_s > self._looked]
        for poll in polls:
            self._looked = poll.at_s
            if poll.status == 200 and (grid_w := _grid_w(poll.document)) is not None:
                recent = [
                    told_w
                    for at_s, told_w in self._told
                    if poll.at_s - FRESH_S <= at_s <= poll.at_s + 1
                ]
                if recent and not (
                    min(recent) - SLACK_W <= grid_w <= max(recent) + SLACK_W
                ):
                    found.append(f"the wallbox was told {grid_w} W")
        if strict and (not polls or polls[-1].status != 200):
            found.append("the wallbox isn't served")
        return found

    def _sample(self) -> NrgkickState:
        """Return what the entities should say of the last requests."""
        assert self._wallbox is not None
        polls = [poll for poll in list(self._wallbox.polls)[-20:] if poll.status]
        served = bool(polls) and polls[-1].status == 200
        return NrgkickState(
            asking=bool(polls)
            and self._wallbox.clock.monotonic() - polls[-1].at_s < 60,
            last_request_s=time.time() // 60 * 60,
            serving=Serving.SERVING if served else Serving.NOT_TRUSTWORTHY,
        )


def _grid_w(document: Any) -> float | None:
    meters = document.get("device_values", {}).get("energy_meters", {})
    for meter in meters.values():
        if "power_w" in meter:
            return float(meter["power_w"])
    return None
