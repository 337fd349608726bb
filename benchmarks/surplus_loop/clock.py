"""Time that passes while nothing is to be done: a clock that waits for its event loop.

Home Assistant, the simulators and the meters share one event loop. As soon as all have
done what they had to, the clock goes to the next timer's time at once; while they work,
it stands still. So a day takes as long as its work, and nobody is late because the
machine is busy. All clocks of all processes follow it, by the library of
``tests/chaos/clock.c``.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from functools import partial
import gc
import os
from pathlib import Path
import selectors
import socket
import subprocess
import sys
import threading
import time
from typing import Any, Final, override

from tests.chaos.clock import NEVER_NS, SIZE, Memory

_SOURCE: Final = Path(__file__).parents[2] / "tests" / "chaos" / "clock.c"
# Standing still; not 0, which is the real time.
_STILL: Final = 1e-3
# How often it's looked whether what is waited for has come, and how long it may take
# (real time): a thread that sleeps would wait for the clock, and the clock for it.
_LOOK_S: Final = 0.0005
_STUCK_S: Final = 5.0
# Looks before the time goes on: something may be under way between two sockets.
_LOOKS: Final = 3


def environment(folder: Path) -> dict[str, str]:
    """Make the library and its memory; return the variables of who has the clock."""
    library, memory = folder / "clock.so", folder / "clock"
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-o", library, _SOURCE, "-ldl"], check=True
    )
    memory.write_bytes(bytes(SIZE))
    return {"LD_PRELOAD": str(library), "CHAOS_CLOCK": str(memory), "CHAOS_WALL": "0"}


class Clock:
    """The time of all processes; real until it's ``set_stepped``.

    ``turns_s`` is the processor time of each of the loop's turns meanwhile, and
    ``collected_s`` what Python's collection of garbage had of it.
    """

    def __init__(self) -> None:
        """Begin with the real time."""
        self._memory = Memory()
        self._wall_ns = time.time_ns() - time.monotonic_ns()
        self._is_stepped = False
        self._held = 0
        self._held_since_s = 0.0
        self._told_ns = 0
        self._timer = os.timerfd_create(time.CLOCK_MONOTONIC)
        os.timerfd_settime(self._timer, initial=_LOOK_S, interval=_LOOK_S)
        self.stuck = 0
        self.turns_s: list[float] = []
        self.collected_s: list[float] = []
        self._collecting_from_s = self._collecting_s = 0.0
        gc.callbacks.append(self._collect)
        self.wait: Callable[[float | None], Any] = lambda _: []
        self._worked_s = 0.0

    def set_wall(self, epoch_s: float) -> None:
        """Set the wall clock of all processes."""
        self._wall_ns = round(epoch_s * 1e9) - time.monotonic_ns()
        self._go(time.monotonic_ns())

    def set_stepped(self, is_stepped: bool) -> None:
        """Let the time stand still but when there's nothing to be done, or be real."""
        told_ns = time.monotonic_ns()
        self._is_stepped, self._held, self._told_ns = is_stepped, 0, told_ns
        self._worked_s, self._collecting_s = time.thread_time(), 0.0
        self._go(told_ns)

    def hold(self) -> None:
        """Let no time pass until this is released."""
        if not self._held:
            self._held_since_s = self.real_s()
        self._held += 1

    def release(self, *_: object) -> None:
        """End a hold."""
        self._held = max(0, self._held - 1)

    @staticmethod
    def real_s() -> float:
        """Return seconds that pass as the real ones do."""
        return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)

    def select(self, timeout_s: float | None) -> Any:
        """Return what is ready, at least when ``timeout_s`` have passed by the clock."""
        if not self._is_stepped:
            return self.wait(timeout_s)
        self.turns_s.append(time.thread_time() - self._worked_s)
        self.collected_s.append(self._collecting_s)
        try:
            return self._select(timeout_s)
        finally:
            self._worked_s, self._collecting_s = time.thread_time(), 0.0

    def _collect(self, phase: str, _: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        if phase == "start":
            self._collecting_from_s = time.thread_time()
        else:
            self._collecting_s += time.thread_time() - self._collecting_from_s

    def _select(self, timeout_s: float | None) -> Any:
        ready = self.wait(0)
        looks = 1
        while not ready and (timeout_s is None or timeout_s > 0):
            if self._held or timeout_s is None:
                os.read(self._timer, 8)
                if self._held and self.real_s() - self._held_since_s > _STUCK_S:
                    self.stuck += 1
                    self._held = 0
            elif looks < _LOOKS:
                looks += 1
            else:
                self._told_ns += round(timeout_s * 1e9) + 1
                self._go(self._told_ns)
                return self.wait(0)
            ready = self.wait(0)
        return ready

    def _go(self, told_ns: int) -> None:
        still = self._is_stepped
        self._memory.tell(
            time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW),
            told_ns,
            limit_ns=told_ns if still else NEVER_NS,
            pace=_STILL if still else 1.0,
            walls_ns=(self._wall_ns,) * 4,
        )


class _Selector(selectors.EpollSelector):
    """Waits by a clock."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        clock.wait = super().select

    @override
    def select(self, timeout: float | None = None) -> Any:
        return self._clock.select(timeout)


class Loop(asyncio.SelectorEventLoop):
    """An event loop on a clock, which stands still for work in threads as well."""

    def __init__(self, clock: Clock) -> None:
        """Make one."""
        super().__init__(_Selector(clock))
        self._sunbridge_clock = clock

    @override
    def run_in_executor[*Ts, T](
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._sunbridge_clock.hold()
        future.add_done_callback(self._sunbridge_clock.release)
        return future


def run[T](main: Callable[[Clock], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine on a loop with a clock; the environment has to be prepared."""
    clock = Clock()
    with asyncio.Runner(loop_factory=partial(Loop, clock)) as runner:
        return runner.run(main(clock))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run_apart(module: str, arguments: list[str], folder: Path) -> None:
    """Run a module in a process of its own, which has the clock."""
    subprocess.run(
        [sys.executable, "-m", module, *arguments],
        check=True,
        # Home Assistant takes the port of its web server when it's imported.
        env=os.environ | environment(folder) | {"SETUP_PORT": str(_free_port())},
    )
