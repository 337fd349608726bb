"""Keep what a charger or an Equalizer says, and send commands to it."""

import asyncio
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
import time
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from ...entity import SunbridgeEntityDescription
from ..confirm import Confirmations
from ..json import JsonValue
from . import charger_keys, equalizer_keys
from .api import Product, Ticket, surplus_path
from .charger import CHARGING, ChargerState
from .commands import Command, Target
from .const import (
    CONF_MAX_AGE_S,
    CONF_TTL_MIN,
    DEFAULT_MAX_AGE_S,
    DEFAULT_TTL_MIN,
    VENDOR,
)
from .enums import MODELS
from .equalizer import SURPLUS, EqualizerState
from .errors import EaseeCredentialsError, EaseeError, EaseeRejectedError
from .messages import error_key, wait_min
from .own_keys import DELAY_CHARGER, DELAY_CLOUD, LATEST_FIRMWARE
from .parse import CommandResult
from .redact import redacted
from .state import DeviceState, Observed
from .tables import CHARGER_DESCRIPTIONS, EQUALIZER_DESCRIPTIONS

if TYPE_CHECKING:
    from .account import EaseeAccount

CONFIRM_TIMEOUT_S: Final = 10.0
# The observation mostly comes first; results are asked for when it doesn't.
RESULT_EVERY_S: Final = 2.0
REPORT_AFTER_RESULT_S: Final = 3.0

# A product that is silent for longer is read by REST; it may just have nothing to say.
SILENCE_S: Final = 1200.0
SILENCE_CHARGING_S: Final = 120.0

# Flash memory stands some ten thousand writes, and an automation may write each minute.
STORED_WRITES: Final = 10
STORED_WINDOW_S: Final = 86_400.0

