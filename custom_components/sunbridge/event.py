"""Events of all vendors."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, cast, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from .entity import SunbridgeEntity, SunbridgeEntityDescription, async_setup_entities

PARALLEL_UPDATES = 0


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened at a device.

    ``mark`` tells it from others of its kind: its time, or whatever else is another one
    each time. The attributes don't: some of them may come later, or too early.
    """

    event_type: str
    mark: Hashable
    attributes: tuple[tuple[str, Any], ...] = ()

    def is_of(self, other: Happening | None) -> bool:
        """Tell whether it's the same, of which perhaps more is known now."""
        return other is not None and (
            (self.event_type, self.mark) == (other.event_type, other.mark)
        )


@dataclass(frozen=True, kw_only=True)
class SunbridgeEventDescription[StateT](
    SunbridgeEntityDescription[StateT, Happening], EventEntityDescription
):
    """Describe an event; the reading is the last that happened."""


async def async_setup_entry(
    hass: HomeAssistant,
    entry: SunbridgeConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the events of an entry."""
    async_setup_entities(entry, async_add_entities, Platform.EVENT, SunbridgeEvent)


class SunbridgeEvent(SunbridgeEntity, EventEntity):
    """An event of a device."""

    entity_description: SunbridgeEventDescription[Any]

    def __init__(
        self,
        coordinator: SunbridgeCoordinator[Any, Any],
        description: SunbridgeEventDescription[Any],
    ) -> None:
        """Take what happened before as known."""
        super().__init__(coordinator, description)
        self._last = self._happening()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Fire when the device reports another happening than the last."""
        happening = self._happening()
        if happening is not None and not happening.is_of(self._last):
            self._last = happening
            self._trigger_event(happening.event_type, dict(happening.attributes))
        super()._handle_coordinator_update()

    def _happening(self) -> Happening | None:
        return cast("Happening | None", self._read())
