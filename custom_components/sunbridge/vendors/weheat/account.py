"""An account of Weheat in Home Assistant: it asks for one thing after the other."""

import asyncio
from collections import Counter
from collections.abc import Iterable
import random
import time
from typing import Any, Final

from homeassistant.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ...bugs import note_bug
from ...const import LOGGER
from ...coordinator import SunbridgeConfigEntry
from ..chosen import is_wanted
from ..devices import TAKEN, async_tell_taken, is_taken
from ..issues import async_clear, async_raise
from .api import WeheatApi
from .budget import Budget
from .const import CONF_HISTORY, COUNTER, NOT_ALLOWED
from .coordinator import WeheatCoordinator, device_id_of
from .energy import (
    Hours,
    Latest,
    Ledger,
    Raw,
    Request,
    Total,
    done,
    failed,
    next_request,
)
from .errors import (
    WeheatBudgetError,
    WeheatError,
    WeheatNotAllowedError,
    WeheatNotFoundError,
    WeheatRateLimitError,
    WeheatSessionError,
    WeheatTokenError,
    WeheatWindowError,
)
from .fill import async_fill
from .keeper import Keeper
from .keys import IS_ONLINE
from .pace import Pace
from .pump import Pump
from .stored import Stored

# How often it's looked whether anything is due.
LOOK_EVERY_S: Final = 5.0
# The vendor's server is fragile: not all installations ask in the same minute.
HOURS_MINUTES: Final = (7.0, 20.0)
# How often it's asked which heat pumps there are; calls that are left for the rest.
LIST_EVERY_S: Final = 6 * 3600.0
LIST_AGAIN_S: Final = 1800.0
LIST_RESERVE: Final = 1
# Of a heat pump without new rows it's asked whether it's online.
ONLINE_EVERY_S: Final = 1800.0
# After so many missed reads nobody knows what the heat pump does.
MISSED_READS: Final = 3
# Being refused for so long, without an answer in between, is told.
NOT_ALLOWED_S: Final = 300.0
# Readings of the counter that contradict each other for so long are told.
HELD_S: Final = 6 * 3600.0


