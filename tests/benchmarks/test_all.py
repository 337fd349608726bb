"""All benchmarks in one go, and what is seen of many messages."""

import json
from pathlib import Path
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest

from benchmarks import __main__ as bench
from benchmarks.document import DOCUMENT
from benchmarks.goe_mqtt_consumers import Seen
from benchmarks.report import Report, as_json, row


def seen(*found: tuple[float, float]) -> Seen:
    """Return values that were taken up, each with its time."""
    return Seen([time_s for time_s, _ in found], [value for _, value in found])


def test_values_are_taken_up() -> None:
    """What was overtaken counts as late as what is shown instead."""
    assert seen((1, 6), (2, 7), (3, 6)).taken_s([6, 7, 6]) == [1, 2, 3]
    assert seen((2, 7), (3, 6)).taken_s([6, 7, 6]) == [2, 2, 3]
    # Of a value from before nothing is known.
    assert seen((0, 5), (1, 6), (3, 8)).taken_s([6, 7, 8]) == [1, 3, 3]
    for lost in (seen(), seen((1, 6)), seen((1, 7))):
        with pytest.raises(RuntimeError):
            lost.taken_s([6, 7, 8])


def test_one_fails(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The others are run and written, and the whole has failed."""

    def run(command: list[str], *, check: bool) -> Any:
        name, file = command[3], Path(command[5])
        report = Report.of([row("a case", "a figure", 7.0, "ms")])
        found = {**as_json(name, report), "is_full": False, "took_min": 2.0}
        file.write_text(json.dumps(found))
        return SimpleNamespace(returncode=int(name == "goe-mqtt"))

    document = tmp_path / "benchmarks.md"
    before = DOCUMENT.read_text()
    document.write_text(before)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(bench, "DOCUMENT", document)
    monkeypatch.setattr("sys.argv", ["scripts/bench"])
    assert bench.main() == 1
    after = document.read_text()
    # All but the one that failed, and the one that is only a look.
    assert after.count("a figure") == len(bench.BENCHMARKS) - 2
    table = before[before.index("<!-- figures: goe-mqtt -->") :]
    assert table[: table.index("<!-- end -->")] in after
    assert "goe-mqtt failed" in capsys.readouterr().out
