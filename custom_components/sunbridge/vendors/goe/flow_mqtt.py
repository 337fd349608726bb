"""Add a go-e charger that is connected to an MQTT broker."""

import asyncio
from collections import Counter
import contextlib
from dataclasses import dataclass
from typing import Any, Final

import probatio

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT, CONF_USERNAME
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
from homeassistant.helpers.service_info.mqtt import MqttServiceInfo

from ...const import CONF_TRANSPORT
from ..json import JsonValue
from .broker import Broker
from .connect_mqtt import async_broker
from .const import (
    BROKER,
    CONF_BASE_TOPIC,
    CONF_CA,
    CONF_CHARGER,
    CONF_CLIENT_CERTIFICATE,
    CONF_CLIENT_KEY,
    CONF_TLS,
    MQTT,
    VENDOR,
)
from .device import friendly_name
from .errors import GoeBrokerError
from .flow_base import Errors, GoeFlowBase, normalized
from .keys import FWV, KEYS
from .messages import error_key
from .mqtt import DEFAULT_PREFIXES, base_of, parsed_topics
from .status import Status

# How long the broker is waited for.
CONNECT_S: Final = 10.0
# How long chargers are listened for: what the broker keeps comes at once, and a
# charger says something each second. Less when nothing more comes.
HEAR_S: Final = 3.0
QUIET_S: Final = 0.5
# What a broker with many chargers has, and no more.
_MAX_MESSAGES: Final = 50_000
_MAX_BYTES: Final = 16_000_000

