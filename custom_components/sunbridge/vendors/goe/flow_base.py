"""What all ways to a go-e charger have in common when it's added or changed."""

import re
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_RECONFIGURE,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_PASSWORD, CONF_TOKEN
from homeassistant.core import callback

from ...const import CONF_TRANSPORT, CONF_VENDOR
from ..hidden import given, shown
from .const import CONF_BEFORE, CONF_CLIENT_KEY, CONF_SERIAL, VENDOR
from .device import is_charger
from .errors import GoeError
from .keys import FNA, FWV, KEYS, SSE, TYP
from .messages import error_key
from .status import Status
from .transport import Transport
from .trouble import TROUBLES

_IDENTITY: Final = frozenset(key.name for key in (FNA, FWV, SSE, TYP))
_SERIAL: Final = re.compile(r"[0-9]{1,8}")
_SECRETS: Final = (CONF_TOKEN, CONF_PASSWORD, CONF_CLIENT_KEY)

type Errors = dict[str, str]


class GoeFlowBase(ConfigFlow):
    """Adds a charger, or changes the way to one that is set up.

    Both go through the same steps. A charger is one entry by its serial number,
    whatever the way to it, so that entities and history stay when the way changes.
    """

    async def _async_refusal(
        self, serial: str, transport: str
    ) -> ConfigFlowResult | None:
        """Return an abort if this charger can't be set up here."""
        entry = await self.async_set_unique_id(
            f"{VENDOR}_{serial}", raise_on_progress=False
        )
        if self.source == SOURCE_RECONFIGURE:
            if self._get_reconfigure_entry().unique_id != self.unique_id:
                return self.async_abort(reason="goe_other_charger")
            return None
        if entry is None or entry.source == SOURCE_IGNORE:
            return None
        if entry.data[CONF_TRANSPORT] == transport:
            return self.async_abort(reason="already_configured")
        return self.async_abort(
            reason="goe_other_transport",
            description_placeholders={"name": entry.title},
        )

    @callback
    def _finish(
        self, serial: str, transport: str, title: str, data: dict[str, Any]
    ) -> ConfigFlowResult:
        """Store the way to a charger that has been seen to answer."""
        data = {
            CONF_VENDOR: VENDOR,
            CONF_TRANSPORT: transport,
            CONF_SERIAL: serial,
            **data,
        }
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            TROUBLES.pop(entry.entry_id, None)
            if (before := entry.data.get(CONF_BEFORE)) is not None:
                # It's the same charger, and still has what the surplus set.
                data[CONF_BEFORE] = before
            return self.async_update_reload_and_abort(entry, data=data)
        return self.async_create_entry(title=title, data=data)

    @callback
    def _suggested(self, user_input: dict[str, Any] | None) -> dict[str, Any]:
        """Return what a form shows: the input, or what is set up but its secrets."""
        if user_input is not None:
            return user_input
        if self.source == SOURCE_RECONFIGURE:
            return shown(self._get_reconfigure_entry().data, *_SECRETS)
        return {}

    @callback
    def _given(self, user_input: dict[str, Any]) -> dict[str, Any]:
        """Return the input, with the stored secrets that were left as they are."""
        if self.source == SOURCE_RECONFIGURE:
            return given(user_input, self._get_reconfigure_entry().data, *_SECRETS)
        return user_input


def normalized(serial: str) -> str | None:
    """Return a serial number with its leading zeros, None if it isn't one."""
    serial = serial.strip()
    return serial.zfill(6) if _SERIAL.fullmatch(serial) else None


async def async_identify(way: Transport, transport: str) -> tuple[Status, Errors]:
    """Ask a charger who it is; return its status, or errors for the form."""
    status = Status.of(KEYS)
    try:
        report = await way.status(_IDENTITY)
    except GoeError as err:
        return status, {"base": error_key(err, transport)}
    status = status.merge(report.values, 0).status
    if status[TYP] is not None and not is_charger(status):
        return status, {"base": "goe_no_charger"}
    return status, {}
