"""When the wallbox charges by the surplus, and how much.

That there are these settings is known from the app's protocol (reference 1.4, surplus
2.2): offset, hold-on and hold-off times, smallest and largest current, 0.1 A steps, a
battery's state of charge, phase switching with delays. Their defaults, what they do in
detail and what follows from missing answers is **guessed**, here and in all that's
marked so. Time is the caller's.
"""

from dataclasses import dataclass
from enum import StrEnum
import math
from typing import Any, Self

VOLTAGE_V = 230.0
_GRID = 1


@dataclass(frozen=True)
class Settings:
    """What the app lets people set; all defaults but the currents are guesses.

    Surplus has to be there ``hold_on_s`` before charging starts, and to be missing
    ``hold_off_s`` before it stops. ``phases`` are those it may use. It aims at
    ``grid_offset_w`` from the grid; above zero it lets the car import. The power that
    goes into the battery is the car's from ``battery_soc`` (%) on, below it's the
    battery's. A change of the current is given ``settle_s`` to show in what is read;
    values that are 10 s late let the power swing. Without an answer that can be used it charges on for
    ``grace_s``.
    ``meter_sees_wallbox`` and ``meter_inverted`` are the app's settings of a meter.
    """

    min_current_a: float = 6.0
    max_current_a: float = 16.0
    step_a: float = 0.1
    phases: tuple[int, ...] = (1, 3)
    grid_offset_w: float = 0.0
    hold_on_s: float = 60.0
    hold_off_s: float = 60.0
    phase_up_s: float = 120.0
    phase_down_s: float = 30.0
    phase_pause_s: float = 20.0
    settle_s: float = 15.0
    grace_s: float = 30.0
    battery_soc: float = 100.0
    meter_sees_wallbox: bool = True
    meter_inverted: bool = False


@dataclass(frozen=True)
class Reading:
    """What the surplus is reckoned from (W, %); signs are the vendor's.

    Grid: + from, - to it. Battery: + discharges, - charges.
    """

    grid_w: float
    battery_w: float = 0.0
    soc: float | None = None

    @classmethod
    def of(cls, values: Any, info: Any = None) -> Self | None:
        """Take what a right ``values.json`` says; None where no grid meter is.

        Meters at the grid are added up (reference 1.4); without an ``info.json`` all
        are taken to be there.
        """
        content = values["device_values"]
        places = {} if info is None else info["device_info"].get("energy_meters", {})
        meters = [
            meter["grid_power_w"]
            for index, meter in content.get("energy_meters", {}).items()
            if places.get(index, {}).get("location", _GRID) == _GRID
        ]
        if not meters:
            return None
        battery = content.get("batteries", {}).get("0", {})
        return cls(sum(meters), battery.get("bat_power_w", 0.0), battery.get("soc"))

    def surplus_w(self, own_w: float, settings: Settings) -> float:
        """Return the power (W) that the car may take, with what it takes now (guess)."""
        grid_w = -self.grid_w if settings.meter_inverted else self.grid_w
        surplus_w = settings.grid_offset_w - grid_w
        if settings.meter_sees_wallbox:
            surplus_w += own_w
        # What comes out of the battery is no surplus.
        surplus_w -= max(self.battery_w, 0.0)
        if self.soc is not None and self.soc >= settings.battery_soc:
            surplus_w -= min(self.battery_w, 0.0)
        return surplus_w


class State(StrEnum):
    """What the control is doing."""

    NO_CAR = "no_car"
    NO_VALUES = "no_values"
    NO_SURPLUS = "no_surplus"
    OFFERING = "offering"
    SWITCHING = "switching"


class _Held:
    """For how long something has been so without a break."""

    def __init__(self) -> None:
        self._since_s: float | None = None

    def check(self, so: bool, now_s: float, for_s: float) -> bool:
        """Tell whether it has been so for long enough."""
        if not so:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        return now_s - self._since_s >= for_s


