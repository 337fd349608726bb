"""A target of energy, and a time by which it's promised."""

from dataclasses import dataclass
import math
from typing import Final

from .kept import number

# What a car may take less than it could, and how long it takes to start.
_SPARE: Final = 1.05
_START_S: Final = 120.0
# Once begun, a charge from the grid ends only when the sun has won so much.
_BACK_S: Final = 900.0


@dataclass(slots=True)
class Plan:
    """What a session has got, whether that's all, and whether the time is short."""

    session_wh: float = 0.0
    is_done: bool = False
    is_urgent: bool = False

    def add(self, energy_wh: float) -> None:
        """Count what a charger without a counter of its own gave."""
        self.session_wh += max(0.0, energy_wh)

    def clear(self) -> None:
        """Begin a session."""
        self.session_wh = 0.0
        self.is_done = self.is_urgent = False

    def missing_wh(self, target_wh: float | None, counted_wh: float | None) -> float:
        """Return what is missing to the target; inf without one."""
        target = number(target_wh)
        if target is None:
            return math.inf
        counted = number(counted_wh)
        got_wh = self.session_wh if counted is None or counted < 0 else counted
        return max(0.0, target - got_wh)

    def latest_s(self, finish_at_s: float, missing_wh: float, most_w: float) -> float:
        """Return when to begin at full power."""
        needed_s = math.inf
        if most_w > 0:
            needed_s = _SPARE * missing_wh / most_w * 3600 + _START_S
        return finish_at_s - needed_s

    def decide(
        self,
        now_s: float,
        finish_at_s: float | None,
        missing_wh: float,
        most_w: float,
    ) -> bool:
        """Tell whether it has to be charged now, whatever the sun does.

        A time that is over promises nothing any more.
        """
        self.is_done = missing_wh <= 0
        finish = number(finish_at_s)
        if (
            finish is None
            or now_s >= finish
            or not 0 < missing_wh < math.inf
            or most_w <= 0
        ):
            self.is_urgent = False
            return False
        spare_s = self.latest_s(finish, missing_wh, most_w) - now_s
        self.is_urgent = spare_s <= (_BACK_S if self.is_urgent else 0.0)
        return self.is_urgent
