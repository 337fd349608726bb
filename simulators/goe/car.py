"""A car at the cable."""

from dataclasses import dataclass


@dataclass
class Car:
    """What a car does with the current that it's offered.

    It waits ``start_delay_s`` after it's allowed to charge, ramps at
    ``ramp_a_per_s`` on each of its phases, never draws less than ``min_current_a``
    or more than ``max_current_a``, and tapers off above 95 % of its battery.
    """

    phases: int = 3
    max_current_a: float = 16.0
    min_current_a: float = 6.0
    battery_wh: float = 60_000.0
    stored_wh: float = 24_000.0
    ramp_a_per_s: float = 2.0
    start_delay_s: float = 2.0

    @property
    def full(self) -> bool:
        """Tell whether the battery takes no more."""
        return self.stored_wh >= self.battery_wh

    def wanted_a(self, offered_a: float) -> float:
        """Return the current that the car would settle at, per phase."""
        if self.full or offered_a < self.min_current_a:
            return 0.0
        wanted_a = min(offered_a, self.max_current_a)
        left = 1 - self.stored_wh / self.battery_wh
        if left < 0.05:
            wanted_a = max(self.min_current_a, wanted_a * left / 0.05)
        return wanted_a
