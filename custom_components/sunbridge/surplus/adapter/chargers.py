"""The chargers of Sunbridge, of which a user chooses one as a load."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry


@dataclass(frozen=True, slots=True)
class Candidate:
    """A charger: its name, and whether it can follow the surplus by itself."""

    name: str
    can_follow: bool


@callback
def chargers(hass: HomeAssistant) -> dict[str, Candidate]:
    """Return the chargers of all loaded entries, by the registry's id of the device."""
    registry = dr.async_get(hass)
    entries: list[SunbridgeConfigEntry] = hass.config_entries.async_loaded_entries(
        DOMAIN
    )
    found: dict[str, Candidate] = {}
    for entry in entries:
        for coordinator in entry.runtime_data.coordinators:
            device = registry.async_get_device_by_identifier(
                (DOMAIN, coordinator.device_id), entry.entry_id
            )
            if (charging := coordinator.charging) is not None and device is not None:
                can_follow = charging.traits.feed_every_s is not None
                found[device.id] = Candidate(_name(device), can_follow)
    return found


@callback
def known(hass: HomeAssistant, device: str, *, can_follow: bool) -> Candidate | None:
    """Return a charger whose entry isn't loaded now, None if it was removed."""
    entry = dr.async_get(hass).async_get(device)
    return None if entry is None else Candidate(_name(entry), can_follow)


def _name(device: dr.DeviceEntry | dr.ChildDeviceEntry) -> str:
    return device.name_by_user or device.name or device.id
