"""The devices of surplus: the house, and one a load."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from .const import CHARGER, VENDOR
from .loads import Port
from .settings import HouseSetup, LoadSetup
from .tables import (
    CHARGER as CHARGER_TABLE,
    HOUSE,
    SWITCHED_LOAD,
    WITH_BAND,
    WITH_BATTERY,
    WITHOUT_SESSIONS,
    Table,
)

_MAKER: Final = "Sunbridge"


def house_info(entry: SunbridgeConfigEntry) -> DeviceInfo:
    """Return the house's device; there's only one entry."""
    return DeviceInfo(
        identifiers={(DOMAIN, f"{VENDOR}_house")},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=_MAKER,
        name=entry.title,
    )


@callback
def async_load_info(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, port: Port
) -> DeviceInfo:
    """Return a load's device.

    It's the charger's neighbour, and not the charger: a device belongs to one entry
    (reference ha_platform 2).
    """
    setup = port.setup
    house = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **house_info(entry)
    )
    info = DeviceInfo(
        identifiers={(DOMAIN, f"{VENDOR}_{setup.load_id}")},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=_MAKER,
        via_device_id=port.charger_device or house.id,
    )
    if setup.kind == CHARGER:
        info["translation_key"] = "surplus_charger"
        info["translation_placeholders"] = {"name": setup.title}
    else:
        info["name"] = setup.title
    return info


def house_table(setup: HouseSetup) -> Table:
    """Return the entities of a house."""
    if setup.battery is None:
        return HOUSE
    return WITH_BATTERY if setup.soc is None else WITH_BAND


def load_table(setup: LoadSetup) -> Table:
    """Return the entities of a load."""
    if not setup.is_charger:
        return SWITCHED_LOAD
    return CHARGER_TABLE if setup.knows_sessions else WITHOUT_SESSIONS


@callback
def async_remove_unused(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    coordinators: Iterable[SunbridgeCoordinator[Any, Any]],
) -> None:
    """Remove entities of what a house or a load was set up with before, and isn't now."""
    used = {
        (platform, f"{coordinator.device_id}_{row.key}")
        for coordinator in coordinators
        for platform, rows in coordinator.descriptions.items()
        for row in rows
    }
    registry = er.async_get(hass)
    for one in er.async_entries_for_config_entry(registry, entry.entry_id):
        if (one.domain, one.unique_id) not in used:
            registry.async_remove(one.entity_id)
