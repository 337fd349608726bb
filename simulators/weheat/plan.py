"""What a heat pump does on a day: the weather, and the runs that it calls for.

Each day is planned by itself from the seed, so that any day of years can be asked for
without those before it.
"""

from functools import lru_cache
import math
import random

from .energy import Load, Mode, Segment
from .traits import Traits

DAY_S = 86400
HOUR_S = 3600
STANDBY_W = 5.0
FAN_W = 45.0
INDOOR_STANDBY_W = 12.0
INDOOR_PUMP_W = 55.0
ELEMENT_W = 3000.0

STANDBY, HEATING, DHW, LEGIONELLA = 40, 70, 150, 160
COOLING_START, COOLING_ACTIVE, COOLING_STOP, COOLING_CHECK = 131, 132, 133, 136

_HEAT_BELOW_C = 15.0
_COOL_ABOVE_C = 20.5
_LOSS_W_PER_K = 210.0
_WARM_TANK_C = 52.0


@lru_cache(maxsize=4096)
def _whim(seed: int, day: int) -> float:
    return random.Random(f"{seed}/weather/{day}").uniform(-5, 5)


def outside_c(seed: int, at_s: float) -> float:
    """Return the air's temperature in °C at a time (epoch s), as in the Netherlands."""
    days = at_s / DAY_S
    day = math.floor(days)
    share = days - day
    season = 10.5 - 8 * math.cos(2 * math.pi * (days - 20) / 365.25)
    warmth = 3.5 * math.sin(2 * math.pi * (share - 0.375))
    whim = _whim(seed, day) * (1 - share) + _whim(seed, day + 1) * share
    return season + warmth + whim


def plan_day(traits: Traits, seed: int, day: int) -> list[Segment]:
    """Return a UTC day's segments without a hole, by days since the epoch."""
    return _Day(traits, seed, day).plan()