class Control:
    """Decides on the current and the phases that a car is offered (guess)."""

    def __init__(self, settings: Settings, car_phases: int | None = None) -> None:
        """Start without values; ``car_phases`` None is no car."""
        self._settings = settings
        self._car_phases = car_phases
        self._current_a = 0.0
        self._phases = min(settings.phases)
        self._heard_s: float | None = None
        self._changed_s = -math.inf
        self._pause_until_s = -math.inf
        self._paused_phases = self._phases
        self._forget()

    def _forget(self) -> None:
        self._enough, self._short = _Held(), _Held()
        self._up, self._down = _Held(), _Held()

    def state(self, now_s: float) -> State:
        """Return what it's doing at a time."""
        if self._car_phases is None:
            return State.NO_CAR
        if self._heard_s is None:
            return State.NO_VALUES
        if not self._current_a:
            return State.NO_SURPLUS
        return State.SWITCHING if now_s < self._pause_until_s else State.OFFERING

    def offer(self, now_s: float) -> tuple[float, int]:
        """Return the current (A, 0 for none) and the phases as of a time."""
        self._give_up(now_s)
        if now_s < self._pause_until_s:
            # The phases are switched when nothing flows any more.
            return 0.0, self._paused_phases
        return self._current_a, self._phases

    def hear(self, reading: Reading | None, own_w: float, now_s: float) -> None:
        """Take an answer, None for one that can't be used; ``own_w`` is the car's."""
        self._give_up(now_s)
        if reading is None:
            return
        self._heard_s = now_s
        if self._car_phases is None:
            return
        surplus_w = reading.surplus_w(own_w, self._settings)
        if self._current_a:
            self._go_on(surplus_w, now_s)
        else:
            self._start(surplus_w, now_s)

    def _give_up(self, now_s: float) -> None:
        """Stop where there has been no answer for too long (guess)."""
        heard_s = self._heard_s
        if heard_s is not None and now_s - heard_s > self._settings.grace_s:
            self._heard_s = None
            self._current_a = 0.0
            self._forget()

    def _watts_per_amp(self, phases: int) -> float:
        return VOLTAGE_V * min(phases, self._car_phases or 0)

    def _least_w(self, phases: int) -> float:
        return self._settings.min_current_a * self._watts_per_amp(phases)

    def _start(self, surplus_w: float, now_s: float) -> None:
        settings = self._settings
        enough = surplus_w >= self._least_w(min(settings.phases))
        if not self._enough.check(enough, now_s, settings.hold_on_s):
            return
        self._phases = max(
            phases for phases in settings.phases if surplus_w >= self._least_w(phases)
        )
        self._current_a = self._fitting_a(surplus_w)
        self._changed_s = now_s
        self._forget()

    def _go_on(self, surplus_w: float, now_s: float) -> None:
        settings = self._settings
        least, most = min(settings.phases), max(settings.phases)
        if self._short.check(
            surplus_w < self._least_w(least), now_s, settings.hold_off_s
        ):
            self._current_a = 0.0
            self._forget()
            return
        gains = self._watts_per_amp(most) > self._watts_per_amp(self._phases)
        if self._up.check(
            gains and surplus_w >= self._least_w(most), now_s, settings.phase_up_s
        ):
            self._switch(most, now_s)
        elif self._down.check(
            self._phases > least and surplus_w < self._least_w(self._phases),
            now_s,
            settings.phase_down_s,
        ):
            self._switch(least, now_s)
        wanted_a = self._fitting_a(surplus_w)
        settled = now_s - self._changed_s >= settings.settle_s
        if settled and wanted_a != self._current_a:
            self._current_a = wanted_a
            self._changed_s = now_s

    def _switch(self, phases: int, now_s: float) -> None:
        self._paused_phases, self._phases = self._phases, phases
        self._pause_until_s = now_s + self._settings.phase_pause_s
        self._up, self._down = _Held(), _Held()

    def _fitting_a(self, surplus_w: float) -> float:
        """Return the largest current (A) that the surplus has power for."""
        settings = self._settings
        amps = surplus_w / self._watts_per_amp(self._phases)
        steps = math.floor(amps / settings.step_a + 1e-6)
        amps = round(steps * settings.step_a, 3)
        return min(max(amps, settings.min_current_a), settings.max_current_a)
