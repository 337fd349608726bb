"""Entities of other integrations that are commanded, and who else commands them."""

from collections import deque
import math
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, State, callback, split_entity_id
from homeassistant.exceptions import HomeAssistantError

_REMEMBERED: Final = 16
# By then it's decided what a change by others means. What changes later is another one,
# such as a charger that begins by itself with the next car.
_NEWS_S: Final = 10.0


class EntityGoneError(HomeAssistantError):
    """An entity that is to be commanded isn't there."""


class Calls:
    """Our calls, each with a context of its own, so that those of others are seen.

    Others are users and automations. What a device or its vendor's app changes has
    nobody's context; that isn't told here.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without a call."""
        self._hass = hass
        # When others last changed one of the entities since our last command.
        self._changed_at_s = -math.inf
        self._ours: deque[str] = deque(maxlen=_REMEMBERED)
        self._seen: dict[str, str] = {}

    @property
    def changed_by_other(self) -> bool:
        """Whether somebody else has just changed one of the entities."""
        return self._hass.loop.time() - self._changed_at_s < _NEWS_S

    @property
    def is_touched(self) -> bool:
        """Whether somebody else has changed one of them since our last command."""
        return self._changed_at_s > -math.inf

    @callback
    def async_begin(self) -> None:
        """Begin a command: what others did before doesn't count any more."""
        self._changed_at_s = -math.inf

    async def async_call(self, state: State | None, service: str, **data: Any) -> None:
        """Call an action of an entity, and wait for it.

        Raises ``HomeAssistantError``, or what its integration does.
        """
        if state is None:
            raise EntityGoneError
        context = Context()
        self._ours.append(context.id)
        domain, _ = split_entity_id(state.entity_id)
        await self._hass.services.async_call(
            domain,
            service,
            {ATTR_ENTITY_ID: state.entity_id, **data},
            blocking=True,
            context=context,
        )

    @callback
    def async_observe(self, state: State) -> None:
        """Take a report of an entity that is commanded."""
        before = self._seen.get(state.entity_id)
        self._seen[state.entity_id] = state.state
        if before in {None, state.state}:
            return
        context = state.context
        ids = {context.id, context.parent_id}
        by_somebody = context.user_id is not None or context.parent_id is not None
        if by_somebody and ids.isdisjoint(self._ours):
            self._changed_at_s = self._hass.loop.time()
