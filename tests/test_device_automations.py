"""What the automation editor offers for a device, by core's own names."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_get_device_automations,
    async_mock_service,
)

from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from simulators.goe import Car, Charger

from .conftest import SERIAL


@pytest.fixture
async def device_id(hass: HomeAssistant, local_entry: MockConfigEntry) -> str:
    """Set a charger up in the local network, and return its device's id."""
    assert await async_setup_component(hass, "homeassistant", {})
    local_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(local_entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=False)
    (device,) = dr.async_entries_for_config_entry(
        dr.async_get(hass), local_entry.entry_id
    )
    return device.id


def _named(
    hass: HomeAssistant, offered: Iterable[Mapping[str, Any]]
) -> dict[str, set[str]]:
    """Return the types by the last part of an entity's key."""
    registry = er.async_get(hass)
    named: dict[str, set[str]] = {}
    for one in offered:
        if entry := registry.async_get(one.get("entity_id", "")):
            key = entry.unique_id.removeprefix(f"goe_{SERIAL}_")
            named.setdefault(f"{entry.domain}.{key}", set()).add(one["type"])
    return named


@pytest.mark.parametrize(
    ("kind", "offers"),
    [
        (
            DeviceAutomationType.TRIGGER,
            {
                "binary_sensor.plug": {"plugged_in", "not_plugged_in"},
                "sensor.power": {"power"},
                "sensor.energy_session": {"energy"},
                "switch.pv_surplus": {"changed_states", "turned_on", "turned_off"},
                "select.force_state": {"current_option_changed"},
                "update.firmware": {"changed_states", "turned_on", "turned_off"},
            },
        ),
        (
            DeviceAutomationType.CONDITION,
            {
                "binary_sensor.plug": {"is_plugged_in", "is_not_plugged_in"},
                "sensor.power": {"is_power"},
                "switch.pv_surplus": {"is_on", "is_off"},
                "select.force_state": {"selected_option"},
            },
        ),
        (
            DeviceAutomationType.ACTION,
            {
                "number.charging_current": {"set_value"},
                "switch.pv_surplus": {"turn_on", "turn_off", "toggle"},
                "select.force_state": {
                    "select_first",
                    "select_last",
                    "select_next",
                    "select_option",
                    "select_previous",
                },
                "button.restart": {"press"},
            },
        ),
    ],
    ids=["triggers", "conditions", "actions"],
)
async def test_offered(
    hass: HomeAssistant,
    device_id: str,
    kind: DeviceAutomationType,
    offers: dict[str, set[str]],
) -> None:
    """Device classes and platforms are such that core offers what fits."""
    named = _named(hass, await async_get_device_automations(hass, kind, device_id))
    assert {name: named.get(name) for name in offers} == offers


async def test_plugged_in(
    hass: HomeAssistant, charger: Charger, device_id: str
) -> None:
    """A device trigger fires when a car comes."""
    offered = await async_get_device_automations(
        hass, DeviceAutomationType.TRIGGER, device_id
    )
    (trigger,) = (one for one in offered if one["type"] == "plugged_in")
    calls = async_mock_service(hass, "test", "automation")
    assert await async_setup_component(
        hass,
        "automation",
        {"automation": {"trigger": trigger, "action": {"action": "test.automation"}}},
    )
    charger.plug_in(Car())
    (entry,) = hass.config_entries.async_entries("sunbridge")
    coordinator = entry.runtime_data.coordinators[0]
    await coordinator.async_refresh()
    await hass.async_block_till_done(wait_background_tasks=False)
    assert len(calls) == 1
