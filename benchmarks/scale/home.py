"""Entries for a fleet, and one of all the rest, in Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
import itertools
import os
from types import MappingProxyType
from typing import Any, Final
from unittest.mock import patch

from benchmarks import free_port
from benchmarks.easee_vendor import trusting
from benchmarks.nrgkick_house import GRID, Served
from custom_components.sunbridge.const import CONF_TRANSPORT, CONF_VENDOR
from custom_components.sunbridge.vendors.easee import connect
from custom_components.sunbridge.vendors.goe.const import (
    BROKER,
    CLOUD,
    CONF_BASE_TOPIC,
    CONF_SERIAL,
    CONF_TLS,
    LOCAL,
    VENDOR,
)
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import CONF_HOST, CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulators.nrgkick import Wallbox

from .fleet import Kind, Place, of_kind
from .vendors import AMQP_USER, PASSWORD, SIGNALR_USER, TOKEN, WEHEAT_USER

# So many are set up at once.
_AT_ONCE: Final = 20
_READY_S: Final = 120.0
_LOOK_S: Final = 0.5
_SETTLE_S: Final = 10.0
_METER_EVERY_S: Final = 1.0
_WALLBOX_EVERY_S: Final = 5.0


@contextmanager
def told(access: Mapping[str, Any]) -> Iterator[None]:
    """Let Sunbridge find the simulators in place of the vendors."""
    os.environ |= {
        "SUNBRIDGE_GOE_CLOUD_URL": access["goe_cloud"] + "/{serial}",
        "SUNBRIDGE_EASEE_API_URL": access["api"],
        "SUNBRIDGE_EASEE_STREAMS_URL": access["streams"],
        "SUNBRIDGE_WEHEAT_API_URL": access["weheat_api"],
        "SUNBRIDGE_WEHEAT_AUTH_URL": access["weheat_auth"],
    }
    tls = trusting(access)
    with ExitStack() as patches:
        patches.enter_context(patch.object(connect, "client_context", lambda: tls))
        yield


async def _by_flow(hass: HomeAssistant, *steps: Mapping[str, Any]) -> ConfigEntry[Any]:
    flow = hass.config_entries.flow
    result: Any = await flow.async_init("sunbridge", context={"source": "user"})
    for step in steps:
        result = await flow.async_configure(result["flow_id"], dict(step))
    assert result["type"] == "create_entry", result
    entry: ConfigEntry[Any] = result["result"]
    return entry


@asynccontextmanager
async def others(hass: HomeAssistant) -> AsyncIterator[None]:
    """Add a heat pump, a house that a wallbox asks for, and the surplus of its meter."""
    served = Served(hass, free_port())
    await served.async_start()
    await _by_flow(
        hass,
        {"next_step_id": "weheat"},
        {"next_step_id": "weheat_password"},
        {"username": WEHEAT_USER, "password": PASSWORD},
    )
    await _by_flow(
        hass,
        {"next_step_id": "surplus"},
        {"grid": [GRID], "pv": ["sensor.inverter_0"]},
        # The sign is right.
        {"inverted": False},
    )

    async def speak() -> None:
        powers_w = itertools.cycle(range(-3000, 3000, 7))
        while True:
            served.say(GRID, next(powers_w))
            served.say_something()
            await asyncio.sleep(_METER_EVERY_S)

    meters = asyncio.create_task(speak())
    try:
        async with Wallbox("127.0.0.1", served.own_port, period_s=_WALLBOX_EVERY_S):
            yield
    finally:
        meters.cancel()
        await asyncio.wait({meters})


def _goe_entry(place: Place, access: Mapping[str, Any]) -> ConfigEntry[Any]:
    """Return an entry as the flow makes it, which would ask for each of them."""
    ways: dict[Kind, tuple[str, dict[str, Any]]] = {
        Kind.CLOUD: (CLOUD, {CONF_TOKEN: TOKEN}),
        Kind.LOCAL: (LOCAL, {CONF_HOST: access["hosts"].get(place.serial)}),
        Kind.BROKER: (
            BROKER,
            {
                CONF_BASE_TOPIC: f"go-eCharger/{place.serial}/",
                CONF_TLS: False,
                **access["broker"],
            },
        ),
    }
    transport, data = ways[place.kind]
    return ConfigEntry[Any](
        data={
            CONF_VENDOR: VENDOR,
            CONF_TRANSPORT: transport,
            CONF_SERIAL: place.serial,
            **data,
        },
        discovery_keys=MappingProxyType({}),
        domain="sunbridge",
        minor_version=1,
        options={},
        source="user",
        subentries_data=[],
        title=f"Bench {place.number}",
        unique_id=f"{VENDOR}_{place.serial}",
        version=1,
    )


async def add(
    hass: HomeAssistant, places: list[Place], access: Mapping[str, Any]
) -> None:
    """Add the chargers, let the first regulate, and wait until all are settled."""
    goes = of_kind(places, Kind.CLOUD, Kind.LOCAL, Kind.BROKER)
    for some in itertools.batched(goes, _AT_ONCE, strict=False):
        entries = [_goe_entry(place, access) for place in some]
        await asyncio.gather(*map(hass.config_entries.async_add, entries))
    for user, kind, way in (
        (SIGNALR_USER, Kind.SIGNALR, {}),
        (AMQP_USER, Kind.AMQP, {"transport": "amqp"}),
    ):
        serials = [place.serial for place in of_kind(places, kind)]
        await _by_flow(
            hass,
            {"next_step_id": "easee"},
            {"username": user, "password": PASSWORD},
            {"chosen": serials, "add_new": False, **way},
        )
    await _regulate(hass, hass.config_entries.async_entries("sunbridge"))
    async with asyncio.timeout(_READY_S):
        # While so many are added, the first values of some come too late, and Home
        # Assistant tries again.
        while not all(
            entry.state is ConfigEntryState.LOADED
            for entry in hass.config_entries.async_entries("sunbridge")
        ):
            await asyncio.sleep(_LOOK_S)
    await hass.async_block_till_done()
    await asyncio.sleep(_SETTLE_S)


async def _regulate(hass: HomeAssistant, entries: list[ConfigEntry[Any]]) -> None:
    """Give the first go-e the surplus."""
    (surplus,) = (entry for entry in entries if entry.data[CONF_VENDOR] == "surplus")
    charger = next(entry for entry in entries if entry.data[CONF_VENDOR] == VENDOR)
    registry = dr.async_get(hass)
    device = dr.async_entries_for_config_entry(registry, charger.entry_id)[0]
    flow = hass.config_entries.subentries
    result: Any = await flow.async_init(
        (surplus.entry_id, "charger"), context={"source": "user"}
    )
    for step in (
        {"device": device.id},
        {"at_stop": "leave", "priority": 1, "how": "regulate"},
    ):
        result = await flow.async_configure(result["flow_id"], step)
    assert result["type"] == "create_entry", result
