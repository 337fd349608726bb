"""The states of Home Assistant that a house's numbers are from.

Sources are stored by the registry's id, so that renaming doesn't matter, and by entity
id where the registry doesn't have them.
"""

from collections.abc import Callable, Iterable

from homeassistant.const import ATTR_RESTORED, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    EventStateReportedData,
    HomeAssistant,
    State,
    callback,
)
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import (
    async_track_state_change_event,
    async_track_state_report_event,
)

from .samples import Sample


@callback
def stored_id(hass: HomeAssistant, entity_id: str) -> str:
    """Return what to store of an entity."""
    entry = er.async_get(hass).async_get(entity_id)
    return entity_id if entry is None else entry.id


@callback
def entity_id_of(hass: HomeAssistant, stored: str) -> str | None:
    """Return the entity id of what was stored, None if it was removed."""
    if "." in stored:
        return stored
    return er.async_resolve_entity_id(er.async_get(hass), stored)


@callback
def sample_of(hass: HomeAssistant, stored: str) -> Sample | None:
    """Return what a source says now, None if there's no such entity."""
    entity_id = entity_id_of(hass, stored)
    state = None if entity_id is None else hass.states.get(entity_id)
    return None if state is None else _sample(state)


# The source, and when it reported (epoch s), None if its entity is gone.
type OnNews = Callable[[str, float | None], None]


class SourceStates:
    """Follows sources: what they say, and when they say something or change names."""

    def __init__(
        self, hass: HomeAssistant, sources: Iterable[str], on_news: OnNews
    ) -> None:
        """Prepare; ``on_news`` is called with each report, and when one is gone."""
        self._hass = hass
        self._sources = frozenset(sources)
        self._on_news = on_news
        self._entity_ids: dict[str, str] = {}
        self._unsubscribe: list[CALLBACK_TYPE] = []

    @property
    def missing(self) -> frozenset[str]:
        """The sources whose entity was removed."""
        return frozenset(
            source
            for source in self._sources
            if (entity_id := self._entity_ids.get(source)) is None
            or (
                self._hass.states.get(entity_id) is None
                and er.async_get(self._hass).async_get(entity_id) is None
            )
        )

    @callback
    def async_follow(self) -> None:
        """Listen to the entities by the names that they have now."""
        self.async_stop()
        self._entity_ids = {
            source: entity_id
            for source in self._sources
            if (entity_id := entity_id_of(self._hass, source)) is not None
        }
        entity_ids = set(self._entity_ids.values())
        self._unsubscribe = [
            async_track_state_change_event(self._hass, entity_ids, self._changed),
            async_track_state_report_event(self._hass, entity_ids, self._reported),
        ]

    @callback
    def async_stop(self) -> None:
        """Listen no more."""
        while self._unsubscribe:
            self._unsubscribe.pop()()

    @callback
    def concerns(self, event: Event[er.EventEntityRegistryUpdatedData]) -> bool:
        """Tell whether a change of the registry is about one of the sources."""
        # An entity that comes back has the id that it had in the registry.
        entity_id = event.data["entity_id"]
        names = {entity_id, stored_id(self._hass, entity_id)}
        if event.data["action"] == "update" and "old_entity_id" in event.data:
            names.add(event.data["old_entity_id"])
        return not names.isdisjoint({*self._entity_ids.values(), *self._sources})

    @callback
    def sample(self, source: str) -> Sample | None:
        """Return what a source says now, None if there's no such entity."""
        entity_id = self._entity_ids.get(source)
        state = None if entity_id is None else self._hass.states.get(entity_id)
        return None if state is None else _sample(state)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        state = event.data["new_state"]
        reported_at_s = None if state is None else state.last_reported_timestamp
        self._tell(event.data["entity_id"], reported_at_s)

    @callback
    def _reported(self, event: Event[EventStateReportedData]) -> None:
        state = event.data["new_state"]
        self._tell(state.entity_id, state.last_reported_timestamp)

    def _tell(self, entity_id: str, reported_at_s: float | None) -> None:
        for source, found in self._entity_ids.items():
            if found == entity_id:
                self._on_news(source, reported_at_s)


def _sample(state: State) -> Sample:
    attributes = state.attributes
    if attributes.get(ATTR_RESTORED):
        # Nobody has said this since Home Assistant started.
        return Sample("unavailable", None, state.last_reported_timestamp)
    return Sample(
        state.state,
        attributes.get(ATTR_UNIT_OF_MEASUREMENT),
        state.last_reported_timestamp,
    )
