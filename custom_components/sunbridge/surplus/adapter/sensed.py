"""Entities that are followed: what they say, and when that came by the event loop.

A time is that of the last report, also of one without news. What was there before it
was listened to is as old as Home Assistant says.
"""

from collections.abc import Callable, Iterable
import time

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er

from ...meters.sensors import SourceStates, entity_id_of
from ...meters.sources import Quantity, Sensors, rests
from ...meters.units import Measure

type OnNews = Callable[[str], None]


class Sensed:
    """Some entities; ``on_news`` is called with the stored id of one that reported."""

    def __init__(
        self, hass: HomeAssistant, stored_ids: Iterable[str], on_news: OnNews
    ) -> None:
        """Prepare; nothing is listened to yet."""
        self._hass = hass
        self._ids = frozenset(stored_ids)
        self._on_news = on_news
        self._states = SourceStates(hass, self._ids, self._heard)
        self._sensors = Sensors()
        self._heard_at_s: dict[str, float] = {}
        self._unsubscribe: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> None:
        """Follow the entities, by whatever name they have."""
        self._follow()
        self._unsubscribe = self._hass.bus.async_listen(
            er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_changed
        )

    @callback
    def async_stop(self) -> None:
        """Follow them no more."""
        self._states.async_stop()
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None

    @property
    def is_missing(self) -> bool:
        """Whether one of the entities was removed."""
        return bool(self._states.missing)

    @callback
    def state(self, stored_id: str) -> State | None:
        """Return an entity's state, None if there's none."""
        entity_id = entity_id_of(self._hass, stored_id)
        return None if entity_id is None else self._hass.states.get(entity_id)

    @callback
    def value(self, quantity: Quantity, measure: Measure) -> float | None:
        """Return a sum in the unit of what's measured.

        None is that a part can't be trusted: it isn't available, isn't a number, has
        a wrong unit, or was only restored.
        """
        read = self._sensors.reader(self._states.sample, time.time())
        return read(quantity, measure).value

    @callback
    def at_s(self, quantity: Quantity) -> float | None:
        """Return when the oldest part was reported, None if one never was.

        One that rests while its other direction has the power isn't a part of it.
        """
        times = [
            self._heard_at_s.get(source.id)
            for source in quantity.sources
            if not rests(quantity, source, self._states.sample)
        ]
        known = [at_s for at_s in times if at_s is not None]
        return min(known) if len(known) == len(times) else None

    @callback
    def news_at_s(self, quantity: Quantity) -> float | None:
        """Return when any part was reported last, None if none ever was."""
        times = [self._heard_at_s.get(source.id) for source in quantity.sources]
        return max((at_s for at_s in times if at_s is not None), default=None)

    @callback
    def reported_at_s(self, stored_id: str) -> float | None:
        """Return when an entity was reported, None if it never was."""
        return self._heard_at_s.get(stored_id)

    @callback
    def _follow(self) -> None:
        self._states.async_follow()
        now_s, wall_s = self._hass.loop.time(), time.time()
        for stored_id in self._ids - self._heard_at_s.keys():
            if (sample := self._states.sample(stored_id)) is not None:
                age_s = max(0.0, wall_s - sample.reported_at_s)
                self._heard_at_s[stored_id] = now_s - age_s

    @callback
    def _heard(self, stored_id: str, reported_at_s: float | None) -> None:
        self._heard_at_s[stored_id] = self._hass.loop.time()
        self._on_news(stored_id)

    @callback
    def _registry_changed(
        self, event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        if self._states.concerns(event):
            self._follow()
            for stored_id in self._ids:
                self._on_news(stored_id)
