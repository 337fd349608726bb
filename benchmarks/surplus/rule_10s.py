"""The 10-s rule: a dead band around zero, and long waits between switches of phases.

This re-expresses what openWB 2's source of 2026-08 says of its defaults (reference
surplus 1.2), for one charger and one car. It isn't openWB, and was never run beside it.
"""

from simulators.household import ChargerState, ChargerTraits

from .protocol import Order, View

VOLTAGE_V = 230.0

_TICK_S = 10
_START_W_PER_PHASE = 1500.0
_START_S = 30
_STOP_S = 60
_SWITCH_S = 420
# The dead band; outside it, its middle is approached.
_BAND_W = (0.0, 230.0)
_MOST_A = 5.0
_COMPENSATION_A = 2.0
_BATTERY_W = 100.0
# A meter without a value, or with none for that long, counts as a big import.
_FAULT_S = 60
_FAULT_W = 7000.0


class Rule10s:
    """The rule: the car first, then the battery."""

    def __init__(self, charger: ChargerTraits, memory: object = None) -> None:
        """Make one that doesn't charge."""
        del memory
        self._charger = charger
        self._amps = 0.0
        self._phases = 1
        self._since: dict[str, int] = {}
        self._switched_s = -_SWITCH_S
        self._known_w = 0.0
        self._known_s: int | None = None

    def memory(self) -> object:
        """Return nothing."""
        return None

    def step(self, view: View) -> Order | None:
        """Act each ten seconds."""
        report = view.charger
        if view.now_s % _TICK_S or report is None:
            return None
        if report.state is ChargerState.NO_CAR:
            self._amps = 0.0
            self._since.clear()
        else:
            self._decide(view)
        order = Order(self._amps, self._phases)
        return None if (report.set_a, report.phases) == order else order

    def _grid_w(self, view: View) -> float:
        """Return the grid's power with the battery's, or what stands for it."""
        if view.grid_w is not None:
            self._known_w, self._known_s = view.grid_w, view.grid_at_s
        if self._known_s is None or view.now_s - self._known_s > _FAULT_S:
            return _FAULT_W
        battery_w = view.battery_w
        return self._known_w + (0 if battery_w is None else battery_w + _BATTERY_W)

    def _held(self, name: str, now_s: int, condition: bool, delay_s: int) -> bool:
        if not condition:
            self._since.pop(name, None)
            return False
        return now_s - self._since.setdefault(name, now_s) >= delay_s

    def _decide(self, view: View) -> None:
        assert view.charger is not None
        charger, now_s = self._charger, view.now_s
        grid_w = self._grid_w(view)
        if not self._amps:
            start = -grid_w > _START_W_PER_PHASE
            if self._held("start", now_s, start, _START_S):
                most = max(charger.phases)
                three = -grid_w > max(
                    _START_W_PER_PHASE * most, VOLTAGE_V * most * charger.min_a
                )
                self._phases = most if three else 1
                self._amps = charger.min_a
                self._since.clear()
            return
        at_min = self._amps <= charger.min_a + 1
        if self._held("stop", now_s, at_min and grid_w > 0, _STOP_S):
            if self._phases == 1 or not self._rested(now_s):
                self._amps = 0.0
                self._since.clear()
                return
            self._switch(1, now_s, charger.max_a)
            return
        spare_w = view.charger.power_w - grid_w
        most = max(charger.phases)
        up = (
            self._phases == 1
            and self._amps >= charger.max_a - 1
            and spare_w >= VOLTAGE_V * most * charger.min_a
        )
        if self._held("up", now_s, up, _START_S) and self._rested(now_s):
            self._switch(most, now_s, charger.min_a)
            return
        self._follow(grid_w, view.charger.current_a)

    def _rested(self, now_s: int) -> bool:
        return now_s - self._switched_s >= _SWITCH_S

    def _switch(self, phases: int, now_s: int, amps: float) -> None:
        self._phases, self._amps, self._switched_s = phases, amps, now_s
        self._since.clear()

    def _follow(self, grid_w: float, current_a: float) -> None:
        """Approach the middle of the band from outside, some amps at a time."""
        low_w, high_w = _BAND_W
        if low_w <= grid_w <= high_w or not current_a:
            return
        charger = self._charger
        by_a = ((low_w + high_w) / 2 - grid_w) / (VOLTAGE_V * self._phases)
        by_a = max(-_MOST_A, min(_MOST_A, by_a))
        # From what it takes, and then what it takes less than it's offered on top.
        short_a = max(0.0, min(_COMPENSATION_A, self._amps - current_a))
        amps = current_a + by_a + short_a
        amps = max(charger.min_a, min(charger.max_a, amps))
        self._amps = round(int(amps / charger.step_a + 1e-6) * charger.step_a, 3)
