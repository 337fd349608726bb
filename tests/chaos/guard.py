"""Whether loads are regulated as they ought to be, by what flows and not by what's said."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

# After so long without the meter nothing charges any more that is told to.
BLIND_S: Final = 120.0
# Enough for a car, and too little for any; and for how long there may be none, or one.
_ENOUGH_W: Final = 6000.0
_LITTLE_W: Final = 1000.0
_LONGEST_S: Final = 420.0
_TAKES_W: Final = 100.0
_LONGEST_STEP_S: Final = 30.0


@dataclass(frozen=True)
class Moment:
    """What is so at a time (monotonic clock).

    ``free_w`` is the sun's power less the house's, without any load. ``taken_w`` is
    what each load takes. ``blind_s`` tells for how long Home Assistant, which could,
    hasn't heard the meter. ``reached`` are the loads that can be told something, and
    ``is_calm`` is that nothing has been wrong for long and all have a car.
    """

    at_s: float
    free_w: float
    taken_w: Mapping[str, float]
    blind_s: float
    reached: Collection[str]
    is_calm: bool


@dataclass
class Guard:
    """Looks at moments; ``blind_wh`` is what was taken without the meter, by load.

    ``blind_for_s`` and ``calm_for_s`` are how long there was something to be seen.
    """

    blind_wh: dict[str, float] = field(default_factory=dict)
    blind_for_s: float = 0.0
    calm_for_s: float = 0.0
    _at_s: float | None = None
    _hungry_s: float = 0.0
    _greedy_s: float = 0.0
    _found: list[str] = field(default_factory=list)

    def see(self, moment: Moment) -> None:
        """Look at what is so since the last moment."""
        at_s, self._at_s = self._at_s, moment.at_s
        step_s = 0.0 if at_s is None else min(moment.at_s - at_s, _LONGEST_STEP_S)
        if moment.blind_s > BLIND_S and moment.reached:
            self.blind_for_s += step_s
            for name in moment.reached:
                wh = moment.taken_w[name] * step_s / 3600
                self.blind_wh[name] = self.blind_wh.get(name, 0.0) + wh
        self.calm_for_s += step_s * moment.is_calm
        takes = max(moment.taken_w.values(), default=0.0) > _TAKES_W
        is_hungry = moment.is_calm and not takes and moment.free_w > _ENOUGH_W
        is_greedy = moment.is_calm and takes and moment.free_w < _LITTLE_W
        self._hungry_s = self._lasting(
            self._hungry_s + step_s if is_hungry else 0.0,
            self._hungry_s,
            "nothing takes, with all the sun",
        )
        self._greedy_s = self._lasting(
            self._greedy_s + step_s if is_greedy else 0.0,
            self._greedy_s,
            "a load takes, with no sun",
        )

    def wrong(self) -> list[str]:
        """Return what was wrong since the last time."""
        found, self._found = self._found, []
        blind_wh, self.blind_wh = self.blind_wh, {}
        return found + [
            f"{name} took {wh:.1f} Wh without the meter"
            for name, wh in blind_wh.items()
            if wh > 0
        ]

    def _lasting(self, now_s: float, before_s: float, what: str) -> float:
        """Note once that something lasts for too long; return how long it does."""
        if before_s <= _LONGEST_S < now_s:
            self._found.append(f"{what}, for {now_s:.0f} s")
        return now_s
