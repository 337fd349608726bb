"""A go-e charger by its own API in the local network."""

import asyncio
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import http as http_module
from custom_components.sunbridge.vendors.goe.errors import (
    GoeApiOffError,
    GoeConnectionError,
    GoeError,
    GoeRejectedError,
    GoeResponseError,
    GoeServerError,
)
from custom_components.sunbridge.vendors.goe.local import LocalTransport
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.goe import Charger, LocalFront

from ..conftest import SERIAL
from .conftest import set_up_polled

POWER = "sensor.garage_power"


def host(front: LocalFront) -> str:
    """Return the address of the charger."""
    return front.url.removeprefix("http://")


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity that has to exist."""
    found = hass.states.get(entity_id)
    assert found is not None
    return found.state


async def test_transport(local: LocalFront, charger: Charger) -> None:
    """Values come without an age, and without asking for one."""
    async with httpx.AsyncClient() as client:
        way = LocalTransport(client, host(local))
        report = await way.status({"amp", "nrg"}, 30)
        assert report.values.keys() == {"amp", "nrg"}
        assert report.age_s is None
        assert local.requests[-1].raw_query == "filter=amp,nrg"
        assert "Authorization" not in local.requests[-1].headers
        await way.set({"amp": 10})
        assert charger.status()["amp"] == 10
        with pytest.raises(GoeRejectedError) as raised:
            await way.set({"amp": 99})
        assert raised.value.reasons == {"amp": "amp: value out of range 99"}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"drop": True}, GoeConnectionError),
        ({"status_code": 500}, GoeServerError),
        ({"status_code": 401}, GoeResponseError),
        ({"garbage": "html"}, GoeResponseError),
        ({"garbage": "truncated"}, GoeResponseError),
        ({"garbage": "empty_object"}, GoeResponseError),
    ],
)
async def test_failures(
    local: LocalFront, fault: dict[str, Any], error: type[GoeError]
) -> None:
    """Each failure has its own error, without serial or address."""
    for name, value in fault.items():
        setattr(local.faults[SERIAL], name, value)
    async with httpx.AsyncClient() as client:
        with pytest.raises(error) as raised:
            await LocalTransport(client, host(local)).status({"amp"})
    assert "127.0.0.1" not in str(raised.value)


async def test_switched_off(local: LocalFront, charger: Charger) -> None:
    """A charger whose API is off says 404."""
    charger.set("hai", False)
    async with httpx.AsyncClient() as client:
        with pytest.raises(GoeApiOffError):
            await LocalTransport(client, host(local)).status()


async def test_hanging(local: LocalFront) -> None:
    """A charger that takes a request and never answers is given up."""
    local.faults[SERIAL].hang = True
    async with httpx.AsyncClient() as client:
        with (
            patch.object(http_module, "REQUEST_TIMEOUT_S", 0.05),
            pytest.raises(GoeConnectionError),
        ):
            await LocalTransport(client, host(local)).status()


async def test_one_at_a_time(local: LocalFront) -> None:
    """A charger has few sockets: polls and commands wait for each other."""
    local.faults[SERIAL].delay_s = 0.02
    async with httpx.AsyncClient() as client:
        way = LocalTransport(client, host(local))
        await asyncio.gather(
            way.status({"amp"}), way.set({"amp": 8}), way.status({"car"})
        )
    assert [request.in_flight for request in local.requests] == [1, 1, 1]


async def test_entities(
    hass: HomeAssistant,
    local: LocalFront,
    local_entry: MockConfigEntry,
    charger: Charger,
) -> None:
    """The same entities as over the cloud, and the charger obeys."""
    coordinator = await set_up_polled(hass, local_entry)
    assert coordinator.diagnostics()["interval_s"] == 5
    assert state(hass, POWER) == "0"
    assert state(hass, "sensor.garage_total_energy") == "1234.567"
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": "number.garage_charging_current", "value": 10},
        blocking=True,
    )
    assert charger.status()["amp"] == 10
    assert state(hass, "number.garage_charging_current") == "10"
    # Only a cloud can have old data.
    assert hass.states.get("sensor.garage_data_age") is None


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"drop": True}, "goe_local_cannot_connect"),
        ({"status_code": 500}, "goe_local_busy"),
        ({"garbage": "html"}, "goe_local_invalid_response"),
        ({"bad_types": {"sse": "999999"}}, "goe_other_charger"),
    ],
)
async def test_setup_fails(
    hass: HomeAssistant,
    local: LocalFront,
    local_entry: MockConfigEntry,
    fault: dict[str, Any],
    key: str,
) -> None:
    """A set-up that fails says why; another charger at the address isn't taken."""
    for name, value in fault.items():
        setattr(local.faults[SERIAL], name, value)
    local_entry.add_to_hass(hass)
    await hass.config_entries.async_setup(local_entry.entry_id)
    assert local_entry.state is ConfigEntryState.SETUP_RETRY
    assert local_entry.error_reason_translation_key == key


async def test_another_charger_at_the_address(
    hass: HomeAssistant, local: LocalFront, local_entry: MockConfigEntry
) -> None:
    """When another charger gets the address, its values aren't shown as ours."""
    coordinator = await set_up_polled(hass, local_entry)
    local.faults[SERIAL].bad_types = {"sse": "999999", "amp": 6}
    coordinator._settings_due_at = 0.0
    await coordinator.async_refresh()
    assert state(hass, "number.garage_charging_current") == STATE_UNAVAILABLE
    local.faults[SERIAL].bad_types = {}
    await coordinator.async_refresh()
    assert state(hass, "number.garage_charging_current") == "16"


async def test_api_switched_off_later(
    hass: HomeAssistant,
    local: LocalFront,
    local_entry: MockConfigEntry,
    charger: Charger,
) -> None:
    """Entities are unavailable at once, and a command is told why."""
    coordinator = await set_up_polled(hass, local_entry)
    charger.set("hai", False)
    await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    with pytest.raises(HomeAssistantError) as raised:
        await coordinator.async_send({"amp": 10})
    assert raised.value.translation_key == "goe_local_off"
    charger.set("hai", True)
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"
