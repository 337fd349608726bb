"""Make an account's connections out of Home Assistant's clients."""

import os

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.helpers.httpx_client import get_async_client
from homeassistant.helpers.importlib import async_import_module
from homeassistant.util.ssl import client_context

from ...const import CONF_TRANSPORT
from ...coordinator import SunbridgeConfigEntry
from .api import EaseeApi
from .const import AMQP, CONF_TOKENS, ENV_API_URL, ENV_STREAMS_URL
from .gate import Gate
from .hub import STREAMS_URL, HubStream
from .rest import API_URL, EaseeRest
from .stream import Ear, Stream
from .tokens import Tokens

USER_AGENT = "Sunbridge (Home Assistant)"

# By entry: a set-up that fails is tried again, and has to know that it's blocked.
_GATES: dict[str, Gate] = {}


@callback
def api_of_user(
    hass: HomeAssistant,
    username: str,
    password: str,
    entry: ConfigEntry | None = None,
) -> EaseeApi:
    """Return the API for somebody who isn't set up yet, or not with this password.

    What is asked for in the name of an entry is asked for through its gate: the block
    and the budgets are those of the account.
    """
    return EaseeApi(
        EaseeRest(
            get_async_client(hass),
            os.environ.get(ENV_API_URL, API_URL),
            username,
            password,
            user_agent=USER_AGENT,
            gate=None if entry is None else _gate(entry),
        )
    )


@callback
def api_of_entry(hass: HomeAssistant, entry: SunbridgeConfigEntry) -> EaseeApi:
    """Return the API of an entry, which keeps each new pair of tokens at once."""

    @callback
    def keep(tokens: Tokens) -> None:
        if hass.config_entries.async_get_entry(entry.entry_id) is not None:
            hass.config_entries.async_update_entry(
                entry, data={**entry.data, CONF_TOKENS: tokens.as_dict()}
            )

    kept = entry.data.get(CONF_TOKENS)
    return EaseeApi(
        EaseeRest(
            get_async_client(hass),
            os.environ.get(ENV_API_URL, API_URL),
            entry.data[CONF_USERNAME],
            entry.data[CONF_PASSWORD],
            user_agent=USER_AGENT,
            tokens=Tokens.from_dict(kept) if kept else None,
            on_tokens=keep,
            gate=_gate(entry),
        )
    )


@callback
def _gate(entry: ConfigEntry) -> Gate:
    return _GATES.setdefault(entry.entry_id, Gate())


@callback
def async_forget(entry_id: str) -> None:
    """Forget the blocks of an entry."""
    _GATES.pop(entry_id, None)


async def async_stream(
    hass: HomeAssistant, entry: SunbridgeConfigEntry, api: EaseeApi, ear: Ear
) -> Stream:
    """Return the stream that the user chose."""
    stream: Stream
    if entry.data[CONF_TRANSPORT] == AMQP:
        # Only who uses it loads the library.
        module = await async_import_module(hass, f"{__package__}.amqp")
        stream = module.AmqpStream(api.amqp_details, client_context(), ear)
        return stream
    # A session of its own: the load balancer's cookies mustn't meet those of others.
    return HubStream(
        async_create_clientsession(hass),
        os.environ.get(ENV_STREAMS_URL, STREAMS_URL),
        api.rest,
        api.rest.gate.block,
        ear,
        user_agent=USER_AGENT,
    )
