"""The page with the figures: tables are written anew, and nothing else."""

from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS, write
from benchmarks.document import (
    DOCUMENT,
    DocumentError,
    missed,
    names,
    with_machine,
    with_report,
    with_times,
    without_reason,
)
from benchmarks.report import Report, Row, Table, as_json, from_json, machine

TEXT = """\
# Figures

<!-- machine -->
<!-- end -->

<!-- times -->
<!-- end -->

## one

Words before.

<!-- figures: one -->

| old |
| --- |

<!-- end -->

*speed* is slow.

<!-- figures: one/more -->
<!-- end -->

## two

<!-- figures: two -->
<!-- end -->

Words after.
"""
SLOW = Row("a case", "speed", 1.5, "s", "<= 1", met=False)
FAST = Row("a case", "start", 0.5, "s", "<= 1", met=True)
OTHER = Row("b", "speed", 2.0, "s")
REPORT = Report(
    [SLOW, FAST, OTHER],
    {
        "": Table.of("", [SLOW, FAST]),
        "more": Table.beside("", "figure", [SLOW, FAST, OTHER], by_case=False),
    },
)


def without_tables(text: str) -> list[str]:
    """Return what people wrote, and the markers."""
    return [line for line in text.splitlines() if line and line[0] not in "|>"]


def test_document_has_a_place_for_each() -> None:
    """Each benchmark has a section with markers of its own in it."""
    text = DOCUMENT.read_text()
    for name in BENCHMARKS:
        _, found, rest = text.partition(f"\n## {name}\n")
        assert found, name
        assert f"figures: {name}" in names(rest.partition("\n## ")[0])
    assert {"machine", "times"} <= set(names(text))


def test_document_names_what_is_missed() -> None:
    """What misses its goal has a reason in the words of its section."""
    text = DOCUMENT.read_text()
    found = list(missed(text))
    assert ("surplus", "of the optimum") in found
    assert without_reason(text, found) == []


def test_tables_are_written_in_place() -> None:
    """The tables are there, and what people wrote is as it was."""
    text = with_report(TEXT, "one", REPORT)
    assert "| a case | speed  | 1.5 s | <= 1 | NO  |" in text
    assert "| speed  | 1.5 s  | 2 s |" in text
    assert "old" not in text
    assert without_tables(text) == without_tables(TEXT)


def test_write_twice_is_write_once() -> None:
    """Nothing grows with each writing."""
    once = with_report(with_machine(TEXT, machine()), "one", REPORT)
    assert with_report(with_machine(once, machine()), "one", REPORT) == once
    once = with_times(once, {"one": 1.25, "two": 2})
    assert with_times(once, {"one": 1.25}) == once


def test_no_place() -> None:
    """A table that the document doesn't have is told."""
    with pytest.raises(DocumentError, match="two/more"):
        with_report(TEXT, "two", REPORT)


def test_times_add_up() -> None:
    """Times of others stay; long runs aren't in the sum."""
    text = with_times(TEXT, {"one": 3.0, "two": 2.0, "two --full": 50.0})
    text = with_times(text, {"one": 4.0})
    assert "| all        | 6.0  |" in text
    assert "| two --full | 50.0 |" in text


def test_missed_without_reason() -> None:
    """What is missed is found in the table, and its reason in the words."""
    text = with_report(TEXT, "one", REPORT)
    assert list(missed(text)) == [("one", "speed")]
    assert without_reason(text, [("one", "speed"), ("one", "start")]) == ["one: start"]
    # A reason in another section is none.
    assert without_reason(text, [("two", "speed")]) == ["two: speed"]


def test_figures_beside_each_other() -> None:
    """A figure that goes on from another one is that one's, whatever its name."""
    rows = [
        Row(case, figure, value, "")
        for case, value in (("a", 1.0), ("b", 2.0))
        for figure in ("sun", "… bench", "grid", "… bench")
    ]
    by_case = Table.beside("", "case", rows, by_case=True)
    assert by_case.head == ["case", "sun", "… bench", "grid", "… bench"]
    assert by_case.lines == [["a", "1", "1", "1", "1"], ["b", "2", "2", "2", "2"]]
    by_figure = Table.beside("", "figure", rows, by_case=False)
    assert [line[0] for line in by_figure.lines] == by_case.head[1:]


def test_look_is_not_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a benchmark that has a long run for it a short one's tables aren't taken."""
    file = tmp_path / "page.md"
    file.write_text(TEXT.replace("one", "surplus").replace("two", "weheat"))
    result = {**as_json("surplus", REPORT), "is_full": False, "took_min": 1.0}
    write(file, [result])
    assert "old" in file.read_text()
    write(file, [{**result, "is_full": True}])
    assert "old" not in file.read_text()
    assert "surplus: speed" not in capsys.readouterr().out


def test_lack_of_a_reason_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who writes the document is told what to write besides."""
    file = tmp_path / "page.md"
    file.write_text(TEXT.replace("one", "weheat").replace("*speed*", "It"))
    result = {**as_json("weheat", REPORT), "is_full": False, "took_min": 1.0}
    write(file, [result])
    assert "weheat: speed" in capsys.readouterr().out


def test_report_comes_back() -> None:
    """What goes through JSON between two processes is what it was."""
    back = from_json(as_json("one", REPORT))
    assert list(back.rows) == list(REPORT.rows)
    assert {name: table.markdown() for name, table in back.tables.items()} == {
        name: table.markdown() for name, table in REPORT.tables.items()
    }
