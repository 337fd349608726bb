"""One charger after the surplus that is there for it."""

from dataclasses import dataclass, field
import math
from typing import Final, NamedTuple

from .car import Offer
from .model import Charger, Reason
from .regret import Regret, worth_w
from .rehearse import Rehearsal
from .temper import Temper
from .trace import Trace, add, new_trace

# A rise is followed when it has lasted, a fall at once.
HOLD_S: Final = 1.0
# What a car needs after a command before it's judged anew, beside the switch's pause.
_SETTLE_S: Final = 5.0
_MIN_ON_S: Final = 60.0
_MIN_OFF_S: Final = 60.0
_MIN_SWITCH_S: Final = 60.0
# A slope below this is noise.
_SLOPE_W_PER_S: Final = 15.0
_AHEAD_S: Final = 2.0
# Part of a step by which less has to be there before a current is lowered.
_DEAD_BAND: Final = 0.15


class Sight(NamedTuple):
    """What a load sees of the surplus, W, and how fast that changes, W/s."""

    available_w: float
    slope_w_per_s: float


@dataclass(slots=True)
class Follower:
    """What a charger is meant to do: phases (0 is a pause) and A per phase."""

    phases: int = 0
    amps: float = 0.0
    started_at_s: float = -math.inf
    stopped_at_s: float = -math.inf
    switched_at_s: float = -math.inf
    # Since when it's as it should be, or was adopted.
    settled_at_s: float = -math.inf
    regret: Regret = field(default_factory=Regret)
    rehearsal: Rehearsal = field(default_factory=Rehearsal)
    available_trace: Trace = field(default_factory=lambda: new_trace(16))

    def adopt(self, amps: float, phases: int) -> None:
        """Take over what the charger does."""
        if (self.amps > 0) != (amps > 0) or (amps > 0 and phases != self.phases):
            self.regret.clear()
        self.amps = amps
        self.phases = phases if amps > 0 else 0

    def go(self, now_s: float, amps: float, phases: int, pause_s: float) -> None:
        """Change to a current and phases; ``pause_s`` is what a switch takes."""
        if amps <= 0 or phases <= 0:
            if self.phases:
                self.stopped_at_s = now_s
            amps, phases = 0.0, 0
        elif not self.phases:
            self.started_at_s = self.switched_at_s = now_s
        elif phases != self.phases:
            self.switched_at_s = now_s
        if phases != self.phases:
            self.regret.clear()
            self.settled_at_s = now_s + (pause_s + _SETTLE_S if phases else 0.0)
        self.amps, self.phases = amps, phases

    def resumes_s(self, charger: Charger) -> float:
        """Return from when on it may hear what it shall go on with after a switch."""
        if self.switched_at_s <= self.started_at_s:
            return -math.inf
        return self.switched_at_s + charger.switch_pause_s - charger.reply_s

    def bind(self, now_s: float, offer: Offer, pause_s: float) -> None:
        """Keep to what may be offered: it was adopted, or the settings have changed."""
        if not self.phases:
            return
        phases = self.phases if self.phases in offer.phases else min(offer.phases)
        amps = min(max(self.amps, offer.least_a), offer.most_a)
        self.go(now_s, amps, phases, pause_s)

    def follow(
        self,
        now_s: float,
        dt_s: float,
        sight: Sight,
        offer: Offer,
        temper: Temper,
        charger: Charger,
        *,
        may_stop: bool,
    ) -> tuple[Reason, float]:
        """Go on by what is seen; return why, and how far the next change is prepared.

        The present phases are among those of the offer (``bind``).
        """
        add(self.available_trace, now_s, sight.available_w)
        worths_w = {
            phases: worth_w(
                sight.available_w, offer.range_w(phases), temper.price_ratio
            )
            for phases in offer.phases
        }
        if may_stop:
            worths_w[0] = 0.0
        elif not self.phases:
            phases = max(worths_w, key=worths_w.__getitem__)
            self._start(now_s, phases, sight, offer, temper, charger)
            return Reason.STARTING, 1.0
        self.rehearsal.see(worths_w, dt_s, temper, charger.switch_pause_s)
        self.regret.add(worths_w, self.phases, dt_s)
        other, share = self.regret.best(
            temper, self.rehearsal.factor, self.phases, worths_w
        )
        if share >= 1 and self._may_change(now_s, other):
            if not other:
                self.go(now_s, 0.0, 0, 0.0)
                return Reason.NO_SURPLUS, 0.0
            reason = Reason.SWITCHING_PHASES if self.phases else Reason.STARTING
            self._start(now_s, other, sight, offer, temper, charger)
            return reason, 0.0
        if not self.phases:
            if share <= 0:
                return Reason.NO_SURPLUS, 0.0
            return Reason.STARTING_SOON, min(share, 1.0)
        return self._adjust(now_s, sight, offer, temper, charger), min(share, 1.0)

    def _may_change(self, now_s: float, other: int) -> bool:
        if not self.phases:
            return now_s - self.stopped_at_s >= _MIN_OFF_S
        if not other:
            return now_s - self.started_at_s >= _MIN_ON_S
        return now_s - self.switched_at_s >= _MIN_SWITCH_S

    def _start(
        self,
        now_s: float,
        phases: int,
        sight: Sight,
        offer: Offer,
        temper: Temper,
        charger: Charger,
    ) -> None:
        """Begin with other phases at once with the current that fits."""
        amps = offer.amps(sight.available_w, phases, temper.round_up)
        self.go(now_s, amps, phases, charger.switch_pause_s)

    def _adjust(
        self, now_s: float, sight: Sight, offer: Offer, temper: Temper, charger: Charger
    ) -> Reason:
        available_w, slope = sight.available_w, sight.slope_w_per_s
        ahead_s = charger.delay_s + _AHEAD_S
        falling = slope < -_SLOPE_W_PER_S
        low_w = available_w + (slope * ahead_s if falling else 0.0)
        nearest = temper.round_up
        down_a = offer.amps(low_w, self.phases, nearest + _DEAD_BAND)
        if down_a < self.amps:
            # What falls by much isn't at its end.
            is_deep = down_a < self.amps - offer.step_a or falling
            self.amps = offer.amps(low_w, self.phases, 0.0 if is_deep else nearest)
        elif not falling:
            held_w = min(
                watts for at_s, watts in self.available_trace if at_s >= now_s - HOLD_S
            )
            rising = slope > _SLOPE_W_PER_S
            high_w = held_w + (slope * ahead_s if rising else 0.0)
            self.amps = max(self.amps, offer.amps(high_w, self.phases, nearest))
        self.amps = min(max(self.amps, offer.least_a), offer.most_a)
        if now_s < self.settled_at_s:
            return (
                Reason.SWITCHING_PHASES
                if self.switched_at_s > self.started_at_s
                else Reason.STARTING
            )
        if self.amps >= offer.most_a:
            return Reason.AT_MAXIMUM
        if self.amps <= offer.least_a:
            least_w, _ = offer.range_w(self.phases)
            return Reason.BRIDGING if available_w < least_w else Reason.AT_MINIMUM
        return Reason.FOLLOWING
