"""A charger that was found, and that the user doesn't want to hear of."""

from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_ZEROCONF
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.service_info.zeroconf import ZeroconfServiceInfo
from homeassistant.setup import async_setup_component
from simulators.goe import CloudFront, LocalFront

from ..conftest import SERIAL
from .test_config_flow import INPUT, start
from .test_local import host
from .test_local_flow import announcement


async def discovered(hass: HomeAssistant, local: LocalFront) -> Any:
    """Let the charger announce itself."""
    with patch.object(ZeroconfServiceInfo, "host", host(local)):
        return await hass.config_entries.flow.async_init(
            "sunbridge",
            context={"source": SOURCE_ZEROCONF},
            data=announcement(local, serial=SERIAL),
        )


@pytest.fixture
async def ignored(hass: HomeAssistant, local: LocalFront) -> None:
    """Press "Ignore" at a charger that was found."""
    found = await discovered(hass, local)
    assert found["step_id"] == "goe_local_found"
    await hass.config_entries.flow.async_init(
        "sunbridge",
        context={"source": SOURCE_IGNORE},
        data={"unique_id": f"goe_{SERIAL}", "title": "Garage"},
    )
    assert not hass.config_entries.flow.async_progress()


@pytest.mark.usefixtures("ignored")
async def test_all_entries_are_still_shown(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    """The page of all integrations lists it among them."""
    assert await async_setup_component(hass, "config", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "config_entries/get"})
    answer = await client.receive_json()
    (listed,) = [one for one in answer["result"] if one["domain"] == "sunbridge"]
    assert listed["source"] == SOURCE_IGNORE
    assert listed["supported_subentry_types"] == {}


@pytest.mark.usefixtures("ignored")
async def test_it_stays_ignored(hass: HomeAssistant, local: LocalFront) -> None:
    """Another announcement changes nothing."""
    found = await discovered(hass, local)
    assert found["type"] is FlowResultType.ABORT
    assert found["reason"] == "already_configured"


@pytest.mark.usefixtures("ignored")
async def test_it_can_be_added_all_the_same(
    hass: HomeAssistant, cloud: CloudFront
) -> None:
    """Who adds it by hand has changed his mind."""
    flow_id = await start(hass)
    result = await hass.config_entries.flow.async_configure(flow_id, INPUT)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    (entry,) = hass.config_entries.async_entries("sunbridge")
    assert entry.source != SOURCE_IGNORE
    await hass.async_block_till_done()
