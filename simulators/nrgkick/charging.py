"""The wallbox as a thing with a cable: what it offers reaches a car, and is counted.

The model moves on whenever it's asked, in steps of a second at the most.
"""

from collections import deque

from .car import Car
from .surplus import VOLTAGE_V, Control, Reading, Settings, State

# Between 1 and 3 s (surplus reference 3.1, an assumption).
DEAD_TIME_S = 2.0


class Charging:
    """A charge point; times are the caller's seconds and don't go back."""

    def __init__(self, settings: Settings, now_s: float) -> None:
        """Start without a car."""
        self.settings = settings
        self.car: Car | None = None
        self.session_wh = 0.0
        self.total_wh = 0.0
        self.starts = 0
        self._control = Control(settings)
        self._now_s = now_s
        self._offer = (0.0, min(settings.phases))
        self._pending: deque[tuple[float, tuple[float, int]]] = deque()

    @property
    def power_w(self) -> float:
        """The power that the car takes, as of the last move."""
        return 0.0 if self.car is None else self.current_a * VOLTAGE_V * self.lines

    @property
    def current_a(self) -> float:
        """The current on each phase that has one."""
        return 0.0 if self.car is None else self.car.current_a

    @property
    def lines(self) -> int:
        """On how many phases the car may draw."""
        return 0 if self.car is None else min(self._offer[1], self.car.phases)

    @property
    def offered_a(self) -> float:
        """The current that the car is told."""
        return self._offer[0]

    @property
    def state(self) -> State:
        """What the control is doing."""
        return self._control.state(self._now_s)

    def plug_in(self, car: Car, now_s: float) -> None:
        """Plug a car in; a session starts."""
        self.advance(now_s)
        self.car = car
        self.session_wh = 0.0
        self._restart(car.phases)

    def unplug(self, now_s: float) -> None:
        """Pull the cable out."""
        self.advance(now_s)
        self.car = None
        self._restart(None)

    def _restart(self, car_phases: int | None) -> None:
        self._control = Control(self.settings, car_phases)
        self._pending.clear()
        self._offer = (0.0, self._offer[1])

    def hear(self, reading: Reading | None, now_s: float) -> None:
        """Take an answer, None for one that can't be used."""
        self.advance(now_s)
        self._control.hear(reading, self.power_w, now_s)
        self._take_offer()

    def advance(self, now_s: float) -> None:
        """Let time pass up to a moment."""
        while (left_s := now_s - self._now_s) > 0:
            dt_s = min(1.0, left_s)
            self._now_s += dt_s
            self._take_offer()
            while self._pending and self._pending[0][0] <= self._now_s:
                self._offer = self._pending.popleft()[1]
            self._charge(dt_s)

    def _take_offer(self) -> None:
        offer = self._control.offer(self._now_s)
        newest = self._pending[-1][1] if self._pending else self._offer
        if offer != newest:
            self._pending.append((self._now_s + DEAD_TIME_S, offer))

    def _charge(self, dt_s: float) -> None:
        if (car := self.car) is None:
            return
        idle = car.current_a == 0
        car.follow(self._offer[0], dt_s)
        self.starts += idle and car.current_a > 0
        energy_wh = self.power_w * dt_s / 3600
        car.stored_wh += energy_wh
        self.session_wh += energy_wh
        self.total_wh += energy_wh
