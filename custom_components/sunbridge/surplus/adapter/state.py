"""What entities show of the house and of each load."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Final

from ..model import BatteryRule, Eagerness, LoadView, Mode, Reason
from .wishes import Phases


class LoadStatus(StrEnum):
    """What a load does, for dashboards; ``Reason`` says why."""

    OFF = "off"
    NO_CAR = "no_car"
    WAITING = "waiting"
    STARTING = "starting"
    CHARGING = "charging"
    DONE = "done"
    MANUAL = "manual"
    PROBLEM = "problem"


_BY_POWER: Final = (LoadStatus.CHARGING, LoadStatus.WAITING)

# What it does by the reason: while it takes power, and while it takes none.
_STATUSES: Final[Mapping[Reason, tuple[LoadStatus, LoadStatus]]] = {
    Reason.OFF: (LoadStatus.OFF, LoadStatus.OFF),
    Reason.NO_CAR: (LoadStatus.NO_CAR, LoadStatus.NO_CAR),
    Reason.OFFLINE: (LoadStatus.PROBLEM, LoadStatus.PROBLEM),
    Reason.NOT_SEEN: _BY_POWER,
    Reason.METER_HOLD: _BY_POWER,
    Reason.METER_LOST: (LoadStatus.PROBLEM, LoadStatus.PROBLEM),
    Reason.MANUAL: (LoadStatus.MANUAL, LoadStatus.MANUAL),
    Reason.NOT_OBEYING: (LoadStatus.PROBLEM, LoadStatus.PROBLEM),
    Reason.BLOCKED: _BY_POWER,
    Reason.NO_SURPLUS: _BY_POWER,
    Reason.STARTING_SOON: _BY_POWER,
    Reason.STARTING: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.SWITCHING_PHASES: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.FOLLOWING: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.BRIDGING: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.AT_MAXIMUM: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.AT_MINIMUM: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.FAST: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.PLAN: (LoadStatus.CHARGING, LoadStatus.STARTING),
    Reason.TARGET_REACHED: (LoadStatus.DONE, LoadStatus.DONE),
    Reason.IMPORT_LIMIT: _BY_POWER,
    Reason.NOT_TAKING: _BY_POWER,
    Reason.MINIMUM_RUN: (LoadStatus.CHARGING, LoadStatus.CHARGING),
    Reason.MINIMUM_PAUSE: (LoadStatus.WAITING, LoadStatus.WAITING),
    Reason.FEEDING: _BY_POWER,
}

# The reasons that a load may have that is only on or off.
SWITCH_REASONS: Final = (
    Reason.OFF,
    Reason.OFFLINE,
    Reason.NOT_SEEN,
    Reason.METER_HOLD,
    Reason.METER_LOST,
    Reason.MANUAL,
    Reason.NOT_OBEYING,
    Reason.BLOCKED,
    Reason.NO_SURPLUS,
    Reason.STARTING_SOON,
    Reason.STARTING,
    Reason.FOLLOWING,
    Reason.BRIDGING,
    Reason.FAST,
    Reason.IMPORT_LIMIT,
    Reason.MINIMUM_RUN,
    Reason.MINIMUM_PAUSE,
)
SWITCH_STATUSES: Final = (
    LoadStatus.OFF,
    LoadStatus.WAITING,
    LoadStatus.CHARGING,
    LoadStatus.MANUAL,
    LoadStatus.PROBLEM,
)
# Of what is told by these nobody knows which current is right, or it's its own to say.
_NO_CURRENT: Final = frozenset(
    {Reason.OFFLINE, Reason.NO_CAR, Reason.MANUAL, Reason.NOT_SEEN, Reason.FEEDING}
)
# Values beside the reason that change with each sample: a database needs not all.
SHOWN_EVERY_S: Final = 10.0
_STEP_W: Final = 10
_TAKING_W: Final = 50.0


def status_of(reason: Reason, *, is_taking: bool) -> LoadStatus:
    """Return what a load does."""
    return _STATUSES[reason][0 if is_taking else 1]


def is_taking(view: LoadView, power_w: float | None) -> bool:
    """Tell whether it takes power; what it was told counts if it doesn't say."""
    return view.phases > 0 if power_w is None else power_w >= _TAKING_W


def current_of(view: LoadView) -> float | None:
    """Return the A that it's meant to have."""
    return None if view.reason in _NO_CURRENT else view.amps


def shown_w(power_w: float | None) -> float | None:
    """Return a power as it's shown, to 10 W."""
    return None if power_w is None else float(round(power_w / _STEP_W) * _STEP_W)


def shown_kwh(energy_wh: float) -> float:
    """Return an energy as it's shown."""
    return round(energy_wh / 1000, 2)


@dataclass(frozen=True, slots=True)
class HouseState:
    """What is shown of the house; the names are the keys of its entities."""

    surplus: float | None = None
    battery_rule: BatteryRule = BatteryRule.CAR_FIRST
    margin: float = 0.0
    meter_fresh: bool = False

    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether there are such values; all are from the start."""
        return all(hasattr(self, key) for key in keys)


@dataclass(frozen=True, slots=True)
class LoadState:
    """What is shown of a load; the names are the keys of its entities.

    Powers are W, energies kWh, currents A. ``phases`` is None for a load that can't
    switch them. ``least_a`` and ``most_a`` are the limits of its current.
    """

    mode: Mode = Mode.SURPLUS
    eagerness: Eagerness = Eagerness.BALANCED
    phases: Phases | None = None
    min_current: float = 6.0
    max_current: float = 16.0
    least_a: float = 6.0
    most_a: float = 16.0
    target_energy: float = 0.0
    finish_by: bool = False
    finish_at: time = time(7)
    state: LoadStatus = LoadStatus.WAITING
    reason: Reason = Reason.NOT_SEEN
    available: float | None = None
    sun_today: float = 0.0
    import_today: float = 0.0
    missed_today: float = 0.0
    switches_today: int = 0
    target_current: float | None = None

    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether there are such values; only phases may be lacking."""
        return "phases" not in keys or self.phases is not None
