"""The demo's annex: a roof of its own, whose surplus two cars get."""

from contextlib import AsyncExitStack
from pathlib import Path

import yaml

from simulators import easee, goe
from simulators.household import Household, Sky, Traits
from simulators.household.mqtt import MqttHouse
from simulators.mosquitto import Mosquitto

from .home import Home, HomeError
from .started import Started

# With clouds now and then, and enough sun for both.
START_S = 11 * 3600
PEAK_W = 14_000.0
NAME = "Annex"
DASHBOARD = "energy-at-home"
DASHBOARD_FILE = Path(__file__).parents[2] / "docs" / "dashboard.yaml"


class Annex:
    """Joins a roof with a go-e that follows by itself, and an Easee that is told."""

    def __init__(self, first: goe.Charger, second: easee.Charger) -> None:
        """Build an annex with these chargers."""
        self._first, self._second = first, second
        # The first one's own logic is to follow the sun.
        for key, value in {"lmo": 4, "fup": True}.items():
            first.set(key, value)
        self.household = Household(
            Traits(sky=Sky.MIXED, start_s=START_S, pv_peak_w=PEAK_W),
            seed=11,
            others=lambda: self.first_w() + self.second_w(),
        )

    def first_w(self) -> float:
        """Return what the go-e draws."""
        power_w: float = self._first.status()["nrg"][11]
        return power_w

    def second_w(self) -> float:
        """Return what the Easee draws."""
        return 1000 * self._second.power_kw

    async def meters(self, stack: AsyncExitStack, broker: Mosquitto) -> None:
        """Let the meters speak on a broker."""
        await stack.enter_async_context(
            MqttHouse(
                self.household,
                broker.host,
                broker.port,
                username=broker.username,
                password=broker.password,
                name=NAME,
            )
        )

    async def start(self, stack: AsyncExitStack) -> Started:
        """Prepare to be followed: the meters by hand, then the loads."""
        return Started(
            steps=[
                {"next_step_id": "surplus"},
                {"next_step_id": "surplus_by_hand"},
                {"grid": ["sensor.annex_grid_power"], "pv": ["sensor.annex_pv_power"]},
                # The sign is right.
                {"inverted": False},
            ],
            prepare=_wait,
            after=self._add_loads,
        )

    async def _add_loads(self, home: Home, entry_id: str) -> None:
        """Let the go-e go first, and show it on the dashboard of the documentation."""
        common = {"at_stop": "leave"}
        for priority, (name, more) in enumerate(
            {"Carport": {"how": "feed"}, "Easee": {}}.items(), 1
        ):
            device = await _device(home, name)
            await home.add_part(
                entry_id,
                "charger",
                [{"device": device}, {**common, **more, "priority": priority}],
            )
        await home.ask(
            "lovelace/dashboards/create",
            url_path=DASHBOARD,
            title="Energy at home",
            icon="mdi:solar-power",
            mode="storage",
        )
        config = yaml.safe_load(DASHBOARD_FILE.read_text())
        await home.ask("lovelace/config/save", url_path=DASHBOARD, config=config)


async def _wait(home: Home) -> None:
    await home.wait_for("sensor.annex_grid_power")


async def _device(home: Home, name: str) -> str:
    """Return the registry's id of a device of Sunbridge."""
    for device in await home.registry("device"):
        if device["name"] == name and any(
            domain == "sunbridge" for domain, _ in device["identifiers"]
        ):
            found: str = device["id"]
            return found
    raise HomeError(f"there's no device {name}")
