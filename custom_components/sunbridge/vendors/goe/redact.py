"""Which keys of a charger tell who or where somebody is, or open a door."""

from collections.abc import Mapping
import re
from typing import Any, Final

from homeassistant.components.diagnostics import REDACTED

from ..json import JsonValue

# Reference 1.12, and what only says whose charger it is.
_SECRET: Final = frozenset(
    {
        "cak", "cards", "ccd", "cce", "ccw", "cert", "cle", "ctrls", "data", "dll",
        "dns", "evt", "fna", "host", "loc", "log", "lri", "mck", "mcu", "mlr", "mqcc",
        "msc", "mtp", "ocppcc", "ocppck", "ocppd", "ocppdp", "ocpple", "ocppmp",
        "ocppsc", "ocpptp", "ocppu", "sch_satur", "sch_sund", "sch_week", "scan",
        "sse", "tsi", "wcb", "wfb", "wifis", "wpb", "wsl", "wsm",
    }
)  # fmt: skip
_CARD = re.compile(r"c\d[nip]")


def redacted(raw: Mapping[str, JsonValue]) -> dict[str, Any]:
    """Return the charger's values by key, with the secret ones replaced."""
    return {
        key: value
        if value is None or not (key in _SECRET or _CARD.fullmatch(key))
        else REDACTED
        for key, value in raw.items()
    }
