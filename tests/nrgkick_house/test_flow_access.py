"""Who may ask, and where; what can be changed of that later, and the options."""

import socket
import time
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.components.http import ApiConfig
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from .conftest import (
    HOST,
    answered,
    asked_from,
    issues,
    new_entry,
    register,
    say,
    set_up,
    status_at,
)
from .flows import begin, go_on, reconfigure, suggested

WALLBOX = "127.0.0.2"


async def at_access(hass: HomeAssistant) -> dict[str, Any]:
    """Go as far as the step that asks who may ask."""
    result = await go_on(hass, await begin(hass), {"grid": ["sensor.grid"]})
    return await go_on(hass, result, {"inverted": False})


def settings(*allowed: str, port: int = 8099, transport: str = "shared") -> Any:
    """Return what the user enters."""
    return {"allowed": list(allowed), "transport": transport, "port": port}


def asking(result: dict[str, Any]) -> str:
    """Return who asks in vain, as the form says."""
    return str(result["description_placeholders"]["asking"])


async def test_what_is_shown(hass: HomeAssistant, ha_port: int) -> None:
    """The form says which address to enter in the app, and lists nobody by itself."""
    result = await at_access(hass)
    assert result["step_id"] == "nrgkick_access"
    placeholders = result["description_placeholders"]
    assert placeholders["port"] == str(hass.http.server_port)
    assert placeholders["address"]
    assert asking(result) == "–"
    assert suggested(result) == settings()


async def test_tls(hass: HomeAssistant, ha_port: int) -> None:
    """Where Home Assistant's port has TLS one of our own is proposed."""
    hass.config.api = ApiConfig(HOST, HOST, ha_port, True)
    assert suggested(await at_access(hass)) == settings(transport="own")


@pytest.mark.parametrize(
    "wrong",
    ["wallbox", "192.168.1", "192.168.1.0/33", "http://192.168.1.2", "", "1.2.3.4:80"],
)
async def test_not_an_address(hass: HomeAssistant, ha_port: int, wrong: str) -> None:
    """What is neither an address nor a network isn't taken."""
    result = await go_on(hass, await at_access(hass), settings(HOST, wrong))
    assert result["errors"] == {"allowed": "nrgkick_not_an_address"}
    result = await go_on(hass, result, settings(f" {HOST} ", "192.168.1.0/24"))
    assert result["data"]["allowed"] == [HOST, "192.168.1.0/24"]


async def test_port_in_use(hass: HomeAssistant, ha_port: int, own_port: int) -> None:
    """A port that is taken is told in the form; one that is free is served."""
    result = await at_access(hass)
    with socket.create_server(("", own_port)):
        wrong = settings(HOST, port=own_port, transport="own")
        result = await go_on(hass, result, wrong)
        assert result["errors"] == {"port": "nrgkick_port"}
    loop = "asyncio.base_events.BaseEventLoop.create_server"
    with patch(loop, side_effect=PermissionError):
        wrong = settings(HOST, port=80, transport="own")
        result = await go_on(hass, result, wrong)
        assert result["errors"] == {"port": "nrgkick_port"}
    right = settings(HOST, port=own_port, transport="own")
    result = await go_on(hass, result, right)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert await status_at(own_port) == 200


async def test_strangers_are_offered(hass: HomeAssistant, ha_port: int) -> None:
    """A device that asks while the form is open is offered before it's given up."""
    result = await at_access(hass)
    # The step has made the routes: from here on it's noticed.
    assert await asked_from(WALLBOX, ha_port) == 404
    result = await go_on(hass, result, settings())
    assert result["type"] is FlowResultType.FORM
    assert asking(result) == WALLBOX
    allowed = next(key for key in result["data_schema"].schema if key == "allowed")
    selector = result["data_schema"].schema[allowed]
    assert selector.config["options"] == [WALLBOX]
    # Once is enough, also if it goes on to ask.
    assert await asked_from(WALLBOX, ha_port) == 404
    result = await go_on(hass, result, settings())
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["allowed"] == []
    await hass.async_block_till_done()
    assert await asked_from(WALLBOX, ha_port) == 403


async def test_strangers_of_long_ago(hass: HomeAssistant, ha_port: int) -> None:
    """Who asked an hour ago doesn't ask now; the newest come first."""
    await at_access(hass)
    now_s = time.time()
    with patch("time.time", return_value=now_s - 3600):
        await asked_from("127.0.0.9", ha_port)
    for number in range(20):
        newest = [f"127.0.1.{asked}" for asked in range(number, -1, -1)]
        await asked_from(newest[0], ha_port)
        if number in {4, 19}:
            # So many are remembered.
            assert asking(await at_access_again(hass)) == ", ".join(newest[:16])


async def at_access_again(hass: HomeAssistant) -> dict[str, Any]:
    """Give the flow up and begin anew."""
    for flow in hass.config_entries.flow.async_progress():
        hass.config_entries.flow.async_abort(flow["flow_id"])
    return await at_access(hass)


