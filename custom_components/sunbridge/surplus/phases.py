"""How many phases a charger has connected, and whether it switches them."""

from dataclasses import dataclass
import math
from typing import Final

from .kept import number
from .model import LEAST_A, VOLTAGE_V, ChargerReport
from .outbox import Outbox, Setting

# One that was told so often can't, for an hour at the least.
_TRIES: Final = 3
_STUCK_S: Final = 3600.0
_SAME_A: Final = 0.05


@dataclass(slots=True)
class Phases:
    """The phases that are connected, and those that it seems not to leave (0: none)."""

    connected: int = 1
    stuck: int = 0
    stuck_at_s: float = -math.inf

    def see(self, report: ChargerReport, power_w: float) -> None:
        """Take a report. Where it doesn't say, its power may tell of more than known."""
        if report.phases is not None and report.phases in {1, 2, 3}:
            self.connected = report.phases
            return
        set_a = number(report.set_a)
        if set_a is not None and set_a >= LEAST_A:
            told = round(power_w / (VOLTAGE_V * set_a))
            self.connected = max(self.connected, min(told, 3))

    def watch(self, now_s: float, setting: Setting, outbox: Outbox) -> None:
        """Find out whether it takes the currents that it's told, but not the phases."""
        amps, phases = setting
        if phases != self.stuck or now_s - self.stuck_at_s >= _STUCK_S:
            self.stuck = 0
        if (
            outbox.is_open
            and outbox.failures >= _TRIES
            and amps > 0
            and abs(amps - outbox.sent_a) < _SAME_A
            and phases != outbox.sent_phases
        ):
            self.stuck, self.stuck_at_s = phases, now_s
