"""Ask a go-e charger for its status at a steady pace, and notice failures."""

import asyncio
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
import time
from typing import Any, Final, Self, override

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import UpdateFailed

from ...bugs import note_bug
from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ..issues import async_clear, async_raise
from .const import CLOUD_OFF, CONF_INTERVAL_S, DEFAULT_INTERVAL_S, READ_ONLY
from .coordinator import OWN_KEYS, STARTING_TIMEOUT_S, Command, GoeCoordinator
from .errors import GoeConnectionError, GoeError, GoeOtherChargerError, GoeStaleError
from .keys import DATA_AGE, KEYS, RBT, SSE
from .messages import error_key
from .status import Status
from .transport import Report, Transport
from .trouble import TROUBLES, Trouble, says_away

CONFIRM_INTERVAL_S: Final = 1.0
# A charger that is fed compares what it's told with its own power of that time.
HURRY_INTERVAL_S: Final = 2.0

# Settings change when somebody changes them: they're read every so often, and at
# once after a command. All keys are read now and then to find new ones.
SETTINGS_EVERY_S: Final = 10.0
ALL_KEYS_EVERY_S: Final = 600.0

# Where only older answers come for so long, the server's clock was set back.
OLDER_FOR_S: Final = 5.0

# The uptime gives the time of the last boot, and is never absent: a filter must not
# be empty.
_LIVE_KEYS: Final = frozenset({RBT.name, *(key.name for key in KEYS if key.live)})


