"""A small house that does what it's told, second by second, and can be broken."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from custom_components.sunbridge.surplus import (
    BatterySample,
    Charger,
    ChargerReport,
    Command,
    Controller,
    Decision,
    Feed,
    House,
    Inputs,
    Load,
    LoadView,
    Report,
    Sample,
    SetCharger,
    SetSwitch,
    Switch,
    SwitchReport,
)

# No epoch, and no zero: a clock that began some time ago.
START_S = 5000
SHORT_A = 0.5
CHARGER = Charger("car")
PUMP = Switch("pump", 1000.0, min_run_s=300, min_pause_s=300)


@dataclass
class Plant:
    """A charger with a car, or a switch: it obeys ``dead_s`` after a command."""

    load: Load
    amps: float = 0.0
    phases: int = 1
    dead_s: int = 3
    start_s: int = 10
    is_online: bool = True
    is_plugged: bool = True
    obeys: bool = True
    # Commands end in an error.
    fails: bool = False
    takes: bool = True
    most_a: float = 32.0
    uses: int = 3
    current_a: float = 0.0
    by_other: bool = False
    blocked_until_s: float | None = None
    session_wh: float = 0.0
    counts: bool = True
    says_power: bool = True
    coming: list[tuple[int, float, int]] = field(default_factory=list)
    ready_s: int = 0
    power_w: float = 0.0

    def tell(self, now_s: int, amps: float, phases: int) -> None:
        """Take a command."""
        if self.obeys and self.is_online and not self.fails:
            self.coming.append((now_s + self.dead_s, amps, phases))

    def step(self, now_s: int) -> float:
        """Return the power of a second."""
        while self.coming and self.coming[0][0] <= now_s:
            _, amps, phases = self.coming.pop(0)
            if amps and (not self.amps or phases != self.phases):
                self.ready_s = now_s + self.start_s
            self.amps, self.phases = amps, phases
        on = self.amps > 0 and self.takes and self.is_plugged and now_s >= self.ready_s
        if isinstance(self.load, Switch):
            self.power_w = self.load.power_w if on else 0.0
        elif on:
            self.current_a = min(self.amps - SHORT_A, self.most_a)
            self.power_w = 230 * min(self.phases, self.uses) * self.current_a
        else:
            self.power_w = self.current_a = 0.0
        self.session_wh += self.power_w / 3600
        return self.power_w

    def report(self, now_s: int) -> Report | None:
        """Return what it says."""
        if not self.is_online:
            return None
        power_w = self.power_w if self.says_power else None
        if isinstance(self.load, Switch):
            return SwitchReport(
                now_s, self.amps > 0, power_w, self.by_other, self.blocked_until_s
            )
        return ChargerReport(
            now_s,
            power_w,
            self.current_a,
            self.amps,
            self.phases,
            self.is_plugged,
            self.session_wh if self.counts else None,
            self.by_other,
            self.blocked_until_s,
            is_failing=self.fails,
        )


class World:
    """The house: the sun is ``sun_w``, or a function of the second since the start.

    ``said`` has what was said, by the second since the start.
    """

    def __init__(
        self,
        sun_w: float | Callable[[int], float],
        *loads: Load,
        controller: Controller | None = None,
        **house: Any,
    ) -> None:
        """Build it, with a charger if nothing else is told."""
        loads = loads or (CHARGER,)
        self.house = House(loads, **house)
        self.plants = {load.load_id: Plant(load) for load in loads}
        self.controller = controller or Controller()
        self.sun_w = sun_w
        self.second = -1
        self.battery: BatterySample | None = None
        self.battery_w: Callable[[float], float] | None = None
        self.meter: Callable[[float], Sample | None] | None = None
        self.day = 1
        self.grid_w = 0.0
        self.said: list[tuple[int, Command]] = []
        self.decision = Decision((), 0.0)

    @property
    def now_s(self) -> int:
        """Return the clock's time."""
        return START_S + self.second

    @property
    def car(self) -> Plant:
        """Return the charger."""
        return self.plants["car"]

    @property
    def view(self) -> LoadView:
        """Return what the charger is meant to do."""
        return self.decision.loads["car"]

    def set(self, load_id: str = "car", **changes: Any) -> None:
        """Change a load's settings."""
        loads = [
            replace(load, **changes) if load.load_id == load_id else load
            for load in self.house.loads
        ]
        self.house = replace(self.house, loads=tuple(loads))

    def step(self) -> Decision:
        """Let a second pass."""
        self.second += 1
        taken_w = sum(plant.step(self.now_s) for plant in self.plants.values())
        sun_w = self.sun_w(self.second) if callable(self.sun_w) else self.sun_w
        # No house is quite still.
        self.grid_w = taken_w - sun_w + self.second * 7 % 11
        if self.battery_w:
            power_w = self.battery_w(self.grid_w)
            self.grid_w -= power_w
            soc = self.battery.soc_percent if self.battery else None
            self.battery = BatterySample(power_w, soc, self.now_s)
        self.decision = self.controller.decide(self.inputs())
        for command in self.decision.commands:
            self.said.append((self.second, command))
            self._obey(command)
        return self.decision

    def inputs(self) -> Inputs:
        """Return what is known."""
        sample = Sample(self.grid_w, self.now_s)
        reports = {
            name: report
            for name, plant in self.plants.items()
            if (report := plant.report(self.now_s)) is not None
        }
        return Inputs(
            self.now_s,
            self.house,
            self.meter(self.grid_w) if self.meter else sample,
            reports,
            self.battery,
            self.day,
        )

    def _obey(self, command: Command) -> None:
        plant = self.plants[command.load_id]
        if isinstance(command, SetCharger):
            plant.tell(self.now_s, command.amps, command.phases)
        elif isinstance(command, SetSwitch):
            plant.tell(self.now_s, float(command.is_on), 1)
        else:
            assert isinstance(command, Feed)

    def run(self, seconds: int) -> list[Command]:
        """Let time pass; return what was said in it."""
        before = len(self.said)
        for _ in range(seconds):
            self.step()
        return [command for _, command in self.said[before:]]

    def restart(self, away_s: int) -> None:
        """Let the controller be away for a while, and come back."""
        kept = self.controller.as_dict(self.now_s)
        for _ in range(away_s):
            self.second += 1
            for plant in self.plants.values():
                plant.step(self.now_s)
        self.controller = Controller.from_dict(kept, self.now_s, away_s)


def charging(sun_w: float = 8800.0, seconds: int = 120, **house: Any) -> World:
    """Return a house whose car charges from the sun for a while."""
    world = World(sun_w, **house)
    world.run(seconds)
    assert world.car.power_w > 0
    return world
