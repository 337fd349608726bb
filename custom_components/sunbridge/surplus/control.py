"""What all loads under control have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
import math

from .day import Counters
from .estimate import LoadPower
from .meter import Trust
from .model import Command, Eagerness, Load, LoadView, Reason, Report
from .outbox import Outbox
from .temper import Temper


@dataclass(frozen=True, slots=True)
class Scene:
    """What one load may know of the house at a moment, ``dt_s`` after the one before.

    ``available_w`` is what higher loads leave of the surplus, None unknown. ``most_w``
    is what this load may take in any mode, inf without a limit, None unknown. Nothing
    is said before it ``is_ready``: the meter was seen, or was given the time to.
    """

    now_s: float
    dt_s: float
    trust: Trust
    is_ready: bool
    available_w: float | None
    slope_w_per_s: float = 0.0
    most_w: float | None = math.inf


@dataclass(slots=True)
class Control(ABC):
    """A load's state. What its settings are and what it reports is told each time."""

    power: LoadPower = field(default_factory=LoadPower)
    outbox: Outbox = field(default_factory=Outbox)
    counters: Counters = field(default_factory=Counters)
    is_seen: bool = False
    is_online: bool = False
    share: float = 0.0

    @property
    def is_ours(self) -> bool:
        """Tell whether it does what it's told here."""
        return self.is_online and not self.outbox.is_manual and self.outbox.obeys

    @property
    @abstractmethod
    def rank(self) -> tuple[bool, bool]:
        """Return what comes first among loads of a priority; False is before True."""

    @abstractmethod
    def observe(self, now_s: float, dt_s: float, load: Load, report: object) -> None:
        """Take its settings, and what it says; None is that it's offline."""

    @abstractmethod
    def decide(self, scene: Scene, tempers: Mapping[Eagerness, Temper]) -> Reason:
        """Decide what it shall do; return why."""

    @abstractmethod
    def deliver(self, scene: Scene) -> tuple[Command | None, float]:
        """Return a command that is due, and when to ask again at the latest."""

    @abstractmethod
    def claim_w(self, now_s: float) -> float:
        """Return what it takes, or soon will: nobody else may have that."""

    @abstractmethod
    def count(self, dt_s: float, available_w: float | None, day: int) -> None:
        """Count the time before this moment."""

    @abstractmethod
    def view(self, reason: Reason, available_w: float | None) -> LoadView:
        """Return what it shall do, and why."""

    @abstractmethod
    def pause(self) -> Command | None:
        """Return what makes it take nothing; None if that isn't ours to say."""

    @abstractmethod
    def forget(self) -> None:
        """Forget the regrets: they are of another weather."""

    def doubt_w(self, at_s: float) -> tuple[float, float]:
        """Return by how much its power may be off, at least and at most, W."""
        del at_s
        return 0.0, 0.0


def fresh(report: Report, now_s: float, most_s: float = 120.0) -> bool:
    """Tell whether a report says something; the caller renews the time of a valid one.

    NaN isn't fresh, and a time to come isn't one.
    """
    return -1.0 <= now_s - report.at_s <= most_s
