"""The vendor's cloud: its REST API and its hub on one port of loopback."""

from collections import deque
from collections.abc import Iterable
import contextlib
import json
from typing import Any, Self

from aiohttp import web

from simulators.clock import Clock
from simulators.rabbitmq import RabbitMQ

from .accounts import Account, Tokens
from .commands import Commands
from .faults import Faults, RateLimit, Request, met, spoil
from .hub import Hub
from .rest import Rest

MAX_REQUESTS = 100_000


class Cloud:
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
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

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
        return f"http://{self._host}:{self._port}"

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

    async def __aenter__(self) -> Self:
        """Start to serve."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop to serve and close all connections."""
        await self.stop()

    async def start(self) -> None:
        """Serve on the port, the same one after a stop."""
        app = web.Application()
        for name in ("chargers", "products"):
            app.router.add_post(f"/hubs/{name}/negotiate", self._negotiate)
            app.router.add_get(f"/hubs/{name}", self._connect)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        await web.TCPSite(
            self._runner, self._host, self._port, reuse_address=True
        ).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Serve no more."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self.hub.drop_connections()
            await runner.cleanup()

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
        self.requests.append(
            Request(
                method=request.method,
                path=request.path,
                query=request.rel_url.raw_query_string,
                headers=dict(request.headers),
                body=body,
                at_s=self.clock.monotonic(),
            )
        )
        return await met(request, self.faults)
