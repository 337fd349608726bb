"""What a benchmark says: rows of figures, with goals where there are any."""

from dataclasses import asdict, dataclass
import os
from pathlib import Path
import platform

from homeassistant.const import __version__ as ha_version


@dataclass(frozen=True)
class Row:
    """One figure of one case; ``goal`` is like ``<= 1.6``."""

    case: str
    figure: str
    value: float
    unit: str
    goal: str | None = None
    met: bool | None = None


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
    return (
        f"{os.cpu_count()} cores ({model}), {memory_gib:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()},"
        f" Home Assistant {ha_version}"
    )


def as_json(name: str, rows: list[Row]) -> dict[str, object]:
    """Return what ``--json`` writes."""
    return {"name": name, "machine": machine(), "rows": [asdict(row) for row in rows]}


def print_table(name: str, rows: list[Row]) -> None:
    """Print the figures for people, in Markdown."""
    head = ("case", "figure", "value", "goal", "met")
    table = [
        (
            row.case,
            row.figure,
            f"{row.value:.4g} {row.unit}".strip(),
            row.goal or "",
            {True: "yes", False: "NO", None: ""}[row.met],
        )
        for row in rows
    ]
    widths = [
        max(len(line[column]) for line in (head, *table)) for column in range(len(head))
    ]
    print(f"\n## {name}\n\n{machine()}\n")
    for line in (head, tuple("-" * width for width in widths), *table):
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print(f"| {' | '.join(cells)} |")


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values doesn't exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
