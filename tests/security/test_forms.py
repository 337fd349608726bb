"""Forms as the browser gets them: none of them brings back what is stored."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.sunbridge.vendors.hidden import HIDDEN
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component

from ..conftest import SERIAL

FLOWS = "/api/config/config_entries/flow"
GOE: dict[str, Any] = {"vendor": "goe", "serial": SERIAL}
BROKER: dict[str, Any] = {
    **GOE,
    "transport": "broker",
    "base_topic": f"go-eCharger/{SERIAL}/",
    "host": "192.0.2.1",
    "port": 8883,
    "username": "house",
    "password": "marked-password",
    "tls": True,
    "ca_certificate": "authority",
    "client_certificate": "certificate",
    "client_key": "marked-key",
}
CLOUD: dict[str, Any] = {**GOE, "transport": "cloud", "token": "marked-token"}
EASEE: dict[str, Any] = {
    "vendor": "easee",
    "transport": "signalr",
    "username": "user@example.invalid",
    "password": "marked-password",
    "tokens": {"access": "marked-access", "refresh": "marked-refresh"},
    "chosen": [],
    "left_out": [],
    "add_new": True,
}
WEHEAT: dict[str, Any] = {
    "vendor": "weheat",
    "transport": "password",
    "user_id": "marked-user",
    "tokens": {"access": "marked-access", "refresh": "marked-refresh"},
    "auth_implementation": None,
    "chosen": [],
    "left_out": [],
    "add_new": True,
}


async def forms(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    data: dict[str, Any],
    ways: tuple[str, ...],
) -> list[tuple[str, str]]:
    """Return each form of an entry that is changed or logs in again, and its text."""
    # What has views has to be there before the server is.
    for domain in ("config", "sunbridge"):
        assert await async_setup_component(hass, domain, {})
    entry = MockConfigEntry(domain="sunbridge", title="X", data=data, unique_id="x")
    entry.add_to_hass(hass)
    client, found = await hass_client(), []
    for way in ways:
        begin = {"handler": "sunbridge", "entry_id": entry.entry_id}
        response = await client.post(FLOWS, json=begin)
        shown = await response.json()
        if way:
            choice = {"next_step_id": way}
            response = await client.post(f"{FLOWS}/{shown['flow_id']}", json=choice)
            shown = await response.json()
        assert shown["type"] in {"form", "menu"}, shown
        found.append((shown["step_id"], await response.text()))
        await client.delete(f"{FLOWS}/{shown['flow_id']}")
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    for flow in entry.async_get_active_flows(hass, {SOURCE_REAUTH}):
        response = await client.get(f"{FLOWS}/{flow['flow_id']}")
        found.append(((await response.json())["step_id"], await response.text()))
    return found


@pytest.mark.parametrize(
    ("data", "ways", "steps", "hidden"),
    [
        (CLOUD, ("", "goe_cloud"), ["goe_reconfigure", "goe_cloud"], 1),
        (BROKER, ("", "goe_broker"), ["goe_reconfigure", "goe_broker"], 2),
        (EASEE, ("",), ["easee_reconfigure"], 1),
        (WEHEAT, ("", "weheat_password"), ["weheat_reconfigure", "weheat_password"], 0),
    ],
)
async def test_nothing_comes_back(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    socket_enabled: None,
    data: dict[str, Any],
    ways: tuple[str, ...],
    steps: list[str],
    hidden: int,
) -> None:
    """A form that's changed says that there is a secret; one to log in doesn't."""
    found = await forms(hass, hass_client, data, ways)
    assert [step for step, _ in found[: len(steps)]] == steps
    # The last one is that of the log-in.
    assert len(found) == len(steps) + 1
    assert "marked" not in str(found)
    shown = sum(text.count(f'"{HIDDEN}"') for _, text in found)
    assert shown == hidden
