"""The vendor's cloud: its API and its log-in on one port of loopback."""

from collections import deque
from collections.abc import Iterable
from typing import override
from urllib.parse import parse_qsl

from aiohttp import web

from simulators.clock import Clock
from simulators.served import MAX_REQUESTS, Request, Served

from .auth import REALM, Account, Keycloak
from .faults import Faults, met, spoil
from .rest import Rest
from .wire import empty, forbidden, not_found

_BASE = "/third_party/api/v1"
_OLD_BASE = "/api/v1"
_OPENID = f"/realms/{REALM}/protocol/openid-connect"


class Cloud(Served):
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
        super().__init__(host, port)
        self.clock = clock or Clock()
        self.faults = Faults()
        self.requests: deque[Request] = deque(maxlen=MAX_REQUESTS)
        self.keycloak = Keycloak(accounts, self.clock, token_s)
        self.rest = Rest(self.keycloak, self.faults, self.clock)

    @property
    def accounts(self) -> list[Account]:
        """The accounts, to be changed in place."""
        return self.keycloak.accounts

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

    @override
    def routes(self) -> list[web.RouteDef]:
        """Return what answers which paths."""
        return [web.route("*", "/{path:.*}", self._serve)]

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
        self.requests.append(Request.of(request, body, self.clock))
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
