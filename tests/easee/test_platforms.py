"""All platforms of Easee's products, in Home Assistant."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.sunbridge import async_remove_config_entry_device
from custom_components.sunbridge.vendors.easee.coordinator import EaseeCoordinator
from custom_components.sunbridge.vendors.easee.tables import (
    CHARGER_DESCRIPTIONS,
    EQUALIZER_DESCRIPTIONS,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulators.easee import Charger, Cloud, Equalizer

from .conftest import SERIAL, account_of, set_up, until

# 2026-11-21 12:00 UTC.
NOON_S = 1_795_262_400.0


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("platform", CHARGER_DESCRIPTIONS)
async def test_snapshot(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    equalizer: Equalizer,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    freezer: FrozenDateTimeFactory,
    platform: Platform,
) -> None:
    """Each entity that there can be, with all its properties.

    The products say something of each id, also of those that the simulator leaves out.
    """
    freezer.move_to("2026-11-21 12:00:10+00:00")
    session = '{"Id": 7, "Start": "2026-11-21T10:00:00Z", "EnergyKwh": 12.5}'
    for number in (*range(1, 252),):
        if number in {1, 8, 20, 25, 60, 62, 100, 109, 115, 128, 129, 223}:
            continue
        charger.observe(number, 1, NOON_S)
        if number in equalizer.observations or number in {50, 68, 70, 90}:
            equalizer.observe(number, 1, NOON_S)
    for number, value in {
        100: "B", 109: 3, 118: "text", 129: session, 223: session, 251: "reason",
    }.items():  # fmt: skip
        charger.observe(number, value, NOON_S - 1)
    charger.observe(128, "tag", NOON_S)
    equalizer.observe(115, '{"mode": "none"}', NOON_S)
    with (
        patch("custom_components.sunbridge.PLATFORMS", [platform]),
        # The stream's delays are those of this machine.
        patch.object(EaseeCoordinator, "_note_delays"),
    ):
        await set_up(hass, entry)
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_default_entities(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """What most people look at is on, and the rest can be switched on."""
    await set_up(hass, entry)
    entities = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    enabled = {one.unique_id for one in entities if not one.disabled}
    for key in (
        "status", "power", "energy_session", "energy_total", "energy_lifetime",
        "reason", "current_offered", "current_l1", "current_l2", "current_l3",
        "voltage_l1", "voltage_l2", "voltage_l3", "dynamic_current", "plug",
        "charging", "charger_enabled", "smart_charging", "phase_mode",
    ):  # fmt: skip
        assert f"easee_{SERIAL}_{key}" in enabled
    assert 30 < len(enabled) < 55
    assert len(entities) - len(enabled) > 60


def test_categories() -> None:
    """Only sensors may be diagnostic, and what is set isn't."""
    for descriptions in (CHARGER_DESCRIPTIONS, EQUALIZER_DESCRIPTIONS):
        for platform, rows in descriptions.items():
            for row in rows:
                if platform in (Platform.SENSOR, Platform.BINARY_SENSOR):
                    assert row.entity_category is not EntityCategory.CONFIG
                else:
                    assert row.entity_category is not EntityCategory.DIAGNOSTIC


async def test_devices(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """They're told by model and firmware, and can be deleted when they're gone."""
    await set_up(hass, entry)
    device = device_registry.async_get_device_by_identifier(
        ("sunbridge", f"easee_{SERIAL}"), entry.entry_id
    )
    assert device is not None
    assert (device.name, device.model, device.manufacturer) == (
        "Garage", "Easee Home", "Easee",
    )  # fmt: skip
    assert device.serial_number == SERIAL
    assert device.sw_version == str(charger.value(80))
    charger.observe(80, 999)
    account = account_of(entry)

    def shown() -> str | None:
        found = device_registry.async_get_device_by_identifier(
            ("sunbridge", f"easee_{SERIAL}"), entry.entry_id
        )
        return None if found is None else found.sw_version

    await until(lambda: shown() == "999")
    assert not await async_remove_config_entry_device(hass, entry, device)
    account.products[SERIAL].is_present = False
    assert await async_remove_config_entry_device(hass, entry, device)
