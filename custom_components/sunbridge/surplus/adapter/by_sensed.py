"""A load that entities of any integration stand for."""

from collections.abc import Callable, Collection
from typing import Final, override

from homeassistant.core import HomeAssistant, State, callback

from ...meters.freshness import NO_LIMIT
from ...meters.settings import CONF_POWER, power_of
from ...meters.sources import Quantity
from ...meters.units import Measure
from .calls import Calls
from .loads import Port
from .sensed import Sensed
from .settings import LoadSetup

# What is there but doesn't change isn't reported by every integration. So long it may
# be silent before its last word is taken as of later.
_SILENT_S: Final = 60.0


class SensedPort(Port):
    """Follows a load's entities, of which some are commanded."""

    def __init__(
        self,
        hass: HomeAssistant,
        setup: LoadSetup,
        on_news: Callable[[], None],
        *,
        commanded: Collection[str],
        others: Collection[str] = (),
        quantities: Collection[Quantity] = (),
    ) -> None:
        """Prepare; nothing is listened to yet. The load's power is followed anyway."""
        super().__init__(hass, setup, on_news)
        data = setup.data
        self._commanded = frozenset(commanded)
        self._power = power_of(data, NO_LIMIT) if data[CONF_POWER] else None
        self._calls = Calls(hass)
        ids = {*commanded, *others}
        for quantity in (self._power, *quantities):
            if quantity is not None:
                ids.update(source.id for source in quantity.sources)
        self._sensed = Sensed(hass, ids, self._heard)

    @property
    @override
    def is_missing(self) -> bool:
        return self._sensed.is_missing

    @callback
    @override
    def async_start(self) -> None:
        self._sensed.async_start()

    @callback
    @override
    def async_stop(self) -> None:
        self._sensed.async_stop()

    def _state(self, stored_id: str) -> State | None:
        return self._sensed.state(stored_id)

    def _power_w(self) -> float | None:
        if self._power is None:
            return None
        return self._sensed.value(self._power, Measure.POWER)

    def _power_at_s(self) -> float | None:
        """Return when its power was really reported."""
        return None if self._power is None else self._sensed.news_at_s(self._power)

    def _known_at_s(
        self, now_s: float, power_w: float | None, other: str | None
    ) -> float:
        """Return when it was last known: by its power, or else by another entity."""
        at_s = None
        if power_w is not None and self._power is not None:
            at_s = self._sensed.at_s(self._power)
        elif other is not None:
            at_s = self._sensed.reported_at_s(other)
        return max(now_s - _SILENT_S, now_s if at_s is None else at_s)

    @callback
    def _heard(self, stored_id: str) -> None:
        if stored_id in self._commanded:
            if (state := self._state(stored_id)) is not None:
                self._calls.async_observe(state)
        self._on_news()
