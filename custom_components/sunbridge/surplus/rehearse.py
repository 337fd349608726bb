"""How patient to be in today's weather: some patiences are tried beside each other.

The surplus doesn't depend on what is made of it. So what a charge would have earned
with other prices of a change can be reckoned, at any time and without a risk. Some
rehearse so, each with all prices times its own factor; the one that earned the most of
late, its changes paid, is what the real charge goes by. Under clouds of a minute
that's one who waits, under clouds of ten minutes one who acts at once.
"""

from dataclasses import dataclass, field
from typing import Final

from .regret import Regret
from .temper import Temper

FACTORS: Final = (0.25, 0.5, 1.0, 2.0, 4.0)
_USUAL: Final = 2
# What was earned so long ago counts half.
_HALF_S: Final = 2400.0
_LN2: Final = 0.6931
# Another one has to be better by this.
_LEAD_WH: Final = 20.0
# What a car needs to start (reference surplus 3.1), in the middle.
_START_S: Final = 19.0


@dataclass(slots=True)
class Actor:
    """One that rehearses: its phases (0 is off), and what it has earned, Wh."""

    phases: int = 0
    earned_wh: float = 0.0
    idle_s: float = 0.0
    regret: Regret = field(default_factory=Regret)

    def act(
        self,
        worths_w: dict[int, float],
        dt_s: float,
        temper: Temper,
        factor: float,
        pause_s: float,
    ) -> None:
        """Let time pass."""
        if self.phases not in worths_w:
            self.phases = min(worths_w)
        self.earned_wh *= max(0.0, 1 - _LN2 * dt_s / _HALF_S)
        if self.idle_s <= 0:
            self.earned_wh += worths_w[self.phases] * dt_s / 3600
        self.idle_s = max(0.0, self.idle_s - dt_s)
        self.regret.add(worths_w, self.phases, dt_s)
        other, share = self.regret.best(temper, factor, self.phases, worths_w)
        if share < 1:
            return
        if other:
            self.earned_wh -= temper.change_wh
            self.idle_s = pause_s if self.phases else _START_S
        self.phases = other
        self.regret.clear()

    def value_wh(self, worths_w: dict[int, float], temper: Temper) -> float:
        """Return what was earned, less the change that who is elsewhere has ahead."""
        best = max(worths_w, key=worths_w.__getitem__)
        is_there = not best or best == self.phases
        return self.earned_wh - (0.0 if is_there else temper.change_wh)


@dataclass(slots=True)
class Rehearsal:
    """All of them, and whose turn it is."""

    actors: list[Actor] = field(default_factory=lambda: [Actor() for _ in FACTORS])
    chosen: int = _USUAL

    @property
    def factor(self) -> float:
        """Return by what all prices are multiplied now."""
        return FACTORS[self.chosen] if 0 <= self.chosen < len(FACTORS) else 1.0

    def see(
        self, worths_w: dict[int, float], dt_s: float, temper: Temper, pause_s: float
    ) -> None:
        """Let time pass in which states were worth something, W by phases."""
        for actor, factor in zip(self.actors, FACTORS, strict=True):
            actor.act(worths_w, dt_s, temper, factor, pause_s)
        values = [actor.value_wh(worths_w, temper) for actor in self.actors]
        best = max(range(len(FACTORS)), key=values.__getitem__)
        if values[best] > values[self.chosen % len(FACTORS)] + _LEAD_WH:
            self.chosen = best
