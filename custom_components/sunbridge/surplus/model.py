"""What the controller is told, and what it answers. All of it is immutable.

Times are seconds of one clock that is never set back (monotonic); whoever calls turns
the time of day into it. Powers are in W: grid + import, battery + discharge, loads are
never below 0. Currents are A per phase, and 0 A is a pause. None is unknown, never 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

# No car takes less than this (IEC 61851), so nothing between it and 0 is ever offered.
LEAST_A: Final = 6.0
VOLTAGE_V: Final = 230.0


class Mode(StrEnum):
    """What a user wants of a load."""

    OFF = "off"
    SURPLUS = "surplus"
    # Always the least current, and the surplus above it.
    MINIMUM = "minimum"
    FAST = "fast"


class Eagerness(StrEnum):
    """How dear a kWh from the grid is, as against one of the sun that is missed."""

    CAUTIOUS = "cautious"
    BALANCED = "balanced"
    EAGER = "eager"


class BatteryRule(StrEnum):
    """Who comes first, the loads or the home battery."""

    CAR_FIRST = "car_first"
    BATTERY_FIRST = "battery_first"
    # The battery up to a state of charge, then the loads until it's low.
    BAND = "band"


class AtStop(StrEnum):
    """What becomes of a load when nobody controls it any more."""

    LEAVE = "leave"
    PAUSE = "pause"


class Reason(StrEnum):
    """Why a load does what it does."""

    OFF = "off"
    NO_CAR = "no_car"
    OFFLINE = "offline"
    NOT_SEEN = "not_seen"
    METER_HOLD = "meter_hold"
    METER_LOST = "meter_lost"
    MANUAL = "manual"
    NOT_OBEYING = "not_obeying"
    BLOCKED = "blocked"
    NO_SURPLUS = "no_surplus"
    STARTING_SOON = "starting_soon"
    STARTING = "starting"
    SWITCHING_PHASES = "switching_phases"
    FOLLOWING = "following"
    BRIDGING = "bridging"
    AT_MAXIMUM = "at_maximum"
    AT_MINIMUM = "at_minimum"
    FAST = "fast"
    PLAN = "plan"
    TARGET_REACHED = "target_reached"
    IMPORT_LIMIT = "import_limit"
    NOT_TAKING = "not_taking"
    MINIMUM_RUN = "minimum_run"
    MINIMUM_PAUSE = "minimum_pause"
    FEEDING = "feeding"


class Issue(StrEnum):
    """What a user should look at."""

    METER_LOST = "meter_lost"
    METER_FROZEN = "meter_frozen"
    BATTERY_UNKNOWN = "battery_unknown"
    NOT_OBEYING = "not_obeying"
    TWO_WRITERS = "two_writers"


@dataclass(frozen=True, slots=True)
class Sample:
    """A meter's power, and when it was last reported, even if it's the same as before.

    None is that the meter is unavailable.
    """

    power_w: float | None
    at_s: float


@dataclass(frozen=True, slots=True)
class BatterySample:
    """A home battery's power and state of charge (0 to 100 %)."""

    power_w: float | None
    soc_percent: float | None
    at_s: float


@dataclass(frozen=True, slots=True)
class ChargerReport:
    """What a charger says of itself, and until when that was known to be so.

    ``power_w`` and ``current_a`` are measured; ``set_a`` is what it was last told, 0
    for a pause; ``phases`` is how many are connected. ``session_wh`` is what the car
    got since it was plugged in. ``changed_by_other`` is that somebody else gave the
    last command, as far as the caller knows; ``blocked_until_s`` is until when the
    vendor wants no command. ``power_at_s`` is when the power was really reported, of
    one whose silence may mean that it's the same or that it's dead. ``is_failing`` is
    that the last command didn't get through, as far as the caller knows.
    """

    at_s: float
    power_w: float | None
    current_a: float | None = None
    set_a: float | None = None
    phases: int | None = None
    is_plugged: bool | None = None
    session_wh: float | None = None
    changed_by_other: bool = False
    blocked_until_s: float | None = None
    power_at_s: float | None = None
    is_failing: bool = False


@dataclass(frozen=True, slots=True)
class SwitchReport:
    """What a load says that is only on or off; see ``ChargerReport``."""

    at_s: float
    is_on: bool | None
    power_w: float | None = None
    changed_by_other: bool = False
    blocked_until_s: float | None = None
    power_at_s: float | None = None


type Report = ChargerReport | SwitchReport


