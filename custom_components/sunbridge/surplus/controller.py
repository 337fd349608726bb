"""The controller: all that is known in, commands out.

It has no clock, does no I/O and raises nothing, whatever it's told. It's to be asked
with each report of the grid's meter and of a load, and at ``Decision.next_s`` at the
latest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
import math
from typing import Any, Final

from .battery import Battery
from .charging import ChargerControl
from .control import Control, Scene
from .estimate import Estimate
from .kept import Kept, keep, number, restore
from .meter import Meter, Trust
from .metered import shown_w
from .model import (
    AtStop,
    Charger,
    Command,
    Decision,
    Eagerness,
    House,
    Inputs,
    Issue,
    Load,
    LoadView,
)
from .share import Pair, Shares, in_order
from .sound import sound
from .switching import SwitchControl
from .temper import TEMPERS, Temper

# How long a start waits for the meter (reference surplus 4.3).
GRACE_S: Final = 120.0
_LONGEST_STEP_S: Final = 60.0
_ASK_AGAIN_S: Final = 30.0
_ISSUE_S: Final = 600.0
# After so long away a charger may be told anything by anybody.
_AWAY_S: Final = 30.0
# Regrets are of the weather then.
_FORGET_S: Final = 600.0
_VERSION: Final = 1


@dataclass(slots=True)
class _House:
    """What is known of the house as a whole, and outlives a restart."""

    meter: Meter = field(default_factory=Meter)
    estimate: Estimate = field(default_factory=Estimate)
    battery: Battery = field(default_factory=Battery)
    asked_at_s: float = -math.inf
    began_at_s: float = -math.inf
    met_at_s: float = -math.inf
    battery_known_at_s: float = -math.inf


class Controller:
    """Shares the surplus of a house among its loads."""

    def __init__(self, tempers: Mapping[Eagerness, Temper] = TEMPERS) -> None:
        """Make one that knows nothing yet."""
        self._tempers = tempers
        self._house = _House()
        self._loads: dict[str, Control] = {}

    def decide(self, inputs: Inputs) -> Decision:
        """Return what to do now. ``inputs.now_s`` is never less than before."""
        now = number(inputs.now_s)
        state = self._house
        if now is None or now < state.asked_at_s:
            return Decision((), max(state.asked_at_s, 0.0) + _ASK_AGAIN_S)
        dt_s = min(now - state.asked_at_s, _LONGEST_STEP_S)
        if state.asked_at_s == -math.inf:
            dt_s, state.began_at_s = 0.0, now
        state.asked_at_s = now
        loads = [sound(load) for load in inputs.house.loads]
        pairs = [(load, self._control(load)) for load in loads]
        for load, control in pairs:
            control.observe(now, dt_s, load, inputs.reports.get(load.load_id))
        self._measure(inputs, now, pairs)
        return self._decide(inputs, now, dt_s, pairs)

    def resume(self, load_id: str) -> None:
        """Take a load back that somebody has changed by hand."""
        if control := self._loads.get(load_id):
            control.resume()

    def stop(self, house: House) -> tuple[Command, ...]:
        """Return what is to be said when nobody will control the loads any more."""
        found: list[Command] = []
        for load in house.loads:
            control = self._loads.get(load.load_id)
            if control is None or load.at_stop is AtStop.LEAVE:
                continue
            if command := control.pause():
                found.append(command)
        return tuple(found)

    def as_dict(self, now_s: float) -> Kept:
        """Return what has to be kept over a restart, as JSON."""
        loads = {name: keep(control, now_s) for name, control in self._loads.items()}
        return {
            "version": _VERSION,
            "house": keep(self._house, now_s),
            "loads": loads,
        }

    @classmethod
    def from_dict(
        cls,
        kept: Any,
        now_s: float,
        away_s: float | None,
        tempers: Mapping[Eagerness, Temper] = TEMPERS,
    ) -> Controller:
        """Go on from what was kept ``away_s`` ago; None is that nobody knows.

        What was learned and counted is kept in any case. After a while away the loads
        are looked at before anything is said.
        """
        found = cls(tempers)
        if not isinstance(kept, Mapping) or kept.get("version") != _VERSION:
            return found
        away = number(away_s)
        is_back = away is not None and 0 <= away <= _AWAY_S
        then_s = now_s - (away if away is not None and away >= 0 else 86_400.0)
        found._house = restore(_House(), kept.get("house"), then_s)
        if not is_back:
            found._house.began_at_s = now_s
            found._house.met_at_s = -math.inf
            found._house.asked_at_s = now_s
            # How long that took is no habit of the meter's.
            found._house.meter.is_away = True
        loads = kept.get("loads")
        if isinstance(loads, Mapping):
            for name, load in loads.items():
                control = _restored(load, then_s, away)
                if isinstance(name, str) and control is not None:
                    found._loads[name] = control
        return found

    def _control(self, load: Load) -> Control:
        """Return a load's control; another one when it's of another kind now."""
        kind = ChargerControl if isinstance(load, Charger) else SwitchControl
        control = self._loads.get(load.load_id)
        if not isinstance(control, kind):
            control = self._loads[load.load_id] = kind()
        return control

    def _measure(self, inputs: Inputs, now: float, pairs: list[Pair]) -> None:
        """Take the meters' news."""
        state, grid = self._house, inputs.grid
        if grid is None or not grid.at_s <= now + 1.0:
            # There's none, or it's of the future.
            state.meter.is_away = True
            return
        loads_w = sum(control.power.last_w for _, control in pairs)
        power_w, before_w = number(grid.power_w), state.meter.power_w
        if not state.meter.see(power_w, grid.at_s, loads_w) or power_w is None:
            return
        # Of what isn't online nothing comes that would end a doubt.
        doubts_w = [
            control.doubt_w(grid.at_s) if control.is_online else (0.0, 0.0)
            for _, control in pairs
        ]
        # The least that they may be off.
        off_w = sum(min(max(0.0, low), high) for low, high in doubts_w)
        taken = state.battery.taken(
            inputs.house,
            inputs.battery,
            now,
            grid_w=power_w,
            loads_w=loads_w + off_w,
        )
        if taken.is_known or state.battery_known_at_s == -math.inf:
            state.battery_known_at_s = now
        margin_w = number(inputs.house.margin_w) or 0.0
        shown = shown_w(
            0.0 if before_w is None else power_w - before_w,
            [control.metered_w for _, control in pairs],
            [control.shows_w(grid.at_s) for _, control in pairs],
        )
        for (_, control), watts in zip(pairs, shown, strict=True):
            control.metered_w = watts
        state.estimate.see(
            -power_w - taken.power_w - margin_w,
            grid.at_s,
            [control.power for _, control in pairs],
            [*doubts_w, taken.doubt_w],
        )

    def _decide(
        self, inputs: Inputs, now: float, dt_s: float, pairs: list[Pair]
    ) -> Decision:
        state = self._house
        trust = state.meter.trust(now)
        if trust is Trust.GOOD and state.met_at_s == -math.inf:
            state.met_at_s = now
        is_ready = state.met_at_s > -math.inf or now - state.began_at_s >= GRACE_S
        is_good = trust is Trust.GOOD
        surplus_w = state.estimate.surplus_w if trust < Trust.DOWN else None
        slope = state.estimate.slope_w_per_s() if is_good else 0.0
        ordered = in_order(pairs)
        if surplus_w is not None:
            # What isn't online may have ended; what it takes the meter shows.
            surplus_w -= sum(one.power.last_w for _, one in pairs if not one.is_online)
        left_w = surplus_w
        for _, control in ordered:
            control.count(dt_s, left_w if control.is_online else None, inputs.day)
            if left_w is not None and control.is_online:
                left_w -= control.power.last_w
        shares = Shares(surplus_w, _import_w(inputs.house, state.meter, trust))
        commands: list[Command] = []
        views: dict[str, LoadView] = {}
        next_s = min(now + _ASK_AGAIN_S, state.meter.next_s(now))
        by_itself = {
            load.load_id: control.power.last_w
            for load, control in ordered
            if control.is_by_itself
        }
        for load, control in ordered:
            shares.take(by_itself.get(load.load_id, 0.0), control.metered_w)
        for load, control in ordered:
            scene = Scene(
                now,
                dt_s,
                trust,
                is_ready,
                shares.surplus_w,
                slope,
                shares.most_w(control.metered_w),
            )
            reason = control.decide(scene, self._tempers)
            command, again_s = control.deliver(scene)
            if command is not None:
                commands.append(command)
            next_s = min(next_s, again_s)
            own_w = by_itself.get(load.load_id, 0.0)
            claim_w = control.claim_w(now) - own_w if control.is_online else 0.0
            shares.take(max(claim_w, 0.0), max(control.metered_w - own_w, 0.0))
            views[load.load_id] = control.view(reason, scene.available_w)
        two_writers = frozenset(
            load.load_id
            for load, control in pairs
            if control.outbox.has_two_writers(now)
        )
        return Decision(
            tuple(commands),
            max(next_s, now + 1.0),
            surplus_w,
            views,
            self._issues(now, pairs, two_writers),
            two_writers,
        )

    def _issues(
        self, now: float, pairs: list[Pair], two_writers: frozenset[str]
    ) -> frozenset[Issue]:
        state = self._house
        since_s = max(state.meter.good_at_s, state.began_at_s)
        frozen_s = now - max(state.meter.changed_at_s, state.began_at_s)
        found = {
            Issue.METER_LOST: now - since_s >= _ISSUE_S,
            Issue.METER_FROZEN: state.meter.is_stuck(now) and frozen_s >= _ISSUE_S,
            Issue.BATTERY_UNKNOWN: state.battery_known_at_s > -math.inf
            and state.meter.good_at_s - state.battery_known_at_s >= _ISSUE_S,
            Issue.NOT_OBEYING: any(control.is_stuck for _, control in pairs),
            Issue.TWO_WRITERS: bool(two_writers),
        }
        return frozenset(issue for issue, is_there in found.items() if is_there)


def _restored(kept: object, then_s: float, away_s: float | None) -> Control | None:
    """Return a load's control as it was; None if there's nothing of one."""
    if not isinstance(kept, Mapping):
        return None
    control: Control
    if "follower" in kept:
        control = restore(ChargerControl(), kept, then_s)
    elif "toggle" in kept:
        control = restore(SwitchControl(), kept, then_s)
    else:
        return None
    if away_s is None or not 0 <= away_s <= _AWAY_S:
        # Read before anything is written.
        control.is_seen = control.is_online = False
    if away_s is None or not 0 <= away_s <= _FORGET_S:
        control.forget()
    return control


def _import_w(house: House, meter: Meter, trust: Trust) -> float | None:
    """Return by how much the import may grow; None is that nobody knows."""
    most_w = number(house.max_import_w)
    if most_w is None:
        return math.inf
    if trust >= Trust.DOWN or meter.power_w is None:
        return None
    return most_w - meter.power_w
