"""Keeps the statistics as the books are, one writer at a time."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
import time
from typing import TYPE_CHECKING

from homeassistant.core import HomeAssistant

from ...const import LOGGER
from .energy import Hours
from .sensor_repair import async_repair
from .statistics_writer import RECORDER_ERRORS, async_write, async_write_part

if TYPE_CHECKING:
    from .coordinator import WeheatCoordinator


class Keeper:
    """Writes what is known; what can't be written waits for the next time.

    ``lock`` is held by whoever writes: each sum goes on from the last.
    """

    def __init__(
        self, hass: HomeAssistant, counters: Counter[str], save: Callable[[], None]
    ) -> None:
        """Prepare; ``save`` is called when books have changed by it."""
        self.lock = asyncio.Lock()
        self._hass = hass
        self._counters = counters
        self._save = save

    async def async_write(self, coordinator: WeheatCoordinator) -> None:
        """Write the hours up to now."""
        try:
            async with self.lock:
                await async_write(
                    self._hass, coordinator.data.pump, coordinator.ledger, time.time()
                )
        except RECORDER_ERRORS as err:
            self._failed(err)

    async def async_write_part(
        self, coordinator: WeheatCoordinator, part: Hours
    ) -> None:
        """Write a part of the past that has just come."""
        ledger = coordinator.ledger
        try:
            async with self.lock:
                if await async_write_part(
                    self._hass, coordinator.data.pump, ledger, part.from_s, part.to_s
                ):
                    ledger.written_apart(coordinator.dirty_before_s, part.to_s)
                    return
        except RECORDER_ERRORS as err:
            self._failed(err)
        await self.async_write(coordinator)

    async def async_close_hour(self, pumps: Iterable[WeheatCoordinator]) -> None:
        """Write the hour as far as it's known, and put sensors' jumps where they belong."""
        for coordinator in tuple(pumps):
            await self.async_write(coordinator)
            try:
                async with self.lock:
                    if await async_repair(self._hass, coordinator, time.time()):
                        self._save()
            except RECORDER_ERRORS as err:
                self._failed(err)

    def _failed(self, err: Exception) -> None:
        self._counters["recorder"] += 1
        LOGGER.debug("Statistics can't be written: %s", type(err).__name__)