@callback
def async_forget(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget the failures of an entry and withdraw what was raised for them."""
    TROUBLES.pop(entry.entry_id, None)
    async_clear(hass, entry.entry_id, CLOUD_OFF, READ_ONLY)


@dataclass(frozen=True, slots=True)
class _Filters:
    """The keys to ask for, worked out once: each second's, and those of now and then.

    They stand while the charger has no new keys and ``listened`` is what entities
    listen to.
    """

    listened: frozenset[str]
    live: frozenset[str]
    settings: frozenset[str]

    @classmethod
    def of(cls, known: AbstractSet[str], listened: frozenset[str]) -> Self:
        """Return the filters for a charger that has the known keys."""
        asked = known & (listened | OWN_KEYS | {RBT.name}) - {DATA_AGE.name}
        live = asked & _LIVE_KEYS
        return cls(listened, frozenset(live), frozenset(asked))


class GoePollCoordinator(GoeCoordinator):
    """Polls one charger over a transport that is asked."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, transport: Transport
    ) -> None:
        """Prepare for the charger of the entry."""
        super().__init__(hass, entry)
        self._way = transport
        self._interval_s: float = entry.options.get(
            CONF_INTERVAL_S, DEFAULT_INTERVAL_S[self.transport]
        )
        # Asked rarely it would be unavailable from one answer's end to the next answer.
        self.max_age_s = max(self.max_age_s, 2 * self._interval_s)
        self._filters: _Filters | None = None
        self._wake = asyncio.Event()
        self._settings_due_at = 0.0
        self._all_keys_due_at = 0.0
        self._retry_in_s: float | None = None
        self._hurries_until = 0.0
        # Of what is shown, by the server's clock; since when answers are older (loop's).
        self._modified_s: float | None = None
        self._older_since: float | None = None

    @override
    async def async_start(self) -> None:
        """Read the whole status once, then poll until the entry is unloaded.

        Raises ``ConfigEntryNotReady`` or ``ConfigEntryAuthFailed``.
        """
        await self.async_config_entry_first_refresh()
        self._async_set_device_info()
        self.config_entry.async_create_background_task(
            self.hass, self._async_poll(), name=f"{self.name} poll"
        )

    @override
    async def _async_set(self, command: Command) -> None:
        await self._way.set(command)

    @callback
    @override
    def _async_await_confirmation(self) -> None:
        """Ask at once, and then each second."""
        self._wake.set()

    @callback
    @override
    def async_hurry(self, for_s: float) -> None:
        now = self.hass.loop.time()
        if now >= self._hurries_until and self._interval_s > HURRY_INTERVAL_S:
            self._wake.set()
        self._hurries_until = now + for_s

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return counters and the last status, redacted."""
        return {"interval_s": self._interval_s, **super().diagnostics()}

    @override
    async def _async_update_data(self) -> Status:
        """Ask the charger once."""
        now = self.hass.loop.time()
        keys = self._keys_to_ask(now)
        self.counters["requests"] += 1
        try:
            report = await self._async_ask(keys)
        except GoeError as err:
            self.counters[type(err).__name__] += 1
            return self._failed(err, now)
        self._async_succeeded()
        if self._is_overtaken(report, now):
            self.counters["older answers"] += 1
            return self.data
        self.async_data_from(report.age_s or 0.0)
        if keys is None:
            self._all_keys_due_at = now + ALL_KEYS_EVERY_S
        if now >= self._settings_due_at:
            self._settings_due_at = now + SETTINGS_EVERY_S
        return self._merge(report)

    async def _async_ask(self, keys: frozenset[str] | None) -> Report:
        if self.hass.state is CoreState.running:
            report = await self._way.status(keys, self.max_age_s)
        else:
            try:
                async with asyncio.timeout(STARTING_TIMEOUT_S):
                    report = await self._way.status(keys, self.max_age_s)
            except TimeoutError:
                raise GoeConnectionError("no answer while starting") from None
        if report.age_s is not None and report.age_s > self.max_age_s:
            raise GoeStaleError("the data are too old")
        serial = report.values.get(SSE.name, self.serial)
        if not isinstance(serial, str) or serial.zfill(6) != self.serial:
            raise GoeOtherChargerError("another charger answered")
        return report

    async def _async_poll(self) -> None:
        """Ask at each tick of the interval, or as fast as answers come.

        A tick that passed while an answer was under way isn't made up for, and there
        is never more than one request at once.
        """
        loop = self.hass.loop
        tick_at = loop.time() + self._interval_s
        while True:
            await self._async_wait_until(tick_at)
            if self.config_entry.pref_disable_polling and not self.confirmations.keys:
                tick_at = loop.time() + self._interval_s
                continue
            try:
                await self.async_refresh()
            except Exception as err:  # noqa: BLE001
                note_bug(self.counters, self.name, err)
            now = loop.time()
            if self._retry_in_s is not None:
                tick_at = now + self._retry_in_s
            else:
                tick_at = max(now, min(tick_at, now) + self._every_s(now))

    def _every_s(self, now: float) -> float:
        """Return how often to ask while answers come."""
        if self.confirmations.keys:
            return CONFIRM_INTERVAL_S
        if now < self._hurries_until:
            return min(self._interval_s, HURRY_INTERVAL_S)
        return self._interval_s

    async def _async_wait_until(self, tick_at: float) -> None:
        """Wait for the next tick, or until a command needs an answer."""
        timer = self.hass.loop.call_at(tick_at, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()
        self._wake.clear()

    def _keys_to_ask(self, now: float) -> frozenset[str] | None:
        """Return the keys for the next request, None for all."""
        if now >= self._all_keys_due_at:
            return None
        if self._filters is None or self._filters.listened is not self.listened_keys:
            self._filters = _Filters.of(self.data.raw.keys(), self.listened_keys)
        if now >= self._settings_due_at:
            return self._filters.settings
        return self._filters.live | self.confirmations.keys

    def _is_overtaken(self, report: Report, now: float) -> bool:
        """Tell whether something newer is shown, else note what will be.

        Both times are the server's: answers that took long would mislead ours.
        """
        if (
            report.modified_s is not None
            and self._modified_s is not None
            and report.modified_s < self._modified_s
        ):
            if self._older_since is None:
                self._older_since = now
            if now - self._older_since < OLDER_FOR_S:
                return True
        self._modified_s, self._older_since = report.modified_s, None
        return False

    def _merge(self, report: Report) -> Status:
        values = dict(report.values)
        if report.age_s is not None:
            values[DATA_AGE.name] = round(report.age_s)
        known = len(self.data.raw)
        status, other = self._async_merge(values, time.time() - (report.age_s or 0.0))
        if len(status.raw) > known:
            self._filters = None
        if other:
            # After a reboot or an update there may be keys that weren't there before.
            self._all_keys_due_at = 0.0
        return status

    @callback
    def _async_succeeded(self) -> None:
        self.counters["answers"] += 1
        self._retry_in_s = self.blocked_until_s = None
        if self.config_entry.entry_id in TROUBLES:
            async_forget(self.hass, self.config_entry)
            self._async_withdraw_reauth()

    def _failed(self, err: GoeError, now: float) -> Status:
        """Return the last status while it may still be shown, else raise."""
        trouble = TROUBLES.setdefault(self.config_entry.entry_id, Trouble())
        trouble.add(err, now)
        self._retry_in_s = trouble.retry_in_s(err)
        self.blocked_until_s = self.hass.loop.time() + self._retry_in_s
        if trouble.long_forbidden(now):
            async_raise(self.hass, self.config_entry, CLOUD_OFF)
        if trouble.surely_unauthorized(now):
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN,
                translation_key=error_key(err, self.transport),
            ) from err
        if self.available and not says_away(err):
            return self.data
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=error_key(err, self.transport),
            retry_after=self._retry_in_s,
        ) from err
