"""Play a case: ``python -m benchmarks.surplus_loop NAME FILE``, on the clock."""

import asyncio
from pathlib import Path
import pickle
import sys

from .cases import CASES, DAYS, Case
from .clock import Clock, run
from .play import play


async def _play(case: Case, clock: Clock, file: Path) -> None:
    result = await play(case, clock)
    await asyncio.to_thread(file.write_bytes, pickle.dumps(result))


def main() -> int:
    """Play a case, and write what came of it."""
    name, file = sys.argv[1:]
    run(lambda clock: _play((CASES | DAYS)[name], clock, Path(file)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
