"""Keep a go-e charger's status, and send commands, whatever the way to it."""

from abc import abstractmethod
import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any, Final, override

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.entity import EntityDescription

from ...const import CONF_TRANSPORT, DOMAIN
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from ..confirm import Confirmations
from ..json import JsonValue
from .charging import GoeCharging
from .const import CONF_MAX_AGE_S, CONF_SERIAL, DEFAULT_MAX_AGE_S, VENDOR
from .device import device_info
from .errors import GoeError, GoeRejectedError
from .keys import FWV, KEYS, RBC, SSE
from .messages import error_key
from .redact import redacted
from .status import Status
from .tables import DESCRIPTIONS

type Command = Mapping[str, JsonValue]

CONFIRM_TIMEOUT_S: Final = 10.0

# While Home Assistant starts, a charger that doesn't answer must not hold it up; the
# set-up is tried again by itself a few seconds later.
STARTING_TIMEOUT_S: Final = 0.6

# What tells that the charger is the right one, and may have other keys now.
OWN_KEYS: Final = frozenset({FWV.name, RBC.name, SSE.name})


class GoeCoordinator(SunbridgeCoordinator[Status, Command]):
    """One charger; a subclass knows how news arrive."""

    def __init__(self, hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
        """Prepare for the charger of the entry."""
        super().__init__(hass, entry)
        self.serial: str = entry.data[CONF_SERIAL]
        self.transport: str = entry.data[CONF_TRANSPORT]
        self.device_id = f"{VENDOR}_{self.serial}"
        self.max_age_s: float = entry.options.get(CONF_MAX_AGE_S, DEFAULT_MAX_AGE_S)
        self.data = Status.of(KEYS)
        self.counters: Counter[str] = Counter()
        self.confirmations = Confirmations()
        self.charging = GoeCharging(self)
        # Until when the way to the charger is to be spared (loop's clock).
        self.blocked_until_s: float | None = None
        self._malformed: Counter[str] = Counter()
        self._watching: asyncio.Task[None] | None = None

    @abstractmethod
    async def async_start(self) -> None:
        """Get the first status, then keep it until the entry is unloaded.

        Raises ``ConfigEntryNotReady`` or ``ConfigEntryAuthFailed``.
        """

    @abstractmethod
    async def _async_set(self, command: Command) -> None:
        """Send values to the charger. Raises ``GoeError``."""

    @callback
    def _async_await_confirmation(self) -> None:
        """Do what makes the charger's next report come soon."""

    @callback
    def async_hurry(self, for_s: float) -> None:
        """Have reports come often for a while: what is sent depends on them."""

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities that a charger may have."""
        return DESCRIPTIONS

    @override
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether the charger has all these keys."""
        return self.data.reports(keys)

    @override
    async def async_send(self, command: Command) -> None:
        """Send values by key and wait until the charger reports them."""
        expected = self._expected(command)
        with self.confirmations.expect(expected) as seen:
            await self._async_try_set(command)
            if not expected:
                return
            self._async_await_confirmation()
            try:
                async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                    await seen
            except TimeoutError:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="goe_not_confirmed",
                    translation_placeholders={"keys": ", ".join(expected)},
                ) from None

    async def async_send_only(self, command: Command) -> None:
        """Send values by key, and have reports come soon: the caller looks at them.

        Raises as ``async_send``.
        """
        self._async_unwatch()
        if expected := self._expected(command):
            self._watching = self.config_entry.async_create_background_task(
                self.hass, self._async_watch(expected), name=f"{self.name} watch"
            )
        try:
            await self._async_try_set(command)
        except HomeAssistantError:
            self._async_unwatch()
            raise
        if expected:
            self._async_await_confirmation()

    async def _async_watch(self, expected: Command) -> None:
        """Wait a while for the values, because then the charger is asked often."""
        with self.confirmations.expect(expected) as seen, suppress(TimeoutError):
            async with asyncio.timeout(CONFIRM_TIMEOUT_S):
                await seen

    @callback
    def _async_unwatch(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None

    def _expected(self, command: Command) -> Command:
        """Return those values of a command that the charger will report."""
        return {key: value for key, value in command.items() if key in self.data.raw}

    async def _async_try_set(self, command: Command) -> None:
        try:
            await self._async_set(command)
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
                translation_domain=DOMAIN,
                translation_key=error_key(err, self.transport),
            ) from err

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return counters and the last status, redacted."""
        return {
            "transport": self.transport,
            "max_age_s": self.max_age_s,
            "counters": dict(self.counters),
            "malformed": dict(self._malformed),
            "status": redacted(self.data.raw),
        }

    @callback
    def _async_set_device_info(self) -> None:
        self.device_info = device_info(
            self.device_id, self.config_entry.title, self.serial, self.data
        )

    @callback
    def _async_withdraw_reauth(self) -> None:
        """Ask for no other credentials: the ones that there are work again."""
        for flow in self.config_entry.async_get_active_flows(
            self.hass, {SOURCE_REAUTH}
        ):
            self.hass.config_entries.flow.async_abort(flow["flow_id"])

    @callback
    def _async_note_malformed(self, key: str) -> None:
        """Count what can't be used of a key; the log has it once."""
        if not self._malformed[key]:
            self.logger.warning(
                "%s: the value of %s is of another type than the vendor's list"
                " says; it's taken as unknown",
                self.name,
                key,
            )
        self._malformed[key] += 1

    @callback
    def _async_merge(
        self, values: Mapping[str, JsonValue], at_s: float
    ) -> tuple[Status, bool]:
        """Merge a report of the time ``at_s`` (epoch seconds).

        Returns the status, and whether the charger may have other keys now.
        """
        update = self.data.merge(values, at_s)
        for key in update.malformed:
            self._async_note_malformed(key)
        other = bool(self.data.raw and update.changed & OWN_KEYS)
        if other:
            self._async_update_device(update.status)
        self.async_note_change(update.changed, grown=update.grown)
        self.confirmations.check(update.status.raw)
        return update.status, other

    @callback
    def _async_update_device(self, status: Status) -> None:
        registry = dr.async_get(self.hass)
        device = registry.async_get_device_by_identifier(
            (DOMAIN, self.device_id), self.config_entry.entry_id
        )
        if device is not None:
            registry.async_update_device(device.id, sw_version=status[FWV])
