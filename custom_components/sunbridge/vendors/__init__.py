"""The vendors' rooms: what a vendor speaks stays in its own folder.

A room is ``vendors/<vendor>/room.py``, imported when the first entry of the vendor is
set up. Its functions are those of ``Room``. Surplus has one too, beside its controller.
"""

from typing import Any, Final, Protocol, cast

from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ..coordinator import SunbridgeConfigEntry, SunbridgeCoordinator

_ELSEWHERE: Final = {"surplus": f"{__name__.removesuffix('.vendors')}.surplus.adapter"}

type Coordinators = tuple[SunbridgeCoordinator[Any, Any], ...]


class Room(Protocol):
    """What a vendor gives to the house."""

    async def async_setup(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry
    ) -> Coordinators:
        """Connect and return a coordinator for each device, with data.

        Raises ``ConfigEntryNotReady`` or ``ConfigEntryAuthFailed``, translated.
        """

    async def async_remove(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry
    ) -> None:
        """Forget what is kept of a removed entry."""


async def async_get_room(hass: HomeAssistant, vendor: str) -> Room:
    """Import a vendor's room."""
    package = _ELSEWHERE.get(vendor, f"{__name__}.{vendor}")
    return cast(Room, await async_import_module(hass, f"{package}.room"))
