"""What Home Assistant's log says of Sunbridge: how often, and what must not be in it."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
import re
from typing import Final

_LINE: Final = re.compile(
    r"^\d{4}-\d\d-\d\d \S+ (?P<level>[A-Z]+) \([^)]*\) \[(?P<logger>[^]]+)\] (?P<text>.*)"
)
_OURS: Final = "custom_components.sunbridge"
# Whose complaints are about us: tasks and connections that were left alone.
_LEFT: Final = re.compile(
    r"never retrieved|never awaited|Unclosed|was destroyed but|Error doing job"
)
# Home Assistant's own lines by our logger, or about the machine being slow.
_NOT_OURS: Final = ("not ready yet", "Please create a bug report")


def lines_of(logs: Iterable[Path]) -> Counter[str]:
    """Count Sunbridge's lines by level and text; those of single log are of one life."""
    found: Counter[str] = Counter()
    for log in logs:
        for line in log.read_text(errors="replace").splitlines():
            match = _LINE.match(line)
            if match is None or not match["logger"].startswith(_OURS):
                continue
            if not any(text in line for text in _NOT_OURS):
                found[f"{match['level']} {match['text']}"] += 1
    return found


def bugs_in(logs: Iterable[Path]) -> list[str]:
    """Return the tracebacks that go through Sunbridge, and what it left alone."""
    found = []
    for log in logs:
        for record in _records(log.read_text(errors="replace")):
            through_us = "custom_components/sunbridge" in record
            if through_us and ("Traceback" in record or _LEFT.search(record)):
                found.append(record[-2000:])
    return found


def _records(text: str) -> list[str]:
    """Split a log into its records, which may have many lines."""
    found: list[str] = []
    for line in text.splitlines():
        if _LINE.match(line) or not found:
            found.append(line)
        else:
            found[-1] += f"\n{line}"
    return found
