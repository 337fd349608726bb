"""A threshold blueprint as people use it: a mean, two thresholds, no hysteresis.

Its example is in reference surplus 1.4: the mean of two minutes, one level for the
phases, whole amps, and an unavailable meter read as 0 W.
"""

from collections import deque

from simulators.household import ChargerState, ChargerTraits

from .protocol import Order, View

VOLTAGE_V = 230.0

_EVERY_S = 60
_MEAN_S = 120
_THREE_PHASES_W = 4200.0


class Blueprint:
    """The automation; it looks at the grid and at the car, and at no battery."""

    def __init__(self, charger: ChargerTraits, memory: object = None) -> None:
        """Make one with an empty mean."""
        del memory
        self._charger = charger
        self._spare_w: deque[float] = deque(maxlen=_MEAN_S)

    def memory(self) -> object:
        """Return nothing."""
        return None

    def step(self, view: View) -> Order | None:
        """Set each minute what the mean says."""
        report = view.charger
        car_w = report.power_w if report else 0.0
        self._spare_w.append(car_w - (view.grid_w or 0.0))
        if view.now_s % _EVERY_S or report is None:
            return None
        if report.state is ChargerState.NO_CAR:
            return None
        charger = self._charger
        mean_w = sum(self._spare_w) / len(self._spare_w)
        phases = max(charger.phases) if mean_w >= _THREE_PHASES_W else 1
        amps = min(charger.max_a, mean_w / (VOLTAGE_V * phases))
        amps = float(int(amps)) if amps >= charger.min_a else 0.0
        if not amps:
            phases = report.phases
        order = Order(amps, phases)
        return None if (report.set_a, report.phases) == order else order
