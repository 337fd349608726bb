"""A car at the cable."""

from dataclasses import dataclass

# Above this share of its battery a car takes less and less (reference surplus 3.1).
_TAPER_FROM = 0.8


@dataclass
class Car:
    """What a car does with the current that it's offered, on each of its phases.

    It waits ``start_delay_s`` after it's offered some, takes ``less_a`` less, follows
    at ``up_a_per_s`` and ``down_a_per_s``, and never draws between 0 and 6 A. The
    figures are from the middle of what the surplus reference, 3.1, gives.
    """

    phases: int = 3
    max_current_a: float = 16.0
    less_a: float = 0.3
    start_delay_s: float = 10.0
    up_a_per_s: float = 1.5
    down_a_per_s: float = 4.0
    battery_wh: float = 60_000.0
    stored_wh: float = 20_000.0
    current_a: float = 0.0
    _waited_s: float = 0.0

    @property
    def full(self) -> bool:
        """Tell whether the battery takes no more."""
        return self.stored_wh >= self.battery_wh

    def follow(self, offered_a: float, dt_s: float) -> None:
        """Move the current towards an offer (A) for a time (s)."""
        if offered_a < 6.0 or self.full:
            self._waited_s = 0.0
            wanted_a = 0.0
        else:
            self._waited_s += dt_s
            wanted_a = self._wanted_a(offered_a)
        if wanted_a < self.current_a:
            self.current_a = max(wanted_a, self.current_a - self.down_a_per_s * dt_s)
        else:
            self.current_a = min(wanted_a, self.current_a + self.up_a_per_s * dt_s)

    def _wanted_a(self, offered_a: float) -> float:
        if self._waited_s < self.start_delay_s:
            return 0.0
        wanted_a = min(offered_a, self.max_current_a) - self.less_a
        left = 1 - self.stored_wh / self.battery_wh
        if left < 1 - _TAPER_FROM:
            wanted_a = min(wanted_a, self.max_current_a * left / (1 - _TAPER_FROM))
        return max(wanted_a, 6.0 - self.less_a)
