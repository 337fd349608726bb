"""An annex with a roof of its own, whose surplus a go-e and an Easee are told to take."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
import math
import random
import time
from typing import Any, Final, override

from simulators import easee, goe
from simulators.household import Household, Traits
from simulators.mosquitto import Mosquitto

from ..guard import BLIND_S, Guard, Moment
from ..home import ChaosHome
from ..truth import UNAVAILABLE, UNKNOWN
from .easee import EaseeRow
from .goe import LocalRow
from .meters import Meters
from .row import Fault, Row

NAME: Final = "Annex"
# The sun comes and goes within an hour, from nothing to enough for both cars.
_WAVE_S: Final = 3600
_MEAN_W: Final = 7000.0
_BASE_W: Final = 400.0
# When both cars are there again, or the way to a charger is, they get what they may.
_SETTLED_S: Final = 600.0
_REACHED_S: Final = 300.0
# How seldom Home Assistant tries an entry again that couldn't be set up.
_RETRY_MOST_S: Final = 600.0
# What is shown is of that long ago at the most, and loads tell their power late.
_SHOWN_S: Final = 120.0
_SLACK_W: Final = 2500.0
_NUMBER: Final = ("number.barn_surplus_maximum_current", "13")
_CHOICE: Final = ("select.shed_surplus_eagerness", "eager")
_GOING_ON: Final = frozenset(
    {
        "no_surplus", "starting_soon", "starting", "switching_phases", "following",
        "bridging", "at_maximum", "at_minimum", "not_taking", "no_car",
    }
)  # fmt: skip


class BarnRow(LocalRow):
    """The annex's go-e; only cars come and go, since a hand would end the control."""

    def __init__(self) -> None:
        """Make the charger, paused."""
        super().__init__("annex", "056789", "Barn")
        self.changed_s = time.monotonic()
        # A battery that never gets full.
        self.charger.plug_in(goe.Car(battery_wh=1e8, stored_wh=1e6))
        self.charger.set("frc", 1)

    @override
    def live(self, chance: random.Random) -> None:
        """Let the car come or go."""
        self.come_or_go()

    def come_or_go(self) -> None:
        """Plug the car in, or pull the cable out."""
        self.changed_s = time.monotonic()
        if self.has_car:
            self.charger.unplug()
        else:
            self.charger.plug_in(goe.Car(battery_wh=1e8, stored_wh=1e6))

    @override
    def settle(self) -> None:
        """Let the car be there."""
        if not self.has_car:
            self.come_or_go()

    @property
    def has_car(self) -> bool:
        """Whether there's a car."""
        return bool(self.charger.status()["car"] != 1)

    @property
    def power_w(self) -> float:
        """What the car takes."""
        found: float = self.charger.status()["nrg"][11]
        return found


class ShedRow(EaseeRow):
    """The annex's Easee."""

    changed_s = 0.0

    @override
    def live(self, chance: random.Random) -> None:
        """Let the car come or go."""
        self.come_or_go()

    def come_or_go(self) -> None:
        """Plug the car in, or pull the cable out."""
        self.changed_s = time.monotonic()
        (charger,) = self._account.chargers
        if self.has_car:
            charger.unplug()
        else:
            charger.plug_in(easee.Car())

    @override
    def settle(self) -> None:
        """Let the car be there."""
        if not self.has_car:
            self.come_or_go()

    @property
    def has_car(self) -> bool:
        """Whether there's a car."""
        return self._account.chargers[0].car is not None

    @property
    def power_w(self) -> float:
        """What the car takes."""
        found: float = 1000 * self._account.chargers[0].power_kw
        return found


