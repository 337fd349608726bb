"""Where the wallbox asks: Home Assistant's own port, and one of our own.

Both give the same answers. Home Assistant's routes can't be taken away again, so there
they are made once, and answer 404 while nothing is set up.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
import logging
import time
from typing import TYPE_CHECKING, Any, Final, Protocol, override

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.network import is_cloud_connection
from homeassistant.util.hass_dict import HassKey

from ...const import LOGGER
from .const import INFO_PATH, VALUES_PATH

if TYPE_CHECKING:
    from aiohttp.web_protocol import RequestHandler

# Each connection is for one request; who takes longer than this has got stuck.
DEADLINE_S: Final = 10.0
SHUTDOWN_S: Final = 0.5
# What a client sent that aiohttp can't read: its request, or a body of its request.
_GARBAGE: Final = (HttpProcessingError, web.RequestPayloadError)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Connection": "close",
    "Content-Type": "application/json",
    "Server": "",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status, and JSON if there is some."""

    status: int
    body: bytes = b""


class Api(Protocol):
    """What has the answers."""

    def reply(self, method: str, path: str, remote: str | None) -> Reply:
        """Answer a request from an address; None is nobody's, who may never ask."""

    def note_garbage(self) -> None:
        """Count what isn't HTTP, and was answered 400."""


@dataclass(slots=True)
class Gate:
    """The routes at Home Assistant's port, and who answers there now.

    ``strangers`` are addresses that asked while nobody did, the newest last, by time
    (epoch s).
    """

    api: Api | None = None
    strangers: dict[str, float] = field(default_factory=dict)

    def note(self, remote: str | None) -> None:
        """Remember who asked in vain."""
        if remote is not None:
            self.strangers.pop(remote, None)
            self.strangers[remote] = time.time()
            while len(self.strangers) > _REMEMBERED:
                del self.strangers[next(iter(self.strangers))]


_REMEMBERED: Final = 16
_GATE: Final[HassKey[Gate]] = HassKey("sunbridge_nrgkick")


@callback
def async_gate(hass: HomeAssistant) -> Gate:
    """Return the gate at Home Assistant's port, with its routes."""
    if (gate := hass.data.get(_GATE)) is None:
        gate = hass.data[_GATE] = Gate()
        for path in (VALUES_PATH, INFO_PATH):
            hass.http.register_view(_View(hass, gate, path))
    return gate


@callback
def has_tls(hass: HomeAssistant) -> bool:
    """Tell whether Home Assistant's port has TLS, which the wallbox can't speak."""
    return hass.config.api is not None and hass.config.api.use_ssl


class _View(HomeAssistantView):
    """A path at Home Assistant's port."""

    # The wallbox can't log in; who may ask is decided by address.
    requires_auth = False

    def __init__(self, hass: HomeAssistant, gate: Gate, path: str) -> None:
        """Serve a path."""
        self.url = path
        self.name = f"sunbridge:nrgkick:{path.rpartition('/')[2]}"
        self._hass = hass
        self._gate = gate

    async def get(self, request: web.Request) -> web.Response:
        """Answer."""
        # Who comes through the cloud has the address of somebody else.
        remote = None if is_cloud_connection(self._hass) else request.remote
        if self._gate.api is None:
            self._gate.note(remote)
            return _response(Reply(404))
        return _response(self._gate.api.reply(request.method, request.path, remote))

    # The vendor's server has a status for what isn't a GET, and so have we.
    post = put = delete = patch = head = get


class OwnServer:
    """A port of our own, for where Home Assistant's has TLS."""

    def __init__(self, api: Api) -> None:
        """Prepare to serve."""
        self._api = api
        self._server = web.Server(
            self._serve,
            access_log=None,
            logger=_Told(api.note_garbage),
            handler_cancellation=True,
        )
        self._runner = web.ServerRunner(self._server, shutdown_timeout=SHUTDOWN_S)
        self._seen_s: dict[RequestHandler, float] = {}
        self._sweep: asyncio.TimerHandle | None = None

    async def async_start(self, port: int) -> None:
        """Serve. Raises ``OSError`` where the port can't be had."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, None, port).start()
        except OSError:
            await self.async_stop()
            raise
        self._look()

    async def async_stop(self) -> None:
        """Serve no more; all connections are closed."""
        if self._sweep is not None:
            self._sweep.cancel()
        self._seen_s.clear()
        await self._runner.cleanup()

    async def _serve(self, request: web.BaseRequest) -> web.Response:
        return _response(self._api.reply(request.method, request.path, request.remote))

    @callback
    def _look(self) -> None:
        """Close connections that have got stuck, such as those with half a request."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        self._seen_s = {
            connection: self._seen_s.get(connection, now_s)
            for connection in self._server.connections
        }
        for connection, seen_s in self._seen_s.items():
            if now_s - seen_s >= DEADLINE_S:
                connection.force_close()
        self._sweep = loop.call_later(DEADLINE_S / 2, self._look)


async def async_is_free(port: int) -> bool:
    """Tell whether a port can be had."""
    loop = asyncio.get_running_loop()
    try:
        # It's bound, and nobody can connect.
        found = await loop.create_server(
            asyncio.Protocol, None, port, start_serving=False
        )
    except OSError:
        return False
    found.close()
    await found.wait_closed()
    return True


class _Told(logging.LoggerAdapter[logging.Logger]):
    """What aiohttp logs, without a traceback for each scanner that knows no HTTP."""

    def __init__(self, on_garbage: Callable[[], None]) -> None:
        super().__init__(LOGGER)
        self._on_garbage = on_garbage
        self._has_told = False

    @override
    def log(self, level: int, msg: object, *args: Any, **kwargs: Any) -> None:
        if not isinstance(kwargs.get("exc_info"), _GARBAGE):
            super().log(level, msg, *args, **kwargs)
            return
        self._on_garbage()
        if not self._has_told:
            self._has_told = True
            self.info("NRGkick's port was sent something that isn't HTTP")


def _response(reply: Reply) -> web.Response:
    # No compression, and a length: nobody knows what the wallbox's client can do.
    response = web.Response(status=reply.status, body=reply.body, headers=_HEADERS)
    response.force_close()
    return response
