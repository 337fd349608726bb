"""The engine: it asks the controller with each report, and does what that says.

It keeps to the event loop's clock, whatever becomes of the time of day.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import partial
import math
from typing import Any, Final

from homeassistant.core import CoreState, HassJob, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...bugs import note_bug
from ...coordinator import SunbridgeConfigEntry
from ..model import AtStop, Command, Decision, House, Inputs
from .const import SOURCE_ISSUE
from .coordinator import SurplusCoordinator, Wish
from .devices import house_info, house_table
from .house_meters import HouseMeters
from .issues import Found, Issues, of_decision, of_port, of_problem
from .loads import Beside
from .settings import house_of, loads_of
from .shown import house_state
from .slot import Slot
from .state import HouseState
from .stored import WISH_WITHIN_S, Kept, Stored
from .wishes import Change, as_dict

# Several sensors of a meter report within some ms: they are one sample.
GATHER_S: Final = 0.05
# A timer may ring a little early by the clock that is looked at then.
_LATE_S: Final = 0.001
# How often it's looked at what no decision is about.
LOOK_EVERY_S: Final = 10.0
# So long the last commands may take when nobody will control any more.
STOP_S: Final = 5.0
# After so long without a decision loads are paused, and again after so long: it's as if
# the meter was lost (reference surplus 4.3).
BROKEN_S: Final = 60.0
# A pause of ours that was told beside the controller may be reported so much later.
PAUSED_S: Final = 90.0


class SurplusHub:
    """Follows the meters and loads of a house, and commands the loads."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, stored: Stored
    ) -> None:
        """Prepare for an entry, with what was kept of it."""
        self.counters: Counter[str] = Counter()
        self._hass = hass
        self._entry = entry
        self._stored = stored
        self._setup = house_of(entry.data, entry.options)
        self._wishes = stored.house_wishes()
        self._controller = stored.controller(hass.loop.time())
        self._meters = HouseMeters(hass, self._setup, self._async_news)
        self._issues = Issues(hass, entry)
        self._house = SurplusCoordinator(
            hass,
            entry,
            house_info(entry),
            house_table(self._setup),
            HouseState(),
            self._async_house_wish,
        )
        self._house.diagnose = self._diagnose
        self.slots = {
            setup.load_id: Slot(
                hass,
                entry,
                setup,
                stored.load_wishes(setup.load_id),
                self._async_news,
                partial(self._async_load_wish, setup.load_id),
            )
            for setup in loads_of(entry)
        }
        self._inputs: Inputs | None = None
        self._decision = Decision((), 0.0)
        self._marks: list[object] = []
        self._gathering: asyncio.TimerHandle | None = None
        self._next: asyncio.TimerHandle | None = None
        self._looked_at_s = -LOOK_EVERY_S
        self._decided_at_s = self._shown_at_s = hass.loop.time()
        self._paused_at_s = -math.inf
        # Until when a pause may come that was ours; the controller doesn't know of it.
        self._paused = dict.fromkeys(
            stored.paused() & self.slots.keys(), hass.loop.time() + PAUSED_S
        )
        self._is_stopped = False

    @property
    def coordinators(self) -> tuple[SurplusCoordinator[Any], ...]:
        """What entities listen to: the house, then the loads."""
        return self._house, *(slot.coordinator for slot in self.slots.values())

    @callback
    def async_start(self) -> None:
        """Begin, until the entry is unloaded or Home Assistant stops."""
        entry, hass = self._entry, self._hass
        entry.async_on_unload(self.async_stop)
        # While all others still run: what is to be paused has to be told.
        entry.async_on_unload(
            hass.async_add_shutdown_job(HassJob(self.async_stop, "surplus stop"))
        )
        self._meters.async_start()
        for slot in self.slots.values():
            slot.port.async_start()
        self._async_decide()

    async def async_stop(self) -> None:
        """End; loads that are to be paused then are."""
        if self._is_stopped:
            return
        self._is_stopped = True
        self._cancel_timers()
        self._meters.async_stop()
        last = self._last_commands()
        try:
            async with asyncio.timeout(STOP_S):
                await asyncio.gather(
                    *(
                        slot.sender.async_end(last.get(slot.load_id))
                        for slot in self.slots.values()
                    )
                )
        except TimeoutError:
            self.counters["stop_timeout"] += 1
        for slot in self.slots.values():
            slot.port.async_stop()
        halves = [slot.load_id for slot in self.slots.values() if slot.port.is_pausing]
        await self._stored.async_save(
            {**self._kept(), "paused": sorted({*last, *halves})}
        )

    # Decisions

    @callback
    def _async_news(self) -> None:
        """Decide soon, with what else comes by then."""
        if self._gathering is None and not self._is_stopped:
            self._gathering = self._hass.loop.call_later(GATHER_S, self._async_decide)

    @callback
    def _async_decide(self) -> None:
        """Ask the controller, do what it says, and show it."""
        self._cancel_timers()
        now_s = self._hass.loop.time()
        next_s = now_s + LOOK_EVERY_S
        try:
            inputs, decision = self._decide(now_s)
            next_s = decision.next_s
            self._show(now_s, inputs, decision)
        except Exception as err:  # noqa: BLE001
            # Loads that nobody looks after any more would go on for ever.
            note_bug(self.counters, self._entry.title, err)
            self._failed(now_s)
        self._next = self._hass.loop.call_at(next_s + _LATE_S, self._async_decide)

    @callback
    def _decide(self, now_s: float) -> tuple[Inputs, Decision]:
        """Decide, and send what is to be sent."""
        for load_id in self._paused:
            # What was paused here isn't somebody's who has taken over.
            self._controller.resume(load_id)
        inputs = self._inputs = self._look_around(now_s)
        decision = self._decision = self._controller.decide(inputs)
        self.counters["decisions"] += 1
        for command in decision.commands:
            self._send(command)
        self._decided_at_s = now_s
        self._paused = {
            load_id: until_s
            for load_id, until_s in self._paused.items()
            if now_s < until_s and not self.slots[load_id].is_paused
        }
        return inputs, decision

    @callback
    def _show(self, now_s: float, inputs: Inputs, decision: Decision) -> None:
        """Show and keep what was decided, and tell what a user should look at."""
        self._house.async_show(house_state(self._wishes, inputs, decision), now_s)
        for load_id, view in decision.loads.items():
            self.slots[load_id].async_show(view, now_s)
        self._save_if_changed(decision)
        if now_s - self._looked_at_s >= LOOK_EVERY_S:
            self._looked_at_s = now_s
            self._issues.async_sync([*self._found(now_s)])
        self._shown_at_s = now_s
        self._set_known(True)

    @callback
    def _failed(self, now_s: float) -> None:
        """Leave nothing on that nobody looks after, and show nothing that is old."""
        if now_s - self._shown_at_s >= BROKEN_S:
            self._set_known(False)
        if now_s - max(self._decided_at_s, self._paused_at_s) >= BROKEN_S:
            self._paused_at_s = now_s
            for slot in self.slots.values():
                if command := slot.pause():
                    self._paused[slot.load_id] = now_s + PAUSED_S
                    slot.sender.async_send(command, Beside())

    @callback
    def _set_known(self, is_known: bool) -> None:
        for coordinator in self.coordinators:
            coordinator.async_set_known(is_known)

    def _look_around(self, now_s: float) -> Inputs:
        slots = self.slots.values()
        for slot in slots:
            slot.async_look(now_s)
        return Inputs(
            now_s,
            self._house_of_now(),
            self._meters.grid(now_s),
            {slot.load_id: slot.report for slot in slots if slot.report is not None},
            self._meters.battery(now_s),
            dt_util.now().toordinal(),
        )

    def _house_of_now(self) -> House:
        return House(
            tuple(slot.load for slot in self.slots.values()),
            self._wishes.margin_w,
            self._setup.max_import_w,
            self._wishes.battery_rule,
            self._setup.band_percent,
        )

    def _send(self, command: Command) -> None:
        # What a charger that follows by itself shall see as the grid's power has the
        # battery's in it already, by the rule that the user chose. Its formula takes
        # the battery's off once more if it's told of one (reference goe 1.10): 0 W is
        # a battery that rests, and the surplus is the same with any firmware. The
        # inverters' power is as it is, since some firmware wants to see the sun.
        battery_w = None if self._setup.battery is None else 0.0
        beside = Beside(self._meters.pv_w(), battery_w)
        self.slots[command.load_id].sender.async_send(command, beside)

    def _last_commands(self) -> dict[str, Command]:
        """Return what loads are told at the end."""
        try:
            commands = self._controller.stop(self._house_of_now())
        except Exception as err:  # noqa: BLE001
            # The entry has to end all the same.
            note_bug(self.counters, self._entry.title, err)
            pauses = {slot: slot.pause() for slot in self.slots.values()}
            return {
                slot.load_id: command
                for slot, command in pauses.items()
                if command and slot.load.at_stop is AtStop.PAUSE
            }
        return {command.load_id: command for command in commands}

    @callback
    def _cancel_timers(self) -> None:
        for timer in (self._gathering, self._next):
            if timer is not None:
                timer.cancel()
        self._gathering = self._next = None

    # Wishes

    @callback
    def _async_house_wish(self, wish: Wish) -> None:
        assert isinstance(wish, Change)
        changed: dict[str, Any] = {wish.field: wish.value}
        self._wishes = replace(self._wishes, **changed)
        self._wished()

    @callback
    def _async_load_wish(self, load_id: str, wish: Wish) -> None:
        if isinstance(wish, Change):
            self.slots[load_id].async_change(wish)
        else:
            self._controller.resume(load_id)
        self._wished()

    def _wished(self) -> None:
        if not self._is_stopped:
            self._stored.async_save_soon(self._kept, WISH_WITHIN_S)
            self._async_decide()

    # What is kept

    def _save_if_changed(self, decision: Decision) -> None:
        """Store soon what has changed, but not what a meter says while nothing runs."""
        marks: list[object] = [
            (view.reason, view.amps, view.phases, view.share, view.day)
            for view in decision.loads.values()
        ]
        if marks != self._marks:
            self._marks = marks
            self._stored.async_save_soon(self._kept)

    def _kept(self) -> Kept:
        return {
            "controller": self._controller.as_dict(self._hass.loop.time()),
            "house": as_dict(self._wishes),
            "loads": {
                slot.load_id: as_dict(slot.wishes) for slot in self.slots.values()
            },
        }

    # What is wrong

    def _found(self, now_s: float) -> Iterator[Found]:
        slots = self.slots.values()
        ports = [slot.port for slot in slots]
        yield from of_decision(self._entry, self._decision, ports)
        for slot in slots:
            lasting = slot.problems.lasting(slot.port, now_s, is_fed=slot.is_fed)
            for problem in lasting:
                yield of_problem(problem, slot.port)
        if self._hass.state is not CoreState.running:
            # Entities and devices of others may yet come.
            return
        if self._meters.is_missing:
            yield Found(SOURCE_ISSUE, self._entry.entry_id, self._entry.title)
        for port in ports:
            yield from of_port(port)

    def _diagnose(self) -> dict[str, Any]:
        """Return what there is without a name: numbers and words of our own."""
        now_s, inputs, decision = self._hass.loop.time(), self._inputs, self._decision
        return {
            "now_s": now_s,
            "wishes": as_dict(self._wishes),
            "grid": inputs and inputs.grid and asdict(inputs.grid),
            "battery": inputs and inputs.battery and asdict(inputs.battery),
            "pv_w": self._meters.pv_w(),
            "surplus_w": decision.surplus_w,
            "next_s": decision.next_s,
            "issues": sorted(decision.issues),
            "counters": dict(self.counters),
            "controller": self._controller.as_dict(now_s),
        }
