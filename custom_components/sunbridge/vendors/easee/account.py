"""An account in Home Assistant: its stream, its products, and reading by REST."""

import asyncio
from collections import Counter
from collections.abc import Iterable
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.storage import Store

from ...const import DOMAIN, LOGGER
from ...coordinator import SunbridgeConfigEntry
from . import equalizer_keys
from .api import EaseeApi, Product
from .charger import TOTAL_ENERGY, ChargerState
from .charger_keys import (
    CHARGER_OP_MODE,
    DYNAMIC_CHARGER_CURRENT,
    SESSION_ENERGY,
    TOTAL_POWER,
)
from .const import CONF_ADD_NEW, CONF_CHOSEN, CONF_LEFT_OUT
from .coordinator import EaseeCoordinator, Kept
from .energy import EnergyTotal
from .errors import (
    EaseeCredentialsError,
    EaseeError,
    EaseeForbiddenError,
    EaseeNotFoundError,
    EaseeQueueError,
    EaseeResponseError,
)
from .parse import Parsed
from .repairs import QUEUE, SHARED_QUEUE, async_clear, async_raise
from .stream import Stream

STORE_VERSION: Final = 1
SAVE_WITHIN_S: Final = 30.0

# Messages that come together are written together. Old ones are merged for longer.
FLUSH_GAP_S: Final = 0.02
BACKLOG_GAP_S: Final = 1.0

# A lost stream often comes back at once; then nothing has to be read instead.
GRACE_S: Final = 20.0
READ_EVERY_S: Final = 60.0
READ_RETRY_S: Final = 30.0
READS_AT_ONCE: Final = 4
FIRST_READ_S: Final = 3.0
# Reads of all products, when the stream is down, stay within the vendor's 100 in 5 min.
READ_PACE_S: Final = 4.0

PRODUCTS_EVERY_S: Final = 900.0
# An answer without a product may be a fault; twice it's gone.
GONE_AFTER: Final = 2

# A stream that hasn't brought what is this old is deaf.
DEAF_S: Final = 60.0
# Ids that every kind of stream brings.
_HEARD_KEYS: Final = (
    CHARGER_OP_MODE,
    DYNAMIC_CHARGER_CURRENT,
    SESSION_ENERGY,
    TOTAL_POWER,
)


