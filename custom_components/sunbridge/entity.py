"""Base of all entities: a row of a vendor's table, over the device's coordinator."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, override

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import SunbridgeConfigEntry, SunbridgeCoordinator


@dataclass(frozen=True, slots=True)
class Reading[StateT, ValueT]:
    """How an entity gets its value out of the device's state.

    The entity exists when the device reports all of ``keys``, and looks again when
    one of them or of ``also`` changed; ``fn`` reads no others. It returns None where
    the value is unknown.
    """

    keys: frozenset[str]
    fn: Callable[[StateT], ValueT | None]
    also: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class SunbridgeEntityDescription[StateT, ValueT](EntityDescription):
    """Describe an entity of any platform."""

    reading: Reading[StateT, ValueT]
    exists_fn: Callable[[StateT], bool] = lambda _: True
    even_offline: bool = False
    """Whether it's shown while the source says that the device is offline."""


class SunbridgeEntity(CoordinatorEntity[SunbridgeCoordinator[Any, Any]]):
    """An entity that writes its state only when that changed."""

    _attr_has_entity_name = True
    entity_description: SunbridgeEntityDescription[Any, Any]

    def __init__(
        self,
        coordinator: SunbridgeCoordinator[Any, Any],
        description: SunbridgeEntityDescription[Any, Any],
    ) -> None:
        """Make the entity of a row of the device's table."""
        reading = description.reading
        super().__init__(coordinator, context=reading.keys | reading.also)
        self.entity_description = description
        self._attr_unique_id = f"{coordinator.device_id}_{description.key}"
        self._attr_device_info = coordinator.device_info
        self._shown: tuple[Any, ...] = ()

    @property
    @override
    def available(self) -> bool:
        """Tell whether the device's data are fresh."""
        if self.entity_description.even_offline:
            return self.coordinator.source_available
        return self.coordinator.available

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if (shown := self._showing()) != self._shown:
            self._shown = shown
            self.async_write_ha_state()

    def _read(self) -> Any:
        return self.entity_description.reading.fn(self.coordinator.data)

    def _showing(self) -> tuple[Any, ...]:
        """Return all that the written state depends on."""
        return (self.available, self._read())


@callback
def async_setup_entities(
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: Platform,
    entity_class: Callable[..., Entity],
) -> None:
    """Add a platform's entities, also those of devices and keys that come later."""

    @callback
    def async_add_device(coordinator: SunbridgeCoordinator[Any, Any]) -> None:
        _async_setup_device(
            entry, coordinator, async_add_entities, platform, entity_class
        )

    for coordinator in entry.runtime_data.coordinators:
        async_add_device(coordinator)
    entry.async_on_unload(entry.runtime_data.async_listen(async_add_device))


@callback
def _async_setup_device(
    entry: SunbridgeConfigEntry,
    coordinator: SunbridgeCoordinator[Any, Any],
    async_add_entities: AddConfigEntryEntitiesCallback,
    platform: Platform,
    entity_class: Callable[..., Entity],
) -> None:
    missing = cast(
        "list[SunbridgeEntityDescription[Any, Any]]",
        list(coordinator.descriptions.get(platform, ())),
    )

    watched: frozenset[str] = frozenset()
    unwatch: CALLBACK_TYPE | None = None

    @callback
    def async_add_found() -> None:
        nonlocal watched, unwatch
        found: list[SunbridgeEntityDescription[Any, Any]] = []
        withheld: list[SunbridgeEntityDescription[Any, Any]] = []
        for description in missing:
            if coordinator.reports(description.reading.keys):
                exists = description.exists_fn(coordinator.data)
                (found if exists else withheld).append(description)
        for description in found:
            missing.remove(description)
        # What isn't there may come without a new key: by what a known one says.
        keys = frozenset[str]().union(
            *(one.reading.keys | one.reading.also for one in withheld)
        )
        if keys != watched:
            async_unwatch()
            watched = keys
            if keys:
                unwatch = coordinator.async_add_listener(async_add_found, keys)
        if found:
            async_add_entities(
                (entity_class(coordinator, description) for description in found),
                config_subentry_id=coordinator.subentry_id,
            )

    @callback
    def async_unwatch() -> None:
        nonlocal unwatch
        if unwatch is not None:
            unwatch()
            unwatch = None

    async_add_found()
    entry.async_on_unload(coordinator.async_listen_growth(async_add_found))
    entry.async_on_unload(async_unwatch)
