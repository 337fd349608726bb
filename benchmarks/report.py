"""What a benchmark says: rows of figures, with goals where there are any."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
import os
from pathlib import Path
import platform
from typing import Any, Self

from homeassistant.const import __version__ as ha_version

HEAD = ("case", "figure", "value", "goal", "met")
MET = {True: "yes", False: "NO", None: ""}


@dataclass(frozen=True)
class Row:
    """One figure of one case; ``goal`` is like ``<= 1.6``."""

    case: str
    figure: str
    value: float
    unit: str
    goal: str | None = None
    met: bool | None = None

    @property
    def shown(self) -> str:
        """The value with its unit, for people."""
        return f"{self.value:.4g} {self.unit}".strip()

    @property
    def cells(self) -> tuple[str, ...]:
        """What a table has in a line, as ``HEAD`` says."""
        return (self.case, self.figure, self.shown, self.goal or "", MET[self.met])


@dataclass(frozen=True)
class Table:
    """Cells for people; the title isn't part of the table in the documentation."""

    title: str
    head: Sequence[str]
    lines: Sequence[Sequence[str]]

    @classmethod
    def of(cls, title: str, rows: Iterable[Row]) -> Self:
        """Return the table of some rows."""
        return cls(title, HEAD, [row.cells for row in rows])

    @classmethod
    def beside(
        cls, title: str, corner: str, rows: Iterable[Row], *, by_case: bool
    ) -> Self:
        """Return cases and figures across each other, a line a case or a figure.

        A figure that begins with … belongs to the one before it.
        """
        found: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
        heads: dict[tuple[str, str], str] = {}
        before = ""
        for row in rows:
            before = before if row.figure.startswith("…") else row.figure
            case, figure = (row.case, ""), (row.figure, before)
            line, head = (case, figure) if by_case else (figure, case)
            found.setdefault(line, {})[head] = row.shown
            heads[head] = head[0]
        lines = [
            [line[0], *(cells.get(head, "") for head in heads)]
            for line, cells in found.items()
        ]
        return cls(title, [corner, *heads.values()], lines)

    def markdown(self) -> str:
        """Return it in Markdown, without the title."""
        columns = zip(self.head, *self.lines, strict=True)
        widths = [max(map(len, column)) for column in columns]
        lines = [self.head, ["-" * width for width in widths], *self.lines]
        return "\n".join(
            "| "
            + " | ".join(
                cell.ljust(width) for cell, width in zip(line, widths, strict=True)
            )
            + " |"
            for line in lines
        )


@dataclass(frozen=True)
class Report:
    """All rows of a benchmark, and the tables that the documentation has of it.

    The tables have names; that of the first is empty.
    """

    rows: Sequence[Row]
    tables: Mapping[str, Table]

    @classmethod
    def of(cls, found: Sequence[Row] | Report) -> Report:
        """Return what a benchmark found; without tables of its own it has one of all."""
        if isinstance(found, Report):
            return found
        return cls(found, {"": Table.of("", found)})


def row(
    case: str, figure: str, value: float, unit: str, *, at_most: float | None = None
) -> Row:
    """Return a row, judged by its goal."""
    if at_most is None:
        return Row(case, figure, value, unit)
    return Row(case, figure, value, unit, f"<= {at_most:g}", value <= at_most)


def machine() -> str:
    """Describe the machine without naming it."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    try:
        system = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        system = platform.system()
    return (
        f"{os.cpu_count()} cores ({model}), {memory_gib:.0f} GiB, {system}"
        f" ({platform.system()} {platform.machine()}), Python"
        f" {platform.python_version()}, Home Assistant {ha_version}"
    )


def as_json(name: str, report: Report) -> dict[str, Any]:
    """Return what ``--json`` writes."""
    return {
        "name": name,
        "machine": machine(),
        "rows": [asdict(row) for row in report.rows],
        "tables": {name: asdict(table) for name, table in report.tables.items()},
    }


def from_json(found: Mapping[str, Any]) -> Report:
    """Return what ``as_json`` was given."""
    return Report(
        [Row(**row) for row in found["rows"]],
        {name: Table(**table) for name, table in found["tables"].items()},
    )


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values doesn't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
