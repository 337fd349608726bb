"""The vendor's cloud: its REST API and its hub on one port of loopback."""

from collections import deque
from collections.abc import Iterable
import contextlib
import json
from typing import Any, override

from aiohttp import web

from simulators.clock import Clock
from simulators.rabbitmq import RabbitMQ
from simulators.served import MAX_REQUESTS, Request, Served

from .accounts import Account, Tokens
from .commands import Commands
from .faults import Faults, RateLimit, met, spoil
from .hub import Hub
from .rest import Rest


class Cloud(Served):
    """Serves accounts; a context manager starts and stops it.

    ``requests`` are those that arrived, ``faults`` what is wrong. ``limit`` and
    ``observation_limit`` count requests of 5 minutes; the vendor's are 500 and 100.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        *,
        broker: RabbitMQ | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        token_s: float = 3600.0,
    ) -> None:
        """Prepare to serve; port 0 takes a free one."""
        super().__init__(host, port)
        self.clock = clock or Clock()
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=MAX_REQUESTS)
        self.tokens = Tokens(accounts, self.clock, token_s)
        self.hub = Hub(self.tokens)
        self.commands = Commands(self.faults, self.clock, self.hub.respond)
        self.limit = RateLimit(self.clock)
        self.observation_limit = RateLimit(self.clock)
        self.rest = Rest(self.tokens, self.commands, self.limit, self.observation_limit)
        self.rest.broker = broker

    @property
    def accounts(self) -> list[Account]:
        """The accounts, to be changed in place."""
        return self.tokens.accounts

    @property
    def broker(self) -> RabbitMQ | None:
        """The broker that partners' accounts are sent to."""
        return self.rest.broker

    @property
    def url(self) -> str:
        """The REST API's address without a trailing slash."""
        return self.host_url

    @property
    def streams_url(self) -> str:
        """The hub's host without a trailing slash; its paths are below ``/hubs``.

        A name where it can be: clients don't take cookies from an address.
        """
        host = "localhost" if self._host == "127.0.0.1" else self._host
        return f"http://{host}:{self._port}"

    @property
    def amqp_status(self) -> int:
        """What a normal account gets when it asks for the AMQP stream."""
        return self.rest.amqp_status

    @amqp_status.setter
    def amqp_status(self, status: int) -> None:
        self.rest.amqp_status = status

    @override
    def routes(self) -> list[web.RouteDef]:
        """Return what answers which paths."""
        hubs = [f"/hubs/{name}" for name in ("chargers", "products")]
        return [
            *(web.post(f"{hub}/negotiate", self._negotiate) for hub in hubs),
            *(web.get(hub, self._connect) for hub in hubs),
            web.route("*", "/{path:.*}", self._serve),
        ]

    @override
    async def stop(self) -> None:
        """Serve no more."""
        self.hub.drop_connections()
        await super().stop()

    def expire_tokens(self) -> None:
        """Let all access tokens run out."""
        self.tokens.expire()

    def revoke_refresh(self) -> None:
        """Make all refresh tokens worthless."""
        self.tokens.revoke_refresh()

    def asked(self, path: str, method: str | None = None) -> list[Request]:
        """Return the requests of a path, or of those that begin with it and ``/``."""
        return [
            request
            for request in self.requests
            if (request.path == path or request.path.startswith(f"{path}/"))
            and method in {None, request.method}
        ]

    async def _negotiate(self, request: web.Request) -> web.Response:
        if (answer := await self._met(request)) is not None:
            return answer
        return await self.hub.negotiate(request)

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if (answer := await self._met(request)) is not None:
            return answer
        return await self.hub.connect(request)

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.text()
        if (answer := await self._met(request, body)) is not None:
            return answer
        given: Any = None
        with contextlib.suppress(ValueError):
            given = json.loads(body)
        answer = self.rest.answer(request, given)
        if self.faults.garbage and request.path.startswith(self.faults.only_paths):
            return spoil(answer, self.faults.garbage)
        return answer

    async def _met(self, request: web.Request, body: str = "") -> web.Response | None:
        self.requests.append(Request.of(request, body, self.clock))
        return await met(request, self.faults)
