"""A charger in the local network is added, found, and found again elsewhere."""

from ipaddress import ip_address
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import trouble
from homeassistant.config_entries import SOURCE_ZEROCONF, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from simulators.goe import CloudFront, LocalFront

from ..conftest import SERIAL, TOKEN
from .conftest import set_up_polled
from .test_config_flow import INPUT, reconfigure, start
from .test_local import host, state

POWER = "sensor.garage_power"


def announcement(front: LocalFront, **properties: Any) -> ZeroconfServiceInfo:
    """Return what the charger tells the network."""
    address, _, port = host(front).partition(":")
    return ZeroconfServiceInfo(
        ip_address=ip_address(address),
        ip_addresses=[ip_address(address)],
        port=int(port),
        hostname=f"go-echarger_{SERIAL}.local.",
        type="_http._tcp.local.",
        name=f"go-echarger_{SERIAL}._http._tcp.local.",
        properties=properties,
    )


async def test_add(hass: HomeAssistant, local: LocalFront) -> None:
    """A charger is added by its address, as people copy it."""
    flow_id = await start(hass, "goe_local")
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"host": f" {local.url}/api/status "}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Garage"
    assert result["result"].unique_id == f"goe_{SERIAL}"
    assert result["data"] == {
        "vendor": "goe",
        "transport": "local",
        "serial": SERIAL,
        "host": host(local),
    }
    await hass.async_block_till_done()
    assert result["result"].state is ConfigEntryState.LOADED


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"drop": True}, "goe_local_cannot_connect"),
        ({"garbage": "html"}, "goe_local_invalid_response"),
        ({"bad_types": {"typ": "controller"}}, "goe_no_charger"),
        ({"missing_keys": {"sse"}}, "goe_no_charger"),
    ],
)
async def test_add_errors(
    hass: HomeAssistant, local: LocalFront, fault: dict[str, Any], error: str
) -> None:
    """Each failure is told, and the flow ends well once it's gone."""
    flow_id = await start(hass, "goe_local")
    before = {name: getattr(local.faults[SERIAL], name) for name in fault}
    for name, value in fault.items():
        setattr(local.faults[SERIAL], name, value)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"host": host(local)}
    )
    assert result["errors"] == {"base": error}
    for name, value in before.items():
        setattr(local.faults[SERIAL], name, value)
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"host": host(local)}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    "wrong",
    [
        "192.168.1.20:80:80",
        "192.168.1.20:charger",
        "127.0.0.1:99999",
        "xn--",
        "[::1",
        "::1",
        "\x07",
        "/",
    ],
)
async def test_no_address(hass: HomeAssistant, local: LocalFront, wrong: str) -> None:
    """What is no address is told, and may be mended."""
    flow_id = await start(hass, "goe_local")
    result = await hass.config_entries.flow.async_configure(flow_id, {"host": wrong})
    assert result["errors"] == {"base": "goe_local_cannot_connect"}
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"host": f"https://{host(local)}"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()


async def test_already_set_up(
    hass: HomeAssistant,
    local: LocalFront,
    entry: MockConfigEntry,
    local_entry: MockConfigEntry,
) -> None:
    """One charger is one device: whoever comes by another way is told where to go."""
    entry.add_to_hass(hass)
    flow_id = await start(hass, "goe_local")
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"host": host(local)}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "goe_other_transport"
    assert result["description_placeholders"] == {"name": "Garage"}


async def test_switch(
    hass: HomeAssistant,
    cloud: CloudFront,
    local: LocalFront,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """The way changes, the entities stay; and back again."""
    await set_up_polled(hass, entry)
    before = {
        entity.unique_id: entity.entity_id
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    }
    result = await reconfigure(hass, entry, "goe_local")
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"host": host(local)}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.data["transport"] == "local"
    assert "token" not in entry.data
    assert local.requests
    assert state(hass, POWER) == "0"
    after = {
        entity.unique_id: entity.entity_id
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    }
    assert after == before

    result = await reconfigure(hass, entry, "goe_cloud")
    result = await hass.config_entries.flow.async_configure(result["flow_id"], INPUT)
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["token"] == TOKEN
    assert "host" not in entry.data


