"""The days that are played in the closed loop, and what each is compared with."""

from dataclasses import dataclass, replace
from typing import Any, Final

from benchmarks.surplus.cases import MAIN
from benchmarks.surplus.days import Day, fault_day, weather_day
from simulators.household import EASEE, FaultKind, Sky, Traits

HOUR_S: Final = 3600
FAULT_S: Final = 600


@dataclass(frozen=True)
class Case:
    """A day's part from ``from_s`` to ``until_s`` (s since six o'clock) with a charger.

    ``fault`` is what goes wrong for ten minutes.
    """

    name: str
    how: str = "regulate"
    vendor: str = "goe"
    sky: Sky = Sky.MIXED
    seed: int = 0
    from_s: int = 0
    until_s: int = 12 * HOUR_S
    fault: FaultKind | None = None

    @property
    def traits(self) -> Traits:
        """The house, as the bench has it."""
        traits = MAIN.traits
        return replace(traits, charger=EASEE) if self.vendor == "easee" else traits

    def day(self) -> Day:
        """Return the part of the bench's day, with its trouble where it hurts."""
        whole = weather_day(self.sky, self.seed)
        part = slice(self.from_s, self.until_s)
        day = Day(whole.seed, whole.pv_w[part], whole.load_w[part])
        if self.fault is None:
            return day
        return fault_day(day, self.fault, FAULT_S, count=1)


def _part(
    name: str, fault: FaultKind | None = None, *, hours: int = 2, **more: Any
) -> Case:
    """Return a case of some hours from ten o'clock."""
    from_s = 4 * HOUR_S
    until_s = from_s + hours * HOUR_S
    return Case(name, fault=fault, from_s=from_s, until_s=until_s, **more)


CASES: Final = {
    case.name: case
    for case in (
        _part("go-e, regulated", hours=4),
        _part("go-e, fed", hours=4, how="feed"),
        _part("Easee, regulated", hours=4, vendor="easee"),
        _part("meter silent", FaultKind.METER_SILENT),
        _part("meter frozen", FaultKind.METER_STUCK),
        _part("go-e away", FaultKind.CHARGER_OFFLINE),
        _part("Easee's cloud away", FaultKind.CHARGER_OFFLINE, vendor="easee"),
        _part("Home Assistant restarts", FaultKind.RESTART, hours=1),
    )
}
# Whole days, for a machine that has the time.
DAYS: Final = {
    case.name: case
    for case in (
        Case("go-e, regulated, a day"),
        Case("go-e, fed, a day", how="feed"),
        Case("Easee, regulated, a day", vendor="easee"),
    )
}
