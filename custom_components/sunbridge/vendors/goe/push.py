"""Listen to a go-e charger that says by itself what changes."""

import asyncio
from collections.abc import Mapping
import time
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady

from ...bugs import note_bug
from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ..issues import async_clear, async_raise
from ..json import JsonValue
from .broker import Broker
from .const import CONF_BASE_TOPIC, READ_ONLY
from .coordinator import OWN_KEYS, STARTING_TIMEOUT_S, Command, GoeCoordinator
from .errors import (
    GoeBrokerAuthError,
    GoeBrokerError,
    GoeError,
    GoeNoAnswerError,
    GoeReadOnlyError,
    GoeRejectedError,
    GoeSilentError,
)
from .keys import FWV, MCC, MCR
from .messages import error_key
from .mqtt import MqttLink
from .status import Status
from .values import version

FIRST_REPORT_TIMEOUT_S: Final = 5.0

# Firmware before it doesn't answer settings (reference 3.1).
_ANSWERS_SINCE: Final = (51, 5)

# The charger's words for a setting that its owner doesn't allow by MQTT.
_NOT_ALLOWED: Final = "not allowed from mqtt"

_OWN_KEYS: Final = OWN_KEYS | {MCC.name, MCR.name}


class GoePushCoordinator(GoeCoordinator):
    """Hears one charger over a broker; implements ``Ear``."""

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, broker: Broker
    ) -> None:
        """Prepare for the charger of the entry."""
        super().__init__(hass, entry)
        self._broker = broker
        self._link = MqttLink(broker, entry.data[CONF_BASE_TOPIC], self)
        self._first_report: asyncio.Future[None] = hass.loop.create_future()
        self._is_linked = False
        # It said goodbye, or the broker did in its name.
        self._is_gone = False
        self._was_available = False
        self._loss_is_logged = False

    @override
    async def async_start(self) -> None:
        """Listen until the entry is unloaded; wait for the first values.

        Raises ``ConfigEntryNotReady`` or ``ConfigEntryAuthFailed``.
        """
        starting = self.hass.state is not CoreState.running
        self.config_entry.async_on_unload(self._link.stop)
        try:
            async with asyncio.timeout(
                STARTING_TIMEOUT_S if starting else FIRST_REPORT_TIMEOUT_S
            ):
                await self._link.start()
                await self._first_report
        except TimeoutError:
            raise self._failure(
                self._broker.error or GoeSilentError("nothing heard")
            ) from None
        except GoeBrokerError as err:
            raise self._failure(err) from None
        self._async_set_device_info()

    @property
    @override
    def available(self) -> bool:
        """Tell whether the charger is heard."""
        return self._is_linked and not self._is_gone and super().available

    @callback
    def wants(self, key: str) -> bool:
        """Tell whether an entity or a command needs the key.

        Until there are entities any of them may be needed: the charger says it once.
        """
        return (
            self.config_entry.state is not ConfigEntryState.LOADED
            or key in self.listened_keys
            or key in _OWN_KEYS
            or key in self.confirmations.keys
        )

    @callback
    def heard(self, values: Mapping[str, JsonValue]) -> None:
        """Take values that arrived together."""
        self.counters["reports"] += 1
        if values.get(MCC.name) is False:
            self._is_gone = True
        self.data, _ = self._async_merge(values, time.time())
        if not self._first_report.done():
            self._first_report.set_result(None)
        self.async_update_listeners()

    @callback
    def alive(self) -> None:
        """Note that the charger said something just now."""
        self.counters["messages"] += 1
        self._is_gone = False
        self.async_data_from(0.0)
        if not self._shown_available[0] and self.data.raw:
            self.async_update_listeners()

    @callback
    def linked(self, up: bool) -> None:
        """Note that the broker is there, or is lost."""
        self.counters["connections" if up else "disconnections"] += 1
        self._is_linked = up
        error = None if up else self._broker.error
        if up:
            self._async_withdraw_reauth()
        if error is not None and not self._first_report.done():
            self._first_report.set_exception(error)
        elif isinstance(error, GoeBrokerAuthError):
            self.config_entry.async_start_reauth(self.hass)
        self.async_update_listeners()

    @callback
    def moved(self, base: str) -> None:
        """Remember where the charger publishes now."""
        self.hass.config_entries.async_update_entry(
            self.config_entry, data={**self.config_entry.data, CONF_BASE_TOPIC: base}
        )

    @callback
    def malformed(self, key: str) -> None:
        """Note a payload that is no JSON."""
        self._async_note_malformed(key)

    @callback
    def bug(self, err: Exception) -> None:
        """Note an error of our own, which mustn't end the connection."""
        note_bug(self.counters, self.name, err)

    def _failure(self, err: GoeError) -> ConfigEntryAuthFailed | ConfigEntryNotReady:
        """Return what tells Home Assistant that the set-up failed."""
        key = error_key(err, self.transport)
        # A broker that starts together with Home Assistant may not know its users yet.
        starting = self.hass.state is not CoreState.running
        if isinstance(err, GoeBrokerAuthError) and not starting:
            return ConfigEntryAuthFailed(translation_domain=DOMAIN, translation_key=key)
        return ConfigEntryNotReady(translation_domain=DOMAIN, translation_key=key)

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Call the listeners that the last change concerns; log a loss once."""
        if (available := self.available) is not self._was_available:
            self._was_available = available
            if not available:
                self.logger.warning("%s isn't heard any more", self.name)
                self._loss_is_logged = True
            elif self._loss_is_logged:
                self.logger.info("%s is heard again", self.name)
                self._loss_is_logged = False
        super().async_update_listeners()

    @override
    async def _async_set(self, command: Command) -> None:
        """Send values to the charger, and explain when it doesn't take any."""
        if self.data[MCR] is True:
            async_raise(self.hass, self.config_entry, READ_ONLY)
            raise GoeReadOnlyError("the charger may not be set by MQTT")
        answers = version(self.data[FWV] or "60.0") >= _ANSWERS_SINCE
        heard = self.counters["messages"]
        try:
            await self._link.set(command, answers=answers)
        except GoeNoAnswerError:
            if self.confirmations.seen(command):
                return
            # One that says nothing at all has lost its power or its network.
            if self.counters["messages"] > heard:
                async_raise(self.hass, self.config_entry, READ_ONLY)
            raise
        except GoeRejectedError as err:
            if any(_NOT_ALLOWED in reason for reason in err.reasons.values()):
                async_raise(self.hass, self.config_entry, READ_ONLY)
            raise
        async_clear(self.hass, self.config_entry.entry_id, READ_ONLY)

    @override
    async def _async_update_data(self) -> Status:
        """Return what there is: a charger that pushes can't be asked."""
        return self.data

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return counters and the last status, redacted."""
        return {
            "linked": self._is_linked,
            "unread_messages": self._link.unread,
            **super().diagnostics(),
        }