async def test_switch_forgets(
    hass: HomeAssistant,
    cloud: CloudFront,
    local: LocalFront,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """What the cloud refused is no trouble of the way that takes its place."""
    issue = ("sunbridge", f"goe_cloud_off_{entry.entry_id}")
    coordinator = await set_up_polled(hass, entry)
    cloud.faults[SERIAL].cloud_off = True
    with patch.object(trouble, "FORBIDDEN_LONG_S", 0):
        await coordinator.async_refresh()
    assert issue_registry.async_get_issue(*issue) is not None
    result = await reconfigure(hass, entry, "goe_local")
    with patch.object(hass.config_entries, "async_schedule_reload"):
        await hass.config_entries.flow.async_configure(
            result["flow_id"], {"host": host(local)}
        )
    assert entry.entry_id not in trouble.TROUBLES
    await hass.config_entries.async_reload(entry.entry_id)
    assert issue_registry.async_get_issue(*issue) is None


@pytest.mark.parametrize("properties", [{"serial": "12345"}, {}])
async def test_discovery(
    hass: HomeAssistant, local: LocalFront, properties: dict[str, Any]
) -> None:
    """A charger that announces itself is added with a press."""
    info = announcement(local, friendly_name="Garage", **properties)
    with patch.object(ZeroconfServiceInfo, "host", host(local)):
        result = await hass.config_entries.flow.async_init(
            "sunbridge", context={"source": SOURCE_ZEROCONF}, data=info
        )
        assert result["type"] is FlowResultType.FORM
        assert result["step_id"] == "goe_local_found"
        assert result["description_placeholders"] == {"name": "Garage"}
    local.faults[SERIAL].drop = True
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["errors"] == {"base": "goe_local_cannot_connect"}
    local.faults[SERIAL].drop = False
    result = await hass.config_entries.flow.async_configure(result["flow_id"], {})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["result"].unique_id == f"goe_{SERIAL}"
    await hass.async_block_till_done()


async def test_discovery_follows_the_address(
    hass: HomeAssistant, local: LocalFront, local_entry: MockConfigEntry
) -> None:
    """A charger with a new address is found again."""
    new = host(local)
    local_entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(
        local_entry, data={**local_entry.data, "host": "127.0.0.1:9"}
    )
    with patch.object(ZeroconfServiceInfo, "host", new):
        result = await hass.config_entries.flow.async_init(
            "sunbridge",
            context={"source": SOURCE_ZEROCONF},
            data=announcement(local, serial=SERIAL),
        )
    assert result["reason"] == "already_configured"
    assert local_entry.data["host"] == new
    await hass.async_block_till_done()


async def test_discovery_by_ipv6(hass: HomeAssistant, local: LocalFront) -> None:
    """An address of IPv6 is stored as it stands in a URL."""
    entry = MockConfigEntry(
        domain="sunbridge",
        unique_id=f"goe_{SERIAL}",
        data={"vendor": "goe", "transport": "local", "serial": SERIAL, "host": "x"},
    )
    entry.add_to_hass(hass)
    info = announcement(local)
    info.ip_address = ip_address("fd00::20")
    result = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": SOURCE_ZEROCONF}, data=info
    )
    assert result["reason"] == "already_configured"
    assert entry.data["host"] == "[fd00::20]"
    await hass.async_block_till_done()


async def test_discovery_of_another_way(
    hass: HomeAssistant, local: LocalFront, entry: MockConfigEntry
) -> None:
    """A charger that is set up over the cloud isn't offered again, nor changed."""
    entry.add_to_hass(hass)
    result = await hass.config_entries.flow.async_init(
        "sunbridge",
        context={"source": SOURCE_ZEROCONF},
        data=announcement(local, serial=SERIAL),
    )
    assert result["reason"] == "already_configured"
    assert "host" not in entry.data


async def test_discovery_of_something_else(
    hass: HomeAssistant, local: LocalFront
) -> None:
    """What has no serial number is no charger."""
    result = await hass.config_entries.flow.async_init(
        "sunbridge",
        context={"source": SOURCE_ZEROCONF},
        data=announcement(local, serial="printer"),
    )
    assert result["reason"] == "goe_no_serial"
