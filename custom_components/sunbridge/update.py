"""Firmware updates of all vendors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast, override

from homeassistant.components.update import (
    UpdateEntity,
    UpdateEntityDescription,
    UpdateEntityFeature,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.event import async_call_later

from .coordinator import SunbridgeConfigEntry
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 1

INSTALL_TIMEOUT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Firmware:
    """The firmware that runs, and the newest that the device offers."""

    installed: str
    latest: str | None


@dataclass(frozen=True, kw_only=True)
class SunbridgeUpdateDescription[StateT, CommandT](
    SunbridgeEntityDescription[StateT, Firmware], UpdateEntityDescription
):
    """Describe a firmware update and the command that starts it."""

    command_fn: Callable[[StateT, str], CommandT]


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the firmware updates of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.UPDATE, SunbridgeUpdate)


class SunbridgeUpdate(SunbridgeEntity, UpdateEntity):
    """A firmware update of a device."""

    entity_description: SunbridgeUpdateDescription[Any, Any]

    _attr_supported_features = (
        UpdateEntityFeature.INSTALL | UpdateEntityFeature.PROGRESS
    )
    _installing_from: str | None = None
    _installs = 0

    @property
    @override
    def installed_version(self) -> str | None:
        """Return the version that runs."""
        firmware = self._firmware()
        return None if firmware is None else firmware.installed

    @property
    @override
    def latest_version(self) -> str | None:
        """Return the newest version that the device offers."""
        firmware = self._firmware()
        return None if firmware is None else firmware.latest

    @property
    @override
    def in_progress(self) -> bool:
        """Tell whether the device still runs the version it shall leave."""
        return (
            self._installing_from is not None
            and self._installing_from == self.installed_version
        )

    @override
    async def async_install(
        self, version: str | None, backup: bool, **kwargs: Any
    ) -> None:
        """Start the update; the device reboots by itself."""
        target = version or self.latest_version
        assert target is not None  # Home Assistant offers no install without one
        command = self.entity_description.command_fn(self.coordinator.data, target)
        # By the time that the command is confirmed it may be the new one already.
        running = self.installed_version
        await self.coordinator.async_send(command)
        self._installing_from = running
        self._installs += 1
        give_up = partial(self._async_give_up, self._installs)
        self.async_on_remove(async_call_later(self.hass, INSTALL_TIMEOUT, give_up))
        self.async_write_ha_state()

    @callback
    def _async_give_up(self, install: int, _now: datetime) -> None:
        """Stop to show progress of an update that nobody has seen to end."""
        if install != self._installs:
            return
        self._installing_from = None
        self.async_write_ha_state()

    def _firmware(self) -> Firmware | None:
        return cast("Firmware | None", self._read())
