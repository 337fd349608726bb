"""What a controller is shown, and what it may say: the same for all of them."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from simulators.household import ChargerReport, ChargerTraits


@dataclass(frozen=True, slots=True)
class View:
    """What is known of the house now; it's shown each second, with or without news.

    Times are seconds of one clock. Powers are in W: ``grid_w`` + import, ``battery_w``
    + discharge. None is unavailable, or that there's no such thing. ``…_at_s`` is when
    the value was last reported, also if it's the same as before, so that the age of
    any value is ``now_s`` less that. ``soc`` is 0 to 1.
    """

    now_s: int
    grid_w: float | None
    grid_at_s: int
    charger: ChargerReport | None
    charger_at_s: int
    pv_w: float | None = None
    battery_w: float | None = None
    battery_at_s: int = -1
    soc: float | None = None


class Order(NamedTuple):
    """A command: A per phase (0 is a pause) and the number of phases."""

    amps: float
    phases: int


class Controller(Protocol):
    """Something that follows the surplus."""

    def step(self, view: View) -> Order | None:
        """Look, once a second, and perhaps give an order."""

    def memory(self) -> object:
        """Return what outlives a restart of Home Assistant; None is nothing."""


class Maker(Protocol):
    """Makes a controller for a charger, from what an earlier one remembered."""

    def __call__(self, charger: ChargerTraits, memory: object = None) -> Controller:
        """Make one."""