class WeheatAccount:
    """Shares the account's budget among its heat pumps."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        api: WeheatApi,
        budget: Budget,
        stored: Stored,
    ) -> None:
        """Prepare for the account of an entry."""
        self.api = api
        self.pumps: dict[str, WeheatCoordinator] = {}
        self.counters: Counter[str] = Counter()
        self._hass = hass
        self._entry = entry
        self._budget = budget
        self._stored = stored
        self._pace = Pace.of(entry.options)
        self._minute = random.uniform(*HOURS_MINUTES)
        self._turn = 0
        self._keeper = Keeper(hass, self.counters, self._save)
        self._is_failing = False
        self._refused_s: float | None = None
        self._listed_s = time.monotonic()
        self._list_every_s = LIST_EVERY_S
        budget.on_change = self._save_budget

    @callback
    def async_start(self, pumps: Iterable[Pump]) -> None:
        """Take the heat pumps that there are."""
        wanted = [pump for pump in pumps if self.wants(pump.id)]
        for pump in wanted:
            if not is_taken(self._hass, self._entry, device_id_of(pump)):
                self._add(pump)
        async_tell_taken(self._hass, self._entry, len(wanted), len(self.pumps))
        self._set_ages()

    @callback
    def async_run(self) -> None:
        """Go on in the background until the entry is unloaded."""
        self._entry.async_on_unload(self.async_save)
        self._entry.async_on_unload(
            self._hass.bus.async_listen(
                EVENT_RECORDER_HOURLY_STATISTICS_GENERATED, self._hour_closed
            )
        )
        self._entry.async_create_background_task(
            self._hass, self._async_loop(), name="Weheat reads"
        )
        # What wasn't written before the last stop.
        self._hour_closed()

    async def async_save(self) -> None:
        """Store at once what has to outlive a restart."""
        await self._stored.async_save(self._budget, self._ledgers)

    @callback
    def wants(self, pump_id: str) -> bool:
        """Tell whether the user wants a heat pump."""
        return is_wanted(self._entry.data, pump_id)

    async def async_latest(
        self, coordinator: WeheatCoordinator, *, is_booked: bool = False
    ) -> None:
        """Read the newest log. Raises ``WeheatError``.

        Where rows of a time come it isn't booked: they begin where the last one was.
        """
        coordinator.latest_s = self._hass.loop.time()
        row = await self.api.latest(coordinator.data.pump.id)
        coordinator.take_rows([row], is_booked=is_booked)

    async def async_fill_gaps(
        self, coordinator: WeheatCoordinator, from_s: float, to_s: float
    ) -> dict[str, Any]:
        """Read a period's hours anew and write them; return what there was.

        Raises ``HomeAssistantError``.
        """
        return await async_fill(
            self._hass, self.api, coordinator, from_s, to_s, self._keeper.lock
        )

    @callback
    def _hour_closed(self, _: Event | None = None) -> None:
        self._entry.async_create_background_task(
            self._hass, self._async_close_hour(), name="Weheat hour"
        )

    async def _async_close_hour(self) -> None:
        try:
            await self._keeper.async_close_hour(self.pumps.values())
        except Exception as err:  # noqa: BLE001
            note_bug(self.counters, self._entry.title, err)

    def diagnostics(self) -> dict[str, Any]:
        """Return what helps to find an error, without secrets."""
        return {
            "counters": dict(self.counters),
            "calls_of_the_hour": self._budget.used(time.time()),
            "penalty_s": self._budget.penalty_s(time.time()),
        }

    async def _async_loop(self) -> None:
        while True:
            try:
                is_idle = not await self._async_turn()
            except Exception as err:  # noqa: BLE001
                note_bug(self.counters, self._entry.title, err)
                is_idle = True
            if is_idle:
                await asyncio.sleep(LOOK_EVERY_S)

    async def _async_turn(self) -> bool:
        """Do what is due; tell whether anything was."""
        if self._is_list_due():
            await self._async_list()
        elif (found := self._next()) is not None:
            await self._async_do(*found)
        else:
            return False
        return True

    # Which heat pumps there are

    @callback
    def _add(self, pump: Pump) -> WeheatCoordinator:
        coordinator = WeheatCoordinator(
            self._hass, self._entry, self, pump, self._stored.ledger(pump.id)
        )
        self.pumps[pump.id] = coordinator
        return coordinator

    @callback
    def _set_ages(self) -> None:
        for coordinator in self.pumps.values():
            coordinator.max_age_s = (
                MISSED_READS * self._pace.slowest_s * len(self.pumps)
            )

    def _is_list_due(self) -> bool:
        now_s = time.time()
        return (
            time.monotonic() - self._listed_s >= self._list_every_s
            and not self._budget.wait_s(now_s, LIST_RESERVE)
        )

    async def _async_list(self) -> None:
        """Find heat pumps that came or went."""
        self._listed_s, self._list_every_s = time.monotonic(), LIST_EVERY_S
        self.counters["List"] += 1
        try:
            there = {
                pump.id: pump for pump in await self.api.pumps(keep_free=LIST_RESERVE)
            }
        except WeheatError as err:
            self._list_every_s = LIST_AGAIN_S
            self._failed(err)
            return
        for pump_id, coordinator in self.pumps.items():
            if pump_id not in there and coordinator.is_present:
                # One answer without it may be a slip.
                self._list_every_s = LIST_AGAIN_S
            coordinator.async_listed(pump_id in there)
        if not there:
            self._list_every_s = LIST_AGAIN_S
        new = [
            self._add(pump)
            for pump in there.values()
            if pump.id not in self.pumps
            and self.wants(pump.id)
            and not is_taken(self._hass, self._entry, device_id_of(pump))
        ]
        self._set_ages()
        for coordinator in new:
            self._entry.runtime_data.async_add(coordinator)
            async_clear(self._hass, self._entry.entry_id, TAKEN)

    # What is due

    def _next(self) -> tuple[WeheatCoordinator, Request] | None:
        """Return what is due, in turns among the heat pumps."""
        now_s = time.time()
        pumps = [pump for pump in self.pumps.values() if pump.is_present]
        if self._budget.wait_s(now_s):
            return None
        left = self._budget.calls - self._budget.used(now_s)
        for place in range(len(pumps)):
            coordinator = pumps[(self._turn + place) % len(pumps)]
            request = next_request(
                coordinator.ledger,
                now_s,
                calls_left=left,
                pumps=len(pumps),
                minute=self._minute,
                history=self._entry.options.get(CONF_HISTORY, True),
                raw_every_s=self._pace.every_s(dt_util.now().hour),
            )
            if request is not None:
                self._turn = (self._turn + place + 1) % len(pumps)
                return coordinator, request
        return None

    async def _async_do(self, coordinator: WeheatCoordinator, request: Request) -> None:
        """Ask for one thing, and book what comes."""
        self.counters[type(request).__name__] += 1
        ledger = coordinator.ledger
        waits = ledger.counter.at_s is None and ledger.progress.hours_s is not None
        try:
            await self._async_ask(coordinator, request)
        except WeheatError as err:
            coordinator.counters[type(err).__name__] += 1
            failed(
                ledger,
                request,
                time.time(),
                too_long=isinstance(err, WeheatWindowError),
                unavailable=isinstance(
                    err, (WeheatNotAllowedError, WeheatNotFoundError)
                ),
            )
            self._failed(err)
            return
        done(ledger, request, time.time())
        self._answered()
        if isinstance(request, Hours):
            if request.is_backfill:
                await self._keeper.async_write_part(coordinator, request)
            else:
                await self._keeper.async_write(coordinator)
            coordinator.async_tell()
        elif waits and isinstance(request, Total):
            # Series begin with the counter.
            await self._keeper.async_write(coordinator)
        elif isinstance(request, Raw) and not request.is_backfill:
            await self._async_look_online(coordinator)
        ledger.prune(time.time())
        self._save()

    async def _async_look_online(self, coordinator: WeheatCoordinator) -> None:
        """Ask whether a heat pump is online that has nothing new to say.

        Also of one that says something, if that was never told: there was no room for
        it in the budget.
        """
        waited_s = self._hass.loop.time() - coordinator.latest_s
        is_known = coordinator.reports((IS_ONLINE.name,))
        if (coordinator.has_news and is_known) or waited_s < ONLINE_EVERY_S:
            return
        self.counters["Online"] += 1
        try:
            await self.async_latest(coordinator)
        except WeheatError as err:
            coordinator.counters[type(err).__name__] += 1

    async def _async_ask(
        self, coordinator: WeheatCoordinator, request: Request
    ) -> None:
        pump_id = coordinator.data.pump.id
        match request:
            case Raw(from_s, to_s, is_backfill):
                rows = await self.api.raw(pump_id, from_s, to_s)
                coordinator.take_rows(rows, is_live=not is_backfill)
            case Latest():
                await self.async_latest(coordinator, is_booked=True)
            case Hours(from_s, to_s):
                hours = await self.api.hours(pump_id, from_s, to_s)
                coordinator.take_hours(hours, from_s, to_s)
            case Total():
                coordinator.take_total(await self.api.total(pump_id))
                self._tell_held(coordinator)

    # Trouble

    @callback
    def _answered(self) -> None:
        if self._refused_s is not None:
            self._refused_s = None
            async_clear(self._hass, self._entry.entry_id, NOT_ALLOWED)
        if self._is_failing:
            self._is_failing = False
            LOGGER.info("%s: Weheat answers again", self._entry.title)

    @callback
    def _failed(self, err: WeheatError) -> None:
        if isinstance(err, (WeheatSessionError, WeheatTokenError)):
            self._entry.async_start_reauth(self._hass)
        if isinstance(err, WeheatNotFoundError):
            # It may be gone from the account.
            self._list_every_s = min(self._list_every_s, LIST_AGAIN_S)
        if isinstance(err, WeheatNotAllowedError):
            # Some things may be refused while others aren't, or all for a moment.
            now_s = time.monotonic()
            self._refused_s = self._refused_s or now_s
            if now_s - self._refused_s >= NOT_ALLOWED_S:
                async_raise(self._hass, self._entry, NOT_ALLOWED)
        if self._is_failing or isinstance(
            err, (WeheatBudgetError, WeheatRateLimitError)
        ):
            return
        self._is_failing = True
        LOGGER.warning("%s: Weheat can't be read: %s", self._entry.title, err)

    @callback
    def _tell_held(self, coordinator: WeheatCoordinator) -> None:
        """Tell of a counter that contradicts itself for hours."""
        counter = coordinator.ledger.counter
        if not counter.held:
            coordinator.is_held = False
        elif counter.at_s is not None and counter.held[-1][0] - counter.at_s > HELD_S:
            coordinator.is_held = True
        if any(pump.is_held for pump in self.pumps.values()):
            async_raise(self._hass, self._entry, COUNTER)
        else:
            async_clear(self._hass, self._entry.entry_id, COUNTER)

    # What is kept

    @callback
    def _save(self) -> None:
        self._stored.async_save_books_soon(self._ledgers)

    @callback
    def _save_budget(self) -> None:
        self._stored.async_save_budget_soon(self._budget)

    def _ledgers(self) -> dict[str, Ledger]:
        return {pump_id: one.ledger for pump_id, one in self.pumps.items()}
