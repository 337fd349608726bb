"""The house as a whole: a second after another, with its balance of power."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
import math
import random

from .battery import Battery, BatteryTraits
from .car import Car, CarTraits
from .charger import GOE, Charger, ChargerTraits
from .faults import METER_FAULTS, Fault, FaultKind
from .loads import LoadTraits, load_powers
from .sensor import Sensor, SensorTraits
from .sky import Sky, pv_powers


@dataclass(frozen=True)
class Traits:
    """What a house has. ``start_s`` is the second of the day at which it begins."""

    sky: Sky = Sky.MIXED
    pv_peak_w: float = 9000.0
    start_s: int = 6 * 3600
    load: LoadTraits = field(default_factory=LoadTraits)
    battery: BatteryTraits | None = None
    charger: ChargerTraits = GOE
    car: CarTraits = field(default_factory=CarTraits)
    grid_meter: SensorTraits = field(default_factory=SensorTraits)
    # Those of the inverter and of the battery.
    other_meters: SensorTraits = field(default_factory=SensorTraits)


@dataclass
class Energy:
    """What has flown since the beginning, in Wh; each is >= 0."""

    pv_wh: float = 0.0
    load_wh: float = 0.0
    car_wh: float = 0.0
    import_wh: float = 0.0
    export_wh: float = 0.0
    charge_wh: float = 0.0
    discharge_wh: float = 0.0


class Household:
    """A house that lives in steps of a second.

    After each step these hold what was in that second, ``now_s``: ``pv_w`` >= 0,
    ``load_w`` >= 0, ``car_w`` >= 0, ``battery_w`` (+ discharge) and ``grid_w``
    (+ import); the sensors and ``charger.reading`` hold what is known of it by then.
    """

    def __init__(
        self,
        traits: Traits | None = None,
        seed: int = 0,
        *,
        pv: Iterator[float] | None = None,
        load: Iterator[float] | None = None,
        faults: Iterable[Fault] = (),
        others: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Build a house in which nothing flows yet.

        ``pv`` and ``load`` yield W for each second, and are made of the seed when they
        aren't given. ``others`` returns the W of what else draws, such as a charger of
        another simulator, and becomes part of the load.
        """
        self.traits = traits = traits or Traits()
        self.seed = seed
        self.now_s = -1
        self.pv_w = self.load_w = self.car_w = self.battery_w = self.grid_w = 0.0
        self.energy = Energy()
        self.active: frozenset[FaultKind] = frozenset()
        self.battery = Battery(traits.battery) if traits.battery else None
        self.car = Car(traits.car, self._source("car"))
        self.charger = Charger(traits.charger, self._source("charger"), self.car)
        self.grid_meter = Sensor(traits.grid_meter, self._source("grid"))
        self.pv_meter = Sensor(traits.other_meters, self._source("pv"))
        self.battery_meter = Sensor(traits.other_meters, self._source("battery"))
        self._pv = pv or pv_powers(
            traits.sky, seed, peak_w=traits.pv_peak_w, start_s=traits.start_s
        )
        self._load = load or load_powers(seed, traits.load, start_s=traits.start_s)
        self._others = others
        self._faults = tuple(faults)
        self._edges = sorted(
            {
                second
                for fault in self._faults
                for second in (fault.start_s, fault.end_s)
            }
        )
        self._edges.append(2**62)
        self._left_s = 0.0

    def command(self, amps: float, phases: int) -> None:
        """Tell the charger a current (A per phase, 0 is a pause) and the phases."""
        self.charger.command(self.now_s, amps, phases)

    def advance(self, seconds: float) -> None:
        """Let time pass, in whole steps; what is left of a second counts next time."""
        self._left_s += seconds
        steps = math.floor(self._left_s)
        self._left_s -= steps
        for _ in range(steps):
            self.step()

    def step(self) -> None:
        """Let a second pass."""
        self.now_s = now_s = self.now_s + 1
        if now_s >= self._edges[0]:
            self._change_faults(now_s)
        self.pv_w = pv_w = next(self._pv)
        self.load_w = load_w = next(self._load) + self._others()
        self.car_w = car_w = self.charger.step(now_s)
        grid_w = load_w + car_w - pv_w
        energy = self.energy
        if self.battery:
            self.battery_w = battery_w = self.battery.step(self.grid_w)
            grid_w -= battery_w
            if battery_w > 0:
                energy.discharge_wh += battery_w / 3600
            else:
                energy.charge_wh -= battery_w / 3600
            self.battery_meter.step(now_s, battery_w)
        self.grid_w = grid_w
        energy.pv_wh += pv_w / 3600
        energy.load_wh += load_w / 3600
        energy.car_wh += car_w / 3600
        if grid_w > 0:
            energy.import_wh += grid_w / 3600
        else:
            energy.export_wh -= grid_w / 3600
        self.grid_meter.step(now_s, grid_w)
        self.pv_meter.step(now_s, pv_w)

    def _source(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}/{name}")

    def _change_faults(self, now_s: int) -> None:
        """Let the troubles begin and end that are due."""
        while self._edges[0] <= now_s:
            self._edges.pop(0)
        before = self.active
        now = [item for item in self._faults if item.start_s <= now_s < item.end_s]
        self.active = active = frozenset(item.kind for item in now)
        charger = self.charger
        charger.online = FaultKind.CHARGER_OFFLINE not in active
        self.grid_meter.fault = next(iter(active & METER_FAULTS), None)
        if FaultKind.UNPLUG not in active:
            charger.car = self.car
        elif FaultKind.UNPLUG not in before:
            self.car.unplug()
            charger.car = None
        for fault in now:
            if fault.kind is FaultKind.MANUAL and fault.start_s == now_s:
                charger.override(now_s, fault.amps, fault.phases)
