"""Run one benchmark or all: ``scripts/bench [NAME] [--full] [--json FILE] [--write]``.

All of them write ``docs/benchmarks.md``, one does with ``--write``.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
import json
from pathlib import Path
import subprocess
import sys
import tempfile
import time
from typing import Any

from . import easee, goe_cloud, goe_mqtt, nrgkick, scale, surplus, surplus_loop, weheat
from .document import (
    DOCUMENT,
    FULL,
    with_machine,
    with_report,
    with_times,
    without_reason,
)
from .report import HEAD, Report, Row, Table, as_json, from_json, machine

type Run = Callable[[], Awaitable[list[Row] | Report]]


@dataclass(frozen=True)
class Benchmark:
    """How a benchmark is run; ``full`` is the long run, where there is one.

    ``is_look``: what's short is only for a look, and isn't in the documentation.
    """

    run: Run
    full: Run | None = None
    is_look: bool = False


BENCHMARKS = {
    "easee": Benchmark(easee.run),
    "goe-cloud": Benchmark(goe_cloud.run),
    "goe-mqtt": Benchmark(goe_mqtt.run),
    "nrgkick": Benchmark(nrgkick.run),
    "scale": Benchmark(scale.run),
    "surplus": Benchmark(surplus.run, surplus.run_full, is_look=True),
    "surplus-loop": Benchmark(surplus_loop.run, surplus_loop.run_full),
    "weheat": Benchmark(weheat.run),
}


async def _run(name: str, *, full: bool) -> dict[str, Any]:
    benchmark = BENCHMARKS[name]
    from_s = time.monotonic()
    is_full = full and benchmark.full is not None
    found = await ((benchmark.full if full else None) or benchmark.run)()
    took_min = (time.monotonic() - from_s) / 60
    report = Report.of(found)
    print(f"\n## {name}\n\n{machine()}\n\n{Table.of('', report.rows).markdown()}")
    return {**as_json(name, report), "is_full": is_full, "took_min": took_min}


def _run_apart(name: str, *, full: bool) -> Any:
    """Run a benchmark in a process of its own: a process has one Home Assistant.

    One that fails ends none of the others; it returns None.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks", name, "--json", file.name]
        if full:
            command.append("--full")
        if subprocess.run(command, check=False).returncode:
            return None
        return json.loads(Path(file.name).read_text())


def _print_all(results: list[Any]) -> None:
    """Print all figures in one table, and how many goals are met."""
    rows = {one["name"]: from_json(one).rows for one in results}
    lines = [[name, *row.cells] for name, found in rows.items() for row in found]
    print(f"\n# All\n\n{machine()}\n")
    print(Table("", ("benchmark", *HEAD), lines).markdown())
    goals = [row.met for found in rows.values() for row in found if row.goal]
    print(f"\n{sum(map(bool, goals))} of {len(goals)} goals are met.")


def write(file: Path, results: list[Any]) -> None:
    """Write the figures into the document, and tell which goal lacks a reason."""
    text = with_machine(file.read_text(), results[0]["machine"])
    missed = []
    for one in results:
        name, report = one["name"], from_json(one)
        label = f"{name}{FULL}" if one["is_full"] else name
        text = with_times(text, {label: one["took_min"]})
        if one["is_full"] or not BENCHMARKS[name].is_look:
            text = with_report(text, name, report)
            missed += [(name, row.figure) for row in report.rows if row.met is False]
    file.write_text(text)
    for figure in without_reason(text, missed):
        print(f"{file.name} gives no reason why this misses its goal: {figure}")


def main() -> int:
    """Run what is asked for; a goal that isn't met is told, and no failure.

    What a benchmark that failed had found before stays in the document.
    """
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="all without one")
    parser.add_argument(
        "--full", action="store_true", help="the long run, where there is one"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    parser.add_argument(
        "--write", action="store_true", help="write them into the documentation"
    )
    arguments = parser.parse_args()
    result: Any
    failed: list[str] = []
    if arguments.name:
        result = asyncio.run(_run(arguments.name, full=arguments.full))
        results = [result]
    else:
        found = {name: _run_apart(name, full=arguments.full) for name in BENCHMARKS}
        failed = [name for name, one in found.items() if one is None]
        result = results = [one for one in found.values() if one is not None]
        _print_all(results)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(result, indent=2) + "\n")
    if results and (arguments.write or not arguments.name):
        write(DOCUMENT, results)
    for name in failed:
        print(f"{name} failed; what it found before stays in {DOCUMENT.name}.")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
