"""How many phases a charger has connected, and whether it switches them."""

from dataclasses import dataclass
import math
from typing import Final

from .kept import number
from .model import LEAST_A, VOLTAGE_V, ChargerReport
from .outbox import Outbox, Setting

# One that doesn't switch in so many times what it may take can't, for an hour at least.
_PATIENCE: Final = 7.0
_STUCK_S: Final = 3600.0
_SAME_A: Final = 0.05


@dataclass(slots=True)
class Phases:
    """The phases that are connected, and those that it seems not to leave (0: none)."""

    connected: int = 1
    stuck: int = 0
    stuck_at_s: float = -math.inf
    # Since when it has others than it's told, and whether it took a current meanwhile.
    unlike_at_s: float = math.inf
    is_obeying: bool = False

    def see(self, report: ChargerReport, steady_w: float) -> None:
        """Take a report. Where it doesn't say, its power may tell of more than known.

        ``steady_w`` is what it takes since a while after the last command, else 0.
        """
        if report.phases is not None and report.phases in {1, 2, 3}:
            self.connected = report.phases
            return
        set_a = number(report.set_a)
        if set_a is not None and set_a >= LEAST_A:
            told = round(steady_w / (VOLTAGE_V * set_a))
            self.connected = max(self.connected, min(told, 3))

    def watch(
        self, now_s: float, setting: Setting, outbox: Outbox, switch_s: float
    ) -> None:
        """Find out whether it takes the currents that it's told, but not the phases.

        ``switch_s`` is how long a switch may take until it's seen.
        """
        amps, phases = setting
        sent_a, sent_phases = outbox.sent
        if phases != self.stuck or now_s - self.stuck_at_s >= _STUCK_S:
            self.stuck = 0
        if outbox.is_manual or min(amps, sent_a) <= 0 or phases == sent_phases:
            self.unlike_at_s, self.is_obeying = math.inf, False
            return
        self.unlike_at_s = min(self.unlike_at_s, now_s)
        self.is_obeying = self.is_obeying or abs(amps - sent_a) < _SAME_A
        if self.is_obeying and now_s - self.unlike_at_s >= _PATIENCE * switch_s:
            self.stuck, self.stuck_at_s = phases, now_s
