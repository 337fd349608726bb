"""How the vendor writes times and values."""

from datetime import UTC, datetime
from typing import Any

# Ticks of .NET from the year 1 to the epoch, each of 100 ns.
EPOCH_TICKS = 621_355_968_000_000_000


def ticks(at_s: float) -> int:
    """Return the ticks of .NET (100 ns since the year 1) of epoch seconds."""
    return EPOCH_TICKS + round(at_s * 1_000_000) * 10


def timestamp(at_s: float) -> str:
    """Return a time as observations have it: UTC, whole seconds."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def precise(at_s: float) -> str:
    """Return a time as command responses have it: UTC, with microseconds."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def as_text(value: Any, booleans: str = "digit") -> str:
    """Return a value as the stream has it: always text.

    ``booleans`` is how: digit ("1"), word ("True") or lower ("true"); all were seen.
    """
    if isinstance(value, bool):
        match booleans:
            case "word":
                return str(value)
            case "lower":
                return str(value).lower()
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def problem(status: int, title: str, **more: Any) -> dict[str, Any]:
    """Return a problem object, the vendor's form of most errors."""
    kind = f"https://httpstatuses.com/{status}"
    return {"type": kind, "title": title, "status": status, **more}
