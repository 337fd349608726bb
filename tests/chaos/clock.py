"""Turns the clock that all processes of a run have (``clock.c``)."""

import asyncio
from collections.abc import Iterator
import contextlib
import mmap
import os
from pathlib import Path
import struct
import sys
import time
from typing import Final

# Whose wall clock it is, by the number in CHAOS_WALL.
WORLD: Final = 0
HOME: Final = 1

_VARIABLES: Final = ("CHAOS_CLOCK", "LD_PRELOAD")
_WALLS: Final = 4
_TURN: Final = struct.Struct("=Q")
# Real, told and limit in ns, pace, walls in ns; there are two of them.
_VIEW: Final = struct.Struct(f"=qqqd{_WALLS}q")
# Where Home Assistant's probe writes when its event loop was seen to turn.
_BEAT: Final = struct.Struct("=q")
_BEAT_AT: Final = _TURN.size + 2 * _VIEW.size
SIZE: Final = _BEAT_AT + _BEAT.size

NEVER_NS: Final = 2**63 - 1
# So far the time goes on without an event loop having turned: what takes many turns
# would be late otherwise where processes have to wait for the processor. Home
# Assistant's is seen to turn each quarter of a second.
_LEASE_NS: Final = 250_000_000
_HOME_LEASE_NS: Final = 500_000_000
# How often this one's turns, in real time; and a loop that is stuck isn't waited for.
_TURN_S: Final = 0.002
_STUCK_S: Final = 30.0
# A process that isn't let run for a moment is so late by the clock: the pace is made so.
_LATE_S: Final = 1.0
_FORGET_S: Final = 0.5


class Memory:
    """What ``clock.c`` reads in all processes: one view that is told, one being made."""

    def __init__(self) -> None:
        """Open that of this process's environment."""
        with Path(os.environ["CHAOS_CLOCK"]).open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)
        (self._turn,) = _TURN.unpack_from(self._memory)

    @property
    def beat_ns(self) -> int:
        """When Home Assistant's event loop was last seen to turn (monotonic clock)."""
        beat_ns: int = _BEAT.unpack_from(self._memory, _BEAT_AT)[0]
        return beat_ns

    def tell(
        self,
        real_ns: int,
        told_ns: int,
        *,
        limit_ns: int = NEVER_NS,
        pace: float,
        walls_ns: tuple[int, ...],
    ) -> None:
        """Tell that it's ``told_ns`` now, and how the time goes on.

        It does so at ``pace`` up to ``limit_ns``; ``walls_ns`` are what the clocks on
        the wall are ahead of the monotonic one.
        """
        self._turn += 1
        _VIEW.pack_into(
            self._memory,
            _TURN.size + self._turn % 2 * _VIEW.size,
            *(real_ns, told_ns, limit_ns, pace),
            *walls_ns,
        )
        _TURN.pack_into(self._memory, 0, self._turn)


class Clock:
    """The clock of a run: its pace, and how far walls are off.

    A pace of 20 lets 20 seconds pass in each, if the machine is fast enough: it's less
    where processes have to wait for the processor, and the time waits for the event
    loops of this process and, while ``waits_for_home``, of Home Assistant's. So nobody
    misses a deadline because the machine is busy. The monotonic clock never jumps. The
    wall clock of the world is right by definition, that of Home Assistant's machine is
    ``ahead_s`` ahead of it.
    """

    def __init__(self, *, begins_s: float) -> None:
        """Begin at a time of the wall (epoch seconds), at the real pace."""
        self._memory = Memory()
        self.ahead_s = 0.0
        self._was_ahead: list[tuple[float, float]] = []
        self.waits_for_home = False
        self._slow = 0
        self._beat_ns = self._beat_real_ns = 0
        self._stall_s = _TURN_S
        self._wall_ns = round(begins_s * 1e9) - time.monotonic_ns()
        self.set_pace(1.0)

    @staticmethod
    def environment(wall: int) -> dict[str, str]:
        """Return the variables of a process whose environment is made by hand."""
        found = {name: os.environ[name] for name in _VARIABLES}
        return found | {"CHAOS_WALL": str(wall)}

    def set_pace(self, pace: float) -> None:
        """Go at another pace from now on."""
        self.pace = pace
        self._go_on()

    @contextlib.contextmanager
    def slow(self) -> Iterator[None]:
        """Go at the real pace meanwhile: a process starts, whose work takes real time."""
        self._slow += 1
        self._go_on()
        try:
            yield
        finally:
            self._slow -= 1
            self._go_on()

    def set_ahead(self, seconds: float) -> None:
        """Set the wall clock of Home Assistant's machine wrong, or right."""
        self._was_ahead.append((time.monotonic(), self.ahead_s))
        self.ahead_s = seconds
        self._go_on()

    def off_s(self, within_s: float) -> float:
        """Return by how much Home Assistant's wall clock was off at most of late."""
        since_s = time.monotonic() - within_s
        was = [seconds for until_s, seconds in self._was_ahead if until_s >= since_s]
        return max(abs(seconds) for seconds in (*was, self.ahead_s))

    @contextlib.contextmanager
    def going(self) -> Iterator[None]:
        """Let the time go on while event loops turn."""
        loop = asyncio.get_running_loop()
        timer = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK)

        def turned() -> None:
            stall_s = int.from_bytes(os.read(timer, 8), sys.byteorder) * _TURN_S
            forgotten = 0.5 ** (stall_s / _FORGET_S)
            self._stall_s = max(stall_s, self._stall_s * forgotten)
            self._go_on()

        # The kernel's timers aren't ours, so this one is of the real time.
        os.timerfd_settime(timer, initial=_TURN_S, interval=_TURN_S)
        loop.add_reader(timer, turned)
        try:
            yield
        finally:
            loop.remove_reader(timer)
            os.close(timer)
            self.set_pace(1.0)

    @staticmethod
    def real_s() -> float:
        """Return seconds that pass as the real ones do."""
        return time.clock_gettime(time.CLOCK_MONOTONIC_RAW)

    def _go_on(self) -> None:
        # In this order, so that the time never goes back.
        real_ns = time.clock_gettime_ns(time.CLOCK_MONOTONIC_RAW)
        told_ns = time.monotonic_ns()
        limit_ns = NEVER_NS
        wanted = 1.0 if self._slow else self.pace
        pace = min(wanted, max(1.0, _LATE_S / self._stall_s))
        if wanted > 1.0 or self.waits_for_home:
            limit_ns = max(told_ns, self._lease_ns(real_ns, told_ns))
        home_ns = self._wall_ns + round(self.ahead_s * 1e9)
        self._memory.tell(
            real_ns,
            told_ns,
            limit_ns=limit_ns,
            pace=pace,
            walls_ns=(self._wall_ns, home_ns, self._wall_ns, self._wall_ns),
        )

    def _lease_ns(self, real_ns: int, told_ns: int) -> int:
        """Return up to when the event loops needn't turn again (monotonic clock)."""
        lease_ns = told_ns + _LEASE_NS
        if not self.waits_for_home:
            return lease_ns
        beat_ns = self._memory.beat_ns
        if beat_ns != self._beat_ns:
            self._beat_ns, self._beat_real_ns = beat_ns, real_ns
        is_stuck = real_ns - self._beat_real_ns > _STUCK_S * 1e9
        return lease_ns if is_stuck else min(lease_ns, beat_ns + _HOME_LEASE_NS)
