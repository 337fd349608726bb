"""The step that asks who may ask, and at which port it's served."""

from collections.abc import Mapping
import time
from typing import Any, Final

import probatio

from homeassistant.components.network import async_get_source_ip
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
)
from homeassistant.core import callback
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)

from ...const import CONF_TRANSPORT, CONF_VENDOR
from .access import Access, address, network
from .const import CONF_ALLOWED, CONF_NAME, CONF_PORT, DEFAULT_PORT, OWN, SHARED, VENDOR
from .errors import NrgkickConfigError
from .messages import error_key
from .server import async_gate, async_is_free, has_tls
from .settings import Part

# A wallbox asks every few seconds; who asked longer ago doesn't ask now.
_ASKS_NOW_S: Final = 600.0

type Errors = dict[str, str]


class NrgkickAccessFlow(ConfigFlow):
    """Ends both ways, of a new entry and of a changed one."""

    _nrgkick_data: dict[str, Any]
    _nrgkick_parts: list[Part]
    _nrgkick_offered: tuple[str, ...] = ()

    async def async_step_nrgkick_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask who may ask, and where."""
        errors: Errors = {}
        if user_input is not None:
            data = {
                CONF_ALLOWED: [one.strip() for one in user_input[CONF_ALLOWED]],
                CONF_TRANSPORT: user_input[CONF_TRANSPORT],
                CONF_PORT: int(user_input[CONF_PORT]),
            }
            errors = await self._async_nrgkick_access_errors(data)
            # Who asked meanwhile is offered before it's given up.
            is_news = not set(self._nrgkick_strangers()) <= set(self._nrgkick_offered)
            if not errors and (data[CONF_ALLOWED] or not is_news):
                return self._nrgkick_finish(data)
        self._nrgkick_offered = self._nrgkick_strangers()
        return self.async_show_form(
            step_id="nrgkick_access",
            data_schema=self.add_suggested_values_to_schema(
                _access_schema(self._nrgkick_offered),
                user_input or self._nrgkick_access_shown(),
            ),
            errors=errors,
            description_placeholders={
                "address": await async_get_source_ip(self.hass) or "?",
                "port": str(self.hass.http.server_port),
                "asking": ", ".join(self._nrgkick_offered) or "–",
            },
        )

    async def _async_nrgkick_access_errors(self, data: Mapping[str, Any]) -> Errors:
        for text in data[CONF_ALLOWED]:
            try:
                network(text)
            except NrgkickConfigError as err:
                return {CONF_ALLOWED: error_key(err)}
        if data[CONF_TRANSPORT] == SHARED:
            return {}
        if self.source == SOURCE_RECONFIGURE:
            before = self._get_reconfigure_entry().data
            if (before[CONF_TRANSPORT], before[CONF_PORT]) == (OWN, data[CONF_PORT]):
                # It's taken by ourselves.
                return {}
        if await async_is_free(data[CONF_PORT]):
            return {}
        return {CONF_PORT: "nrgkick_port"}

    @callback
    def _nrgkick_strangers(self) -> tuple[str, ...]:
        """Return who asks now and may not, the newest first."""
        asked_at_s = dict(async_gate(self.hass).strangers)
        access = Access()
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            # Those who may ask do so in vain, too, while it's loaded anew.
            access = Access.of(entry.data[CONF_ALLOWED])
            runtime = getattr(entry, "runtime_data", None)
            for coordinator in [] if runtime is None else runtime.coordinators:
                asked_at_s |= {
                    str(one.address): one.last_at_s
                    for one in coordinator.access.refused
                }
        since_s = time.time() - _ASKS_NOW_S
        return tuple(
            one
            for one in sorted(asked_at_s, key=lambda one: -asked_at_s[one])
            if asked_at_s[one] >= since_s
            and (client := address(one)) is not None
            and not access.is_listed(client)
        )

    @callback
    def _nrgkick_access_shown(self) -> dict[str, Any]:
        if self.source == SOURCE_RECONFIGURE:
            return dict(self._get_reconfigure_entry().data)
        return {
            CONF_ALLOWED: [],
            CONF_TRANSPORT: OWN if has_tls(self.hass) else SHARED,
            CONF_PORT: DEFAULT_PORT,
        }

    @callback
    def _nrgkick_finish(self, data: dict[str, Any]) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            if entry.state is ConfigEntryState.LOADED:
                # The entry hears of it and is loaded anew.
                return self.async_update_and_abort(entry, data_updates=data)
            # One that waits for its port doesn't listen.
            return self.async_update_reload_and_abort(entry, data_updates=data)
        return self.async_create_entry(
            title="NRGkick Custom API",
            data={CONF_VENDOR: VENDOR, **self._nrgkick_data, **data},
            subentries=[
                ConfigSubentryData(
                    data=part.data,
                    subentry_type=part.kind,
                    title=part.data[CONF_NAME],
                    unique_id=None,
                )
                for part in self._nrgkick_parts
            ],
        )


def _access_schema(offered: tuple[str, ...]) -> probatio.Schema:
    return probatio.Schema(
        {
            probatio.Required(CONF_ALLOWED): SelectSelector(
                SelectSelectorConfig(
                    options=list(offered), multiple=True, custom_value=True
                )
            ),
            probatio.Required(CONF_TRANSPORT): SelectSelector(
                SelectSelectorConfig(
                    options=[SHARED, OWN],
                    mode=SelectSelectorMode.LIST,
                    translation_key="nrgkick_transport",
                )
            ),
            probatio.Required(CONF_PORT): NumberSelector(
                NumberSelectorConfig(min=1, max=65535, mode=NumberSelectorMode.BOX)
            ),
        }
    )
