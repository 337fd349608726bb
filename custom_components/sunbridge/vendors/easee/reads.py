"""Read an account's products by REST: at the start, after silence, without a stream."""

import asyncio
from collections import Counter
from collections.abc import Iterable
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from ...bugs import note_bug
from ...coordinator import SunbridgeConfigEntry
from ..json import JsonValue
from .api import EaseeApi
from .charger_keys import (
    CHARGER_OP_MODE,
    DYNAMIC_CHARGER_CURRENT,
    SESSION_ENERGY,
    TOTAL_POWER,
)
from .coordinator import EaseeCoordinator
from .errors import EaseeCredentialsError, EaseeError
from .state import Observed
from .stream import Stream

READ_EVERY_S: Final = 60.0
READ_RETRY_S: Final = 30.0
READS_AT_ONCE: Final = 4
# Reads of all products, when the stream is down, stay within the vendor's 100 in 5 min.
READ_PACE_S: Final = 4.0

# A stream that hasn't brought what is this old is deaf.
DEAF_S: Final = 60.0
DEAF_SLACK_S: Final = 5.0
# Ids that every kind of stream brings.
_HEARD_KEYS: Final = (
    CHARGER_OP_MODE,
    DYNAMIC_CHARGER_CURRENT,
    SESSION_ENERGY,
    TOTAL_POWER,
)


class EaseeReads:
    """The half of an account that reads what the stream doesn't bring."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, api: EaseeApi
    ) -> None:
        """Prepare for the account of an entry."""
        self.api = api
        self.is_linked = False
        self.products: dict[str, EaseeCoordinator] = {}
        self.counters: Counter[str] = Counter()
        self._hass = hass
        self._entry = entry
        self._stream: Stream | None = None
        self._linked_at_s = 0.0
        self._wake = asyncio.Event()
        self._first_reads = asyncio.Event()

    async def async_first_reads(self) -> None:
        """Wait until each product was read once, or couldn't be."""
        await self._first_reads.wait()

    @callback
    def async_wake(self) -> None:
        """Look at once which reads are due."""
        self._wake.set()

    async def async_read(self, coordinator: EaseeCoordinator) -> bool:
        """Read a product's observations; tell whether that worked."""
        product, began_s = coordinator.product, self._hass.loop.time()
        coordinator.counters["reads"] += 1
        try:
            found = await self.api.observations(
                product.serial, coordinator.wanted_numbers
            )
        except EaseeError as err:
            self._read_failed(coordinator, err)
            return False
        self._check_deaf(coordinator, found)
        coordinator.take_state(found, began_s)
        if product.is_equalizer:
            coordinator.async_set_own(surplus=await self._async_surplus(coordinator))
        return True

    @callback
    def _read_failed(self, coordinator: EaseeCoordinator, err: EaseeError) -> None:
        coordinator.counters[type(err).__name__] += 1
        coordinator.retry_read(max(READ_RETRY_S, getattr(err, "wait_s", 0.0)))
        if isinstance(err, EaseeCredentialsError):
            self._entry.async_start_reauth(self._hass)

    async def _async_surplus(
        self, coordinator: EaseeCoordinator
    ) -> dict[str, Any] | None:
        try:
            return await self.api.surplus(coordinator.product.serial)
        except EaseeError as err:
            coordinator.counters[f"surplus {type(err).__name__}"] += 1
            return None

    @callback
    def _check_deaf(
        self, coordinator: EaseeCoordinator, found: Iterable[Observed]
    ) -> None:
        """Open the stream again if it has withheld what REST has long known.

        Once for each product, until the stream brings something of it.
        """
        if (
            self._stream is None
            or not self.is_linked
            or self._hass.loop.time() - self._linked_at_s < DEAF_S
            or coordinator.was_deaf
            or coordinator.product.is_equalizer
        ):
            return
        known = {observed.number: observed for observed in found}
        for key in _HEARD_KEYS:
            observed = known.get(key.number)
            at_s = coordinator.data.at_s(key)
            if (
                observed is not None
                and observed.at_s is not None
                and at_s is not None
                # Some sources tell fractions of a second, and others don't.
                and at_s + DEAF_SLACK_S < observed.at_s < time.time() - DEAF_S
                and not is_zero(observed.value)
            ):
                self.counters["deaf"] += 1
                coordinator.was_deaf = True
                self._stream.reconnect()
                return

    async def _async_tend(self) -> None:
        """Read what is due: at the start, after silence, and without a stream."""
        limit = asyncio.Semaphore(READS_AT_ONCE)
        reading: set[EaseeCoordinator] = set()

        async def read(coordinator: EaseeCoordinator) -> None:
            try:
                async with limit:
                    await self.async_read(coordinator)
            except Exception as err:  # noqa: BLE001
                note_bug(self.counters, self._entry.title, err)
                coordinator.retry_read(READ_EVERY_S)
            reading.discard(coordinator)
            coordinator.counters["tended"] += 1
            if all(one.counters["tended"] for one in self.products.values()):
                self._first_reads.set()
            self._wake.set()

        # Subscribed first, read then: what happens in between comes by the stream.
        async with asyncio.TaskGroup() as tasks:
            while True:
                now_s = self._hass.loop.time()
                pace_s = max(READ_EVERY_S, READ_PACE_S * len(self.products))
                due_s = now_s + pace_s
                for one in self.products.values():
                    if not one.is_present or one in reading:
                        continue
                    if (one_due_s := one.read_due_s(pace_s)) <= now_s:
                        reading.add(one)
                        tasks.create_task(read(one))
                    else:
                        due_s = min(due_s, one_due_s)
                timer = self._hass.loop.call_at(due_s, self._wake.set)
                try:
                    await self._wake.wait()
                finally:
                    timer.cancel()
                self._wake.clear()


def is_zero(value: JsonValue) -> bool:
    """Tell a zero, which may be a false one that the state doesn't take."""
    return value in (0, "0", "0.0")
