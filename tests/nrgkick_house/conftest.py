"""A house in Home Assistant, and both ports at which a wallbox may ask for it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
import json
import socket
from typing import Any

import aiohttp
from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sunbridge.vendors.nrgkick.access import Rate
from custom_components.sunbridge.vendors.nrgkick.coordinator import (
    LOOK_EVERY,
    NrgkickCoordinator,
)
from custom_components.sunbridge.vendors.nrgkick.server import Reply
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from simulators.nrgkick import VALUES_PATH, Wallbox

HOST = "127.0.0.1"

# The figures of the vendor's example, in other units.
SAMPLE: Mapping[str, tuple[str, str]] = {
    "sensor.roof": ("2.225", "kW"),
    "sensor.roof_today": ("8.75", "kWh"),
    "sensor.roof_total": ("0.34689", "MWh"),
    "sensor.grid": ("-542", "W"),
    "sensor.battery": ("-749000", "mW"),
    "sensor.soc": ("78.2", "%"),
    "sensor.rod": ("1.241", "kW"),
    "sensor.tank": ("116.24", "°F"),
    "sensor.load": ("1683", "W"),
}
INVERTER = {
    "name": "Sample inverters",
    "model": "Simulated",
    "inverted": False,
    "power": ["sensor.roof"],
    "battery_connected": True,
    "pv_only": False,
    "day_energy": "sensor.roof_today",
    "total_energy": "sensor.roof_total",
    "max_ac_w": 5000,
    "max_dc_w": 5500,
}
METER = {
    "name": "Sample energy_meters",
    "model": "Simulated",
    "inverted": False,
    "power": ["sensor.grid"],
    "location": "grid",
}
BATTERY = {
    "name": "Sample batteries",
    "model": "Simulated",
    "inverted": False,
    "power": ["sensor.battery"],
    "soc": "sensor.soc",
    "capacity_wh": 4700,
}
ROD = {
    "name": "Sample smart_loads",
    "model": "Simulated",
    "inverted": False,
    "power": ["sensor.rod"],
    "temperature": "sensor.tank",
}
WHOLE = (
    ("inverter", INVERTER),
    ("energy_meter", METER),
    ("battery", BATTERY),
    ("smart_load", ROD),
)


def named(names: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """Return the parts of the house, with other names for their entities."""

    def other(value: Any) -> Any:
        if isinstance(value, list):
            return [names[one] for one in value]
        return names.get(value, value) if isinstance(value, str) else value

    return [
        (kind, {key: other(value) for key, value in part.items()})
        for kind, part in WHOLE
    ]


def say(hass: HomeAssistant, entity_id: str, value: Any, unit: str = "W") -> None:
    """Let a sensor say something."""
    hass.states.async_set(
        entity_id, str(value), {"unit_of_measurement": unit, "friendly_name": entity_id}
    )


def register(hass: HomeAssistant, entity_id: str, **more: Any) -> er.RegistryEntry:
    """Let the registry know a sensor, as it does when it has a unique id."""
    domain, _, name = entity_id.partition(".")
    # The registry gives no name that something without an entry has.
    before = hass.states.get(entity_id)
    hass.states.async_remove(entity_id)
    entry = er.async_get(hass).async_get_or_create(
        domain, "meter", f"marked-{name}", suggested_object_id=name, **more
    )
    assert entry.entity_id == entity_id
    if before is not None:
        hass.states.async_set(entity_id, before.state, before.attributes)
    return entry


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


def new_entry(
    hass: HomeAssistant,
    parts: Iterable[tuple[str, Mapping[str, Any]]] = WHOLE,
    *,
    options: Mapping[str, Any] | None = None,
    **data: Any,
) -> MockConfigEntry:
    """Return the entry of a house, as the flow makes it."""
    entry = MockConfigEntry(
        domain="sunbridge",
        title="NRGkick Custom API",
        unique_id="nrgkick",
        data={
            "vendor": "nrgkick",
            "allowed": [HOST],
            "transport": "shared",
            "port": 8099,
            "load": "sensor",
            "load_power": ["sensor.load"],
            **data,
        },
        options=options or {},
        subentries_data=[
            ConfigSubentryDataWithId(
                data=part,
                subentry_id=f"0{number}",
                subentry_type=kind,
                title=part["name"],
                unique_id=None,
            )
            for number, (kind, part) in enumerate(parts)
        ],
    )
    entry.add_to_hass(hass)
    return entry


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> NrgkickCoordinator:
    """Set the serving up; return what answers."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return coordinator_of(entry)


