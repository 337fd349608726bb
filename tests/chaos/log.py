"""What Home Assistant's log says of Sunbridge: how often, and what must not be in it."""

from collections import Counter
from collections.abc import Iterable, Mapping
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
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
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


def too_many(
    lines: Mapping[str, int], outages: Iterable[tuple[Iterable[str], int]]
) -> list[str]:
    """Return the lines of the log that are there too often.

    One goes down with an outage, and one comes up again; what a kill begins anew is an
    outage too. ``outages`` are those of each entry, with the titles that its lines name.
    Lines that differ by a number only are the same. Of two entries with one title
    either may be meant.
    """
    known = [(tuple(titles), count) for titles, count in outages]
    counts: Counter[tuple[str, int]] = Counter()
    for line, count in lines.items():
        named = [(titles, most) for titles, most in known if _named(line, titles)]
        most = sum(most for _, most in named)
        text = line
        for place, title in enumerate(title for titles, _ in named for title in titles):
            text = text.replace(title, f"<{chr(ord('a') + place)}>")
        counts[_NUMBER.sub("#", text), most] += count
    return [
        f"{count} times with {most} outages: {text}"
        for (text, most), count in counts.items()
        if count > most
    ]


def _named(line: str, titles: Iterable[str]) -> bool:
    return any(title in line for title in titles)


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
