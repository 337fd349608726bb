"""``docs/benchmarks.md``: its tables are written anew, its prose is left alone.

A table is between ``<!-- figures: NAME -->`` and ``<!-- end -->``; further tables of a
benchmark are ``NAME/TABLE``. The machine, and how long each took, have markers of the
same kind.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
import re
import textwrap
from typing import Final

from .report import MET, Report, Table

DOCUMENT: Final = Path(__file__).parents[1] / "docs" / "benchmarks.md"
WIDTH: Final = 88
# What the name of a long run ends with.
FULL: Final = " --full"

_BLOCK: Final = re.compile(
    r"<!-- (machine|times|figures: [^>]+?) -->\n(.*?)<!-- end -->", re.DOTALL
)
_SECTION: Final = re.compile(r"^## (.+)$", re.MULTILINE)


class DocumentError(Exception):
    """The document has no such place."""


def names(text: str) -> list[str]:
    """Return the markers that there are, in their order."""
    return [match[1] for match in _BLOCK.finditer(text)]


def with_machine(text: str, machine: str) -> str:
    """Return the document with this machine."""
    quoted = textwrap.fill(
        machine, WIDTH, initial_indent="> ", subsequent_indent="> ",
        break_on_hyphens=False,
    )  # fmt: skip
    return _replaced(text, "machine", quoted)


def with_report(text: str, name: str, report: Report) -> str:
    """Return the document with the tables of a benchmark.

    Raises ``DocumentError`` if it has no place for one of them.
    """
    for table_name, table in report.tables.items():
        where = f"{name}/{table_name}" if table_name else name
        text = _replaced(text, f"figures: {where}", table.markdown())
    return text


def with_times(text: str, minutes: Mapping[str, float]) -> str:
    """Return the document with how long benchmarks took; others stay as they are."""
    (block,) = (match[2] for match in _BLOCK.finditer(text) if match[1] == "times")
    known = {line[0]: line[1] for line in _lines(block)}
    known |= {name: f"{took:.1f}" for name, took in minutes.items()}
    known.pop("all", None)
    total = sum(float(took) for name, took in known.items() if not name.endswith(FULL))
    lines = [*sorted(known.items()), ("all", f"{total:.1f}")]
    return _replaced(text, "times", Table("", ("benchmark", "min"), lines).markdown())


def without_reason(text: str, missed: Iterable[tuple[str, str]]) -> list[str]:
    """Return what misses its goal and isn't named in the prose of its section.

    ``missed`` are benchmarks and figures; a figure is named as ``*figure*``.
    """
    prose = {
        name: " ".join(_BLOCK.sub("", section).split())
        for name, section in _sections(text)
    }
    return [
        f"{name}: {figure}"
        for name, figure in dict.fromkeys(missed)
        if f"*{figure}*" not in prose.get(name, "")
    ]


def missed(text: str) -> Iterator[tuple[str, str]]:
    """Yield the benchmarks and figures that the document says to miss their goal."""
    for name, section in _sections(text):
        for match in _BLOCK.finditer(section):
            for line in _lines(match[2]):
                if line[-1] == MET[False]:
                    yield name, line[1]


def _sections(text: str) -> Iterator[tuple[str, str]]:
    _, *parts = _SECTION.split(text)
    yield from zip(parts[::2], parts[1::2], strict=True)


def _lines(block: str) -> Iterable[list[str]]:
    """Return the cells of a table in Markdown, without its head."""
    lines = [line for line in block.splitlines() if line.startswith("|")]
    return ([cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:])


def _replaced(text: str, name: str, block: str) -> str:
    """Return the document with another block between some markers."""
    start, end = f"<!-- {name} -->\n", "<!-- end -->"
    before, found, rest = text.partition(start)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise DocumentError(f"no <!-- {name} --> in the document")
    return f"{before}{start}\n{block}\n\n{end}{after}"