class SurplusRow(Row):
    """Surplus charging in the annex."""

    def __init__(
        self, broker: Callable[[], Mosquitto], barn: BarnRow, shed: ShedRow
    ) -> None:
        """Prepare an annex whose meters are on a broker that is started before."""
        super().__init__("surplus", recovers_s=300.0)
        self.titles = ("Barn", "Shed")
        self.guard = Guard()
        self._loads: dict[str, BarnRow | ShedRow] = {"barn": barn, "shed": shed}
        self._broker = broker
        self._household = Household(
            Traits(), pv=_sun(), load=_base(), others=lambda: self._taken_w
        )
        self._taken_w = 0.0
        self._meters: Meters | None = None
        self._home: ChaosHome | None = None
        self._free_w: deque[tuple[float, float]] = deque(maxlen=100)

    @override
    async def start(self, stack: AsyncExitStack) -> None:
        """Let the meters speak."""
        self._meters = await stack.enter_async_context(
            Meters(self._household, self._broker(), name=NAME)
        )

    @property
    @override
    def steps(self) -> list[dict[str, Any]]:
        """The answers to the flow."""
        return [
            {"next_step_id": "surplus"},
            {"next_step_id": "surplus_by_hand"},
            {"grid": ["sensor.annex_grid_power"], "pv": ["sensor.annex_pv_power"]},
            # The sign is right.
            {"inverted": False},
        ]

    @override
    async def prepare(self, home: ChaosHome) -> None:
        """Wait for the meters."""
        await home.wait_for("sensor.annex_grid_power")

    @override
    async def after(self, home: ChaosHome) -> None:
        """Add the loads, and change two settings that have to last."""
        for priority, (name, how) in enumerate(
            {"Barn": {"how": "regulate"}, "Shed": {}}.items(), 1
        ):
            more = {"priority": priority, "at_stop": "leave", **how}
            device = await home.device(name)
            await home.add_part(self.entry_id, "charger", [{"device": device}, more])
        await home.wait_for(_NUMBER[0])
        for service, (entity_id, value), field in (
            ("number/set_value", _NUMBER, "value"),
            ("select/select_option", _CHOICE, "option"),
        ):
            data = {"entity_id": entity_id, field: value}
            await home.post(f"/api/services/{service}", data)
        self._home = home

    @property
    @override
    def faults(self) -> list[Fault]:
        """The meters may stand still; what chargers suffer is with them."""
        assert self._meters is not None
        return [self._meters.silence("meters", (30.0, 1800.0))]

    @override
    def tick(self) -> None:
        """Let the time pass, and look at who takes what."""
        assert self._meters is not None
        now_s = time.monotonic()
        taken_w = {name: row.power_w for name, row in self._loads.items()}
        self._taken_w = sum(taken_w.values())
        self._meters.advance()
        free_w = self._household.pv_w - _BASE_W
        self._free_w.append((now_s, free_w))
        since_s = {name: now_s - row.changed_s for name, row in self._loads.items()}
        up_s = self._up_s(now_s)
        self.guard.see(
            Moment(
                at_s=now_s,
                free_w=free_w,
                taken_w=taken_w,
                blind_s=self._blind_s(now_s),
                reached=[
                    name
                    for name, row in self._loads.items()
                    if self._is_reached(row) and since_s[name] > _REACHED_S
                ],
                is_calm=min(self.calm_s(), up_s, *since_s.values()) > _SETTLED_S
                and all(
                    row.has_car and self._is_reached(row)
                    for row in self._loads.values()
                ),
            )
        )

    @override
    def seen(self) -> str:
        """Return for how long loads had to stand still, and to be regulated."""
        guard = self.guard
        return (
            f"{guard.blind_for_s:.0f} s without the meter,"
            f" {guard.calm_for_s:.0f} s of calm regulation"
        )

    @override
    async def wrong(self, home: ChaosHome, states: Any, *, strict: bool) -> list[str]:
        """Compare what is shown with what flows, and what is set with what was."""
        now_s = time.monotonic()
        shown = {key: state["state"] for key, state in states.items()}
        found = self.guard.wrong()
        for entity_id, wanted in (_NUMBER, _CHOICE):
            if (state := shown.get(entity_id, UNAVAILABLE)) != UNAVAILABLE:
                if state.removesuffix(".0") != wanted:
                    found.append(f"{entity_id} is {state}, not {wanted}")
            elif strict:
                found.append(f"{entity_id} is {state}")
        if self._up_s(now_s) > _SHOWN_S:
            found += wrong_house(
                shown,
                [free_w for at_s, free_w in self._free_w if at_s > now_s - _SHOWN_S],
                self._blind_s(now_s),
                is_calm=strict,
                # Nobody tells it, so that it's the house's like all that isn't known.
                hidden_w=sum(
                    row.power_w
                    for row in self._loads.values()
                    if not self._is_reached(row)
                ),
            )
        if strict:
            for name, row in self._loads.items():
                if not self._is_reached(row):
                    continue
                reason = shown.get(f"sensor.{name}_surplus_reason")
                if reason not in _GOING_ON:
                    found.append(f"{name} doesn't go on: {reason}")
        return found

    def _is_reached(self, row: Row) -> bool:
        """Tell whether a load has had the time to be there for Home Assistant."""
        start_s = 0.0 if self._home is None else self._home.started_at_s
        return row.calm_s() > _REACHED_S + retry_s(
            row.ill_since_s, start_s, row.healed_s
        )

    def _up_s(self, now_s: float) -> float:
        """Return for how long Home Assistant has been there; 0 if it isn't."""
        home = self._home
        # Nobody waits for one that was killed, or hasn't started yet.
        if home is None or not home.clock.waits_for_home:
            return 0.0
        return now_s - home.started_at_s

    def _blind_s(self, now_s: float) -> float:
        assert self._meters is not None
        return min(self._up_s(now_s), now_s - self._meters.told_s)


def retry_s(ill_since_s: float, start_s: float, healed_s: float) -> float:
    """Return how long an entry may still have to wait that was away at the start.

    It couldn't be set up, and is tried again after as long as it has been tried.
    """
    if not ill_since_s <= start_s < healed_s:
        return 0.0
    return min(_RETRY_MOST_S, healed_s - start_s)


def wrong_house(
    shown: Mapping[str, str],
    free_w: list[float],
    blind_s: float,
    *,
    is_calm: bool,
    hidden_w: float = 0.0,
) -> list[str]:
    """Return what is wrong with the house's entities; ``free_w`` is what was true.

    ``hidden_w`` is what loads take that can't be asked.
    """
    meter = shown.get("surplus_house_meter_fresh", UNAVAILABLE)
    surplus = shown.get("surplus_house_surplus", UNAVAILABLE)
    if blind_s > BLIND_S:
        return [
            f"without the meter {name} is {state}"
            for name, state, right in (
                ("its sensor", meter, "off"),
                ("the surplus", surplus, UNKNOWN),
            )
            if state not in {right, UNAVAILABLE}
        ]
    found = []
    if is_calm and meter != "on":
        found.append(f"the meter is {meter}")
    if surplus not in {UNKNOWN, UNAVAILABLE}:
        least_w, most_w = min(free_w) - hidden_w - _SLACK_W, max(free_w) + _SLACK_W
        if not least_w <= float(surplus) <= most_w:
            found.append(f"the surplus is {surplus}, not {least_w:.0f} to {most_w:.0f}")
    elif is_calm:
        found.append(f"the surplus is {surplus}")
    return found


def _sun() -> Iterator[float]:
    second = 0
    while True:
        yield _MEAN_W + _MEAN_W * math.sin(2 * math.pi * second / _WAVE_S)
        second += 1


def _base() -> Iterator[float]:
    # No house is quite still.
    second = 0
    while True:
        yield _BASE_W + second * 7 % 11
        second += 1
