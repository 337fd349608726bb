"""Run one benchmark or all: ``scripts/bench [NAME] [--json FILE]``."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
import json
from pathlib import Path

from . import goe_cloud
from .report import Row, as_json, print_table

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Row]]]] = {
    "goe-cloud": goe_cloud.run,
}


def main() -> int:
    """Run what is asked for; a goal that isn't met is told, and no failure."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHMARKS, help="all without one")
    parser.add_argument("--json", metavar="FILE", help="write the figures")
    arguments = parser.parse_args()
    results = []
    for name, benchmark in BENCHMARKS.items():
        if arguments.name in (None, name):
            rows = asyncio.run(benchmark())
            print_table(name, rows)
            results.append(as_json(name, rows))
    if arguments.json:
        written = results[0] if arguments.name else results
        Path(arguments.json).write_text(json.dumps(written, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
