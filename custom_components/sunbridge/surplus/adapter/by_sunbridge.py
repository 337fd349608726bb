"""A charger that Sunbridge has: its entry may come, go and be loaded again."""

from collections.abc import Callable
from typing import Any, Final, override

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_track_device_registry_updated_event

from ...charging import Charging, Traits
from ...const import DOMAIN
from ...coordinator import (
    SunbridgeConfigEntry,
    SunbridgeCoordinator,
    SunbridgeRuntimeData,
)
from ..model import Charger, ChargerReport, Command, Feed, SetCharger
from .const import CONF_DEVICE, CONF_HOW, FEED
from .loads import Beside, ChargerAwayError, Port, charger_of
from .settings import LoadSetup
from .wishes import LoadWishes

# Before anything is known of it: what every charger can.
_UNKNOWN: Final = Traits(
    min_a=6.0,
    max_a=16.0,
    step_a=1.0,
    phases=(1,),
    spacing_s=10.0,
    reply_s=30.0,
    delay_s=6.0,
    switch_pause_s=30.0,
)


def _nothing() -> None:
    """End what hasn't begun."""


class SunbridgePort(Port):
    """A charger's coordinator, as long as there's one."""

    def __init__(
        self, hass: HomeAssistant, setup: LoadSetup, on_news: Callable[[], None]
    ) -> None:
        """Prepare; nothing is listened to yet."""
        super().__init__(hass, setup, on_news)
        self._device: str = setup.data[CONF_DEVICE]
        self._is_fed = setup.data[CONF_HOW] == FEED
        self._coordinator: SunbridgeCoordinator[Any, Any] | None = None
        self._traits = _UNKNOWN
        self._loaded: list[SunbridgeRuntimeData] = []
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._unlisten: CALLBACK_TYPE = _nothing
        self._unfollow: list[CALLBACK_TYPE] = []

    @property
    @override
    def traits(self) -> Traits:
        """What it can do, or could when it was last there."""
        if (charging := self.charging) is not None:
            self._traits = charging.traits
        return self._traits

    @property
    @override
    def charging(self) -> Charging | None:
        coordinator = self._coordinator
        if coordinator is None or not coordinator.available:
            return None
        return coordinator.charging

    @property
    @override
    def charger_device(self) -> str | None:
        return None if self.is_gone else self._device

    @property
    @override
    def is_gone(self) -> bool:
        return dr.async_get(self._hass).async_get(self._device) is None

    @callback
    @override
    def async_start(self) -> None:
        self._unsubscribe = [
            async_dispatcher_connect(
                self._hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._entry_changed
            ),
            # A device that was deleted comes back after its coordinator.
            async_track_device_registry_updated_event(
                self._hass, self._device, self._look
            ),
        ]
        self._look()

    @callback
    @override
    def async_stop(self) -> None:
        for end in (*self._unsubscribe, self._unlisten, *self._unfollow):
            end()
        self._unlisten = _nothing
        self._unsubscribe, self._unfollow, self._loaded = [], [], []
        self._coordinator = None

    @override
    def load(self, wishes: LoadWishes) -> Charger:
        return charger_of(self.setup, self.traits, wishes, is_fed=self._is_fed)

    @override
    def report(self, now_s: float) -> ChargerReport | None:
        return None if (charging := self.charging) is None else charging.report()

    @override
    async def async_do(self, command: Command, beside: Beside) -> None:
        if (charging := self.charging) is None:
            raise ChargerAwayError
        if isinstance(command, Feed):
            await charging.async_feed(command.grid_w, beside.pv_w, beside.battery_w)
        else:
            assert isinstance(command, SetCharger)
            await charging.async_set(command.amps, command.phases)

    @callback
    def _entry_changed(self, change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == DOMAIN:
            self._look()

    @callback
    def _look(self, *_: object) -> None:
        """Find the charger's coordinator among those of loaded entries."""
        device = dr.async_get(self._hass).async_get(self._device)
        identifiers = set() if device is None else device.identifiers
        entries: list[SunbridgeConfigEntry] = (
            self._hass.config_entries.async_loaded_entries(DOMAIN)
        )
        loaded = [entry.runtime_data for entry in entries]
        coordinator = next(
            (
                one
                for data in loaded
                for one in data.coordinators
                if (DOMAIN, one.device_id) in identifiers
            ),
            None,
        )
        if coordinator is not self._coordinator:
            self._coordinator = coordinator
            self._unlisten()
            self._unlisten = _nothing
            if coordinator is not None and (charging := coordinator.charging):
                self._unlisten = charging.listen(self._on_news)
            self._on_news()
        if loaded != self._loaded:
            self._loaded = loaded
            for end in self._unfollow:
                end()
            # Its device may be one that is found later.
            self._unfollow = [data.async_listen(self._look) for data in loaded]
