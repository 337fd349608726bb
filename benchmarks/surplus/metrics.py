"""The figures of a played day (reference surplus 3.2).

What the car takes up to the surplus is *from the surplus*; the rest is *beyond* it. In a
house without a battery what is beyond is the import that the car causes. With one, the
car may take it from the battery: that counts as beyond as well.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from simulators.household import (
    METER_FAULTS,
    Battery,
    BatteryTraits,
    ChargerTraits,
    Fault,
)

from .days import Powers
from .optimum import VOLTAGE_V
from .play import Record

# From what a plant needs at most until it follows: dead time, and the car's start.
REACTION_S = 40
# After so long without a meter nothing may be taken from the grid.
GRACE_S = 120


@dataclass(frozen=True)
class Figures:
    """Energies in Wh, counts, and the worst minute's import in W."""

    car_wh: float
    from_surplus_wh: float
    beyond_wh: float
    missed_wh: float
    starts: int
    switches: int
    commands: int
    peak_w: float
    violations: int
    # What the car brought the house to import more, beside a battery that fills gaps.
    import_wh: float
    battery_wh: float

    def worth_wh(self, price_ratio: float) -> float:
        """Return U: from the surplus, less what is beyond at its price."""
        return self.from_surplus_wh - price_ratio * self.beyond_wh

    @property
    def changes(self) -> int:
        """Return the starts and the switches of phases."""
        return self.starts + self.switches


def figures(
    record: Record, charger: ChargerTraits, battery: BatteryTraits | None = None
) -> Figures:
    """Return them. With a battery, the same house without a car is played beside."""
    available_w = np.maximum(record.surplus_w, 0.0)
    taken_w = np.minimum(record.car_w, available_w)
    beyond_w = record.car_w - taken_w
    alone_grid_w, alone_battery_w = _alone(record.surplus_w, battery)
    import_w = np.maximum(record.grid_w, 0) - np.maximum(alone_grid_w, 0)
    battery_w = np.maximum(record.battery_w, 0) - np.maximum(alone_battery_w, 0)
    minutes_w = beyond_w[: len(beyond_w) // 60 * 60].reshape(-1, 60).mean(axis=1)
    return Figures(
        car_wh=_wh(record.car_w),
        from_surplus_wh=_wh(taken_w),
        beyond_wh=_wh(beyond_w),
        missed_wh=_missed_wh(record, charger),
        starts=record.starts,
        switches=record.switches,
        commands=len(record.orders),
        peak_w=float(minutes_w.max()),
        violations=record.violations,
        import_wh=_wh(import_w),
        battery_wh=_wh(battery_w),
    )


def _wh(power_w: Powers) -> float:
    return float(power_w.sum()) / 3600


def _alone(surplus_w: Powers, traits: BatteryTraits | None) -> tuple[Powers, Powers]:
    """Return the powers of grid and battery in the house without a car."""
    if traits is None:
        return -surplus_w, np.zeros_like(surplus_w)
    battery = Battery(traits)
    grid_w, battery_w = np.zeros_like(surplus_w), np.zeros_like(surplus_w)
    last_w = 0.0
    for at, surplus in enumerate(surplus_w.tolist()):
        battery_w[at] = battery.step(last_w)
        grid_w[at] = last_w = -surplus - battery.power_w
    return grid_w, battery_w


def _runs(mask: np.typing.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first second and the one after the last of each run."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(int), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _missed_wh(record: Record, charger: ChargerTraits) -> float:
    """Return what wasn't taken though one phase's least was there for long enough."""
    most_w = VOLTAGE_V * max(charger.phases) * charger.max_a
    usable_w = np.minimum(record.surplus_w, most_w)
    left_w = np.maximum(usable_w - record.car_w, 0.0)
    runs = _runs(record.surplus_w >= VOLTAGE_V * charger.min_a)
    return sum(_wh(left_w[start + REACTION_S : end]) for start, end in runs)


def follow_times_s(
    record: Record, levels_w: Powers, *, least_w: float = 500.0
) -> tuple[list[float], list[float]]:
    """Return how long each fall and each rise of a test signal took to be followed.

    That's the time until a tenth is left of what the car is off by: over the new level
    after a fall, below the least that it reaches at that level after a rise. What isn't
    followed before the next jump counts as that time.
    """
    jumps = np.flatnonzero(np.abs(np.diff(levels_w)) > least_w) + 1
    ends = [*jumps[1:].tolist(), len(levels_w)]
    falls: list[float] = []
    rises: list[float] = []
    for start, end in zip(jumps.tolist(), ends, strict=True):
        car_w = record.car_w[start:end]
        now_w = float(record.car_w[start - 1])
        goal_w = float(levels_w[start])
        if levels_w[start] < levels_w[start - 1]:
            off_w, times = car_w - goal_w, falls
            first_w = now_w - goal_w
        else:
            # Where it settles, if that's no more than the level.
            goal_w = min(goal_w, float(np.median(car_w[-20:])))
            off_w, times = goal_w - car_w, rises
            first_w = goal_w - now_w
        if first_w < least_w or not now_w:
            continue
        done = np.flatnonzero(off_w <= first_w / 10)
        times.append(float(done[0]) if len(done) else float(end - start))
    return falls, rises


@dataclass(frozen=True)
class Trouble:
    """What a trouble cost, Wh beyond the surplus, and how many orders came in it."""

    during_wh: float
    # After the time in which everybody may still believe in the last value.
    late_wh: float
    orders: int


def troubles(record: Record, faults: tuple[Fault, ...]) -> list[Trouble]:
    """Return what each trouble cost; for a meter's until it's back, as for others."""
    beyond_w = np.maximum(record.car_w - np.maximum(record.surplus_w, 0), 0)
    seconds = Counter(second for second, _ in record.orders)
    return [
        Trouble(
            _wh(beyond_w[fault.start_s : fault.end_s]),
            _wh(beyond_w[fault.start_s + GRACE_S : fault.end_s])
            if fault.kind in METER_FAULTS
            else 0.0,
            sum(seconds[at] for at in range(fault.start_s, fault.end_s)),
        )
        for fault in faults
    ]
