"""An account of Weheat in Home Assistant: it asks for one thing after the other."""

import asyncio
from collections import Counter
from collections.abc import Iterable
import random
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ...const import DOMAIN, LOGGER
from ...coordinator import SunbridgeConfigEntry
from .api import WeheatApi
from .budget import Budget
from .const import (
    CONF_CHOSEN,
    CONF_DAY_S,
    CONF_HISTORY,
    CONF_NIGHT_S,
    DEFAULT_DAY_S,
    DEFAULT_NIGHT_S,
    NIGHT,
)
from .coordinator import WeheatCoordinator
from .energy import Hours, Ledger, Raw, Request, Total, done, failed, next_request
from .errors import (
    WeheatBudgetError,
    WeheatError,
    WeheatNotAllowedError,
    WeheatNotFoundError,
    WeheatRateLimitError,
    WeheatSessionError,
    WeheatWindowError,
)
from .pump import Pump
from .statistics_writer import async_write

STORE_VERSION: Final = 1
SAVE_WITHIN_S: Final = 30.0
# How often it's looked whether anything is due.
LOOK_EVERY_S: Final = 5.0
# The vendor's server is fragile: not all installations ask in the same minute.
HOURS_MINUTES: Final = (7.0, 20.0)


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
        self._minute = random.uniform(*HOURS_MINUTES)
        self._seen: set[str] = set()
        self._turn = 0
        self._is_failing = False
        budget.on_change = self._save

    async def async_start(self, pumps: Iterable[Pump]) -> None:
        """Read each heat pump once, then go on in the background."""
        for pump in pumps:
            self.pumps[pump.id] = WeheatCoordinator(
                self._hass, self._entry, self, pump, self._stored.ledger(pump.id)
            )
        self._entry.async_on_unload(self._async_stop)

    @callback
    def async_run(self) -> None:
        """Go on in the background until the entry is unloaded."""
        self._entry.async_create_background_task(
            self._hass, self._async_loop(), name="Weheat reads"
        )

    @callback
    def wants(self, pump_id: str) -> bool:
        """Tell whether the user wants a heat pump."""
        chosen = self._entry.data.get(CONF_CHOSEN)
        return chosen is None or pump_id in chosen

    async def async_latest(self, coordinator: WeheatCoordinator) -> None:
        """Read the newest log. Raises ``WeheatError``."""
        row = await self.api.latest(coordinator.data.pump.id)
        coordinator.take_rows([row])
        self._seen.add(coordinator.device_id)

    def diagnostics(self) -> dict[str, Any]:
        """Return what helps to find an error, without secrets."""
        return {
            "counters": dict(self.counters),
            "calls_of_the_hour": self._budget.used(time.time()),
            "penalty_s": self._budget.penalty_s(time.time()),
        }

    async def _async_loop(self) -> None:
        while True:
            found = self._next()
            if found is None:
                await asyncio.sleep(LOOK_EVERY_S)
                continue
            await self._async_do(*found)

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
                raw_every_s=self._every_s(),
            )
            if request is not None:
                self._turn = (self._turn + place + 1) % len(pumps)
                return coordinator, request
        return None

    def _every_s(self) -> float:
        """Return the time between two reads of a heat pump, by day or by night."""
        hour = dt_util.now().hour
        options = self._entry.options
        if hour >= NIGHT[0] or hour < NIGHT[1]:
            return float(options.get(CONF_NIGHT_S, DEFAULT_NIGHT_S))
        return float(options.get(CONF_DAY_S, DEFAULT_DAY_S))

    async def _async_do(self, coordinator: WeheatCoordinator, request: Request) -> None:
        """Ask for one thing, and book what comes."""
        self.counters[type(request).__name__] += 1
        ledger = coordinator.ledger
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
        if self._is_failing:
            self._is_failing = False
            LOGGER.info("%s: Weheat answers again", self._entry.title)
        if isinstance(request, Hours):
            await async_write(self._hass, coordinator.data.pump, ledger, time.time())
        ledger.prune(time.time())
        self._save()

    async def _async_ask(
        self, coordinator: WeheatCoordinator, request: Request
    ) -> None:
        pump_id = coordinator.data.pump.id
        match request:
            case Raw(from_s, to_s, is_backfill):
                rows = await self.api.raw(pump_id, from_s, to_s)
                coordinator.take_rows(rows)
                # Raw logs don't tell whether it's online.
                if not rows and not is_backfill:
                    await self.async_latest(coordinator)
            case Hours(from_s, to_s):
                hours = await self.api.hours(pump_id, from_s, to_s)
                coordinator.take_hours(hours, from_s, to_s)
            case Total():
                coordinator.take_total(await self.api.total(pump_id))

    @callback
    def _failed(self, err: WeheatError) -> None:
        if isinstance(err, WeheatSessionError):
            self._entry.async_start_reauth(self._hass)
        if self._is_failing or isinstance(
            err, (WeheatBudgetError, WeheatRateLimitError)
        ):
            return
        self._is_failing = True
        LOGGER.warning("%s: Weheat can't be read: %s", self._entry.title, err)

    @callback
    def _save(self) -> None:
        self._stored.async_save_soon(self._to_store)

    def _to_store(self) -> dict[str, Any]:
        return {
            "budget": self._budget.as_list(),
            "pumps": {
                pump_id: coordinator.ledger.as_dict()
                for pump_id, coordinator in self.pumps.items()
            },
        }

    async def _async_stop(self) -> None:
        await self._stored.async_save(self._to_store())


class Stored:
    """What is kept over a restart: the budget, and each heat pump's books."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self.store: Store[dict[str, Any]] = Store(
            hass, STORE_VERSION, f"{DOMAIN}.weheat.{entry_id}"
        )
        self._kept: dict[str, Any] = {}
        self._save_is_due = False

    async def async_load(self) -> None:
        """Read what was kept."""
        self._kept = await self.store.async_load() or {}

    def budget(self) -> Budget:
        """Return the budget, with what was used before."""
        return Budget.from_list(self._kept.get("budget", []), time.time())

    def ledger(self, pump_id: str) -> Ledger:
        """Return a heat pump's books."""
        kept = self._kept.get("pumps", {}).get(pump_id)
        return Ledger() if kept is None else Ledger.from_dict(kept)

    @callback
    def async_save_soon(self, data: Any) -> None:
        """Store soon; each call of the store's puts its writing off."""
        if self._save_is_due:
            return
        self._save_is_due = True

        def collect() -> dict[str, Any]:
            self._save_is_due = False
            kept: dict[str, Any] = data()
            return kept

        self.store.async_delay_save(collect, SAVE_WITHIN_S)

    async def async_save(self, data: dict[str, Any]) -> None:
        """Store at once."""
        await self.store.async_save(data)