class _Day:
    """A day that is being filled from its start."""

    def __init__(self, traits: Traits, seed: int, day: int) -> None:
        self._traits = traits
        self._seed = seed
        self._random = random.Random(f"{seed}/day/{day}")
        self._start_s = float(day * DAY_S)
        self._end_s = self._start_s + DAY_S
        self._now_s = self._start_s
        self._tank_c = 47.0
        self._day = day
        self._found: list[Segment] = []

    def plan(self) -> list[Segment]:
        """Fill the day."""
        due = self._dhw_runs()
        cool_from_s = self._start_s + 10.5 * HOUR_S
        while self._now_s < self._end_s:
            outside = outside_c(self._seed, self._now_s)
            if due and due[0][0] <= self._now_s:
                self._dhw(due.pop(0)[1])
            elif outside < _HEAT_BELOW_C:
                self._heat(outside, due[0][0] if due else self._end_s)
            elif (
                self._traits.cooling
                and outside > _COOL_ABOVE_C
                and cool_from_s <= self._now_s < self._start_s + 18 * HOUR_S
            ):
                self._cool(outside)
                # The vendor's wait after a run.
                cool_from_s = self._now_s + 3 * HOUR_S
            else:
                self._rest(self._random.uniform(900, 1800))
        return self._found

    def _dhw_runs(self) -> list[tuple[float, str]]:
        if not self._traits.dhw:
            return []
        jitter = self._random.uniform
        runs = [(3.4 + jitter(-0.3, 0.3), "run"), (15.2 + jitter(-0.5, 0.5), "run")]
        if self._day % 7 == 3:
            runs.append((12.6 + jitter(-0.2, 0.2), "legionella"))
        if self._day % 9 == 4:
            runs.append((10.1 + jitter(-0.3, 0.3), "element"))
        return sorted((self._start_s + hour * HOUR_S, kind) for hour, kind in runs)

    def _add(
        self,
        seconds: float,
        state: int,
        mode: Mode,
        a: Load,
        b: Load,
        *,
        indoor_mode: Mode | None = None,
    ) -> None:
        """Add a segment, cut at the day's end."""
        if self._now_s >= self._end_s:
            return
        segment = Segment(
            self._now_s,
            self._now_s + seconds,
            state,
            mode,
            indoor_mode or mode,
            FAN_W if a.rpm or b.rpm else STANDBY_W,
            a,
            b,
        )
        if segment.end_s > self._end_s:
            segment = segment.part(segment.start_s, self._end_s)
        self._found.append(segment)
        self._now_s = segment.end_s
        self._tank_c = segment.b.tank_c

    def _cooled(self, seconds: float) -> float:
        return max(40.0, self._tank_c - 0.35 * seconds / HOUR_S)

    def _rest(self, seconds: float) -> None:
        a = Load(indoor_w=INDOOR_STANDBY_W, tank_c=self._tank_c)
        b = a._replace(tank_c=self._cooled(seconds))
        self._add(seconds, STANDBY, Mode.STANDBY, a, b)

    def _heat(self, outside: float, until_s: float) -> None:
        need_w = (17.0 - outside) * _LOSS_W_PER_K
        most_w = self._traits.most_heat_w
        heat_w = min(max(need_w, 0.38 * most_w), most_w)
        indoor_w = INDOOR_PUMP_W
        if self._traits.element and need_w > most_w:
            indoor_w += min(ELEMENT_W, need_w - most_w)
        cop = min(max(2.3 + 0.09 * (outside + 12), 1.8), 5.5)
        # No defrost of a run ends with the next run of hot water being late.
        run_s = max(min(self._random.uniform(2400, 6000), until_s - self._now_s), 600)
        self._run(run_s, HEATING, Mode.HEATING, heat_w, cop, indoor_w)
        if outside < 4:
            self._defrost(Mode.HEATING_DEFROST)
        duty = need_w / heat_w
        if duty < 0.95:
            self._rest(min(run_s * (1 - duty) / max(duty, 0.1), 3 * HOUR_S))

    def _run(
        self,
        seconds: float,
        state: int,
        mode: Mode,
        heat_w: float,
        cop: float,
        indoor_w: float,
        tank_to_c: float | None = None,
    ) -> None:
        """Ramp up, then go on with small changes; negative heat is cooling."""
        end_s = min(self._now_s + seconds, self._end_s)
        begin_s, tank_from_c = self._now_s, self._tank_c
        rpm = self._traits.nominal_rpm * abs(heat_w) / self._traits.most_heat_w
        last = Load(indoor_w=indoor_w, tank_c=self._tank_c)
        ramp = True
        while self._now_s < end_s:
            step_s = min(240.0 if ramp else 600.0, end_s - self._now_s)
            ramp = False
            change = self._random.uniform(0.93, 1.07)
            tank_c = self._cooled(step_s)
            if tank_to_c is not None:
                done = (self._now_s + step_s - begin_s) / seconds
                tank_c = tank_from_c + (tank_to_c - tank_from_c) * done
            load = Load(
                abs(heat_w) / cop * change,
                heat_w * change,
                indoor_w,
                min(rpm * change, self._traits.nominal_rpm),
                tank_c,
            )
            self._add(step_s, state, mode, last, load)
            last = load

    def _defrost(self, mode: Mode) -> None:
        # Which numbers go with which defrost isn't known: both have the same here.
        for state, seconds, heat_w in ((84, 60, -1200), (90, 180, -4200), (100, 45, 0)):
            load = Load(610.0, heat_w, INDOOR_PUMP_W, 2700.0, self._tank_c)
            self._add(seconds, state, mode, load, load)

    def _dhw(self, kind: str) -> None:
        outside = outside_c(self._seed, self._now_s)
        if kind == "element":
            # The compressor rests, and the vendor books the element as a defrost's.
            a = Load(indoor_w=ELEMENT_W, tank_c=self._tank_c)
            b = a._replace(tank_c=_WARM_TANK_C)
            self._add(2500, DHW, Mode.DHW, a, b, indoor_mode=Mode.DHW_DEFROST)
            return
        state, to_c, indoor_w = DHW, _WARM_TANK_C, INDOOR_PUMP_W
        if kind == "legionella":
            state, to_c, indoor_w = LEGIONELLA, 62.0, ELEMENT_W
        heat_w = 0.8 * self._traits.most_heat_w
        cop = min(max(2.0 + 0.05 * (outside + 12), 1.7), 3.7)
        seconds = max(to_c - self._tank_c, 3.0) * 1_000_000 / heat_w
        if outside >= 4:
            self._run(seconds, state, Mode.DHW, heat_w, cop, indoor_w, to_c)
            return
        half_c = (self._tank_c + to_c) / 2
        self._run(seconds / 2, state, Mode.DHW, heat_w, cop, indoor_w, half_c)
        self._defrost(Mode.DHW_DEFROST)
        self._run(seconds / 2, state, Mode.DHW, heat_w, cop, indoor_w, to_c)

    def _cool(self, outside: float) -> None:
        check = Load(indoor_w=INDOOR_PUMP_W, tank_c=self._tank_c)
        self._add(180, COOLING_CHECK, Mode.COOLING, check, check)
        # At the start of a run heat still goes the wrong way.
        start = Load(350.0, 150.0, INDOOR_PUMP_W, 1500.0, self._tank_c)
        self._add(120, COOLING_START, Mode.COOLING, start, start)
        heat_w = -min(0.6 + 0.05 * (outside - 20), 0.8) * self._traits.most_heat_w
        seconds = self._random.uniform(3600, 6000)
        self._run(seconds, COOLING_ACTIVE, Mode.COOLING, heat_w, 5.2, INDOOR_PUMP_W)
        stop = Load(indoor_w=INDOOR_PUMP_W, tank_c=self._tank_c)
        self._add(90, COOLING_STOP, Mode.COOLING, stop, stop)
