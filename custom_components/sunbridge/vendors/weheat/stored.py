"""What an account keeps over a restart: its budget, and each heat pump's books."""

from collections.abc import Callable, Mapping
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ...const import DOMAIN
from .budget import Budget
from .energy import Ledger

STORE_VERSION: Final = 1
SAVE_WITHIN_S: Final = 30.0


class Stored:
    """What is kept of an account.

    The books of a heat pump that isn't there now are kept too: it may come back.
    """

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._store: Store[dict[str, Any]] = Store(
            hass, STORE_VERSION, f"{DOMAIN}.weheat.{entry_id}"
        )
        self._pumps: dict[str, Any] = {}
        self._budget: list[Any] = []
        self._save_is_due = False

    async def async_load(self) -> None:
        """Read what was kept."""
        kept = await self._store.async_load() or {}
        self._pumps = kept.get("pumps", {})
        self._budget = kept.get("budget", [])

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()

    def budget(self) -> Budget:
        """Return the budget, with what was used before."""
        return Budget.from_list(self._budget, time.time())

    def ledger(self, pump_id: str) -> Ledger:
        """Return a heat pump's books."""
        kept = self._pumps.get(pump_id)
        return Ledger() if kept is None else Ledger.from_dict(kept)

    @callback
    def async_save_soon(self, budget: Budget, ledgers: Ledgers) -> None:
        """Store soon; each call of the store's puts its writing off."""
        if self._save_is_due:
            return
        self._save_is_due = True

        def collect() -> dict[str, Any]:
            self._save_is_due = False
            return self._as_dict(budget, ledgers())

        self._store.async_delay_save(collect, SAVE_WITHIN_S)

    async def async_save(self, budget: Budget, ledgers: Ledgers) -> None:
        """Store at once."""
        await self._store.async_save(self._as_dict(budget, ledgers()))

    def _as_dict(self, budget: Budget, ledgers: Mapping[str, Ledger]) -> dict[str, Any]:
        self._pumps |= {pump: ledger.as_dict() for pump, ledger in ledgers.items()}
        return {"budget": budget.as_list(), "pumps": self._pumps}


type Ledgers = Callable[[], Mapping[str, Ledger]]
