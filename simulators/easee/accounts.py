"""The vendor's accounts and their tokens."""

import base64
from collections.abc import Iterable
import itertools
import json
from typing import Any

from aiohttp import web

from simulators.clock import Clock

from .charger import Charger
from .equalizer import Equalizer
from .product import Product
from .wire import problem

REFRESH_S = 30 * 86400.0
_SECRET = "marked-signature"


class Account:
    """An account and its site with chargers, by circuit, and Equalizers."""

    def __init__(
        self,
        username: str,
        password: str,
        *,
        chargers: Iterable[Charger] = (),
        equalizers: Iterable[Equalizer] = (),
        integration: bool = False,
        user_id: int = 1,
    ) -> None:
        """``integration``: a partner's account, that has the AMQP stream."""
        self.username = username
        self.password = password
        self.chargers = list(chargers)
        self.equalizers = list(equalizers)
        self.integration = integration
        self.user_id = user_id
        self.site_id = 20_000 + user_id
        self.site_name = f"Site {user_id}"

    @property
    def products(self) -> dict[str, Product]:
        """All that the account may see, by serial."""
        return {item.serial: item for item in (*self.chargers, *self.equalizers)}

    @property
    def circuits(self) -> dict[int, list[Charger]]:
        """The chargers of each circuit, the master first."""
        found: dict[int, list[Charger]] = {}
        for charger in sorted(self.chargers, key=lambda item: not item.node_master):
            found.setdefault(charger.circuit_id, []).append(charger)
        return found


class Tokens:
    """Gives tokens to accounts, and knows which are good."""

    def __init__(
        self, accounts: Iterable[Account], clock: Clock, token_s: float
    ) -> None:
        """``token_s``: how long an access token is good."""
        self.accounts = list(accounts)
        self.token_s = token_s
        self.logins = 0
        self.refreshes = 0
        self._clock = clock
        self._numbers = itertools.count(1)
        self._access: dict[str, tuple[Account, float]] = {}
        self._refresh: dict[str, tuple[Account, float]] = {}

    def expire(self) -> None:
        """Let all access tokens run out."""
        self._access.clear()

    def revoke_refresh(self) -> None:
        """Make all refresh tokens worthless."""
        self._refresh.clear()

    def account_of(self, request: web.Request) -> Account | None:
        """Return the account of a request's token, None for a bad one."""
        header = request.headers.get("Authorization", "")
        token = header.removeprefix("Bearer ")
        if not header.startswith("Bearer "):
            # Browsers can't send a header with a WebSocket.
            token = request.query.get("access_token", "")
        account, end_s = self._access.get(token, (None, 0.0))
        return account if self._clock.time() < end_s else None

    def log_in(self, body: Any) -> web.Response:
        """Answer a login."""
        given = body if isinstance(body, dict) else {}
        for account in self.accounts:
            if (given.get("userName"), given.get("password")) == (
                account.username,
                account.password,
            ):
                self.logins += 1
                return self._give(account)
        refused = problem(
            400,
            "InvalidUserPassword",
            detail="Username or password is wrong",
            errorCode=100,
            errorCodeName="InvalidUserPassword",
        )
        return web.json_response(refused, status=400)

    def refresh(self, body: Any) -> web.Response:
        """Answer a refresh: each refresh token works once."""
        token = body.get("refreshToken") if isinstance(body, dict) else None
        account, end_s = self._refresh.pop(str(token), (None, 0.0))
        if account is None or self._clock.time() >= end_s:
            return web.Response(status=401)
        self.refreshes += 1
        return self._give(account)

    def _give(self, account: Account) -> web.Response:
        now = self._clock.time()
        access = self._token(account, now + self.token_s)
        refresh = self._token(account, now + REFRESH_S)
        self._access[access] = (account, now + self.token_s)
        self._refresh[refresh] = (account, now + REFRESH_S)
        answer = {
            "accessToken": access,
            "expiresIn": float(self.token_s),
            "accessClaims": ["Partner" if account.integration else "User"],
            "tokenType": "Bearer",
            "refreshToken": refresh,
        }
        return web.json_response(answer)

    def _token(self, account: Account, end_s: float) -> str:
        header = {"alg": "none", "typ": "JWT"}
        claims = {"sub": account.user_id, "exp": int(end_s)}
        claims["jti"] = next(self._numbers)
        return f"{_encoded(header)}.{_encoded(claims)}.{_SECRET}"


def _encoded(part: dict[str, Any]) -> str:
    text = json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
