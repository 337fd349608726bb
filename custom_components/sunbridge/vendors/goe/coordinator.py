"""Keep a go-e charger's status: poll, notice failures, send commands."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Set as AbstractSet
from dataclasses import dataclass
import time
from typing import Any, Final, Self, override

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import Platform
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import UpdateFailed

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from .confirm import Confirmations
from .const import (
    CONF_INTERVAL_S,
    CONF_MAX_AGE_S,
    CONF_SERIAL,
    DEFAULT_INTERVAL_S,
    DEFAULT_MAX_AGE_S,
    VENDOR,
)
from .decode import JsonValue
from .device import device_info
from .errors import GoeConnectionError, GoeError, GoeRejectedError, GoeStaleError
from .keys import DATA_AGE, FWV, KEYS, RBC, RBT
from .messages import error_key
from .redact import redacted
from .repairs import async_clear_issues, async_raise_cloud_off
from .status import Status
from .tables import DESCRIPTIONS
from .transport import Report, Transport
from .trouble import Trouble, says_away

type Command = Mapping[str, JsonValue]

CONFIRM_TIMEOUT_S: Final = 10.0
CONFIRM_INTERVAL_S: Final = 1.0

# Settings change when somebody changes them: they're read every so often, and at
# once after a command. All keys are read now and then to find new ones.
SETTINGS_EVERY_S: Final = 10.0
ALL_KEYS_EVERY_S: Final = 600.0

# While Home Assistant starts, a dead server must not hold it up; the set-up is tried
# again by itself a few seconds later.
STARTING_TIMEOUT_S: Final = 1.0

# What tells that the charger may have other keys now.
_OWN_KEYS: Final = frozenset({FWV.name, RBC.name})
# The uptime gives the time of the last boot, and is never absent: a filter must not
# be empty.
_LIVE_KEYS: Final = frozenset({RBT.name, *(key.name for key in KEYS if key.live)})

# By entry: a set-up that fails is tried again with a new coordinator, which has to
# know of the failures before.
_TROUBLE: dict[str, Trouble] = {}


@callback
def async_forget(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
    """Forget the failures of an entry and withdraw what was raised for them."""
    _TROUBLE.pop(entry.entry_id, None)
    async_clear_issues(hass, entry.entry_id)


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
        asked = known & (listened | _OWN_KEYS | {RBT.name}) - {DATA_AGE.name}
        live = asked & _LIVE_KEYS
        return cls(listened, frozenset(live), frozenset(asked))


class GoeCoordinator(SunbridgeCoordinator[Status, Command]):
    """Polls one charger at a steady pace over a transport that is asked."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, transport: Transport
    ) -> None:
        """Prepare for the charger of the entry."""
        super().__init__(hass, entry)
        self.device_id = f"{VENDOR}_{entry.data[CONF_SERIAL]}"
        self.max_age_s = entry.options.get(CONF_MAX_AGE_S, DEFAULT_MAX_AGE_S)
        self.data = Status.of(KEYS)
        self._transport = transport
        self._interval_s = entry.options.get(CONF_INTERVAL_S, DEFAULT_INTERVAL_S)
        self._filters: _Filters | None = None
        self._confirmations = Confirmations()
        self._wake = asyncio.Event()
        self._settings_due_at = 0.0
        self._all_keys_due_at = 0.0
        self._retry_in_s: float | None = None
        self._counters: Counter[str] = Counter()
        self._malformed: Counter[str] = Counter()

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities that a charger may have."""
        return DESCRIPTIONS

    @override
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether the charger has all these keys."""
        return self.data.reports(keys)

    async def async_start(self) -> None:
        """Read the whole status once, then poll until the entry is unloaded.

        Raises ``ConfigEntryNotReady`` or ``ConfigEntryAuthFailed``.
        """
        await self.async_config_entry_first_refresh()
        self.device_info = device_info(
            self.device_id,
            self.config_entry.title,
            self.config_entry.data[CONF_SERIAL],
            self.data,
        )
        self.config_entry.async_create_background_task(
            self.hass, self._async_poll(), name=f"{self.name} poll"
        )

    @override
    async def async_send(self, command: Command) -> None:
        """Send values by key and wait until the charger reports them."""
        try:
            await self._transport.set(command)
        except GoeRejectedError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="goe_rejected",
                translation_placeholders={
                    "reasons": "; ".join(
                        f"{key}: {reason}" for key, reason in err.reasons.items()
                    )
                },
            ) from err
        except GoeError as err:
            raise HomeAssistantError(
                translation_domain=DOMAIN, translation_key=error_key(err)
            ) from err
        expected = {
            key: value for key, value in command.items() if key in self.data.raw
        }
        if not expected:
            return
        with self._confirmations.expect(expected) as seen:
            self._wake.set()
            try:
                async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                    await seen
            except TimeoutError:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="goe_not_confirmed",
                    translation_placeholders={"keys": ", ".join(expected)},
                ) from None

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return counters and the last status, redacted."""
        return {
            "interval_s": self._interval_s,
            "max_age_s": self.max_age_s,
            "counters": dict(self._counters),
            "malformed": dict(self._malformed),
            "status": redacted(self.data.raw),
        }

    @override
    async def _async_update_data(self) -> Status:
        """Ask the charger once."""
        now = self.hass.loop.time()
        keys = self._keys_to_ask(now)
        self._counters["requests"] += 1
        try:
            report = await self._async_ask(keys)
        except GoeError as err:
            self._counters[type(err).__name__] += 1
            return self._failed(err, now)
        self._async_succeeded()
        self.async_data_from(report.age_s)
        if keys is None:
            self._all_keys_due_at = now + ALL_KEYS_EVERY_S
        if now >= self._settings_due_at:
            self._settings_due_at = now + SETTINGS_EVERY_S
        return self._merge(
            {**report.values, DATA_AGE.name: round(report.age_s)}, report.age_s
        )

    async def _async_ask(self, keys: frozenset[str] | None) -> Report:
        if self.hass.state is CoreState.running:
            report = await self._transport.status(keys, self.max_age_s)
        else:
            try:
                async with asyncio.timeout(STARTING_TIMEOUT_S):
                    report = await self._transport.status(keys, self.max_age_s)
            except TimeoutError:
                raise GoeConnectionError("no answer while starting") from None
        if report.age_s > self.max_age_s:
            raise GoeStaleError("the data are too old")
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
            if self.config_entry.pref_disable_polling and not self._confirmations.keys:
                tick_at = loop.time() + self._interval_s
                continue
            await self.async_refresh()
            now = loop.time()
            if self._retry_in_s is not None:
                tick_at = now + self._retry_in_s
            elif self._confirmations.keys:
                tick_at = max(now, min(tick_at, now) + CONFIRM_INTERVAL_S)
            else:
                tick_at = max(now, tick_at + self._interval_s)

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
        return self._filters.live | self._confirmations.keys

    def _merge(self, values: Mapping[str, JsonValue], age_s: float) -> Status:
        update = self.data.merge(values, time.time() - age_s)
        for key in update.malformed:
            if not self._malformed[key]:
                self.logger.warning(
                    "%s: the value of %s is of another type than the vendor's list"
                    " says; it's taken as unknown",
                    self.name,
                    key,
                )
            self._malformed[key] += 1
        if update.grown:
            self._filters = None
        if self.data.raw and update.changed & {FWV.name, RBC.name}:
            # After a reboot or an update there may be keys that weren't there before.
            self._all_keys_due_at = 0.0
            self._async_update_device(update.status)
        self.async_note_change(update.changed, grown=update.grown)
        self._confirmations.check(update.status)
        return update.status

    @callback
    def _async_update_device(self, status: Status) -> None:
        registry = dr.async_get(self.hass)
        device = registry.async_get_device_by_identifier(
            (DOMAIN, self.device_id), self.config_entry.entry_id
        )
        if device is not None:
            registry.async_update_device(device.id, sw_version=status[FWV])

    @callback
    def _async_succeeded(self) -> None:
        self._counters["answers"] += 1
        self._retry_in_s = None
        if self.config_entry.entry_id in _TROUBLE:
            async_forget(self.hass, self.config_entry)
            for flow in self.config_entry.async_get_active_flows(
                self.hass, {SOURCE_REAUTH}
            ):
                self.hass.config_entries.flow.async_abort(flow["flow_id"])

    def _failed(self, err: GoeError, now: float) -> Status:
        """Return the last status while it may still be shown, else raise."""
        trouble = _TROUBLE.setdefault(self.config_entry.entry_id, Trouble())
        trouble.add(err, now)
        self._retry_in_s = trouble.retry_in_s(err)
        if trouble.long_forbidden(now):
            async_raise_cloud_off(self.hass, self.config_entry)
        if trouble.surely_unauthorized(now):
            raise ConfigEntryAuthFailed(
                translation_domain=DOMAIN, translation_key=error_key(err)
            ) from err
        if self.available and not says_away(err):
            return self.data
        raise UpdateFailed(
            translation_domain=DOMAIN,
            translation_key=error_key(err),
            retry_after=self._retry_in_s,
        ) from err
