"""What Home Assistant's log says of us while somebody is there."""

from collections.abc import Iterable, Iterator
import re
from typing import Final

_RECORD: Final = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^\]]+)\]"
)
_LEVELS: Final = frozenset({"WARNING", "ERROR", "CRITICAL"})
# Not as a part of a path: folders of the machine may be called so.
_OURS: Final = re.compile(r"custom_components[./]sunbridge|(?<![/.\w-])sunbridge\b")
# Whoever runs a custom integration reads the first once at each start. Then Home
# Assistant looks for texts of platforms as if each were a domain, and the last one only
# tells how busy the machine is.
_HARMLESS: Final = re.compile(
    r"has not been tested by Home Assistant|\[homeassistant\.helpers\.translation\]"
    r"|Updating state for \S+ .* took"
)


def complaints(log: str, expected: Iterable[re.Pattern[str]]) -> list[str]:
    """Return what of a log is ours, is a warning or worse, and isn't expected.

    A traceback belongs to the line above it, and is ours if it went through our code.
    """
    return [
        record
        for record in _records(log)
        if _OURS.search(record)
        and not _HARMLESS.search(record)
        and not any(pattern.search(record) for pattern in expected)
    ]


def _records(log: str) -> Iterator[str]:
    """Yield warnings and worse, each with the lines that follow it."""
    lines: list[str] = []
    for line in log.splitlines():
        found = _RECORD.match(line)
        if found is None:
            if lines:
                lines.append(line)
            continue
        if lines:
            yield "\n".join(lines)
        lines = [line] if found["level"] in _LEVELS else []
    if lines:
        yield "\n".join(lines)
