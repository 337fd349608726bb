"""The demo's house: sun, grid and battery in Home Assistant, and a wallbox that asks."""

from contextlib import AsyncExitStack
from typing import Any

from simulators.household import BatteryTraits, Household, Sky, Traits
from simulators.household.mqtt import MqttHouse
from simulators.mosquitto import Mosquitto
from simulators.nrgkick import Car, Wallbox
from simulators.weheat import HeatPump

from .home import Home, HomeError
from .started import Started

# With enough sun for a car.
START_S = 11 * 3600
# How often the wallbox may find nothing while an entry loads again.
RELOAD_POLLS = 10


class House:
    """Joins what meets in a house: the meters, the heat pump and the wallbox."""

    def __init__(self, heat_pump: HeatPump) -> None:
        """Build a house with this heat pump."""
        self._heat_pump = heat_pump
        self._wallbox: Wallbox | None = None
        self._stack: AsyncExitStack | None = None
        self.household = Household(
            # With a full battery, so that the sun is the car's.
            Traits(
                sky=Sky.MIXED, start_s=START_S, battery=BatteryTraits(start_share=1.0)
            ),
            seed=7,
            others=lambda: self.wallbox_w() + self.heat_pump_w(),
        )

    def wallbox_w(self) -> float:
        """Return what the wallbox draws."""
        return 0.0 if self._wallbox is None else self._wallbox.power_w

    def heat_pump_w(self) -> float:
        """Return what the heat pump draws."""
        now_s = self._heat_pump.clock.time()
        return self._heat_pump.energy(now_s - 1, now_s).electric_kwh * 3_600_000

    async def meters(self, stack: AsyncExitStack, broker: Mosquitto) -> None:
        """Let the meters speak on a broker."""
        await stack.enter_async_context(
            MqttHouse(
                self.household,
                broker.host,
                broker.port,
                username=broker.username,
                password=broker.password,
                more={
                    "Wallbox power": self.wallbox_w,
                    "Heat pump power": self.heat_pump_w,
                },
            )
        )

    async def start(self, stack: AsyncExitStack) -> Started:
        """Prepare to be asked: everything is filled in from the energy dashboard."""
        self._stack = stack
        return Started(
            steps=[
                {"next_step_id": "nrgkick"},
                {"next_step_id": "nrgkick_energy"},
                {
                    "grid": ["sensor.grid_power"],
                    "inverters": ["sensor.pv_power"],
                    "battery": ["sensor.battery_power"],
                    "soc": "sensor.battery_level",
                },
                # The signs are right.
                {"inverted": False},
                {"inverted": False},
                {"allowed": ["127.0.0.1"], "transport": "shared", "port": 8099},
            ],
            prepare=_know,
            after=self._ask,
        )

    async def _ask(self, home: Home, entry_id: str) -> None:
        """Add the heat pump as smart load, plug a car in, and let the wallbox ask."""
        await home.add_part(
            entry_id,
            "smart_load",
            [
                {"name": "Heat pump", "power": ["sensor.heat_pump_power"]},
                {"inverted": False},
            ],
        )
        assert self._stack is not None
        self._wallbox = await self._stack.enter_async_context(
            Wallbox("127.0.0.1", home.port, period_s=5.0)
        )
        self._wallbox.plug_in(Car())
        # The new part lets the entry load again, and nothing is served meanwhile.
        poll = await self._wallbox.polled()
        for _ in range(RELOAD_POLLS):
            if poll.status != 404:
                break
            poll = await self._wallbox.polled()
        if poll.status != 200 or self._wallbox.violations:
            raise HomeError(f"the wallbox gets {poll.status} {poll.violations}")


async def _know(home: Home) -> None:
    """Tell the energy dashboard of the house, as a user has done long ago."""
    await home.wait_for("sensor.battery_level")
    sources: list[dict[str, Any]] = [
        {
            "type": "grid",
            "stat_energy_from": "sensor.grid_import",
            "stat_energy_to": "sensor.grid_export",
            "stat_rate": "sensor.grid_power",
            "stat_cost": None,
            "stat_compensation": None,
            "entity_energy_price": None,
            "number_energy_price": None,
            "entity_energy_price_export": None,
            "number_energy_price_export": None,
            "cost_adjustment_day": 0,
        },
        {
            "type": "solar",
            "stat_energy_from": "sensor.pv_energy",
            "stat_rate": "sensor.pv_power",
            "config_entry_solar_forecast": None,
        },
        {
            "type": "battery",
            "stat_energy_from": "sensor.battery_discharge",
            "stat_energy_to": "sensor.battery_charge",
            "stat_rate": "sensor.battery_power",
            "stat_soc": "sensor.battery_level",
            "capacity": 8.0,
        },
    ]
    await home.ask("energy/save_prefs", energy_sources=sources)
