"""What every vendor's coordinator has in common: keyed updates and freshness."""

from abc import abstractmethod
import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .charging import Charging
from .const import DOMAIN, LOGGER

# A timer may ring a little early by the clock that ages are measured with.
EXPIRY_SLACK_S: Final = 0.001


type DeviceListener = Callable[[SunbridgeCoordinator[Any, Any]], None]


class SunbridgeRuntimeData:
    """What a loaded entry has: a coordinator for each of its devices."""

    def __init__(
        self, coordinators: Iterable[SunbridgeCoordinator[Any, Any]] = ()
    ) -> None:
        """Start with the devices that are known at set-up."""
        self.coordinators = list(coordinators)
        self._listeners: set[DeviceListener] = set()

    @callback
    def async_add(self, coordinator: SunbridgeCoordinator[Any, Any]) -> None:
        """Add a device that was found later."""
        self.coordinators.append(coordinator)
        for listener in tuple(self._listeners):
            listener(coordinator)

    @callback
    def async_listen(self, listener: DeviceListener) -> CALLBACK_TYPE:
        """Call the listener with each device that is added."""
        self._listeners.add(listener)
        return partial(self._listeners.discard, listener)


type SunbridgeConfigEntry = ConfigEntry[SunbridgeRuntimeData]


class SunbridgeCoordinator[StateT, CommandT](DataUpdateCoordinator[StateT]):
    """Keeps the state of one device, and tells entities only what concerns them.

    A device's state is made of values with keys. Entities give the keys they read as
    the context of their listener; a listener is called when one of its keys changed,
    or when the device became available or unavailable.

    Data have an age. They're shown until they are older than ``max_age_s``, whether
    or not the source still answers.
    """

    config_entry: SunbridgeConfigEntry

    device_id: str
    """Identifies the device over all transports, with the vendor in front."""

    device_info: DeviceInfo

    max_age_s: float

    charging: Charging | None = None
    """How the surplus regulates the device, if it's a charger."""

    subentry_id: str | None = None
    """The subentry that the device belongs to, if it's of one."""

    is_present = True
    """Whether the account still has the device; one that is gone may be deleted."""

    def __init__(self, hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
        """Set up without a schedule: the subclass knows when there's news."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
        )
        self._listeners_by_key: dict[str, set[CALLBACK_TYPE]] = {}
        self._listened_keys: frozenset[str] | None = None
        self._growth_listeners: set[CALLBACK_TYPE] = set()
        self._changed: frozenset[str] = frozenset()
        self._grown = False
        self._shown_available = (False, False)
        self._data_at: float | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._is_unloaded = False
        entry.async_on_unload(self._async_end)

    @property
    @abstractmethod
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities that such a device may have, a table a platform."""

    @abstractmethod
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether the device has all these keys."""

    @abstractmethod
    async def async_send(self, command: CommandT) -> None:
        """Send a command and wait until the device reports what it asked for.

        Raises a translated ``HomeAssistantError`` if it doesn't.
        """

    async def async_fill_gaps(self, from_s: float, to_s: float) -> dict[str, Any]:
        """Repair a period (epoch seconds) of the statistics; return what was done.

        Raises a translated ``HomeAssistantError``.
        """
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="no_history"
        )

    @abstractmethod
    def diagnostics(self) -> dict[str, Any]:
        """Return what helps to find an error, without secrets."""

    @property
    def age_s(self) -> float | None:
        """The age of the data in seconds, None before the first."""
        if self._data_at is None:
            return None
        return max(0.0, self.hass.loop.time() - self._data_at)

    @property
    def source_available(self) -> bool:
        """Tell whether what is known of the device is fresh."""
        return (
            self.is_present
            and self.last_update_success
            and (age_s := self.age_s) is not None
            and age_s <= self.max_age_s
        )

    @property
    def available(self) -> bool:
        """Tell whether the data may be shown.

        A vendor's cloud may know freshly that the device is offline: then its source
        is available, and the device isn't.
        """
        return self.source_available

    @callback
    def async_data_from(self, age_s: float) -> None:
        """Note that the data are now those of ``age_s`` seconds ago."""
        self._data_at = self.hass.loop.time() - age_s
        # What was under way while the entry was unloaded may still come.
        if self._expiry is None and not self._is_unloaded:
            self._async_schedule_expiry(age_s)

    @property
    def listened_keys(self) -> frozenset[str]:
        """The keys that enabled entities read."""
        if self._listened_keys is None:
            self._listened_keys = frozenset(
                key for key, listeners in self._listeners_by_key.items() if listeners
            )
        return self._listened_keys

    @callback
    def async_note_change(self, changed: frozenset[str], *, grown: bool) -> None:
        """Keep what the next call of the listeners is about.

        ``grown`` tells that the device reports keys that it didn't have before.
        """
        self._changed |= changed
        self._grown |= grown

    @callback
    def async_listen_growth(self, listener: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Call the listener when the device reports keys that it didn't have."""
        self._growth_listeners.add(listener)
        return partial(self._growth_listeners.discard, listener)

    @callback
    @override
    def async_add_listener(
        self, update_callback: CALLBACK_TYPE, context: Any = None
    ) -> Callable[[], None]:
        """Listen for changes of the keys in context, or for all without one."""
        remove = super().async_add_listener(update_callback, context)
        keys: frozenset[str] = context or frozenset()
        for key in keys:
            self._listeners_by_key.setdefault(key, set()).add(update_callback)
        self._listened_keys = None

        @callback
        def async_remove() -> None:
            for key in keys:
                self._listeners_by_key[key].discard(update_callback)
            self._listened_keys = None
            remove()

        return async_remove

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call the listeners that the last change concerns."""
        changed, self._changed = self._changed, frozenset()
        if self._grown:
            self._grown = False
            for listener in tuple(self._growth_listeners):
                listener()
        available = (self.available, self.source_available)
        if available != self._shown_available:
            self._shown_available = available
            super().async_update_listeners()
            return
        concerned: set[CALLBACK_TYPE] = set()
        for key in changed:
            concerned |= self._listeners_by_key.get(key, set())
        for listener in concerned:
            listener()

    @callback
    def _async_schedule_expiry(self, age_s: float) -> None:
        self._expiry = self.hass.loop.call_later(
            self.max_age_s - age_s + EXPIRY_SLACK_S, self._async_check_expiry
        )

    @callback
    def _async_check_expiry(self) -> None:
        """Hide data that became too old, without waiting for the source to fail."""
        self._expiry = None
        age_s = self.age_s
        if age_s is not None and age_s <= self.max_age_s:
            self._async_schedule_expiry(age_s)
        else:
            self.async_update_listeners()

    @callback
    def _async_end(self) -> None:
        self._is_unloaded = True
        self._async_cancel_expiry()

    @callback
    def _async_cancel_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
