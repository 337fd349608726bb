"""Plays all there is to play, in two processes."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from simulators.household import FaultKind, Sky

from .cases import (
    CASES,
    FAULTS_S,
    MAIN,
    Played,
    bounds,
    front,
    play_case,
    play_faults,
    play_steps,
)
from .controllers import all_makers, makers
from .metrics import Trouble
from .optimum import Best

PROCESSES = 2
# Each of them is long, so that these are enough.
_STEP_SEEDS = 4
_FAULT_SEEDS = 2
_FAULT_SKIES = (Sky.MIXED, Sky.BROKEN)


@dataclass
class Results:
    """What was played, always in the same order."""

    names: list[str]
    played: list[Played] = field(default_factory=list)
    # Those of the picture, on the days of the main case.
    variants: list[Played] = field(default_factory=list)
    bounds: list[dict[str, Best]] = field(default_factory=list)
    front: list[dict[float, Best]] = field(default_factory=list)
    # Seconds of falls and of rises, by controller.
    falls: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    rises: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    troubles: dict[tuple[FaultKind, str], list[Trouble]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # In the days with troubles.
    violations: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def run_all(
    seeds: Sequence[int],
    *,
    names: Sequence[str] | None = None,
    cases: Sequence[str] | None = None,
    picture: bool = True,
    processes: int = PROCESSES,
) -> Results:
    """Play the days of ``seeds``; controllers and cases can be a choice of all.

    Troubles and the test signal belong to the main case. Without ``picture`` nothing
    is played that only the picture needs.
    """
    who = list(makers() if names is None else names)
    chosen = [case for case in CASES.values() if cases is None or case.name in cases]
    results = Results(who)
    context = get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        jobs = _Jobs(pool)
        for case in chosen:
            for sky in case.skies:
                for seed in seeds[: case.seeds]:
                    jobs.add(
                        results.played.append, play_case, case.name, sky, seed, who
                    )
                    if case is MAIN:
                        jobs.add(results.bounds.append, bounds, sky, seed)
        if MAIN in chosen:
            _add_tests(jobs, results, seeds)
        if picture:
            others = [name for name in all_makers() if name not in who]
            for sky in MAIN.skies:
                for seed in seeds:
                    jobs.add(
                        results.variants.append, play_case, MAIN.name, sky, seed, others
                    )
                    jobs.add(results.front.append, front, sky, seed)
        jobs.finish()
    return results


class _Jobs:
    """What is under way, and what to do with each result, in the order of asking."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._ends: list[Callable[[], None]] = []

    def add[**P, R](
        self,
        take: Callable[[R], None],
        job: Callable[P, R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> None:
        """Let a process do a job, and hand over what it returns."""
        future: Future[R] = self._pool.submit(job, *args, **kwargs)
        self._ends.append(lambda: take(future.result()))

    def finish(self) -> None:
        """Wait for all."""
        for end in self._ends:
            end()


def _add_tests(jobs: _Jobs, results: Results, seeds: Sequence[int]) -> None:
    """Add the test signal and the troubles."""

    def take_steps(found: dict[str, tuple[list[float], list[float]]]) -> None:
        for name, (falls, rises) in found.items():
            results.falls[name] += falls
            results.rises[name] += rises

    for seed in seeds[:_STEP_SEEDS]:
        jobs.add(take_steps, play_steps, seed, results.names)
    for kind in FAULTS_S:

        def take(
            found: dict[str, tuple[list[Trouble], int]], kind: FaultKind = kind
        ) -> None:
            for name, (troubles, violations) in found.items():
                results.troubles[kind, name] += troubles
                results.violations[name] += violations

        for sky in _FAULT_SKIES:
            for seed in seeds[:_FAULT_SEEDS]:
                jobs.add(take, play_faults, sky, seed, kind, results.names)