_PASSWORD: Final = TextSelector(
    TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
)
_PEM: Final = TextSelector(TextSelectorConfig(multiline=True))
_PLAIN: Final = TextSelector(TextSelectorConfig(autocomplete="off"))
_ACCESS_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_HOST): _PLAIN,
        probatio.Required(CONF_PORT, default=1883): NumberSelector(
            NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
        ),
        probatio.Optional(CONF_USERNAME): _PLAIN,
        probatio.Optional(probatio.Secret(CONF_PASSWORD)): _PASSWORD,
        probatio.Required(CONF_TLS, default=False): BooleanSelector(),
    }
)
_CERTIFICATES: Final = "certificates"
_CERTIFICATES_SCHEMA = probatio.Schema(
    {
        probatio.Optional(CONF_CA): _PEM,
        probatio.Optional(CONF_CLIENT_CERTIFICATE): _PEM,
        probatio.Optional(probatio.Secret(CONF_CLIENT_KEY)): _PEM,
    }
)
_CERTIFICATE_ERRORS: Final = frozenset({"goe_broker_certificate", "goe_broker_tls"})
_LOGIN_SCHEMA = probatio.Schema(
    {
        probatio.Optional(CONF_USERNAME): _PLAIN,
        probatio.Optional(probatio.Secret(CONF_PASSWORD)): _PASSWORD,
    }
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A charger that was heard on a broker."""

    base: str
    serial: str
    name: str
    firmware: str | None

    @property
    def label(self) -> str:
        """What a user chooses it by."""
        firmware = "" if self.firmware is None else f", {self.firmware}"
        return f"{self.name} ({self.serial}{firmware})"


class GoeMqttFlow(GoeFlowBase):
    """Steps for MQTT, over Home Assistant's broker or another one."""

    _transport = MQTT
    _access: dict[str, Any]
    _heard: dict[str, Heard]

    async def async_step_goe_mqtt(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Listen on the broker that Home Assistant is connected to."""
        self._transport, self._access = MQTT, {}
        return await self.async_step_goe_charger()

    async def async_step_goe_broker(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a broker."""
        errors: Errors = {}
        if user_input is not None:
            user_input = {**user_input, **user_input.pop(_CERTIFICATES, {})}
            self._transport = BROKER
            self._access = _cleaned(self._given(user_input))
            errors = await self._async_listen()
            if not errors:
                return await self.async_step_goe_charger()
        shown = self._suggested(user_input)
        is_open = not _CERTIFICATE_ERRORS.isdisjoint(errors.values()) or any(
            shown.get(str(marker)) for marker in _CERTIFICATES_SCHEMA.schema
        )
        certificates = section(_CERTIFICATES_SCHEMA, {"collapsed": not is_open})
        return self.async_show_form(
            step_id="goe_broker",
            data_schema=self.add_suggested_values_to_schema(
                _ACCESS_SCHEMA.extend({probatio.Optional(_CERTIFICATES): certificates}),
                {**shown, _CERTIFICATES: shown},
            ),
            errors=errors,
        )

    async def async_step_goe_charger(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of the chargers that are heard, or for one by its number."""
        errors: Errors = {}
        if user_input is not None:
            base = self._base(user_input[CONF_CHARGER])
            serial = None if base is None else normalized(base.split("/")[-2])
            if base is None or serial is None:
                errors[CONF_CHARGER] = "goe_invalid_topic"
            elif refusal := await self._async_refusal(serial, self._transport):
                return refusal
            else:
                errors = await self._async_listen(base)
                if not errors and base not in self._heard:
                    errors[CONF_CHARGER] = "goe_mqtt_silent"
                if not errors:
                    return self._finish(
                        serial,
                        self._transport,
                        self._heard[base].name,
                        {CONF_BASE_TOPIC: base, **self._access},
                    )
        else:
            errors = await self._async_listen()
        return self.async_show_form(
            step_id="goe_charger",
            data_schema=self.add_suggested_values_to_schema(
                self._charger_schema(), user_input or self._only_one()
            ),
            errors=errors,
        )

    async def async_step_goe_mqtt_found(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask whether to add a charger that was found on the broker."""
        if user_input is not None:
            (heard,) = self._heard.values()
            return self._finish(
                heard.serial, MQTT, heard.name, {CONF_BASE_TOPIC: heard.base}
            )
        return self.async_show_form(
            step_id="goe_mqtt_found",
            description_placeholders=dict(self.context["title_placeholders"]),
        )

    async def async_step_goe_mqtt_discovery(
        self, info: MqttServiceInfo
    ) -> ConfigFlowResult:
        """Meet a charger on Home Assistant's broker."""
        base = info.topic.rpartition("/")[0] + "/"
        serial = normalized(base.split("/")[-2])
        if serial is None or not info.payload:
            return self.async_abort(reason="goe_no_serial")
        await self.async_set_unique_id(f"{VENDOR}_{serial}")
        self._abort_if_unique_id_configured()
        self._transport, self._access = MQTT, {}
        if await self._async_listen(base) or base not in self._heard:
            return self.async_abort(reason="goe_no_serial")
        self._heard = {base: self._heard[base]}
        # Chargers don't tell their names by MQTT, and there may be several.
        name = f"{self._heard[base].name} ({serial})"
        self.context["title_placeholders"] = {"name": name}
        return await self.async_step_goe_mqtt_found()

    async def async_step_goe_broker_reauth(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for user and password again, because the broker refuses ours."""
        entry = self._get_reauth_entry()
        errors: Errors = {}
        if user_input is not None:
            login = {
                CONF_USERNAME: user_input.get(CONF_USERNAME, ""),
                CONF_PASSWORD: user_input.get(CONF_PASSWORD, ""),
            }
            self._transport = BROKER
            self._access = {**entry.data, **login}
            errors = await self._async_listen()
            if not errors:
                return self.async_update_reload_and_abort(entry, data_updates=login)
        return self.async_show_form(
            step_id="goe_broker_reauth",
            data_schema=self.add_suggested_values_to_schema(
                _LOGIN_SCHEMA, user_input or {}
            ),
            errors=errors,
            description_placeholders={"name": entry.title},
        )

    async def _async_listen(self, base: str | None = None) -> Errors:
        """Note the chargers that are heard; return errors for the form."""
        topics = {f"{prefix}+/+" for prefix in DEFAULT_PREFIXES}
        if base is not None and not base.startswith(DEFAULT_PREFIXES):
            topics = {f"{base}+"}
        try:
            broker = await async_broker(
                self.hass, {CONF_TRANSPORT: self._transport, **self._access}
            )
            values = await _async_hear(broker, sorted(topics))
        except GoeBrokerError as err:
            self._heard = {}
            return {"base": error_key(err, self._transport)}
        self._heard = {
            heard.base: heard
            for found, told in values.items()
            if (heard := _heard(found, told)) is not None
        }
        return {}

    def _charger_schema(self) -> probatio.Schema:
        # Where anything may be typed, the value is what is shown of a choice.
        selector = SelectSelector(
            SelectSelectorConfig(
                options=[*self._bases],
                custom_value=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
        return probatio.Schema({probatio.Required(CONF_CHARGER): selector})

    @property
    def _bases(self) -> dict[str, str]:
        """The base topics of what is heard, by what a user chooses them by."""
        found = self._heard.values()
        times = Counter(heard.label for heard in found)
        return {
            heard.label if times[heard.label] == 1 else heard.base: heard.base
            for heard in found
        }

    def _only_one(self) -> dict[str, Any]:
        return {CONF_CHARGER: next(iter(self._bases))} if len(self._heard) == 1 else {}

    def _base(self, entered: str) -> str | None:
        """Return the base topic that a chosen, or entered, charger has."""
        entered = entered.strip()
        if entered in self._bases:
            return self._bases[entered]
        if (serial := normalized(entered)) is not None:
            for heard in self._heard.values():
                if heard.serial == serial:
                    return heard.base
            return base_of(DEFAULT_PREFIXES[0], serial)
        base = entered.rstrip("/") + "/"
        if not base.strip("/") or any(sign in base for sign in "+#\0"):
            return None
        return base


async def _async_hear(
    broker: Broker, topics: list[str]
) -> dict[str, dict[str, JsonValue]]:
    """Return the values by base and key that are heard. Raises ``GoeBrokerError``."""
    messages: list[tuple[str, bytes]] = []
    size = 0
    linked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def on_message(topic: str, payload: bytes, _kept: bool) -> None:
        nonlocal size
        size += len(payload)
        if len(messages) < _MAX_MESSAGES and size < _MAX_BYTES:
            messages.append((topic, payload))

    def on_link(up: bool) -> None:
        # One that failed is tried again, but who filled the form in waits for its error.
        if not linked.done():
            linked.set_result(up)

    try:
        await broker.start(topics, on_message, on_link)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0 if broker.error else CONNECT_S):
                await linked
        if linked.cancelled() or not linked.result():
            raise broker.error or GoeBrokerError("no connection in time")
        count = -1
        until = asyncio.get_running_loop().time() + HEAR_S
        # Until nothing came for a while, if anything came at all.
        while asyncio.get_running_loop().time() < until and (
            count != len(messages) or not messages
        ):
            count = len(messages)
            await asyncio.sleep(QUIET_S)
    finally:
        await broker.stop()
    return parsed_topics(messages)


def _heard(base: str, values: dict[str, JsonValue]) -> Heard | None:
    """Return a charger of what was heard below a base, None if it's none."""
    serial = normalized(base.split("/")[-2])
    if serial is None or not values:
        return None
    status = Status.of(KEYS).merge(values, 0).status
    return Heard(base, serial, friendly_name(status), status[FWV])


def _cleaned(access: dict[str, Any]) -> dict[str, Any]:
    """Return what a user entered of a broker, as it's stored."""
    return {
        key: value.strip() if isinstance(value, str) and key != CONF_PASSWORD else value
        for key, value in {**access, CONF_PORT: int(access[CONF_PORT])}.items()
    }
