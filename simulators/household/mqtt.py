"""A household whose meters speak by MQTT, in Home Assistant's way of discovery."""

import asyncio
from collections.abc import Callable, Mapping
import json
import time
from typing import Any, Final, Self

from simulators.mqtt_client import Client

from .household import Household

PREFIX: Final = "homeassistant"

_POWER: Final = {
    "device_class": "power",
    "state_class": "measurement",
    "unit_of_measurement": "W",
}
_ENERGY: Final = {
    "device_class": "energy",
    "state_class": "total_increasing",
    "unit_of_measurement": "kWh",
    "suggested_display_precision": 2,
}
# By the key in the state: name, and what kind of sensor it is. Those of a battery are
# offered by a house that has one.
_SENSORS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "grid": ("Grid power", _POWER),
    "pv": ("PV power", _POWER),
    "load": ("House load", _POWER),
    "import": ("Grid import", _ENERGY),
    "export": ("Grid export", _ENERGY),
    "pv_energy": ("PV energy", _ENERGY),
}
_BATTERY_SENSORS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "battery": ("Battery power", _POWER),
    "soc": (
        "Battery level",
        {
            "device_class": "battery",
            "state_class": "measurement",
            "unit_of_measurement": "%",
        },
    ),
    "charge": ("Battery charge", _ENERGY),
    "discharge": ("Battery discharge", _ENERGY),
}


class MqttHouse:
    """Lives in real time and tells each second; a context manager starts and stops it.

    ``more`` are W of other meters by name, such as a heat pump's; they're told, and are
    a part of the house's load only if the household was given them too. ``name`` is
    put before all names, for a broker with several houses.
    """

    def __init__(
        self,
        household: Household,
        host: str,
        port: int,
        *,
        username: str,
        password: str,
        name: str = "",
        more: Mapping[str, Callable[[], float]] | None = None,
    ) -> None:
        """Prepare to tell a broker."""
        self.household = household
        self._name = name
        self._node = _key(name) or "household"
        self._client = Client(host, port, username=username, password=password)
        self._more = dict(more or {})
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Connect, offer the sensors, and live."""
        await self._client.__aenter__()
        offered = dict(_SENSORS)
        if self.household.battery is not None:
            offered |= _BATTERY_SENSORS
        for key, (name, kind) in offered.items():
            await self._offer(key, name, kind)
        for name in self._more:
            await self._offer(_key(name), name, _POWER)
        self._task = asyncio.create_task(self._live())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Live no more."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._client.__aexit__(None, None, None)

    def state(self) -> dict[str, float]:
        """Return what is told now: W with the signs of the household, kWh and %."""
        house = self.household
        energy = house.energy
        state = {
            "grid": house.grid_w,
            "pv": house.pv_w,
            "load": house.load_w,
            "import": energy.import_wh / 1000,
            "export": energy.export_wh / 1000,
            "pv_energy": energy.pv_wh / 1000,
        }
        if house.battery is not None:
            state |= {
                "battery": house.battery_w,
                "soc": 100 * house.battery.soc,
                "charge": energy.charge_wh / 1000,
                "discharge": energy.discharge_wh / 1000,
            }
        state |= {_key(name): power_w() for name, power_w in self._more.items()}
        return {key: round(value, 3) for key, value in state.items()}

    @property
    def _topic(self) -> str:
        return f"{self._node}/state"

    async def _offer(self, key: str, name: str, kind: Mapping[str, Any]) -> None:
        full_name = f"{self._name} {name}".strip()
        config = {
            "name": name,
            "unique_id": f"{self._node}_{key}",
            "default_entity_id": f"sensor.{_key(full_name)}",
            "state_topic": self._topic,
            "value_template": f"{{{{ value_json['{key}'] }}}}",
            "device": {"identifiers": [self._node], "name": self._name or "House"},
            **kind,
        }
        topic = f"{PREFIX}/sensor/{self._node}/{key}/config"
        await self._client.publish(topic, json.dumps(config), retain=True)

    async def _live(self) -> None:
        at_s = time.monotonic()
        while True:
            now_s = time.monotonic()
            self.household.advance(now_s - at_s)
            at_s = now_s
            await self._client.publish(self._topic, json.dumps(self.state()))
            await asyncio.sleep(1)


def _key(name: str) -> str:
    return name.lower().replace(" ", "_")
