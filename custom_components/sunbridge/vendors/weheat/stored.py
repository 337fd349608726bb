"""What an account keeps over a restart: its budget, and each heat pump's books."""

from collections.abc import Callable, Mapping
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ...const import DOMAIN, LOGGER
from .budget import Budget
from .energy import Ledger

STORE_VERSION: Final = 1
# The budget is small and counts at once; books are large, and what they lack after a
# crash is read again.
BUDGET_WITHIN_S: Final = 30.0
BOOKS_WITHIN_S: Final = 900.0

type Ledgers = Callable[[], Mapping[str, Ledger]]


class Stored:
    """What is kept of an account.

    The books of a heat pump that isn't there now are kept too: it may come back.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._books = _Delayed(hass, f"{DOMAIN}.weheat.{entry_id}", BOOKS_WITHIN_S)
        self._calls = _Delayed(
            hass, f"{DOMAIN}.weheat.{entry_id}.budget", BUDGET_WITHIN_S
        )
        self._pumps: dict[str, Any] = {}
        self._budget: list[Any] = []

    async def async_load(self) -> None:
        """Read what was kept; what isn't right is as if nothing had been."""
        self._pumps = _part(await self._books.store.async_load(), "pumps", {})
        self._budget = _part(await self._calls.store.async_load(), "budget", [])

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._books.store.async_remove()
        await self._calls.store.async_remove()

    def budget(self) -> Budget:
        """Return the budget, with what was used before."""
        return Budget.from_list(self._budget, time.time())

    def ledger(self, pump_id: str) -> Ledger:
        """Return a heat pump's books."""
        kept = self._pumps.get(pump_id)
        try:
            return Ledger() if kept is None else Ledger.from_dict(kept)
        except ValueError:
            LOGGER.warning("What was kept of a heat pump's energy can't be read")
            return Ledger()

    @callback
    def async_save_budget_soon(self, budget: Budget) -> None:
        """Store the budget soon."""
        self._calls.save_soon(lambda: {"budget": budget.as_list()})

    @callback
    def async_save_books_soon(self, ledgers: Ledgers) -> None:
        """Store the books, less soon."""
        self._books.save_soon(lambda: self._as_dict(ledgers()))

    async def async_save(self, budget: Budget, ledgers: Ledgers) -> None:
        """Store everything at once."""
        await self._calls.store.async_save({"budget": budget.as_list()})
        await self._books.store.async_save(self._as_dict(ledgers()))

    def _as_dict(self, ledgers: Mapping[str, Ledger]) -> dict[str, Any]:
        self._pumps |= {pump: ledger.as_dict() for pump, ledger in ledgers.items()}
        return {"pumps": self._pumps}


def _part[T: (dict[str, Any], list[Any])](kept: Any, name: str, otherwise: T) -> T:
    """Return a part of a file, which may be anything."""
    part = kept.get(name) if isinstance(kept, dict) else None
    return part if isinstance(part, type(otherwise)) else otherwise


class _Delayed:
    """A store that is written some time after the first change."""

    def __init__(self, hass: HomeAssistant, key: str, within_s: float) -> None:
        self.store: Store[dict[str, Any]] = Store(hass, STORE_VERSION, key)
        self._within_s = within_s
        self._is_due = False

    @callback
    def save_soon(self, data: Callable[[], dict[str, Any]]) -> None:
        """Store soon; each call of the store's puts its writing off."""
        if self._is_due:
            return
        self._is_due = True

        def collect() -> dict[str, Any]:
            self._is_due = False
            return data()

        self.store.async_delay_save(collect, self._within_s)
