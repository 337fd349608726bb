"""HTTP on a port of loopback, as vendors' clouds and chargers serve it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from aiohttp import web

from .clock import Clock

# As many requests are kept for whoever wants to know what was asked.
MAX_REQUESTS: Final = 100_000


@dataclass(frozen=True)
class Request:
    """A request as it arrived; ``path`` without the query, time from the clock."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    at_s: float

    @classmethod
    def of(cls, request: web.Request, body: str, clock: Clock) -> Self:
        """Note a request."""
        return cls(
            method=request.method,
            path=request.path,
            query=request.rel_url.raw_query_string,
            headers=dict(request.headers),
            body=body,
            at_s=clock.monotonic(),
        )


class Served(ABC):
    """Serves HTTP; a context manager starts and stops it."""

    def __init__(self, host: str, port: int) -> None:
        """Prepare to serve; port 0 takes a free one."""
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def host_url(self) -> str:
        """The server's address without a path."""
        return f"http://{self._host}:{self._port}"

    @abstractmethod
    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Return what answers which paths."""

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
        app.add_routes(self.routes())
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
            await runner.cleanup()
