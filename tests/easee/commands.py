"""Commands to an Easee charger: given as a user does, and as they were sent."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from simulators.easee import Cloud

DYNAMIC = "number.garage_charging_current"


async def call(hass: HomeAssistant, service: str, entity_id: str, **data: Any) -> None:
    """Call an action on an entity that has to exist."""
    assert hass.states.get(entity_id) is not None, entity_id
    await hass.services.async_call(
        entity_id.partition(".")[0],
        service,
        {"entity_id": entity_id, **data},
        blocking=True,
    )


async def set_current(hass: HomeAssistant, amps: float) -> None:
    """Set the dynamic current."""
    await call(hass, "set_value", DYNAMIC, value=amps)


def sent(cloud: Cloud, end: str) -> list[Any]:
    """Return the bodies of what was sent to a path."""
    return [
        json.loads(request.body) if request.body else None
        for request in cloud.requests
        if request.method == "POST" and request.path.endswith(end)
    ]
