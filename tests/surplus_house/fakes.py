"""A charger of Sunbridge that does what a test wants, and its vendor's room."""

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import replace
from typing import Any, override
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.charging import Traits
from custom_components.sunbridge.coordinator import (
    SunbridgeConfigEntry,
    SunbridgeCoordinator,
)
from custom_components.sunbridge.surplus.model import ChargerReport
from custom_components.sunbridge.vendors import async_get_room
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant
from homeassistant.exceptions import ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription

TRAITS = Traits(
    min_a=6.0,
    max_a=16.0,
    step_a=1.0,
    phases=(1, 3),
    spacing_s=5.0,
    reply_s=12.0,
    delay_s=2.0,
    switch_pause_s=20.0,
    feed_every_s=5.0,
)


class FakeCharging:
    """A charger without a vendor; it keeps what it was told."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        """Pause, with a car at the cable."""
        self.traits = TRAITS
        self.found = ChargerReport(
            0.0, 0.0, 0.0, set_a=0.0, phases=3, is_plugged=True, session_wh=0.0
        )
        self.is_away = False
        self.fails = False
        self.in_the_way: frozenset[str] = frozenset()
        self.asked: set[bool] = set()
        self.mended: list[str] = []
        self.sets: list[tuple[float, int]] = []
        self.feeds: list[tuple[float, float | None, float | None]] = []
        self.listeners: set[Callable[[], None]] = set()
        self._now_s = now_s

    def report(self) -> ChargerReport | None:
        """Return what it says now."""
        return None if self.is_away else replace(self.found, at_s=self._now_s())

    def listen(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Follow it."""
        self.listeners.add(on_news)
        return lambda: self.listeners.remove(on_news)

    def say(self, **changes: Any) -> None:
        """Report something."""
        self.found = replace(self.found, **changes)
        for listener in tuple(self.listeners):
            listener()

    async def async_set(self, amps: float, phases: int) -> None:
        """Obey."""
        self.sets.append((amps, phases))
        if self.fails:
            raise HomeAssistantError("marked-secret")
        self.say(set_a=amps, phases=phases, power_w=230.0 * phases * amps)

    async def async_feed(
        self, grid_w: float, pv_w: float | None, battery_w: float | None
    ) -> None:
        """Take the powers of the house."""
        self.feeds.append((grid_w, pv_w, battery_w))

    def problems(self, *, is_fed: bool) -> frozenset[str]:
        """Return what a test put in the way."""
        self.asked.add(is_fed)
        return self.in_the_way

    async def async_mend(self, problem: str) -> None:
        """Mend it."""
        if self.fails:
            raise HomeAssistantError("marked-secret")
        self.mended.append(problem)
        self.in_the_way -= {problem}


class FakeCoordinator(SunbridgeCoordinator[None, None]):
    """The coordinator of such a charger."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, charging: FakeCharging
    ) -> None:
        """Take the charger."""
        super().__init__(hass, entry)
        self.device_id = "fake_1"
        self.device_info = DeviceInfo(identifiers={("sunbridge", self.device_id)})
        self.max_age_s = float("inf")
        self.charging = charging
        self.is_there = True

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        return {}

    @property
    @override
    def source_available(self) -> bool:
        return self.is_there

    @override
    def reports(self, keys: Collection[str]) -> bool:
        return False

    @override
    async def async_send(self, command: None) -> None:
        raise NotImplementedError

    @override
    def diagnostics(self) -> dict[str, Any]:
        return {}


class FakeRoom:
    """The room of the vendor "fake"; it has one charger, or finds it later."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Make the charger."""
        self.hass = hass
        self.charging = FakeCharging(hass.loop.time)
        self.is_found = self.is_up = True
        self.entry = MockConfigEntry(
            domain="sunbridge", title="Fake", data={"vendor": "fake"}
        )
        self.entry.add_to_hass(hass)
        self.device = dr.async_get(hass).async_get_or_create(
            config_entry_id=self.entry.entry_id,
            identifiers={("sunbridge", "fake_1")},
            name="Garage",
        )

    @property
    def load(self) -> tuple[str, dict[str, Any]]:
        """The charger as a load that is fed."""
        data = {
            "device": self.device.id,
            "how": "feed",
            "priority": 1,
            "at_stop": "leave",
        }
        return "charger", data

    @property
    def regulated(self) -> tuple[str, dict[str, Any]]:
        """The charger as a load that is regulated."""
        kind, data = self.load
        return kind, {**data, "how": "regulate"}

    async def async_setup(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry
    ) -> tuple[FakeCoordinator, ...]:
        """Return the charger's coordinator, if the vendor answers."""
        if not self.is_up:
            raise ConfigEntryNotReady
        if not self.is_found:
            return ()
        return (FakeCoordinator(hass, entry, self.charging),)

    async def async_remove(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry
    ) -> None:
        """Keep nothing."""

    async def async_load(self) -> FakeCoordinator:
        """Load the entry; return the charger's coordinator."""
        self.is_up = True
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        return self.coordinator

    @property
    def coordinator(self) -> FakeCoordinator:
        """The charger's coordinator of now."""
        (found,) = self.entry.runtime_data.coordinators
        assert isinstance(found, FakeCoordinator)
        return found


@pytest.fixture(name="fake")
def fake_fixture(hass: HomeAssistant) -> Generator[FakeRoom]:
    """Return a vendor's room with a charger; its entry isn't loaded."""
    room = FakeRoom(hass)

    async def get(hass: HomeAssistant, vendor: str) -> Any:
        return room if vendor == "fake" else await async_get_room(hass, vendor)

    with patch("custom_components.sunbridge.async_get_room", get):
        yield room
