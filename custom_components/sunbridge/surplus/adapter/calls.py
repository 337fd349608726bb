"""Entities of other integrations that are commanded, and who else commands them."""

from collections import deque
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Context, HomeAssistant, State, callback, split_entity_id
from homeassistant.exceptions import HomeAssistantError

_REMEMBERED: Final = 16


class EntityGoneError(HomeAssistantError):
    """An entity that is to be commanded isn't there."""


class Calls:
    """Our calls, each with a context of its own, so that those of others are seen.

    ``changed_by_other`` is that a user or an automation has changed one of the
    entities since our last command. What a device or its vendor's app changes has
    nobody's context; that isn't told here.
    """

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without a call."""
        self.changed_by_other = False
        self._hass = hass
        self._ours: deque[str] = deque(maxlen=_REMEMBERED)
        self._seen: dict[str, str] = {}

    @callback
    def async_begin(self) -> None:
        """Begin a command: what others did before doesn't count any more."""
        self.changed_by_other = False

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
            self.changed_by_other = True
