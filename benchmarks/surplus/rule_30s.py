"""The 30-s rule: start, stop and phases by conditions that hold without a break.

This re-expresses what evcc's documents and source of 2026-08 say of its defaults
(reference surplus 1.1 and 3.7), for one charger. It isn't evcc, and was never run
beside it.
"""

from simulators.household import ChargerState, ChargerTraits

from .protocol import Order, View

VOLTAGE_V = 230.0
# What the car may be offered beyond what it takes.
_AHEAD_A = 2.0
_AFTER_SWITCH_S = 60


class _Timer:
    """How long a condition has held."""

    def __init__(self) -> None:
        self._since_s: int | None = None

    @property
    def running(self) -> bool:
        """Tell whether it holds at all."""
        return self._since_s is not None

    def held(self, now_s: int, condition: bool, delay_s: int) -> bool:
        """Tell whether a condition has held for so long; then start anew."""
        if not condition:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s < delay_s:
            return False
        self._since_s = None
        return True

    def clear(self) -> None:
        """Forget."""
        self._since_s = None


class Rule30s:
    """The rule; another tick and other delays are for the picture."""

    def __init__(
        self,
        charger: ChargerTraits,
        memory: object = None,
        *,
        tick_s: int = 30,
        enable_s: int = 60,
        disable_s: int = 180,
    ) -> None:
        """Make one that doesn't charge."""
        del memory
        self._charger = charger
        self._tick_s = tick_s
        self._enable_s = enable_s
        self._disable_s = disable_s
        self._on = False
        self._amps = 0.0
        self._phases = max(charger.phases)
        self._switched_s = -_AFTER_SWITCH_S
        self._start, self._stop, self._scale = _Timer(), _Timer(), _Timer()

    def memory(self) -> object:
        """Return nothing: its timers are lost."""
        return None

    def step(self, view: View) -> Order | None:
        """Act each tick; without a value of the grid everything stays as it is."""
        report = view.charger
        if view.now_s % self._tick_s or view.grid_w is None or report is None:
            return None
        if report.state is ChargerState.NO_CAR:
            self._on, self._amps = False, 0.0
        else:
            self._decide(view)
        order = Order(self._amps if self._on else 0.0, self._phases)
        if (report.set_a, report.phases) == order:
            return None
        return order

    def _decide(self, view: View) -> None:
        assert view.charger is not None and view.grid_w is not None
        report, now_s, charger = view.charger, view.now_s, self._charger
        charging = report.state is ChargerState.CHARGING
        site_w = view.grid_w + (view.battery_w or 0.0)
        offered_a = self._amps if self._on else 0.0
        eff_a = min(report.current_a + _AHEAD_A, offered_a) if charging else 0.0
        if now_s - self._switched_s > _AFTER_SWITCH_S:
            eff_a = self._rescale(now_s, site_w, report.power_w, charging, eff_a)
        target_a = max(0.0, eff_a - site_w / (VOLTAGE_V * self._phases))
        if not self._on:
            self._on = self._start.held(
                now_s, target_a >= charger.min_a, self._enable_s
            )
            self._amps = charger.min_a
            self._stop.clear()
            return
        self._start.clear()
        if target_a >= charger.min_a:
            self._stop.clear()
            steps = int(min(target_a, charger.max_a) / charger.step_a + 1e-6)
            self._amps = round(steps * charger.step_a, 3)
            return
        freed_w = 0.0
        if self._scale.running and self._phases > 1:
            freed_w = VOLTAGE_V * charger.min_a * (self._phases - 1)
        if self._stop.held(now_s, site_w - freed_w >= 0, self._disable_s):
            self._on, self._amps = False, 0.0
        else:
            self._amps = charger.min_a

    def _rescale(
        self, now_s: int, site_w: float, car_w: float, charging: bool, eff_a: float
    ) -> float:
        """Switch phases if it's time; return the current that counts from now on."""
        charger, phases = self._charger, self._phases
        most = max(charger.phases)
        free_w = car_w - site_w
        if phases > 1:
            wish = (site_w > 0 or not self._on) and (
                free_w < VOLTAGE_V * phases * charger.min_a
            )
            delay_s = self._disable_s
        else:
            wish = (
                free_w > VOLTAGE_V * charger.max_a
                and free_w >= VOLTAGE_V * most * charger.min_a
            )
            delay_s = self._enable_s
        if not self._scale.held(now_s, wish, delay_s if charging else 0):
            return eff_a
        self._phases = 1 if phases > 1 else most
        self._switched_s = now_s
        return eff_a / most if phases == 1 else eff_a
