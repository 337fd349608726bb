"""An account in Home Assistant: its stream, its products, and reading by REST."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
import time
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ...bugs import async_keep_going, note_bug
from ...const import CONF_TRANSPORT, DOMAIN, LOGGER
from ...coordinator import SunbridgeConfigEntry
from ..chosen import is_wanted
from ..devices import TAKEN, has_device, is_taken
from ..issues import async_clear, async_raise
from ..kept import table
from . import equalizer_keys
from .api import EaseeApi, Product
from .charger import ChargerState
from .const import AMQP, QUEUE, SHARED_QUEUE, VENDOR
from .coordinator import EaseeCoordinator
from .errors import (
    EaseeCredentialsError,
    EaseeError,
    EaseeForbiddenError,
    EaseeNotFoundError,
    EaseeQueueError,
    EaseeResponseError,
)
from .parse import Parsed
from .reads import READ_PACE_S, EaseeReads
from .state import Observed
from .stored import current_of
from .stream import Stream

STORE_VERSION: Final = 1
SAVE_WITHIN_S: Final = 30.0

# Messages that come together are written together. Old ones are merged for longer.
FLUSH_GAP_S: Final = 0.01
BACKLOG_GAP_S: Final = 1.0

# A lost stream often comes back at once; then nothing has to be read instead.
GRACE_S: Final = 20.0
FIRST_READ_S: Final = 3.0
PRODUCTS_EVERY_S: Final = 900.0
# An answer without a product may be a fault; twice it's gone.
GONE_AFTER: Final = 2

# Of what isn't understood there are a few shapes; more are only counted.
MAX_SHAPES: Final = 50

# After it's opened a stream may replay what is old.
REPLAY_S: Final = 5.0


class EaseeAccount(EaseeReads):
    """Hears the stream for all products of an account; implements ``Ear``."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, api: EaseeApi
    ) -> None:
        """Prepare for the account of an entry."""
        super().__init__(hass, entry, api)
        self.is_shared = False
        self.shapes: Counter[str] = Counter()
        self._store = store_of(hass, entry.entry_id)
        self._stored: dict[str, Any] = {}
        self._missing: Counter[str] = Counter()
        self._dirty: set[EaseeCoordinator] = set()
        self._flush: asyncio.TimerHandle | None = None
        self._flushed_at_s = 0.0
        self._backlog = 0
        self._heard_since_flush = False
        self._loss_is_logged = False
        self.is_unloading = False
        self._save_is_due = False

    async def async_start(self, products: Iterable[Product], stream: Stream) -> None:
        """Listen and read in the background until the entry is unloaded."""
        kept: Any = await self._store.async_load()
        self._stored = kept if isinstance(kept, dict) else {}
        self._stream = stream
        for product in products:
            self._add(product)
        stream.subscribe(list(self.products))
        for work, name in (
            (stream.run, "stream"),
            (self._async_tend, "reads"),
            (self._async_look, "products"),
        ):
            self._entry.async_create_background_task(
                self._hass,
                async_keep_going(work, self.counters, self._entry.title),
                name=f"Easee {name}",
            )
        self._entry.async_on_unload(self._async_stop)

    @callback
    def heard(self, parsed: Parsed) -> None:
        """Take what a message holds."""
        if self.is_unloading:
            return
        self.counters["messages"] += 1
        self._heard_since_flush = True
        for what in parsed.malformed:
            self._note_malformed(what)
        now_s = time.time()
        is_late = bool(self._backlog) or (
            self._hass.loop.time() - self._linked_at_s < REPLAY_S
        )
        for observed in parsed.observed:
            try:
                self._take(observed, now_s, is_late=is_late)
            except Exception as err:  # noqa: BLE001
                # The stream goes on, and the message is acknowledged.
                note_bug(self.counters, self._entry.title, err)
        for result in parsed.results:
            if (coordinator := self.products.get(result.device)) is not None:
                coordinator.result(result)
        if self._backlog:
            self._backlog -= 1
            if not self._backlog and self._flush is not None:
                self._flush.cancel()
                self._flush = None
        if self._dirty and self._flush is None:
            self._schedule_flush()

    @callback
    def _take(self, observed: Observed, now_s: float, *, is_late: bool) -> None:
        coordinator = self.products.get(observed.device)
        if coordinator is None:
            # An operator's other chargers come by the same queue.
            self.counters["foreign"] += 1
            return
        self._dirty.add(coordinator)
        if (
            coordinator.take(observed, now_s, is_late=is_late)
            and observed.number == equalizer_keys.SURPLUS_CHARGING.number
            and coordinator.product.is_equalizer
        ):
            coordinator.owe_read()
            self._wake.set()

    @callback
    def linked(self, up: bool) -> None:
        """Note that the stream is open, or is lost."""
        self.counters["connections" if up else "disconnections"] += 1
        now_s = self._hass.loop.time()
        if not up:
            self._do_flush()
            self._backlog = 0
        self.is_linked = up
        for place, coordinator in enumerate(self.products.values()):
            wait_s = 0.0 if up else GRACE_S + READ_PACE_S * place
            coordinator.linked(up, now_s + wait_s)
        if up:
            self._linked_at_s = now_s
            async_clear(self._hass, self._entry.entry_id, QUEUE)
            if self._loss_is_logged:
                self._loss_is_logged = False
                LOGGER.info("%s: the stream of Easee is back", self._entry.title)
        elif not self.is_unloading:
            self._log_loss("was lost")
        self._wake.set()

    @callback
    def failed(self, err: EaseeError) -> None:
        """Note why the stream can't be opened."""
        self.counters[type(err).__name__] += 1
        if isinstance(err, EaseeCredentialsError):
            self._entry.async_start_reauth(self._hass)
        if self._entry.data[CONF_TRANSPORT] == AMQP and isinstance(
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
        self.is_shared = bool(others)
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
        """Count what isn't understood; the log has each shape once.

        Who invents new ones all the time fills neither memory nor log.
        """
        if what not in self.shapes and len(self.shapes) >= MAX_SHAPES:
            self.counters["other shapes"] += 1
            return
        if what not in self.shapes:
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
            try:
                coordinator.flush()
            except Exception as err:  # noqa: BLE001
                # The other products are told all the same.
                note_bug(self.counters, self._entry.title, err)
        self._flushed_at_s = self._hass.loop.time()
        if dirty:
            self.async_save()

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
            except EaseeForbiddenError, EaseeNotFoundError:
                # That's about this charger; others may be told.
                coordinator.counters["no firmware"] += 1
                continue
            except EaseeError as err:
                coordinator.counters[type(err).__name__] += 1
                return
            coordinator.async_set_own(latest_firmware=latest)

    # Which products there are

    @callback
    def wants(self, serial: str) -> bool:
        """Tell whether the user wants a product."""
        return is_wanted(self._entry.data, serial)

    @callback
    def async_compare(self, products: Iterable[Product]) -> None:
        """Add products that are new, and let go of those that are gone."""
        found = {product.serial: product for product in products}
        for serial, product in found.items():
            self._missing[serial] = 0
            if serial not in self.products:
                if self.wants(serial) and not is_taken(
                    self._hass, self._entry, f"{VENDOR}_{serial}"
                ):
                    coordinator = self._add(product)
                    self._entry.runtime_data.async_add(coordinator)
                    async_clear(self._hass, self._entry.entry_id, TAKEN)
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
        if not has_device(self._hass, self._entry, coordinator.device_id):
            self._hass.config_entries.async_schedule_reload(self._entry.entry_id)
            return
        coordinator.is_present = True
        coordinator.owe_read()
        coordinator.async_update_listeners()

    @callback
    def _add(self, product: Product) -> EaseeCoordinator:
        coordinator = EaseeCoordinator(self._hass, self._entry, self, product)
        self.products[product.serial] = coordinator
        # The stream is given a moment to be subscribed to before the first read.
        wait_s = 0.0 if self.is_linked else FIRST_READ_S
        coordinator.linked(self.is_linked, self._hass.loop.time() + wait_s)
        stored = self._stored.get(product.serial)
        if stored is not None and isinstance(coordinator.data, ChargerState):
            try:
                coordinator.data.restore(stored)
                kept = current_of(table(stored)["kept"], time.time())
                ahead_s = self._hass.loop.time() - time.time()
            except ValueError:
                LOGGER.warning("What was kept of %s can't be read", coordinator.name)
            else:
                if kept is not None:
                    coordinator.async_keep_on(kept.by_another(ahead_s))
        return coordinator

    # What is kept over a restart

    @callback
    def async_save(self, *, soon: bool = False) -> None:
        """Store what isn't known otherwise after a restart.

        Each call of the store's puts its writing off, so there's one for all.
        """
        if self.is_unloading or (self._save_is_due and not soon):
            return
        self._save_is_due = True
        self._store.async_delay_save(self._to_store, 1.0 if soon else SAVE_WITHIN_S)

    def _to_store(self) -> dict[str, Any]:
        self._save_is_due = False
        ahead_s = time.time() - self._hass.loop.time()
        return {
            serial: {
                **coordinator.data.kept(),
                "kept": (
                    None
                    if (kept := coordinator.kept) is None
                    else asdict(kept.by_another(ahead_s))
                ),
            }
            for serial, coordinator in self.products.items()
            if isinstance(coordinator.data, ChargerState)
        }

    async def _async_stop(self) -> None:
        """Store at once; the tasks end with the entry."""
        if self._stream is not None:
            self._stream.mute()
        self._do_flush()
        self.is_unloading = True
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


def store_of(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return where an entry's account keeps what has to outlive a restart."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.easee.{entry_id}")