@dataclass(frozen=True, slots=True)
class Charger:
    """The settings of a charger; a lower ``priority`` is served first.

    ``spacing_s`` is the least time between two commands, ``reply_s`` the longest until
    one is visible, ``delay_s`` the usual one (reference surplus 2.5 and 3.1).
    ``refresh_s`` repeats the last command, for a charger with a dead-man of twice
    that time; a pause stays. With ``feed_every_s`` the charger follows by itself and is
    told the grid's power.

    ``target_wh`` is a limit of a session. With ``finish_at_s`` it's also promised: what
    the sun doesn't give by then is taken from the grid, as late as possible.
    """

    load_id: str
    mode: Mode = Mode.SURPLUS
    eagerness: Eagerness = Eagerness.BALANCED
    priority: int = 0
    min_a: float = 6.0
    max_a: float = 16.0
    step_a: float = 1.0
    phases: tuple[int, ...] = (1, 3)
    spacing_s: float = 5.0
    reply_s: float = 12.0
    delay_s: float = 4.0
    switch_pause_s: float = 20.0
    refresh_s: float | None = None
    feed_every_s: float | None = None
    target_wh: float | None = None
    finish_at_s: float | None = None
    manual_s: float = 4 * 3600.0
    at_stop: AtStop = AtStop.LEAVE


@dataclass(frozen=True, slots=True)
class Switch:
    """The settings of a load that is on or off, such as a pump or an SG-ready input."""

    load_id: str
    power_w: float
    mode: Mode = Mode.SURPLUS
    eagerness: Eagerness = Eagerness.BALANCED
    priority: int = 0
    min_run_s: float = 1200.0
    min_pause_s: float = 600.0
    spacing_s: float = 10.0
    reply_s: float = 30.0
    manual_s: float = 4 * 3600.0
    at_stop: AtStop = AtStop.LEAVE


type Load = Charger | Switch


@dataclass(frozen=True, slots=True)
class House:
    """The settings of a house. ``margin_w`` is what should be exported at least.

    ``max_import_w`` is what the house may take from the grid, in every mode.
    """

    loads: tuple[Load, ...]
    margin_w: float = 0.0
    max_import_w: float | None = None
    battery_rule: BatteryRule = BatteryRule.CAR_FIRST
    band_percent: tuple[float, float] = (50.0, 80.0)


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that is known at a time.

    ``battery`` is None in a house without one. ``day`` is any number that is another
    one each day. A load without a report is offline.
    """

    now_s: float
    house: House
    grid: Sample | None
    reports: Mapping[str, Report]
    battery: BatterySample | None = None
    day: int = 0


@dataclass(frozen=True, slots=True)
class SetCharger:
    """Tell a charger its current, A per phase (0 is a pause), and its phases."""

    load_id: str
    amps: float
    phases: int


@dataclass(frozen=True, slots=True)
class SetSwitch:
    """Turn a load on or off."""

    load_id: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Feed:
    """Tell a charger that follows by itself what it shall see as the grid's power, W.

    It's what the grid would have if there was nobody else to share with.
    """

    load_id: str
    grid_w: float


type Command = SetCharger | SetSwitch | Feed


@dataclass(frozen=True, slots=True)
class LoadDay:
    """A load's counters of a day, Wh and counts.

    ``sun_wh`` is what it took of the surplus, ``import_wh`` what it took beyond,
    ``missed_wh`` what it could have taken and didn't.
    """

    sun_wh: float = 0.0
    import_wh: float = 0.0
    missed_wh: float = 0.0
    starts: int = 0
    switches: int = 0


@dataclass(frozen=True, slots=True)
class LoadView:
    """What a load is meant to do, and why.

    ``available_w`` is what is there for it, None unknown; ``share`` is how far the
    next change is prepared, 0 to 1. ``is_fed`` is that it follows by itself and was
    told nothing else since, so that silence is its pause. ``used`` is how many of 3
    phases a promise to its car is reckoned with.
    """

    reason: Reason
    amps: float = 0.0
    phases: int = 0
    available_w: float | None = None
    share: float = 0.0
    day: LoadDay = LoadDay()
    is_fed: bool = False
    used: int = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, and when to ask again at the latest.

    ``two_writers`` are the loads that ``Issue.TWO_WRITERS`` is about.
    """

    commands: tuple[Command, ...]
    next_s: float
    surplus_w: float | None = None
    loads: Mapping[str, LoadView] = field(default_factory=dict)
    issues: frozenset[Issue] = frozenset()
    two_writers: frozenset[str] = frozenset()
