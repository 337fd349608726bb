"""One controller on one day, and what came of it."""

from dataclasses import dataclass

import numpy as np

from simulators.household import FaultKind, Household, Traits

from .days import Day, Powers
from .protocol import Maker, Order, View


@dataclass(frozen=True)
class Record:
    """A day as it was played: W for each second, and what the charger counted.

    ``battery_w`` is + discharge; ``grid_w`` + import. ``orders`` has the second and the
    order of each command.
    """

    surplus_w: Powers
    car_w: Powers
    grid_w: Powers
    battery_w: Powers
    orders: tuple[tuple[int, Order], ...]
    starts: int
    switches: int
    violations: int


def play(day: Day, traits: Traits, make: Maker) -> Record:
    """Let a controller have a house for a day.

    During a restart the controller is gone; afterwards another one gets its memory.
    """
    house = Household(
        traits,
        day.seed,
        pv=iter(day.pv_w),
        load=iter(day.load_w),
        faults=day.faults,
    )
    controller = make(traits.charger)
    length_s = len(day.pv_w)
    car_w, grid_w, battery_w = ([0.0] * length_s for _ in range(3))
    orders: list[tuple[int, Order]] = []
    memory: object = None
    away = False
    for now_s in range(length_s):
        house.step()
        car_w[now_s] = house.car_w
        grid_w[now_s] = house.grid_w
        battery_w[now_s] = house.battery_w
        if house.active and FaultKind.RESTART in house.active:
            if not away:
                away, memory = True, controller.memory()
            continue
        if away:
            away, controller = False, make(traits.charger, memory)
        order = controller.step(_view(house))
        if order is not None:
            orders.append((now_s, order))
            house.command(*order)
    charger = house.charger
    return Record(
        day.surplus_w,
        np.array(car_w),
        np.array(grid_w),
        np.array(battery_w),
        tuple(orders),
        charger.starts,
        charger.switches,
        charger.violations,
    )


def _view(house: Household) -> View:
    grid, charger = house.grid_meter.reading, house.charger.reading
    pv, battery = house.pv_meter.reading, house.battery_meter.reading
    return View(
        house.now_s,
        grid.value if grid else None,
        grid.reported_at_s if grid else -1,
        charger.value if charger else None,
        charger.reported_at_s if charger else -1,
        pv.value if pv else None,
        battery.value if battery else None,
        battery.reported_at_s if battery else -1,
        house.battery.soc if house.battery else None,
    )