async def test_change_access(hass: HomeAssistant, ha_port: int, own_port: int) -> None:
    """Who may ask, and where, can be changed; who was refused is offered."""
    entry = new_entry(hass, allowed=[], port=own_port)
    await set_up(hass, entry)
    await asked_from(WALLBOX, ha_port)
    result = await reconfigure(hass, entry, "nrgkick_access")
    assert asking(result) == WALLBOX
    assert suggested(result) == settings(port=own_port)
    wanted = settings(WALLBOX, port=own_port, transport="own")
    result = await go_on(hass, result, wanted)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert await asked_from(WALLBOX, own_port) == 200
    assert await asked_from(WALLBOX, ha_port) == 404
    # The port is taken by ourselves, so it can stay.
    result = await reconfigure(hass, entry, "nrgkick_access")
    # Who may ask does so in vain at the other port, and is no stranger.
    assert asking(result) == "–"
    assert suggested(result) == wanted
    result = await go_on(
        hass, result, settings(HOST, WALLBOX, port=own_port, transport="own")
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert await status_at(own_port) == 200


async def test_other_port_is_the_cure(
    hass: HomeAssistant, ha_port: int, own_port: int
) -> None:
    """Where the port is taken another one may be chosen, and counts at once."""
    with socket.create_server(("", 0)) as taken:
        entry = new_entry(hass, transport="own", port=taken.getsockname()[1])
        assert not await hass.config_entries.async_setup(entry.entry_id)
        assert issues(hass) == {"nrgkick_port"}
        result = await reconfigure(hass, entry, "nrgkick_access")
        wanted = settings(HOST, port=own_port, transport="own")
        result = await go_on(hass, result, wanted)
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED
        assert not issues(hass)
        assert await status_at(own_port) == 200


async def load_step(
    hass: HomeAssistant, entry: MockConfigEntry, **user_input: Any
) -> dict[str, Any]:
    """Change where the load is from."""
    result = await reconfigure(hass, entry, "nrgkick_load")
    return await go_on(hass, result, user_input)


async def test_change_load(hass: HomeAssistant, house: None) -> None:
    """The load may be from sensors, from the balance, or not there."""
    entry = new_entry(hass)
    await set_up(hass, entry)
    assert answered(entry)[1]["load_power_w"] == 1683
    say(hass, "sensor.load", 1000)
    for user_input, load_w in (
        ({"load": "sensor", "load_power": ["sensor.load", "sensor.rod"]}, 2241),
        ({"load": "none", "load_power": ["sensor.load"]}, None),
        # Behind this inverter is the battery.
        ({"load": "balance"}, 2225 - 542),
    ):
        result = await load_step(hass, entry, **user_input)
        assert result["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert answered(entry)[1].get("load_power_w") == load_w
        # What doesn't count isn't kept, so that nobody misses it.
        assert bool(entry.data["load_power"]) is (user_input["load"] == "sensor")


@pytest.mark.parametrize(
    ("user_input", "errors"),
    [
        ({"load": "sensor"}, {"load_power": "no_source"}),
        (
            {"load": "sensor", "load_power": ["sensor.soc"]},
            {"load_power": "wrong_unit"},
        ),
        (
            {"load": "sensor", "load_power": ["sensor.load"] * 2},
            {"base": "same_source"},
        ),
        ({"load": "balance"}, {"base": "nrgkick_no_grid_meter"}),
    ],
)
async def test_wrong_load(
    hass: HomeAssistant, house: None, user_input: Any, errors: dict[str, str]
) -> None:
    """What can't be the load isn't taken."""
    inverter = {
        "name": "Roof",
        "power": ["sensor.roof"],
        "battery_connected": False,
        "pv_only": False,
    }
    entry = new_entry(hass, [("inverter", inverter)])
    await set_up(hass, entry)
    result = await load_step(hass, entry, **user_input)
    assert result["errors"] == errors
    result = await go_on(hass, result, {"load": "none"})
    assert result["reason"] == "reconfigure_successful"


async def test_load_that_was_removed(hass: HomeAssistant, house: None) -> None:
    """A removed sensor isn't shown any more, and one that was renamed is."""
    ids = [register(hass, name).id for name in ("sensor.load", "sensor.rod")]
    entry = new_entry(hass, load_power=ids)
    await set_up(hass, entry)
    registry = er.async_get(hass)
    registry.async_remove("sensor.load")
    registry.async_update_entity("sensor.rod", new_entity_id="sensor.heating_rod")
    await hass.async_block_till_done()
    result = await reconfigure(hass, entry, "nrgkick_load")
    assert suggested(result)["load_power"] == ["sensor.heating_rod"]


async def test_options(hass: HomeAssistant, house: None) -> None:
    """Without what nothing is served, and what is too old, is the user's choice."""
    entry = new_entry(hass)
    await set_up(hass, entry)
    say(hass, "sensor.battery", "unavailable")
    assert answered(entry)[0] == 200
    result: Any = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "nrgkick"
    wanted = {"required": ["grid", "battery"], "factor": 3, "minimum_s": 30}
    options = hass.config_entries.options
    result = await options.async_configure(result["flow_id"], wanted)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.options == wanted
    assert answered(entry) == (503, None)
    result = await options.async_init(entry.entry_id)
    assert suggested(result) == wanted
    # Nothing at all may be required, but an empty document is none.
    wanted["required"] = []
    await options.async_configure(result["flow_id"], wanted)
    await hass.async_block_till_done()
    say(hass, "sensor.grid", "unavailable")
    found = answered(entry)
    assert found[0] == 200
    assert set(found[1]) == {"inverters", "smart_loads", "load_power_w"}
    for name in ("roof", "rod", "load"):
        say(hass, f"sensor.{name}", "unavailable")
    assert answered(entry) == (503, None)
