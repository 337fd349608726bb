"""What outlives a restart: what users want, and what the controller knows."""

from collections.abc import Callable, Mapping
import math
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store

from ...const import DOMAIN, LOGGER
from ..controller import Controller
from ..kept import number
from .wishes import HouseWishes, LoadWishes, from_dict

STORE_VERSION: Final = 1
WITHIN_S: Final = 60.0
# What a user has set is kept sooner.
WISH_WITHIN_S: Final = 2.0

type Kept = dict[str, Any]


class Stored:
    """A file of an entry. What it says that can't be is left out."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; nothing is read yet."""
        self._store: Store[Kept] = Store(
            hass, STORE_VERSION, f"{DOMAIN}.surplus.{entry_id}"
        )
        self._kept: Mapping[str, Any] = {}
        self._hass = hass
        self._due_s = math.inf

    async def async_load(self) -> None:
        """Read what was kept; a file that can't be read is as none."""
        try:
            kept = await self._store.async_load()
        except (HomeAssistantError, NotImplementedError) as err:
            LOGGER.warning("What surplus kept can't be read: %s", type(err).__name__)
            kept = None
        self._kept = kept if isinstance(kept, Mapping) else {}

    async def async_remove(self) -> None:
        """Forget everything."""
        await self._store.async_remove()

    def load_wishes(self, load_id: str) -> LoadWishes:
        """Return what was wanted of a load."""
        return from_dict(LoadWishes(), self._part("loads").get(load_id))

    def house_wishes(self) -> HouseWishes:
        """Return what was wanted of the house."""
        return from_dict(HouseWishes(), self._kept.get("house"))

    def paused(self) -> frozenset[str]:
        """Return the loads that were left with a pause of ours."""
        found = self._kept.get("paused")
        if not isinstance(found, list):
            return frozenset()
        return frozenset(one for one in found if isinstance(one, str))

    def controller(self, now_s: float) -> Controller:
        """Return a controller that knows what the one before knew.

        ``now_s`` is of the event loop, which begins anew with each start; how long it
        was away is told by the time of day, and unknown if that was set back.
        """
        away_s = None
        if (saved_at := number(self._kept.get("saved_at"))) is not None:
            away_s = time.time() - saved_at
        is_known = away_s is not None and away_s >= 0
        return Controller.from_dict(
            self._kept.get("controller"), now_s, away_s if is_known else None
        )

    @callback
    def async_save_soon(
        self, collect: Callable[[], Kept], within_s: float = WITHIN_S
    ) -> None:
        """Store in time; each call of the store's puts its writing off."""
        due_s = self._hass.loop.time() + within_s
        if due_s >= self._due_s:
            return
        self._due_s = due_s

        def collected() -> Kept:
            self._due_s = math.inf
            return {**collect(), "saved_at": time.time()}

        self._store.async_delay_save(collected, within_s)

    async def async_save(self, kept: Kept) -> None:
        """Store at once."""
        self._due_s = math.inf
        await self._store.async_save({**kept, "saved_at": time.time()})

    def _part(self, name: str) -> Mapping[str, Any]:
        found = self._kept.get(name)
        return found if isinstance(found, Mapping) else {}
