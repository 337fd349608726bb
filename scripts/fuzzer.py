"""Fuzz for as long as somebody wants: ``scripts/fuzz --help``.

Cases are made by a random generator, or by atheris, which prefers those that reach code
that none has reached. A failure is told once, with what makes it again.
"""

import argparse
import asyncio
from collections import Counter
from dataclasses import dataclass, field
import faulthandler
import logging
import re
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from typing import Any, Final

# Before anything that imports httpx, which the newest Home Assistant replaces.
import homeassistant  # noqa: F401
from tests.fuzz.dice import Rolled
from tests.fuzz.nrgkick import raw_requests, serving
from tests.fuzz.targets import TARGETS

PORT: Final = "nrgkick port"
# A case that takes longer hangs; one that computes for longer than a second is told.
_HANGS_S: Final = 60
_SLOW_S: Final = 1.0
# How much memory all of it may take.
_MOST_BYTES: Final = 4 * 2**30
_AT_ONCE: Final = 200


@dataclass
class Count:
    """What became of a target's cases; ``failures`` by their traceback's end."""

    cases: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    told: Counter[str] = field(default_factory=Counter)
    failures: dict[str, str] = field(default_factory=dict)

    def took(self, seconds: float, told: str | None, seed: int) -> None:
        """Count a case."""
        self.cases += 1
        self.told[str(told)] += 1
        self.slowest_s = max(self.slowest_s, seconds)
        if seconds > _SLOW_S:
            self.fail(f"took {seconds:.1f} s", seed)

    def fail(self, what: str, seed: int) -> None:
        """Note a failure, unless it's a known one."""
        if what not in self.failures:
            self.failures[what] = f"--seed {seed} --examples 1"
            print(f"FAILED (--seed {seed}): {what}", flush=True)

    def caught(self, err: BaseException, seed: int) -> None:
        """Note an exception by where it was raised."""
        self.cases += 1
        last = traceback.extract_tb(err.__traceback__)[-1]
        where = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
        if type(err).__name__ + where not in self.told:
            traceback.print_exception(err)
        self.told[type(err).__name__ + where] += 1
        self.fail(f"{type(err).__name__} at {where}", seed)


def _roll(name: str, count: Count, seeds: range, until_s: float) -> None:
    target = TARGETS[name]
    with asyncio.Runner() as runner:
        for seed in seeds:
            if time.perf_counter() >= until_s:
                return
            begin_s = time.process_time()
            try:
                told = target.run(target.make(Rolled(seed)), runner)
            except Exception as err:  # noqa: BLE001
                count.caught(err, seed)
            else:
                count.took(time.process_time() - begin_s, told, seed)


async def _ask(count: Count, seeds: range, until_s: float) -> None:
    async with serving() as port:
        for seed in seeds:
            if time.perf_counter() >= until_s:
                return
            begin_s = time.process_time()
            try:
                told = await port.check(raw_requests(Rolled(seed)))
            except Exception as err:  # noqa: BLE001
                count.caught(err, seed)
            else:
                count.took(time.process_time() - begin_s, told, seed)


def fuzz(
    names: list[str], seed: int, examples: int, minutes: float
) -> dict[str, Count]:
    """Hold each of these against so many cases, or as many as the time lets."""
    found = {name: Count() for name in names}
    end_s = time.perf_counter() + 60 * minutes if minutes else float("inf")
    for place, (name, count) in enumerate(found.items()):
        begin_s = time.perf_counter()
        until_s = float("inf")
        if minutes:
            # Who was quick leaves time to the others.
            until_s = begin_s + max(0.0, end_s - begin_s) / (len(names) - place)
        first = seed
        while count.cases < examples and time.perf_counter() < until_s:
            faulthandler.dump_traceback_later(_HANGS_S, exit=True)
            seeds = range(first, first + min(_AT_ONCE, examples - count.cases))
            if name == PORT:
                asyncio.run(_ask(count, seeds, until_s))
            else:
                _roll(name, count, seeds, until_s)
            first = seeds.stop
        count.seconds = time.perf_counter() - begin_s
        _tell(name, count)
    faulthandler.cancel_dump_traceback_later()
    return found


def _tell(name: str, count: Count) -> None:
    rate = count.cases / count.seconds if count.seconds else 0.0
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    most = ", ".join(f"{what} {n}" for what, n in count.told.most_common(4))
    print(
        f"{name:20} {count.cases:>10,} cases {rate:>8,.0f}/s  slowest"
        f" {1000 * count.slowest_s:>5.0f} ms  peak {peak_mb:>5.0f} MB"
        f"  {len(count.failures)} failures  ({most})",
        flush=True,
    )


def look(names: list[str], minutes: float) -> int:
    """Let atheris look for cases, for each target in a process; return how many failed."""
    failed = 0
    seconds = max(1, round(60 * minutes / len(names)))
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            found = subprocess.run(
                [sys.executable, "-m", "tests.fuzz.look", name, str(seconds), folder],
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        runs = re.search(r"stat::number_of_executed_units: *(\d+)", found.stderr)
        count = int(runs[1]) if runs else 0
        reached = re.findall(r"cov: (\d+) ft: (\d+)", found.stderr) or [("?", "?")]
        print(
            f"{name:20} {count:>10,} cases  {reached[-1][0]} edges,"
            f" {reached[-1][1]} features  exit {found.returncode}",
            flush=True,
        )
        if found.returncode:
            failed += 1
            print(found.stderr[-6000:], flush=True)
    return failed


def main() -> int:
    """Do what the arguments say; return how many targets failed."""
    names = [*TARGETS, PORT]
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=0, help="cases of each parser")
    parser.add_argument("--minutes", type=float, default=0, help="for all parsers")
    parser.add_argument("--seed", type=int, default=None, help="the first one's")
    parser.add_argument("--only", default="", help=f"one of {', '.join(names)}")
    parser.add_argument("--atheris", action="store_true", help="by what is reached")
    given: Any = parser.parse_args()
    names = [name for name in names if given.only in name]
    if not names:
        parser.error("no such parser")
    if given.atheris:
        sync = [name for name in names if name != PORT]
        return min(look(sync, given.minutes or 1), 1)
    if not (given.examples or given.minutes):
        given.examples = 20_000
    logging.disable(logging.WARNING)
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    seed = int(time.time()) << 20 if given.seed is None else given.seed
    examples = given.examples or sys.maxsize
    found = fuzz(names, seed, examples, given.minutes)
    total = sum(count.cases for count in found.values())
    bad = {name: count for name, count in found.items() if count.failures}
    print(f"{total:,} cases, {len(bad)} parsers with failures")
    for name, count in bad.items():
        for what, again in count.failures.items():
            print(f'  {what}\n    scripts/fuzz --only "{name}" {again}')
    return min(len(bad), 1)


if __name__ == "__main__":
    sys.exit(main())
