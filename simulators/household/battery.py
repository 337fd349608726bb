"""A home battery that tries to hold the grid at zero by itself."""

from dataclasses import dataclass
import math


@dataclass(frozen=True)
class BatteryTraits:
    """Size, strength and temper (reference surplus 3.1); one way loses 5 % (chosen)."""

    capacity_wh: float = 8000.0
    power_w: float = 5000.0
    time_s: float = 5.0
    dead_band_w: float = 40.0
    efficiency: float = 0.95
    start_share: float = 0.3


class Battery:
    """A battery at the AC side. ``power_w`` is positive when it discharges."""

    def __init__(self, traits: BatteryTraits) -> None:
        """Make one that rests."""
        self.traits = traits
        self.power_w = 0.0
        self.stored_wh = traits.capacity_wh * traits.start_share
        self._share = 1 - math.exp(-1 / traits.time_s)

    @property
    def soc(self) -> float:
        """Return how full it is, 0 to 1."""
        return self.stored_wh / self.traits.capacity_wh

    def step(self, grid_w: float) -> float:
        """Answer what the grid's power (+ import) was with a second of the own power."""
        traits = self.traits
        power_w = self.power_w
        if abs(grid_w) > traits.dead_band_w:
            power_w += self._share * grid_w
        # What one second may take out of it or put into it.
        most_w = min(traits.power_w, self.stored_wh * 3600 * traits.efficiency)
        room_wh = traits.capacity_wh - self.stored_wh
        least_w = -min(traits.power_w, room_wh * 3600 / traits.efficiency)
        power_w = max(least_w, min(most_w, power_w))
        if power_w > 0:
            self.stored_wh -= power_w / traits.efficiency / 3600
        else:
            self.stored_wh -= power_w * traits.efficiency / 3600
        self.power_w = power_w
        return power_w
