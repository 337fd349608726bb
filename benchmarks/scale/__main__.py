"""Measure one size: ``python -m benchmarks.scale CHARGERS [--profile]``."""

import argparse
import asyncio

from benchmarks.report import Table

from .figures import rows_of
from .measure import measure
from .profile import Profile


def main() -> int:
    """Measure a size, and tell where the time goes."""
    parser = argparse.ArgumentParser(prog="benchmarks.scale", description=__doc__)
    parser.add_argument("chargers", type=int, help="how many")
    parser.add_argument("--profile", action="store_true", help="look where it goes")
    arguments = parser.parse_args()
    profile = Profile()
    if arguments.profile:
        found = asyncio.run(measure(arguments.chargers, profile.sampling))
    else:
        found = asyncio.run(measure(arguments.chargers))
    print(Table.of("", rows_of([found])).markdown())
    if arguments.profile:
        print(profile.text())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
