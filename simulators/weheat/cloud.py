"""The vendor's cloud: its API and its log-in on one port of loopback."""

from collections import deque
from collections.abc import Iterable
from typing import Self
from urllib.parse import parse_qsl

from aiohttp import web

from simulators.clock import Clock

from .auth import REALM, Account, Keycloak
from .faults import Faults, Request, met, spoil
from .rest import Rest
from .wire import empty, forbidden, not_found

MAX_REQUESTS = 100_000
_BASE = "/third_party/api/v1"
_OLD_BASE = "/api/v1"
_OPENID = f"/realms/{REALM}/protocol/openid-connect"


class Cloud:
    """Serves accounts; a context manager starts and stops it.

    ``requests`` are those that arrived, ``faults`` what is wrong.
    """

    def __init__(
        self,
        accounts: Iterable[Account],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Clock | None = None,
        token_s: float = 300.0,
    ) -> None:
        """Prepare to serve; port 0 takes a free one."""
        self.clock = clock or Clock()
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=MAX_REQUESTS)
        self.keycloak = Keycloak(accounts, self.clock, token_s)
        self.rest = Rest(self.keycloak, self.faults, self.clock)
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def accounts(self) -> list[Account]:
        """The accounts, to be changed in place."""
        return self.keycloak.accounts

    @property
    def host_url(self) -> str:
        """The server's address without a path."""
        return f"http://{self._host}:{self._port}"

    @property
    def url(self) -> str:
        """The base of the API for third parties, without a trailing slash."""
        return f"{self.host_url}{_BASE}"

    @property
    def old_url(self) -> str:
        """The base of the API that third parties may use no more."""
        return f"{self.host_url}{_OLD_BASE}"

    @property
    def auth_url(self) -> str:
        """The base of the log-in; ``/token``, ``/auth`` and ``/logout`` follow."""
        return f"{self.host_url}/auth{_OPENID}"

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
            await runner.cleanup()

    def expire_tokens(self) -> None:
        """Let all access tokens run out."""
        self.keycloak.expire()

    def revoke_sessions(self) -> None:
        """End all sessions: no refresh token works any more."""
        self.keycloak.revoke_sessions()

    def asked(self, part: str, method: str | None = None) -> list[Request]:
        """Return the requests whose path contains a part."""
        return [
            request
            for request in self.requests
            if part in request.path and method in {None, request.method}
        ]

    @property
    def api_requests(self) -> list[Request]:
        """The requests of the API, without those of the log-in."""
        return self.asked("/api/v1/")

    def used(self, account: Account) -> int:
        """Return how many requests count against an account's limit now."""
        return self.rest.limits.used(account.username)

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.text()
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
        if (answer := await met(request, self.faults)) is not None:
            return answer
        path = request.path
        if "/realms/" in path:
            form = dict(parse_qsl(body, keep_blank_values=True))
            answer = self.keycloak.answer(request, form)
            spoilt = "openid-connect" in self.faults.only_paths
        elif path.startswith(f"{_BASE}/"):
            answer = self.rest.answer(request, path.removeprefix(_BASE))
            spoilt = True
        elif path.startswith(f"{_OLD_BASE}/"):
            known = request.headers.get("Authorization", "").startswith("Bearer ")
            return forbidden() if known else empty(401, WWW_Authenticate="Bearer")
        else:
            return not_found()
        if self.faults.garbage and spoilt and self.faults.only_paths in path:
            return spoil(answer, self.faults.garbage)
        return answer