class EaseeAccount:
    """Hears the stream for all products of an account; implements ``Ear``."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, api: EaseeApi
    ) -> None:
        """Prepare for the account of an entry."""
        self.api = api
        self.is_linked = False
        self.products: dict[str, EaseeCoordinator] = {}
        self.counters: Counter[str] = Counter()
        self.shapes: Counter[str] = Counter()
        self._hass = hass
        self._entry = entry
        self._stream: Stream | None = None
        self._store: Store[dict[str, Any]] = Store(
            hass, STORE_VERSION, f"{DOMAIN}.easee.{entry.entry_id}"
        )
        self._stored: dict[str, Any] = {}
        self._missing: Counter[str] = Counter()
        self._dirty: set[EaseeCoordinator] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._flushed_at_s = 0.0
        self._backlog = 0
        self._heard_since_flush = False
        self._linked_at_s = 0.0
        self._loss_is_logged = False
        self._wake = asyncio.Event()
        self._first_reads = asyncio.Event()
        self._is_unloading = False

    async def async_start(self, products: Iterable[Product], stream: Stream) -> None:
        """Listen and read in the background until the entry is unloaded."""
        self._stored = await self._store.async_load() or {}
        self._stream = stream
        for product in products:
            self._add(product)
        stream.subscribe(list(self.products))
        for work, name in (
            (stream.run(), "stream"),
            (self._async_tend(), "reads"),
            (self._async_look(), "products"),
        ):
            self._entry.async_create_background_task(
                self._hass, work, name=f"Easee {name}"
            )
        self._entry.async_on_unload(self._async_stop)

    async def async_first_reads(self) -> None:
        """Wait until each product was read once, or couldn't be."""
        await self._first_reads.wait()

    # What the stream says

    @callback
    def heard(self, parsed: Parsed) -> None:
        """Take what a message holds."""
        self.counters["messages"] += 1
        self._heard_since_flush = True
        for what in parsed.malformed:
            self._note_malformed(what)
        now_s = time.time()
        for observed in parsed.observed:
            coordinator = self.products.get(observed.device)
            if coordinator is None:
                # An operator's other chargers come by the same queue.
                self.counters["foreign"] += 1
                continue
            if (
                coordinator.take(observed, now_s)
                and observed.number == equalizer_keys.SURPLUS_CHARGING.number
                and coordinator.product.is_equalizer
            ):
                coordinator.read_due_s = 0.0
                self._wake.set()
            self._dirty.add(coordinator)
        for result in parsed.results:
            if (coordinator := self.products.get(result.device)) is not None:
                coordinator.result(result)
        if self._backlog:
            self._backlog -= 1
        if self._dirty and self._flush is None:
            self._schedule_flush()

    @callback
    def linked(self, up: bool) -> None:
        """Note that the stream is open, or is lost."""
        self.counters["connections" if up else "disconnections"] += 1
        now_s = self._hass.loop.time()
        if not up:
            self._do_flush()
            for coordinator in self.products.values():
                coordinator.async_vouch()
        self.is_linked = up
        for place, coordinator in enumerate(self.products.values()):
            wait_s = 0.0 if up else GRACE_S + READ_PACE_S * place
            coordinator.read_due_s = now_s + wait_s
            coordinator.is_read = False
            coordinator.async_update_listeners()
        if up:
            self._linked_at_s = now_s
            async_clear(self._hass, self._entry.entry_id, QUEUE)
            if self._loss_is_logged:
                self._loss_is_logged = False
                LOGGER.info("%s: the stream of Easee is back", self._entry.title)
        elif not self._is_unloading:
            self._log_loss("was lost")
        self._wake.set()

    @callback
    def failed(self, err: EaseeError) -> None:
        """Note why the stream can't be opened."""
        self.counters[type(err).__name__] += 1
        if isinstance(err, EaseeCredentialsError):
            self._entry.async_start_reauth(self._hass)
        if isinstance(
            err,
            (
                EaseeForbiddenError,
                EaseeNotFoundError,
                EaseeQueueError,
                EaseeResponseError,
            ),
        ):
            async_raise(self._hass, self._entry, QUEUE)
        if not self.is_linked:
            self._log_loss(f"can't be opened: {err}")

    @callback
    def backlog(self, messages: int) -> None:
        """Merge old messages before they are written."""
        self._backlog = messages

    @callback
    def shared(self, others: int) -> None:
        """Tell the user when somebody else gets a part of the messages."""
        if others:
            async_raise(self._hass, self._entry, SHARED_QUEUE)
        else:
            async_clear(self._hass, self._entry.entry_id, SHARED_QUEUE)

    @callback
    def _log_loss(self, what: str) -> None:
        if self._loss_is_logged:
            return
        self._loss_is_logged = True
        LOGGER.warning("%s: the stream of Easee %s", self._entry.title, what)

    @callback
    def _note_malformed(self, what: str) -> None:
        """Count what isn't understood; the log has each shape once."""
        if not self.shapes[what]:
            LOGGER.warning(
                "%s: Easee sent something of an unknown shape, which is left out: %s",
                self._entry.title,
                what,
            )
        self.shapes[what] += 1

    @callback
    def _schedule_flush(self) -> None:
        gap_s = BACKLOG_GAP_S if self._backlog else FLUSH_GAP_S
        at_s = max(self._hass.loop.time(), self._flushed_at_s + gap_s)
        self._flush = self._hass.loop.call_at(at_s, self._do_flush)

    @callback
    def _do_flush(self) -> None:
        """Let the products tell what was merged."""
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        if not self._heard_since_flush:
            self._backlog = 0
        self._heard_since_flush = False
        dirty, self._dirty = self._dirty, set()
        for coordinator in dirty:
            coordinator.flush()
        self._flushed_at_s = self._hass.loop.time()
        if dirty:
            self.async_save()

    # What is read by REST

    async def async_read(self, coordinator: EaseeCoordinator) -> bool:
        """Read a product's observations; tell whether that worked."""
        loop, product = self._hass.loop, coordinator.product
        coordinator.counters["reads"] += 1
        try:
            found = await self.api.observations(
                product.serial, coordinator.wanted_numbers
            )
            if product.is_equalizer:
                surplus = await self._async_surplus(product)
                coordinator.async_set_own(surplus=surplus)
        except EaseeCredentialsError:
            self._entry.async_start_reauth(self._hass)
            coordinator.read_due_s = loop.time() + READ_EVERY_S
            return False
        except EaseeError as err:
            coordinator.counters[type(err).__name__] += 1
            wait_s = max(READ_RETRY_S, getattr(err, "wait_s", 0.0))
            coordinator.read_due_s = loop.time() + wait_s
            return False
        self._check_deaf(coordinator, {o.number: o.at_s for o in found})
        now_s = time.time()
        for observed in found:
            coordinator.take(observed, now_s)
        coordinator.is_read = True
        coordinator.flush()
        if not self.is_linked:
            wait_s = max(READ_EVERY_S, READ_PACE_S * len(self.products))
            coordinator.read_due_s = loop.time() + wait_s
        return True

    async def _async_surplus(self, product: Product) -> dict[str, Any] | None:
        try:
            return await self.api.surplus(product.serial)
        except EaseeForbiddenError, EaseeNotFoundError, EaseeResponseError:
            return None

    @callback
    def _check_deaf(
        self, coordinator: EaseeCoordinator, found: dict[int, float | None]
    ) -> None:
        """Open the stream again if it has withheld what REST has long known."""
        if (
            self._stream is None
            or not self.is_linked
            or self._hass.loop.time() - self._linked_at_s < DEAF_S
            or coordinator.product.is_equalizer
        ):
            return
        for key in _HEARD_KEYS:
            at_s, known_s = found.get(key.number), coordinator.data.at_s(key)
            if (
                at_s is not None
                and known_s is not None
                and known_s < at_s < time.time() - DEAF_S
            ):
                self.counters["deaf"] += 1
                self._stream.reconnect()
                return

    async def _async_tend(self) -> None:
        """Read what is due: at the start, after silence, and without a stream."""
        limit = asyncio.Semaphore(READS_AT_ONCE)
        reading: set[EaseeCoordinator] = set()

        async def read(coordinator: EaseeCoordinator) -> None:
            async with limit:
                await self.async_read(coordinator)
            reading.discard(coordinator)
            coordinator.counters["tended"] += 1
            if all(one.counters["tended"] for one in self.products.values()):
                self._first_reads.set()
            self._wake.set()

        # Subscribed first, read then: what happens in between comes by the stream.
        async with asyncio.TaskGroup() as tasks:
            while True:
                now_s = self._hass.loop.time()
                waiting = [
                    one
                    for one in self.products.values()
                    if one.is_present and one not in reading
                ]
                for one in waiting:
                    if one.read_due_s <= now_s:
                        reading.add(one)
                        tasks.create_task(read(one))
                due_s = min(
                    (one.read_due_s for one in waiting if one not in reading),
                    default=now_s + READ_EVERY_S,
                )
                timer = self._hass.loop.call_at(due_s, self._wake.set)
                try:
                    await self._wake.wait()
                finally:
                    timer.cancel()
                self._wake.clear()

    async def _async_look(self) -> None:
        """Look now and then which products the account has, and for new firmware."""
        while True:
            await self._async_firmware()
            await asyncio.sleep(PRODUCTS_EVERY_S)
            try:
                products = await self.api.products()
            except EaseeCredentialsError:
                self._entry.async_start_reauth(self._hass)
            except EaseeError as err:
                self.counters[type(err).__name__] += 1
            else:
                self.async_compare(products)

    async def _async_firmware(self) -> None:
        for coordinator in list(self.products.values()):
            if coordinator.product.is_equalizer:
                continue
            try:
                latest = await self.api.latest_firmware(coordinator.product.serial)
            except EaseeError as err:
                coordinator.counters[type(err).__name__] += 1
                return
            coordinator.async_set_own(latest_firmware=latest)

    # Which products there are

    @callback
    def wants(self, serial: str) -> bool:
        """Tell whether the user wants a product."""
        data = self._entry.data
        if data[CONF_ADD_NEW]:
            return serial not in data[CONF_LEFT_OUT]
        return serial in data[CONF_CHOSEN]

    @callback
    def async_compare(self, products: Iterable[Product]) -> None:
        """Add products that are new, and let go of those that are gone."""
        found = {product.serial: product for product in products}
        for serial, product in found.items():
            self._missing[serial] = 0
            if serial not in self.products:
                if self.wants(serial) and not is_taken(self._hass, self._entry, serial):
                    coordinator = self._add(product)
                    self._entry.runtime_data.async_add(coordinator)
                    assert self._stream is not None
                    self._stream.subscribe([serial])
            elif not self.products[serial].is_present:
                self._return(self.products[serial])
        for serial, coordinator in self.products.items():
            if serial not in found and coordinator.is_present:
                self._missing[serial] += 1
                if self._missing[serial] >= GONE_AFTER:
                    coordinator.is_present = False
                    coordinator.async_update_listeners()
        self._wake.set()

    @callback
    def _return(self, coordinator: EaseeCoordinator) -> None:
        """Take a product back; if its device was deleted it has to be set up anew."""
        device = dr.async_get(self._hass).async_get_device_by_identifier(
            (DOMAIN, coordinator.device_id), self._entry.entry_id
        )
        if device is None:
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return
        coordinator.is_present = True
        coordinator.read_due_s = 0.0
        coordinator.async_update_listeners()

    @callback
    def _add(self, product: Product) -> EaseeCoordinator:
        coordinator = EaseeCoordinator(self._hass, self._entry, self, product)
        self.products[product.serial] = coordinator
        # The stream is given a moment to be subscribed to before the first read.
        if not self.is_linked:
            coordinator.read_due_s = self._hass.loop.time() + FIRST_READ_S
        stored = self._stored.get(product.serial, {})
        state = coordinator.data
        if isinstance(state, ChargerState):
            if energy := stored.get("energy"):
                state.energy = EnergyTotal.from_dict(energy)
                if state.energy.total_kwh is not None:
                    state.put(TOTAL_ENERGY, state.energy.total_kwh)
            if kept := stored.get("kept"):
                coordinator.async_keep_on(Kept(**kept))
        return coordinator

    # What is kept over a restart

    @callback
    def async_save(self) -> None:
        """Store what isn't known otherwise after a restart, soon."""
        if not self._is_unloading:
            self._store.async_delay_save(self._to_store, SAVE_WITHIN_S)

    def _to_store(self) -> dict[str, Any]:
        return {
            serial: {
                "energy": coordinator.data.energy.as_dict(),
                "kept": None
                if (kept := coordinator.kept) is None
                else {
                    "amps": kept.amps,
                    "renew_at_s": kept.renew_at_s,
                    "until_s": kept.until_s,
                },
            }
            for serial, coordinator in self.products.items()
            if isinstance(coordinator.data, ChargerState)
        }

    async def _async_stop(self) -> None:
        """Store at once; the tasks end with the entry."""
        self._is_unloading = True
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        await self._store.async_save(self._to_store())

    def diagnostics(self) -> dict[str, Any]:
        """Return what helps to find an error of the stream, without secrets."""
        block = self.api.rest.gate.block
        return {
            "is_linked": self.is_linked,
            "counters": dict(self.counters),
            "unknown_shapes": dict(self.shapes),
            "refusals": block.count,
            "blocked_by_firewall": block.by_firewall,
        }


@callback
def is_taken(hass: HomeAssistant, entry: SunbridgeConfigEntry, serial: str) -> bool:
    """Tell whether another account of Home Assistant already has a product."""
    registry = dr.async_get(hass)
    identifier = (DOMAIN, f"easee_{serial}")
    return any(
        registry.async_get_device_by_identifier(identifier, other.entry_id)
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.entry_id != entry.entry_id
    )


def remove_stored(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return the store of an entry that is gone, to be removed."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.easee.{entry_id}")
