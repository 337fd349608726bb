"""Repairs that Home Assistant can do itself, once the user agrees."""

from typing import Any

from homeassistant.components.repairs import RepairsFlow
from homeassistant.core import HomeAssistant

from .vendors.flows import REPAIR_FLOWS


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, Any] | None
) -> RepairsFlow:
    """Return the steps that repair an issue; its id begins with its kind."""
    flow = next(
        flow for kind, flow in REPAIR_FLOWS.items() if issue_id.startswith(kind)
    )
    return flow(data or {})