def coordinator_of(entry: MockConfigEntry) -> NrgkickCoordinator:
    """Return what answers now, which is another one after a reload."""
    (coordinator,) = entry.runtime_data.coordinators
    assert isinstance(coordinator, NrgkickCoordinator)
    return coordinator


def answered(entry: MockConfigEntry, path: str = VALUES_PATH) -> tuple[int, Any]:
    """Return the status and the document that the wallbox would get now.

    It may ask as often as it wants, also while time stands still.
    """
    coordinator = coordinator_of(entry)
    coordinator.access.rate = Rate(burst=1_000_000)
    reply: Reply = coordinator.reply("GET", path, HOST)
    return reply.status, json.loads(reply.body)["device_values"] if reply.body else None


def issues(hass: HomeAssistant) -> set[str]:
    """Return the issues that the user sees, without their entry."""
    return {
        issue.translation_key or ""
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == "sunbridge"
    }


async def after_a_look(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
    """Let so much time pass that it has looked around itself."""
    freezer.tick(LOOK_EVERY)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()


def shown(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's state."""
    state = hass.states.get(entity_id)
    return None if state is None else state.state


async def until(condition: Callable[[], bool], timeout_s: float = 25.0) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.01)
    except TimeoutError:
        assert condition()


@asynccontextmanager
async def wallbox_at(port: int, **kwargs: Any) -> AsyncGenerator[Wallbox]:
    """Give a wallbox that asks when it's told to."""
    async with Wallbox(HOST, port, period_s=None, **kwargs) as wallbox:
        yield wallbox


async def status_at(port: int, path: str = VALUES_PATH) -> int | None:
    """Return the status that the wallbox gets, None where nobody answers."""
    async with wallbox_at(port) as wallbox:
        return (await wallbox.ask(path))[-1].status


async def asked_from(
    address: str, port: int, path: str = VALUES_PATH, **headers: str
) -> int:
    """Return the status that a device at another address gets."""
    connector = aiohttp.TCPConnector(local_addr=(address, 0), force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with session.get(f"http://{HOST}:{port}{path}", headers=named) as found:
            return int(found.status)


@pytest.fixture
async def house(hass: HomeAssistant, socket_enabled: None) -> None:
    """Let the sensors of a house say something, and Home Assistant have its port."""
    assert await async_setup_component(hass, "http", {})
    # As when it starts: routes may come later.
    setattr(hass.http.app.router, "freeze", lambda: None)  # noqa: B010
    for entity_id, (value, unit) in SAMPLE.items():
        say(hass, entity_id, value, unit)


@pytest.fixture
async def ha_port(
    house: None, hass: HomeAssistant, hass_client_no_auth: ClientSessionGenerator
) -> int:
    """Return the port of Home Assistant."""
    client = await hass_client_no_auth()
    return int(client.port or 0)


@pytest.fixture
def own_port() -> int:
    """Return a port that can be had."""
    return free_port()


@dataclass(frozen=True)
class Way:
    """A way of serving: its settings, and the port that they lead to."""

    port: int
    settings: Mapping[str, Any]

    @property
    def is_own(self) -> bool:
        """Tell whether the port is our own."""
        return bool(self.settings["transport"] == "own")


@pytest.fixture(params=["shared", "own"])
def way(request: pytest.FixtureRequest, ha_port: int, own_port: int) -> Way:
    """Return both ways of serving, one after the other."""
    settings = {"transport": request.param, "port": own_port}
    return Way(own_port if request.param == "own" else ha_port, settings)