DELAY_EVERY_S: Final = 30.0
RENEW_RETRY_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A dynamic current that is renewed before its time to live ends (epoch s)."""

    amps: float
    renew_at_s: float
    until_s: float


class EaseeCoordinator(SunbridgeCoordinator[DeviceState, Command]):
    """One product of an account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        account: EaseeAccount,
        product: Product,
    ) -> None:
        """Prepare for a product of the account."""
        super().__init__(hass, entry)
        self.name = product.name
        self.product = product
        self.device_id = f"{VENDOR}_{product.serial}"
        self.max_age_s = entry.options.get(CONF_MAX_AGE_S, DEFAULT_MAX_AGE_S)
        self.data = EqualizerState() if product.is_equalizer else ChargerState()
        self.counters: Counter[str] = Counter()
        self.confirmations = Confirmations()
        self.kept: Kept | None = None
        self.read_due_s = 0.0
        # Whether the state was read since the stream was opened.
        self.is_read = False
        self._account = account
        self._ttl_min = int(entry.options.get(CONF_TTL_MIN, DEFAULT_TTL_MIN))
        self._tickets: dict[Ticket, asyncio.Future[None]] = {}
        self._stored_at_s: deque[float] = deque(maxlen=STORED_WRITES)
        self._delays_at_s = 0.0
        self._keeping: asyncio.Task[None] | None = None
        self._firmware_key = (
            equalizer_keys.SOFTWARE_RELEASE
            if product.is_equalizer
            else charger_keys.CHARGER_FIRMWARE
        )
        self.device_info = DeviceInfo(
            identifiers={(DOMAIN, self.device_id)},
            manufacturer="Easee",
            model=_model(product),
            name=product.name,
            serial_number=product.serial,
        )

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities that such a product may have."""
        if self.product.is_equalizer:
            return EQUALIZER_DESCRIPTIONS
        return CHARGER_DESCRIPTIONS

    @cached_property
    def wanted_numbers(self) -> tuple[int, ...]:
        """The ids that entities may read; nobody asks for what else there is."""
        names: set[str] = set()
        for rows in self.descriptions.values():
            for row in rows:
                assert isinstance(row, SunbridgeEntityDescription)
                names |= row.reading.keys | row.reading.also
        return tuple(n for n, key in self.data.keys.items() if key.name in names)

    @override
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether the product has all these keys."""
        return self.data.reports(keys)

    @property
    @override
    def age_s(self) -> float | None:
        """How much longer than it may be silent nothing was heard of the product.

        While the stream is there, no news are good news for a while; without it, data
        age from its loss on.
        """
        age_s = super().age_s
        if age_s is None or not self._account.is_linked:
            return age_s
        return max(0.0, age_s - self.silence_s)

    @property
    def silence_s(self) -> float:
        """How long the product may be silent."""
        if self.data[charger_keys.CHARGER_OP_MODE] == CHARGING:
            return SILENCE_CHARGING_S
        return SILENCE_S

    @property
    @override
    def available(self) -> bool:
        """Tell whether the product is online, and that's fresh."""
        return super().available and self.is_online

    @property
    def is_online(self) -> bool:
        """Tell whether the vendor's cloud hears the product."""
        assert isinstance(self.data, (ChargerState, EqualizerState))
        return self.data.is_online

    @callback
    def take(self, observed: Observed, now_s: float) -> bool:
        """Merge what was observed; entities get it by the next ``flush``."""
        if not self.data.take(observed, now_s):
            return False
        if observed.at_s is not None:
            self._note_delays(observed.at_s, observed.arrived_s, now_s)
        return True

    @callback
    def flush(self) -> None:
        """Tell the entities what was merged since the last time."""
        self.async_data_from(0.0)
        if self.is_read:
            self.read_due_s = self.hass.loop.time() + self.silence_s
        self.async_tell()

    @callback
    def async_tell(self) -> None:
        """Tell what changed, without having heard of the product."""
        update = self.data.drain()
        if update.changed:
            self.async_note_change(update.changed, grown=update.grown)
            self.confirmations.check(self.data.values)
            if self._firmware_key.name in update.changed:
                self._async_update_device()
        self.async_update_listeners()

    @callback
    def async_vouch(self) -> None:
        """Let the data age from now on, if they were fresh until now."""
        if self.source_available:
            self.async_data_from(0.0)

    @callback
    def async_set_own(self, **values: JsonValue) -> None:
        """Take what was read by other ways than observations."""
        if (firmware := values.get("latest_firmware")) is not None:
            self.data.put(LATEST_FIRMWARE, firmware)
        if (surplus := values.get("surplus")) is not None:
            self.data.put(SURPLUS, surplus)
        self.async_tell()

    @callback
    def result(self, result: CommandResult) -> None:
        """Take the result of a command, if it's one of ours."""
        for ticket, done in self._tickets.items():
            # The ticks of the result were seen to differ a little.
            if ticket.command == result.command:
                refused = None if result.accepted else EaseeRejectedError("refused")
                self._settle(done, refused)

    @override
    async def async_send(self, command: Command) -> None:
        """Send a command, and wait for what the product then reports."""
        self._check_stored(command)
        with self.confirmations.expect(command.expect) as seen:
            try:
                tickets = await self._async_post(command)
                if tickets is not None and command.target is not Target.SURPLUS:
                    async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                        await self._async_confirmed(command, seen, tickets)
            except TimeoutError:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="easee_not_confirmed",
                    translation_placeholders={"name": self.name},
                ) from None
            except EaseeError as err:
                raise self._translated(err) from err
        if command.stored:
            self._stored_at_s.append(time.time())
        if command.lasts:
            self._async_keep(command)

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return counters and the last state, redacted."""
        return {
            "is_equalizer": self.product.is_equalizer,
            "product_code": self.product.product_code,
            "is_master": self.product.is_master,
            "is_present": self.is_present,
            "is_online": self.is_online,
            "counters": dict(self.counters),
            "malformed": dict(self.data.malformed),
            "unknown_ids": {str(k): v for k, v in self.data.unknown.items()},
            "stale": self.data.stale,
            "state": redacted(self.data),
        }

    @override
    async def _async_update_data(self) -> DeviceState:
        """Read the state at once, for who asks Home Assistant to update an entity."""
        await self._account.async_read(self)
        return self.data

    @callback
    def async_keep_on(self, kept: Kept) -> None:
        """Go on with a dynamic current that was set before a restart."""
        self.kept = kept
        self._keeping = self.config_entry.async_create_background_task(
            self.hass, self._async_renew(), name=f"{self.name} dynamic current"
        )

    async def _async_post(self, command: Command) -> tuple[Ticket, ...] | None:
        """Send; return what to wait for, None if it's done."""
        body: dict[str, JsonValue] | None = None
        if command.body is not None:
            body = dict(command.body)
        if command.lasts:
            assert body is not None
            body["minutes"] = self._ttl_min
        api = self._account.api
        if command.target is Target.SURPLUS:
            await api.send(surplus_path(self.product.serial), body)
            self.async_set_own(surplus=await api.surplus(self.product.serial))
            return None
        self.counters["commands"] += 1
        return await api.send(self._path(command), body)

    def _path(self, command: Command) -> str:
        if command.target is Target.CIRCUIT:
            place = self.product.circuit
            if place is None:
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="easee_no_circuit"
                )
            return f"/api/sites/{place.site}/circuits/{place.circuit}/{command.path}"
        return f"/api/chargers/{self.product.serial}/{command.path}"

    async def _async_confirmed(
        self,
        command: Command,
        seen: asyncio.Future[None],
        tickets: Iterable[Ticket],
    ) -> None:
        """Wait for the expected report, or for the results of all tickets.

        A result mostly comes a little before the report that entities show.
        """
        results = {ticket: self.hass.loop.create_future() for ticket in tickets}
        self._tickets |= results
        reports = {seen} if command.expect else set()
        self.confirmations.check(self.data.values)
        try:
            while not any(report.done() for report in reports):
                waiting = {done for done in results.values() if not done.done()}
                if not waiting and (results or not reports):
                    await _wait_for(reports, REPORT_AFTER_RESULT_S)
                    break
                finished = await _wait_for(waiting | reports, RESULT_EVERY_S)
                if not finished:
                    await self._async_ask(results)
                for done in finished:
                    done.result()
        finally:
            for ticket, done in results.items():
                del self._tickets[ticket]
                done.cancel()

    async def _async_ask(self, results: Mapping[Ticket, asyncio.Future[None]]) -> None:
        """Ask for the results that didn't come by themselves."""
        for ticket, done in results.items():
            if not done.done() and await self._account.api.is_executed(ticket):
                self._settle(done, None)

    @staticmethod
    def _settle(done: asyncio.Future[None], err: EaseeError | None) -> None:
        """Note the outcome of a command, once."""
        if done.done():
            return
        if err is None:
            done.set_result(None)
        else:
            done.set_exception(err)

    def _check_stored(self, command: Command) -> None:
        """Refuse to wear the flash memory out."""
        if not command.stored:
            return
        times = self._stored_at_s
        if len(times) == STORED_WRITES and time.time() - times[0] < STORED_WINDOW_S:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="easee_flash",
                translation_placeholders={"count": str(STORED_WRITES)},
            )

    @callback
    def _translated(self, err: EaseeError) -> HomeAssistantError:
        if isinstance(err, EaseeCredentialsError):
            self.config_entry.async_start_reauth(self.hass)
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=error_key(err),
            translation_placeholders={"minutes": wait_min(err)},
        )

    @callback
    def _async_keep(self, command: Command) -> None:
        """Renew a dynamic current as long as Home Assistant lives."""
        if self._keeping is not None:
            self._keeping.cancel()
            self._keeping = None
        self.kept = None
        if self._ttl_min:
            assert command.body is not None
            amps = command.body["amps"]
            assert isinstance(amps, (int, float))
            self.async_keep_on(self._kept_from_now(amps))
        self._account.async_save()

    def _kept_from_now(self, amps: float) -> Kept:
        now_s, ttl_s = time.time(), 60.0 * self._ttl_min
        return Kept(amps, now_s + ttl_s / 2, now_s + ttl_s)

    async def _async_renew(self) -> None:
        """Send the current again at half of its life, until it's another one.

        Somebody else's current stays, and so does the limit that the charger falls
        back to: after plugging in, a reboot, or an outage longer than its life.
        """
        while (kept := self.kept) is not None:
            await asyncio.sleep(max(0.0, kept.renew_at_s - time.time()))
            now_s = time.time()
            reported = self.data[charger_keys.DYNAMIC_CHARGER_CURRENT]
            if now_s >= kept.until_s or reported not in (None, kept.amps):
                self.kept = None
            else:
                try:
                    await self._account.api.send(
                        f"/api/chargers/{self.product.serial}"
                        "/commands/set_dynamic_charger_current",
                        {"amps": kept.amps, "minutes": self._ttl_min},
                    )
                    self.counters["renewals"] += 1
                    self.kept = self._kept_from_now(kept.amps)
                except EaseeError as err:
                    self.counters[type(err).__name__] += 1
                    self.kept = Kept(kept.amps, now_s + RENEW_RETRY_S, kept.until_s)
            self._account.async_save()

    @callback
    def _note_delays(self, at_s: float, arrived_s: float | None, now_s: float) -> None:
        """Note now and then how long an observation took."""
        if now_s - self._delays_at_s < DELAY_EVERY_S:
            return
        self._delays_at_s = now_s
        self.data.put(DELAY_CHARGER, round(max(0.0, now_s - at_s), 1))
        if arrived_s is not None:
            self.data.put(DELAY_CLOUD, round(max(0.0, now_s - arrived_s), 1))

    @callback
    def _async_update_device(self) -> None:
        version = self.data[self._firmware_key]
        if version is None:
            return
        self.device_info["sw_version"] = str(version)
        registry = dr.async_get(self.hass)
        device = registry.async_get_device_by_identifier(
            (DOMAIN, self.device_id), self.config_entry.entry_id
        )
        if device is not None:
            registry.async_update_device(device.id, sw_version=str(version))


async def _wait_for(
    futures: set[asyncio.Future[None]], timeout_s: float
) -> set[asyncio.Future[None]]:
    """Return those that are done by the time that one is."""
    if not futures:
        return set()
    done, _ = await asyncio.wait(
        futures, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
    )
    return done


def _model(product: Product) -> str | None:
    if product.is_equalizer:
        return "Equalizer"
    if product.product_code is None:
        return None
    return MODELS.get(product.product_code)
