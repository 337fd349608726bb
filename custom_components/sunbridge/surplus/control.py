"""What all loads under control have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Final

from .day import Counters
from .doubt import RAMP_S
from .estimate import LoadPower
from .meter import Trust
from .metered import Range, range_w
from .model import Command, Eagerness, Load, LoadView, Reason, Report
from .outbox import Outbox
from .temper import Temper

# A load that is told to take nothing does so by then, and this is still nothing.
_STOPS_S: Final = 60.0
_NOTHING_W: Final = 50.0


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
    # What the grid's meter showed of it when that reported last.
    metered_w: float = 0.0
    # When its power was reported, and when it was first told something after that.
    power_at_s: float = -math.inf
    unheard_at_s: float = math.inf

    @property
    def is_ours(self) -> bool:
        """Tell whether it does what it's told here."""
        return self.is_online and not self.outbox.is_manual and self.outbox.obeys

    @property
    def is_stuck(self) -> bool:
        """Tell whether it can't do something that it should be able to."""
        return not self.outbox.obeys

    @property
    def is_by_itself(self) -> bool:
        """Tell whether it takes something though it's told not to.

        A heat pump may run for its own reasons, whatever its SG-ready input says.
        """
        off_s = self.off_s
        return (
            self.is_ours
            and off_s is not None
            and self.power.last_at_s - off_s > _STOPS_S
            and self.power.last_w > _NOTHING_W
        )

    @property
    @abstractmethod
    def off_s(self) -> float | None:
        """Since when it's told to take nothing (now_s); None is that it may take some."""

    def believed_w(
        self,
        now_s: float,
        power_w: float,
        reported_at_s: float | None,
        told_w: float,
        late_s: float,
    ) -> float:
        """Return its power; at most what it's told if no report has come since.

        Not every integration reports what stays the same, so that nobody knows whether
        a sensor is silent or dead. It's believed until ``late_s`` after a command.
        """
        outbox = self.outbox
        if reported_at_s is None:
            return power_w
        if reported_at_s > self.power_at_s:
            self.power_at_s, self.unheard_at_s = reported_at_s, math.inf
        if outbox.sent_at_s > reported_at_s:
            self.unheard_at_s = min(self.unheard_at_s, outbox.sent_at_s)
        if outbox.is_manual or outbox.is_open or not outbox.obeys:
            return power_w
        is_late = now_s - self.unheard_at_s > late_s
        return min(power_w, told_w) if is_late else power_w

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
    def shows_w(self, at_s: float) -> Range:
        """Return what the grid's meter may show of it, at least and at most, W."""

    def _shows_w(
        self, at_s: float, told_w: Range, delay_s: float, reply_s: float
    ) -> Range:
        """Return that of one that's told so much.

        That usually takes ``delay_s``, and is reported within ``reply_s``.
        """
        outbox = self.outbox
        if not self.is_ours or self.is_by_itself or outbox.sent_a < 0:
            return self.power.last_w, self.power.last_w
        since_s = at_s - outbox.sent_at_s
        if since_s >= reply_s + RAMP_S:
            # It takes what it takes of that, and only the house can take more.
            taken_w = min(told_w[1], self.power.last_w)
            told_w = (taken_w, taken_w)
        is_done = since_s >= delay_s + RAMP_S
        return range_w(at_s, self.power, told_w, 0.0 if is_done else self.metered_w)

    @abstractmethod
    def count(self, dt_s: float, available_w: float | None, day: int) -> None:
        """Count the time before this moment."""

    @abstractmethod
    def view(self, reason: Reason, available_w: float | None) -> LoadView:
        """Return what it shall do, and why."""

    @abstractmethod
    def pause(self) -> Command | None:
        """Return what makes it take nothing; None if that isn't ours to say."""

    def resume(self) -> None:
        """Take control again; it's read before anything is written."""
        self.outbox.release()
        self.is_seen = False

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
