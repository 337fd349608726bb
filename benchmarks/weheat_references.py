"""Two other ways to a heat pump's energy, told anew from the reference, in virtual time.

No code of theirs is here: what they ask, when, and what becomes of it is what decides.
"""

from collections.abc import Iterable
from contextlib import suppress
import random

from custom_components.sunbridge.vendors.weheat.errors import WeheatError
from custom_components.sunbridge.vendors.weheat.hours import Energy
from custom_components.sunbridge.vendors.weheat.rows import Row as Log
from simulators.weheat import HeatPump

from .weheat_world import Vendor

HOUR_S = 3600
DAY_S = 86_400
PERIOD_S = 300
# Home Assistant keeps statistics of five minutes for so long, unless told otherwise,
# and deletes older ones at twelve past four.
KEEP_S = 10 * DAY_S
PURGED_S = 4 * HOUR_S + 15 * 60
COUNTER_EVERY_S = 1800.0

LOG_EVERY_S = 30.0
GIVE_UP = 5
FILL_EVERY_S = 600.0
FILL_JITTER_S = 9
FIRST_FILL_S = 10.0
FIRST_GAP_S = 7200.0
# More rows than this have to be there already, or else none is written.
KNOWN_ROWS = 4


class SensorStatistics:
    """What Home Assistant's recorder makes of a sensor that counts (4.6 and 4.8).

    Every five minutes the last state of that time, if there's any, is added to a sum;
    an hour has the sum of its last five minutes. Statistics of five minutes are deleted
    after ten days; where none is left the sum starts anew. ``increasing``: a fall by
    more than a tenth is a new cycle, which begins at 0 (``total_increasing``).
    """

    def __init__(self, *, increasing: bool) -> None:
        """Start without a state."""
        self.sums_kwh: dict[int, float] = {}
        self._increasing = increasing
        self._states: list[float | None] = [None]
        self._last: tuple[float, float, float] | None = None

    def show(self, state_kwh: float | None) -> None:
        """Change the state; None where the sensor is unavailable."""
        self._states.append(state_kwh)

    def stop(self) -> None:
        """Forget the state, as Home Assistant does when it stops."""
        self._states = [None]

    def compile(self, end_s: float) -> None:
        """Make the statistic of the five minutes before a time (epoch s)."""
        known = [state for state in self._states if state is not None]
        self._states = self._states[-1:]
        start_s = end_s - PERIOD_S
        if not known:
            is_night = end_s % DAY_S == PURGED_S
            if is_night and self._last and start_s - self._last[0] > KEEP_S:
                self._last = None
            return
        _, old_kwh, sum_kwh = self._last or (start_s, known[0], 0.0)
        for state_kwh in known:
            if self._increasing and state_kwh < 0.9 * old_kwh:
                old_kwh = 0.0
            sum_kwh += state_kwh - old_kwh
            old_kwh = state_kwh
        self._last = (start_s, old_kwh, sum_kwh)
        self.sums_kwh[int(start_s // HOUR_S) * HOUR_S] = sum_kwh

    def hours(self) -> dict[int, float]:
        """Return what is shown of each hour: by how much sums rise, in kWh."""
        found: dict[int, float] = {}
        before_kwh = 0.0
        for hour, sum_kwh in sorted(self.sums_kwh.items()):
            found[hour] = sum_kwh - before_kwh
            before_kwh = sum_kwh
        return found


class CoreCounter:
    """Home Assistant's own integration: sensors of the lifetime counter (1.6 and 4.8).

    The counter is read when it starts and each half an hour. Without an answer the
    sensors are unavailable. The heat that it shows is what heating and hot water gave,
    less what defrosts took, and the cold (3.8); it may fall.
    """

    def __init__(self, vendor: Vendor, pump: HeatPump) -> None:
        """Prepare; ``start`` starts it."""
        self.electricity = SensorStatistics(increasing=True)
        self.heat = SensorStatistics(increasing=False)
        self.electricity_kwh: float | None = None
        self._vendor = vendor
        self._pump = pump
        self._due_s = 0.0

    def start(self) -> None:
        """Start; the first look reads."""
        self._due_s = self._vendor.clock.time()

    def stop(self) -> None:
        """Stop."""
        self.electricity.stop()
        self.heat.stop()

    def look(self) -> None:
        """Read what is due; to be called at all full five minutes, too."""
        now_s = self._vendor.clock.time()
        if now_s % PERIOD_S == 0:
            self.electricity.compile(now_s)
            self.heat.compile(now_s)
        if now_s < self._due_s:
            return
        self._due_s = now_s + COUNTER_EVERY_S
        total: Energy | None = None
        with suppress(WeheatError):
            total = self._vendor.total(self._pump)
        self.electricity_kwh = None if total is None else total.electric_kwh
        self.electricity.show(self.electricity_kwh)
        self.heat.show(None if total is None else total.output_kwh)


class GapFiller:
    """The gap filler of the project's seed: rows in a database, integrated by minutes.

    As the reference has it (4.1): the newest log each 30 s; after failures 30 s times
    their square, and after five of them the program ends, which is taken to be started
    at once. It asks for all rows of the last two hours when it starts, then for those
    of ten minutes and some seconds. A window that is refused grows until it isn't. Rows
    are written only when more than four of the window's were there already.
    """

    def __init__(self, vendor: Vendor, pump: HeatPump, *, seed: int = 1) -> None:
        """Prepare; ``start`` starts it."""
        self._vendor = vendor
        self._pump = pump
        self._random = random.Random(f"{seed}/filler")
        # Electric power and what heat is given, in W, by the second of the log.
        self._powers: dict[int, tuple[float, float]] = {}
        self._log_s = self._fill_s = self._gap_s = 0.0
        self._failures = 0

    def start(self) -> None:
        """Start, and know nothing of what was before but the database."""
        now_s = self._vendor.clock.time()
        self._log_s = now_s
        self._fill_s = now_s + FIRST_FILL_S
        self._gap_s = now_s - FIRST_GAP_S
        self._failures = 0

    def stop(self) -> None:
        """Stop; the database is all that stays."""

    def look(self) -> None:
        """Read what is due."""
        now_s = self._vendor.clock.time()
        if now_s < self._log_s:
            return
        try:
            log = self._vendor.latest(self._pump)
        except WeheatError:
            self._failures += 1
            if self._failures >= GIVE_UP:
                self.start()
            self._log_s = now_s + LOG_EVERY_S * max(self._failures, 1) ** 2
            return
        self._failures = 0
        self._log_s = now_s + LOG_EVERY_S
        self._keep([log])
        if now_s >= self._fill_s:
            self._fill(now_s)

    def hours(self) -> tuple[dict[int, float], dict[int, float]]:
        """Return electricity and heat of each hour in kWh.

        That's the integral of each minute's mean; a minute without rows has nothing.
        Of electricity rows have only the compressor's.
        """
        minutes: dict[int, list[tuple[float, float]]] = {}
        for second, powers in self._powers.items():
            minutes.setdefault(second // 60, []).append(powers)
        found: tuple[dict[int, float], dict[int, float]] = ({}, {})
        for minute, several in minutes.items():
            hour = minute * 60 // HOUR_S * HOUR_S
            for kwh, watts in zip(found, zip(*several, strict=True), strict=True):
                more = sum(watts) / len(several) / 60_000
                kwh[hour] = kwh.get(hour, 0.0) + more
        return found

    def _fill(self, now_s: float) -> None:
        try:
            logs = self._vendor.raw(self._pump, self._gap_s, now_s)
        except WeheatError:
            return
        self._gap_s = self._fill_s
        self._fill_s = now_s + FILL_EVERY_S + self._random.randint(0, FILL_JITTER_S)
        known = sum(int(log.at_s) in self._powers for log in logs)
        if len(logs) >= 2 and known > KNOWN_ROWS:
            self._keep(logs)

    def _keep(self, logs: Iterable[Log]) -> None:
        for log in logs:
            if log.power_in_w is not None and log.power_out_w is not None:
                self._powers[int(log.at_s)] = (
                    log.power_in_w,
                    max(log.power_out_w, 0.0),
                )
