"""The best that can be done with a day that is known in advance (reference 3.3).

Three states: off, one phase, three phases. In each second the current is the best of
those that the charger has; a start and a switch of phases cost ``SWITCH_WH``, a stop
nothing. What the state earns in a second is what is taken from the surplus, less
``price_ratio`` times what is taken beyond it. A dynamic program over the seconds finds
the best way through the states, exactly.

It's a bound for every controller in the house that has no battery: a car in the house
ramps and is late, here it isn't. ``start_s`` and ``pause_s`` take away some of that:
with the least that the house's car and charger need, the bound stays one, and is
closer. With a battery it's one too, if what the car takes from the battery counts as
what it takes from the grid.
"""

from dataclasses import dataclass, replace

import numpy as np

from simulators.household import ChargerTraits

from .days import Powers

VOLTAGE_V = 230.0
SWITCH_WH = 40.0


@dataclass(frozen=True)
class Best:
    """The best way through a day: energies and what it's worth in Wh, and its changes."""

    from_surplus_wh: float
    beyond_wh: float
    starts: int
    switches: int
    value_wh: float


@dataclass(frozen=True)
class Menu:
    """What can be earned in each second in each state, Wh; and how it's made up.

    The first axis is the state: off, then each number of phases.
    """

    earned_wh: Powers
    from_surplus_wh: Powers
    beyond_wh: Powers
    price_ratio: float


def menu(
    surplus_w: Powers,
    charger: ChargerTraits,
    price_ratio: float,
    short_a: float,
    *,
    round_down: bool = False,
    lag_s: int = 0,
) -> Menu:
    """Return it; ``short_a`` is what the car takes less than it's offered.

    With ``round_down`` nothing is taken from the grid but at the least current, as
    most rules do it; at a price ratio of 1 the next higher current is the better one
    as soon as half of the step is there. With ``lag_s`` the current is what was best
    that long ago. Both make something that can be beaten.
    """
    available_w = np.maximum(surplus_w, 0.0)
    steps = round((charger.max_a - charger.min_a) / charger.step_a)
    amps = charger.min_a + charger.step_a * np.arange(steps + 1) - short_a
    shape = (1 + len(charger.phases), len(surplus_w))
    taken, beyond = np.zeros(shape), np.zeros(shape)
    for state, phases in enumerate(charger.phases, 1):
        levels_w = VOLTAGE_V * phases * amps
        below = np.searchsorted(levels_w, available_w, side="right") - 1
        low_w = levels_w[np.maximum(below, 0)]
        high_w = levels_w[np.minimum(below + 1, steps)]
        low, high = (
            np.minimum(level_w, available_w)
            - price_ratio * np.maximum(level_w - available_w, 0.0)
            for level_w in (low_w, high_w)
        )
        power_w = np.where((high > low) & (not round_down), high_w, low_w)
        power_w[lag_s:] = power_w[: len(power_w) - lag_s]
        taken[state] = np.minimum(power_w, available_w)
        beyond[state] = power_w - taken[state]
    taken /= 3600
    beyond /= 3600
    return Menu(taken - price_ratio * beyond, taken, beyond, price_ratio)


def best(
    plan: Menu, *, switch_wh: float = SWITCH_WH, start_s: int = 0, pause_s: int = 0
) -> Best:
    """Find the best way. ``start_s`` and ``pause_s`` are seconds without power."""
    off_wh, one_wh, three_wh = (row.tolist() for row in plan.earned_wh)
    length_s = len(off_wh)
    late = max(start_s, pause_s)
    # What is to be earned from a second on, by the state in which it begins.
    off, one, three = ([0.0] * (length_s + late + 1) for _ in range(3))
    # The state of each second that follows from each state before it.
    choice = [bytearray(length_s) for _ in range(3)]
    from_off, from_one, from_three = choice
    for at in range(length_s - 1, -1, -1):
        # If it's in that state already, and stays.
        stay_off = off[at + 1]
        stay_one = one_wh[at] + one[at + 1]
        stay_three = three_wh[at] + three[at + 1]
        start_one = start_three = switch_one = switch_three = -switch_wh
        if start_s:
            start_one += one[at + start_s]
            start_three += three[at + start_s]
        else:
            start_one += stay_one
            start_three += stay_three
        if pause_s:
            switch_one += one[at + pause_s]
            switch_three += three[at + pause_s]
        else:
            switch_one += stay_one
            switch_three += stay_three
        off[at], from_off[at] = _most(stay_off, start_one, start_three)
        one[at], from_one[at] = _most(stay_off, stay_one, switch_three)
        three[at], from_three[at] = _most(stay_off, switch_one, stay_three)
    return _walk(plan, choice, (start_s, pause_s), off[0])


def _walk(
    plan: Menu, choice: list[bytearray], delays_s: tuple[int, int], value_wh: float
) -> Best:
    """Go through the day by the choices that were found."""
    length_s = len(choice[0])
    states = bytearray(length_s)
    state = at = starts = switches = 0
    while at < length_s:
        before, state = state, choice[state][at]
        if state and state != before:
            starts += before == 0
            switches += before > 0
            if delay_s := delays_s[before > 0]:
                # Without power on the way; in the new state after it.
                at += delay_s
                continue
        states[at] = state
        at += 1
    return _sum(plan, bytes(states), starts, switches, value_wh)


def _most(off: float, one: float, three: float) -> tuple[float, int]:
    if off >= one and off >= three:
        return off, 0
    return (one, 1) if one >= three else (three, 2)


def _sum(
    plan: Menu, states: bytes, starts: int, switches: int, value_wh: float
) -> Best:
    index = np.frombuffer(states, dtype=np.uint8)
    seconds = np.arange(len(index))
    return Best(
        float(plan.from_surplus_wh[index, seconds].sum()),
        float(plan.beyond_wh[index, seconds].sum()),
        starts,
        switches,
        value_wh,
    )


def ideal_wh(plan: Menu) -> float:
    """Return what would be earned if nothing took time and no switch cost anything."""
    return float(plan.earned_wh.max(axis=0).sum())


def look_ahead(plan: Menu, window_s: int, hold_s: int = 600) -> Best:
    """Return what a rule earns that knows only the next seconds, and plans anew in each.

    It believes that after its window the window's last second goes on for ``hold_s``.
    The rest to the optimum is what more foresight is worth.
    """
    earned_wh = plan.earned_wh
    price_wh = np.full((3, 3), SWITCH_WH)
    np.fill_diagonal(price_wh, 0.0)
    price_wh[:, 0] = 0.0

    def onward(worth_wh: Powers) -> Powers:
        """Return what is ahead, by the state before; the last axis is one later."""
        ahead_wh = [(worth_wh - cost[:, None]).max(axis=0) for cost in price_wh]
        return np.pad(np.array(ahead_wh)[:, 1:], ((0, 0), (0, 1)))

    worth_wh = earned_wh + onward(earned_wh * hold_s)
    for _ in range(window_s - 1):
        worth_wh = earned_wh + onward(worth_wh)
    moves = [(worth_wh - cost[:, None]).argmax(axis=0) for cost in price_wh]
    choice = [bytearray(row.astype(np.uint8).tobytes()) for row in moves]
    found = _walk(plan, choice, (0, 0), 0.0)
    cost_wh = SWITCH_WH * (found.starts + found.switches)
    earned = found.from_surplus_wh - plan.price_ratio * found.beyond_wh
    return replace(found, value_wh=earned - cost_wh)
