"""Where the wallbox asks: Home Assistant's own port, and one of our own.

Both give the same answers. Home Assistant's routes can't be taken away again, so there
they are made once, and answer 404 while nothing is set up.
"""

import asyncio
from dataclasses import dataclass, field
import time
from typing import TYPE_CHECKING, Final, Protocol
from weakref import WeakKeyDictionary

from aiohttp import web

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import HomeAssistantView
from homeassistant.helpers.network import is_cloud_connection
from homeassistant.util.hass_dict import HassKey

from .const import INFO_PATH, VALUES_PATH

if TYPE_CHECKING:
    from aiohttp.web_protocol import RequestHandler

# Each connection is for one request; who takes longer than this has got stuck.
DEADLINE_S: Final = 10.0
SHUTDOWN_S: Final = 0.5
_HEADERS: Final = {"Cache-Control": "no-store", "Connection": "close", "Server": ""}


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a status, and JSON if there is some."""

    status: int
    body: bytes = b""


class Api(Protocol):
    """What has the answers."""

    def reply(self, method: str, path: str, remote: str | None) -> Reply:
        """Answer a request from an address."""


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
        if is_cloud_connection(self._hass):
            return _response(Reply(403))
        if self._gate.api is None:
            self._gate.note(request.remote)
            return _response(Reply(404))
        return _response(
            self._gate.api.reply(request.method, request.path, request.remote)
        )

    # The vendor's server has a status for what isn't a GET, and so have we.
    post = put = delete = patch = head = get


class OwnServer:
    """A port of our own, for where Home Assistant's has TLS."""

    def __init__(self, api: Api) -> None:
        """Prepare to serve."""
        self._api = api
        self._runner: web.AppRunner | None = None
        self._seen: WeakKeyDictionary[RequestHandler, float] = WeakKeyDictionary()
        self._sweep: asyncio.TimerHandle | None = None

    async def async_start(self, port: int) -> None:
        """Serve. Raises ``OSError`` where the port can't be had."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=SHUTDOWN_S,
        )
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
            self._sweep = None
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        return _response(self._api.reply(request.method, request.path, request.remote))

    @callback
    def _look(self) -> None:
        """Close connections that have got stuck, such as those with half a request."""
        if self._runner is None or self._runner.server is None:
            return
        now_s = time.monotonic()
        for connection in self._runner.server.connections:
            if now_s - self._seen.setdefault(connection, now_s) >= DEADLINE_S:
                connection.force_close()
        loop = asyncio.get_running_loop()
        self._sweep = loop.call_later(DEADLINE_S / 2, self._look)


async def async_is_free(port: int) -> bool:
    """Tell whether a port can be had."""
    server = OwnServer(_Nobody())
    try:
        await server.async_start(port)
    except OSError, OverflowError:
        return False
    await server.async_stop()
    return True


class _Nobody:
    def reply(self, method: str, path: str, remote: str | None) -> Reply:
        """Refuse everybody."""
        return Reply(403)


def _response(reply: Reply) -> web.Response:
    # No compression, and a length: nobody knows what the wallbox's client can do.
    response = web.Response(status=reply.status, body=reply.body, headers=_HEADERS)
    response.content_type = "application/json"
    response.force_close()
    return response
