"""Weheat's cloud in virtual time and without a network.

Its answers and limits are the simulator's, read by the shipped decoders.
"""

from collections.abc import Iterable, Sequence
from typing import override

from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatError,
    WeheatNotAllowedError,
    WeheatServerError,
    WeheatWindowError,
)
from custom_components.sunbridge.vendors.weheat.hours import (
    Energy,
    HourEnergy,
    hours_in,
    total_in,
)
from custom_components.sunbridge.vendors.weheat.rows import Row as Log, rows_in
from simulators.clock import Clock
from simulators.weheat import Faults, HeatPump
from simulators.weheat.energy_rows import energy_rows, total_of
from simulators.weheat.faults import RateLimits, Window, within
from simulators.weheat.log_rows import rows
from simulators.weheat.rest import RAW_LONGEST_S as VENDOR_LONGEST_S

# Longer than the shipped loop waits, so that weeks pass in seconds; all that's due is
# due at multiples of it.
LOOK_S = 30.0
HOURS_LONGEST_S = 31 * 86_400.0


class VirtualClock(Clock):
    """A clock that stands still until it's set; epoch s."""

    def __init__(self, at_s: float) -> None:
        """Start at a time."""
        super().__init__()
        self.at_s = at_s

    @override
    def monotonic(self) -> float:
        """Return the time."""
        return self.at_s

    @override
    def time(self) -> float:
        """Return the time."""
        return self.at_s


class TooManyRequestsError(WeheatError):
    """The vendor's 429."""


class Vendor:
    """The cloud, asked by one account.

    ``limit``: requests in any hour, None for none. ``down``: when it answers 503. Heat
    pumps go on then, and it has all rows later. ``closed``: kinds of requests that it
    answers with 403. ``asked`` are the times (epoch s) and kinds of all requests.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int | None = 30,
        down: Sequence[Window] = (),
        closed: Iterable[str] = (),
    ) -> None:
        """Prepare; nothing was asked yet."""
        self.clock = clock
        self.asked: list[tuple[float, str]] = []
        self.refused = 0
        self._down = down
        self._closed = frozenset(closed)
        self._faults = Faults(limit=limit)
        self._limits = RateLimits(clock, self._faults)

    def pumps(self) -> None:
        """Answer which heat pumps there are."""
        self._meet("list")

    def latest(self, pump: HeatPump) -> Log:
        """Return the newest log."""
        now_s = self._meet("latest")
        # Each log comes within a second.
        found = rows(pump, now_s - pump.cadence_s - 1, now_s)
        return rows_in([log for _, log in found])[-1]

    def raw(self, pump: HeatPump, from_s: float, to_s: float) -> tuple[Log, ...]:
        """Return all logs between two times."""
        now_s = self._meet("rows")
        if to_s - from_s > VENDOR_LONGEST_S:
            raise WeheatWindowError("the time is too long")
        return rows_in([log for _, log in rows(pump, from_s, min(to_s, now_s))])

    def hours(
        self, pump: HeatPump, from_s: float, to_s: float
    ) -> tuple[HourEnergy, ...]:
        """Return the energies of the hours between two times."""
        now_s = self._meet("hours")
        if to_s - from_s > HOURS_LONGEST_S:
            raise WeheatWindowError("the time is too long")
        return hours_in(energy_rows(pump, "Hour", (from_s, to_s), self._faults, now_s))

    def total(self, pump: HeatPump) -> Energy:
        """Return the lifetime counter."""
        return total_in(total_of(pump, self._faults, self._meet("counter")))

    def _meet(self, kind: str) -> float:
        """Note a request, and refuse it where that's due; return the time."""
        now_s = self.clock.time()
        self.asked.append((now_s, kind))
        if within(now_s, self._down):
            raise WeheatServerError("status 503")
        if self._limits.exceeded("account"):
            self.refused += 1
            raise TooManyRequestsError
        if kind in self._closed:
            raise WeheatNotAllowedError("status 403")
        return now_s
