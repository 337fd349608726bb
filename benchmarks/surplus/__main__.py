"""Play for tuning: ``python -m benchmarks.surplus [--seeds N] [--case NAME] …``."""

import argparse
from pathlib import Path

from . import picture, tables
from .cases import CASES, MAIN
from .controllers import all_makers
from .days import TUNING_SEEDS
from .runner import run_all


def main() -> int:
    """Play some of the tuning seeds; the held-out ones are for ``scripts/bench``."""
    parser = argparse.ArgumentParser(prog="benchmarks.surplus", description=__doc__)
    parser.add_argument("--seeds", type=int, default=len(TUNING_SEEDS), help="how many")
    parser.add_argument("--case", action="append", choices=CASES, help="all without")
    parser.add_argument(
        "--only", action="append", choices=all_makers(), help="who plays"
    )
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw it, too")
    arguments = parser.parse_args()
    cases = arguments.case
    if cases and arguments.picture:
        # It's a picture of the main case.
        cases = list(dict.fromkeys([MAIN.name, *cases]))
    results = run_all(
        TUNING_SEEDS[: arguments.seeds],
        names=arguments.only,
        cases=cases,
        picture=bool(arguments.picture),
    )
    print(tables.text(results))
    if arguments.picture:
        arguments.picture.write_text(picture.draw(results))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
