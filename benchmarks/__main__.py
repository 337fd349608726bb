"""Run one benchmark or all: ``scripts/bench [NAME] [--full] [--json FILE]``."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
import json
from pathlib import Path
import subprocess
import sys
import tempfile
from typing import Any

from . import easee, goe_cloud, goe_mqtt, nrgkick, surplus, surplus_loop, weheat
from .report import Row, as_json, print_table

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Row]]]] = {
    "easee": easee.run,
    "goe-cloud": goe_cloud.run,
    "goe-mqtt": goe_mqtt.run,
    "nrgkick": nrgkick.run,
    "surplus": surplus.run,
    "surplus-loop": surplus_loop.run,
    "weheat": weheat.run,
}

# Those that have a long run, too.
FULL: dict[str, Callable[[], Awaitable[list[Row]]]] = {
    "surplus": surplus.run_full,
    "surplus-loop": surplus_loop.run_full,
}


async def _run(name: str, *, full: bool) -> dict[str, object]:
    run = FULL.get(name, BENCHMARKS[name]) if full else BENCHMARKS[name]
    rows = await run()
    print_table(name, rows)
    return as_json(name, rows)


def _run_apart(name: str, *, full: bool) -> Any:
    """Run a benchmark in a process of its own: a process has one Home Assistant."""
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [sys.executable, "-m", "benchmarks", name, "--json", file.name]
        if full:
            command.append("--full")
        subprocess.run(command, check=True)
        return json.loads(Path(file.name).read_text())


def main() -> int:
    """Run what is asked for; a goal that isn't met is told, and no failure."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="all without one")
    parser.add_argument(
        "--full", action="store_true", help="the long run, where there is one"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    arguments = parser.parse_args()
    result: Any
    if arguments.name:
        result = asyncio.run(_run(arguments.name, full=arguments.full))
    else:
        result = [_run_apart(name, full=arguments.full) for name in BENCHMARKS]
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
