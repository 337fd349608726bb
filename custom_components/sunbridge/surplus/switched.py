"""Loads that are on or off, with the least times that they need of both."""

from dataclasses import dataclass, field
import math
from typing import Final

from .model import Reason, Switch
from .regret import Regret, worth_w
from .temper import Temper

# A minimum run binds for long, so that it has to be worth it: so much of its energy.
_RUN_SHARE: Final = 0.1


@dataclass(slots=True)
class Toggle:
    """Whether a load shall be on, and since when."""

    is_on: bool = False
    changed_at_s: float = -math.inf
    regret: Regret = field(default_factory=Regret)

    def adopt(self, now_s: float, *, is_on: bool) -> None:
        """Take over what it does; its times begin now, for nobody knows them."""
        if is_on != self.is_on or self.changed_at_s == -math.inf:
            self.is_on, self.changed_at_s = is_on, now_s
            self.regret.clear()

    def locked(self, now_s: float, switch: Switch) -> Reason | None:
        """Return what forbids a change now."""
        for_s = now_s - self.changed_at_s
        if self.is_on:
            return Reason.MINIMUM_RUN if for_s < switch.min_run_s else None
        return Reason.MINIMUM_PAUSE if for_s < switch.min_pause_s else None

    def turn(
        self, now_s: float, switch: Switch, *, is_on: bool, at_once: bool = False
    ) -> Reason | None:
        """Change, unless that's forbidden; return what forbids it."""
        if is_on == self.is_on:
            return None
        reason = self.locked(now_s, switch)
        if reason and not at_once:
            return reason
        self.is_on, self.changed_at_s = is_on, now_s
        self.regret.clear()
        return None

    def follow(
        self,
        now_s: float,
        dt_s: float,
        available_w: float,
        switch: Switch,
        temper: Temper,
    ) -> tuple[Reason, float]:
        """Go on by what is there for it; return why, and how far a change is prepared."""
        power_w = max(switch.power_w, 0.0)
        worths_w = {
            0: 0.0,
            1: worth_w(available_w, (power_w, power_w), temper.price_ratio),
        }
        state = int(self.is_on)
        self.regret.add(worths_w, state, dt_s)
        price_wh = temper.stop_wh if state else temper.start_wh
        price_wh = max(price_wh, power_w * switch.min_run_s / 3600 * _RUN_SHARE)
        share = min(self.regret.wh[1 - state] / price_wh, 1.0)
        locked = self.locked(now_s, switch)
        if share >= 1 and not locked:
            self.turn(now_s, switch, is_on=not self.is_on)
            return (Reason.STARTING if self.is_on else Reason.NO_SURPLUS), 0.0
        if self.is_on:
            if available_w >= power_w:
                return Reason.FOLLOWING, share
            return (locked or Reason.BRIDGING), share
        if share <= 0:
            return Reason.NO_SURPLUS, 0.0
        return (locked or Reason.STARTING_SOON), share
