"""What diagnostics may show of a product's state."""

from typing import Any

from homeassistant.components.diagnostics import REDACTED

from .state import DeviceState


def redacted(state: DeviceState) -> dict[str, Any]:
    """Return the values by name, with the personal ones replaced."""
    personal = {key.name for key in state.keys.values() if key.personal}
    return {
        name: REDACTED if value is not None and name in personal else value
        for name, value in sorted(state.values.items())
    }
