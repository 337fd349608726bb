"""Let the test plug-in made for Home Assistant 2026.10 work on 2026.11 too.

Loaded before it by ``pytest -p tests.ha_next_shim``; on 2026.10 it changes nothing.
"""

from typing import Any

# isort: off
# Has to come before anything that imports httpx: 2026.11 aliases it.
import homeassistant  # noqa: F401

# The plug-in's patches of Home Assistant, before the modules that they patch.
from pytest_homeassistant_custom_component import (  # noqa: F401
    patch_json,
    patch_recorder,
    patch_time,
)
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotSerializer

from homeassistant.components import logger
from homeassistant.components.logger import helpers as logger_helpers
# isort: on

# 2026.11 moved the function that the plug-in imports from here.
if not hasattr(logger, "_clear_logger_overwrites"):
    setattr(  # noqa: B010
        logger,
        "_clear_logger_overwrites",
        logger_helpers._clear_logger_overwrites,
    )

_serialize = HomeAssistantSnapshotSerializer._serializable_entity_registry_entry


def _as_in_2026_10(_cls: type, entry: Any) -> Any:
    """Leave out of a snapshot what only 2026.11 has."""
    serialized = _serialize(entry)
    serialized.pop("compat_name", None)
    return serialized


HomeAssistantSnapshotSerializer._serializable_entity_registry_entry = classmethod(
    _as_in_2026_10
)
