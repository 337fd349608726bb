"""A house for the benchmark of the serving: as many parts as the wallbox takes.

The entry is made as the flow makes it, and set up by Home Assistant. Its sources are
states that the benchmark writes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
import itertools
import time
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from custom_components.sunbridge.vendors.nrgkick import access
from custom_components.sunbridge.vendors.nrgkick.const import (
    BALANCE,
    BATTERY,
    ENERGY_METER,
    INVERTER,
    OWN,
    SHARED,
    SMART_LOAD,
    VENDOR,
)
from custom_components.sunbridge.vendors.nrgkick.coordinator import NrgkickCoordinator
from custom_components.sunbridge.vendors.nrgkick.server import Reply
from homeassistant.config_entries import (
    ConfigEntry,
    ConfigEntryState,
    ConfigSubentryData,
)
from homeassistant.core import HomeAssistant

from .nrgkick_client import HOST

INVERTERS = METERS = 5
REPORTS, REPORT_EVERY_S = 12, 5.0

GRID = "sensor.grid_import"
# What the wallbox isn't served, for writes that are a cost and no news.
ELSEWHERE = "sensor.elsewhere"

# First states and units; powers are what changes.
_POWERS = {
    GRID: 1200,
    "sensor.grid_export": 0,
    **{f"sensor.inverter_{number}": 2000 + number for number in range(INVERTERS)},
    **{f"sensor.meter_{number}": 300 + number for number in range(1, METERS)},
    "sensor.battery": -749,
    "sensor.rod": 1241,
}
_OTHERS = {
    **{f"sensor.day_{number}": ("8.75", "kWh") for number in range(INVERTERS)},
    **{f"sensor.total_{number}": ("346.89", "kWh") for number in range(INVERTERS)},
    "sensor.soc": ("78.2", "%"),
    "sensor.tank": ("46.8", "°C"),
    ELSEWHERE: ("0", "W"),
}


def _part(kind: str, name: str, power: str, **more: Any) -> ConfigSubentryData:
    data = {"name": name, "power": [power], "inverted": False, **more}
    return ConfigSubentryData(data=data, subentry_type=kind, title=name, unique_id=None)


def _parts() -> list[ConfigSubentryData]:
    return [
        *(
            _part(
                INVERTER,
                f"Inverter {number}",
                f"sensor.inverter_{number}",
                day_energy=f"sensor.day_{number}",
                total_energy=f"sensor.total_{number}",
                battery_connected=False,
                pv_only=False,
            )
            for number in range(INVERTERS)
        ),
        _part(
            ENERGY_METER,
            "Grid",
            GRID,
            reverse=["sensor.grid_export"],
            location="grid",
        ),
        *(
            _part(
                ENERGY_METER,
                f"Meter {number}",
                f"sensor.meter_{number}",
                location="load",
            )
            for number in range(1, METERS)
        ),
        _part(BATTERY, "Battery", "sensor.battery", soc="sensor.soc"),
        _part(SMART_LOAD, "Rod", "sensor.rod", temperature="sensor.tank"),
    ]


class Served:
    """The house in Home Assistant, served at one port or at the other."""

    def __init__(self, hass: HomeAssistant, own_port: int) -> None:
        """Serve at a port of our own, to begin with."""
        self._hass = hass
        self.own_port = own_port
        self._entry = ConfigEntry[Any](
            data={
                "vendor": VENDOR,
                "allowed": [HOST],
                "transport": OWN,
                "port": own_port,
                "load": BALANCE,
                "load_power": [],
            },
            discovery_keys=MappingProxyType({}),
            domain="sunbridge",
            minor_version=1,
            options={},
            source="user",
            subentries_data=_parts(),
            title="NRGkick",
            unique_id=VENDOR,
            version=1,
        )
        self._values = itertools.cycle(range(1000, 1500))
        self._powers = itertools.cycle(_POWERS)

    async def async_start(self) -> None:
        """Set the entry up."""
        self.say_all()
        await self._hass.config_entries.async_add(self._entry)
        await self._async_loaded()

    async def async_serve(self, transport: str) -> int:
        """Serve at one of both ports; return which that is."""
        entries = self._hass.config_entries
        if self._entry.data["transport"] != transport:
            await entries.async_unload(self._entry.entry_id)
            entries.async_update_entry(
                self._entry, data={**self._entry.data, "transport": transport}
            )
            await entries.async_setup(self._entry.entry_id)
            await self._async_loaded()
        if transport == SHARED:
            return int(self._hass.http.server_port)
        return self.own_port

    async def _async_loaded(self) -> None:
        await self._hass.async_block_till_done()
        assert self._entry.state is ConfigEntryState.LOADED, self._entry.state
        # It learns from this how often they report, as it does within minutes.
        for number in range(REPORTS, -1, -1):
            self.say_all(time.time() - number * REPORT_EVERY_S)

    def say_all(self, at_s: float | None = None) -> None:
        """Let all sources report, now or at a time (epoch s).

        What is silent for a minute isn't served.
        """
        for entity_id, power_w in _POWERS.items():
            self._say(entity_id, str(power_w), "W", at_s)
        for entity_id, (state, unit) in _OTHERS.items():
            self._say(entity_id, state, unit, at_s)

    def say(self, entity_id: str, power_w: int) -> None:
        """Let a power report."""
        self._say(entity_id, str(power_w), "W")

    def say_something(self) -> None:
        """Let one power after the other say something new."""
        self.say(next(self._powers), next(self._values))

    def say_elsewhere(self) -> None:
        """Let a power say something new that isn't served."""
        self.say(ELSEWHERE, next(self._values))

    def _say(
        self, entity_id: str, state: str, unit: str, at_s: float | None = None
    ) -> None:
        self._hass.states.async_set(
            entity_id, state, {"unit_of_measurement": unit}, timestamp=at_s
        )

    @contextmanager
    def restless(self) -> Iterator[None]:
        """Let a power say something new right before each answer is made."""
        reply = NrgkickCoordinator.reply

        def said(
            coordinator: NrgkickCoordinator, method: str, path: str, remote: str | None
        ) -> Reply:
            self.say_something()
            return reply(coordinator, method, path, remote)

        with patch.object(NrgkickCoordinator, "reply", said):
            yield


@contextmanager
def roomy() -> Iterator[None]:
    """Lift the limit of ten requests a second, which isn't what is measured."""
    rate = access.Rate(per_s=1e9, burst=10**9)
    with patch.object(access, "Rate", lambda: rate):
        yield
