"""When to start, to stop and to switch phases: when waiting has cost enough.

In each moment each state of a charger (off, one phase, three) would be worth something:
what it took of the surplus, less the price of what it took beyond. What another state
would be worth more than the present one adds up to a regret, what it would be worth
less takes away from it, down to 0. A change is made when its regret has reached its
price. So a deep hole ends a charge soon, a shallow one late, and one bad sample ends
nothing (reference surplus 3.8; it's the CUSUM test of statistics, with money).
"""

from dataclasses import dataclass, field

from .temper import Temper

# The places of the states in the list of regrets.
_PLACES = {0: 0, 1: 1, 2: 2, 3: 3}


def worth_w(
    available_w: float, range_w: tuple[float, float], price_ratio: float
) -> float:
    """Return what a state that can take a range of powers is worth, W."""
    low_w, high_w = range_w
    power_w = min(max(available_w, low_w), high_w)
    taken_w = min(power_w, max(available_w, 0.0))
    return taken_w - price_ratio * (power_w - taken_w)


def price_wh(temper: Temper, state: int, other: int) -> float:
    """Return the price of a change between numbers of phases, 0 is off."""
    if not state:
        return temper.start_wh
    if not other:
        return temper.stop_wh
    return temper.up_wh if other > state else temper.down_wh


@dataclass(slots=True)
class Regret:
    """The regrets of not being in the other states, Wh, by the number of phases."""

    wh: list[float] = field(default_factory=lambda: [0.0] * len(_PLACES))

    def add(self, worths_w: dict[int, float], state: int, dt_s: float) -> None:
        """Let time pass in a state."""
        present_w = worths_w[state]
        for other, worth in worths_w.items():
            if other == state:
                self.wh[other] = 0.0
                continue
            regret_wh = self.wh[other] + (worth - present_w) * dt_s / 3600
            self.wh[other] = min(max(regret_wh, 0.0), 1000.0)

    def clear(self) -> None:
        """Forget them all, after a change."""
        self.wh = [0.0] * len(_PLACES)

    def best(
        self, temper: Temper, factor: float, state: int, worths_w: dict[int, float]
    ) -> tuple[int, float]:
        """Return the change that is due most, and how much of its price is together.

        All prices are times ``factor``. Of those that are due it's the one that is
        worth the most now.
        """
        best, found = (0.0, 0.0), (state, 0.0)
        for other, worth in worths_w.items():
            if other == state:
                continue
            share = self.wh[other] / (factor * price_wh(temper, state, other))
            rank = (1.0, worth) if share >= 1 else (share, 0.0)
            if share > 0 and rank > best:
                best, found = rank, (other, share)
        return found
