"""Which keys of a charger tell who or where somebody is, or open a door."""

from collections.abc import Mapping
import re
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED

from ..json import JsonValue
from .keys import KEYS, OCU

# Reference 1.12, and what only says whose charger it is.
_SECRET: Final = frozenset(
    {
        "cak", "cards", "ccd", "cce", "ccw", "cert", "cle", "ctrls", "data", "dll",
        "dns", "evt", "fna", "host", "loc", "log", "lri", "mck", "mcu", "mlr", "mqcc",
        "msc", "mtp", "ocppcc", "ocppck", "ocppd", "ocppdp", "ocpple", "ocppmp",
        "ocppsc", "ocpptp", "ocppu", "sch_satur", "sch_sund", "sch_week", "scan",
        "pco", "sse", "tsi", "wcb", "wfb", "wifis", "wpb", "wsl", "wsm",
    }
)  # fmt: skip
_CARD: Final = re.compile(r"c\d[nip]")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,31}")
_KNOWN: Final = {key.name: key for key in KEYS}


def redacted(raw: Mapping[str, JsonValue]) -> dict[str, Any]:
    """Return the charger's values by key, with the secret ones replaced.

    Of keys that nobody has described, and of values that aren't what a key means, there
    are numbers only: texts may be anything. Their types take their places.
    """
    return {
        key: _shown(key, value) for key, value in raw.items() if _NAME.fullmatch(key)
    }


def _shown(key: str, value: JsonValue) -> JsonValue:
    if value is None:
        return None
    if key in _SECRET or _CARD.fullmatch(key):
        return REDACTED
    if isinstance(value, str) or key == OCU.name:
        return value if _is_for(key, value) else _type(value)
    if isinstance(value, list):
        return [_number(item) for item in value]
    if not isinstance(value, dict):
        return value
    if not _is_for(key, value):
        return _type(value)
    return {
        name: _number(item) for name, item in value.items() if _NAME.fullmatch(name)
    }


def _number(value: JsonValue) -> JsonValue:
    """Return a number, true, false or null; of all else the type."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return _type(value)


def _type(value: JsonValue) -> str:
    return f"<{type(value).__name__}>"


def _is_for(key: str, value: JsonValue) -> bool:
    """Tell whether a value is what a key means."""
    if (known := _KNOWN.get(key)) is None:
        return False
    try:
        known.decode(value)
    except ValueError:
        return False
    return True
