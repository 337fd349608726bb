"""Easee's REST API: requests, log-in, and what its refusals mean (reference 1)."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
import time
from typing import Any, Final

import httpx
import orjson

from ..fetch import TooLargeError, fetch
from ..json import JsonValue
from ..lenient import number
from ..renewals import Renewals
from .errors import (
    EaseeConnectionError,
    EaseeCredentialsError,
    EaseeError,
    EaseeForbiddenError,
    EaseeNotFoundError,
    EaseeResponseError,
    EaseeServerError,
    EaseeTokenError,
)
from .gate import Budget, Gate
from .refusals import json_or_none, refusal
from .tokens import Tokens

API_URL: Final = "https://api.easee.com"
REQUEST_TIMEOUT_S: Final = 20.0
# Of the chargers of a large operator.
_MOST_BYTES: Final = 32_000_000
# Reference 1.2: it was a day once.
DEFAULT_TOKEN_S: Final = 3600.0

_LOGIN: Final = "/api/accounts/login"
_REFRESH: Final = "/api/accounts/refresh_token"
_WRONG_PASSWORD: Final = 100

type OnTokens = Callable[[Tokens], None]


class EaseeRest:
    """Requests in the name of one account.

    ``on_tokens`` is called at once with each new pair: the old refresh token is used
    up by then.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        username: str,
        password: str,
        *,
        user_agent: str,
        tokens: Tokens | None = None,
        on_tokens: OnTokens = lambda _: None,
        gate: Gate | None = None,
    ) -> None:
        """Use a client that stays the caller's; ``url`` has no trailing slash."""
        self.gate = gate or Gate()
        self._client = client
        self._url = url
        self._username = username
        self._password = password
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        self._tokens = tokens
        self._on_tokens = on_tokens
        self._lock = asyncio.Lock()
        self._is_refused = False
        self._renewals = Renewals()

    async def access_token(self, refused: str | None = None) -> str:
        """Return a token that should be valid, and isn't the one that was refused.

        Raises ``EaseeCredentialsError`` when only the user can help; the password that
        was refused isn't sent again.
        """
        tokens = self._tokens
        if tokens is not None and _is_good(tokens, refused):
            return tokens.access
        return await self._renewals.finish(self._renew(refused))

    async def login(self) -> None:
        """Log in with the password, whatever tokens there are."""
        async with self._lock:
            self._tokens = await self._logged_in()
            self._on_tokens(self._tokens)

    async def _renew(self, refused: str | None) -> str:
        async with self._lock:
            tokens = self._tokens
            if tokens is None or not _is_good(tokens, refused):
                tokens = await self._renewed(tokens)
                self._tokens = tokens
                self._on_tokens(tokens)
            return tokens.access

    async def get(
        self,
        path: str,
        *,
        budget: Budget | None = None,
        may_be_forbidden: bool = False,
    ) -> Any:
        """Read. Raises ``EaseeError``; ``EaseeNotFoundError`` for 404.

        ``may_be_forbidden`` takes any 403 for a missing right and none for a block.
        """
        answer = await self._authorized("GET", path, None, budget, may_be_forbidden)
        return answer.json()

    async def post(
        self, path: str, body: JsonValue = None, *, budget: Budget | None = None
    ) -> tuple[int, Any]:
        """Send; return the status and the JSON of the answer, None without any."""
        answer = await self._authorized("POST", path, body, budget)
        return answer.status, answer.json_or_none()

    async def _authorized(
        self,
        method: str,
        path: str,
        body: JsonValue,
        budget: Budget | None,
        may_be_forbidden: bool = False,
    ) -> _Answer:
        """Send with a token; a refused one is renewed once (reference 1.2)."""
        token = await self.access_token()
        send = partial(self._send, method, path, body)
        try:
            return await send(token, budget, may_be_forbidden)
        except EaseeTokenError:
            token = await self.access_token(refused=token)
            return await send(token, budget, may_be_forbidden)

    async def _renewed(self, tokens: Tokens | None) -> Tokens:
        """Refresh, or log in where that isn't possible (any more)."""
        if tokens is not None:
            body: JsonValue = {
                "accessToken": tokens.access,
                "refreshToken": tokens.refresh,
            }
            try:
                return _tokens(await self._send("POST", _REFRESH, body))
            except (
                EaseeCredentialsError,
                EaseeForbiddenError,
                EaseeNotFoundError,
                EaseeResponseError,
                EaseeTokenError,
            ):
                pass  # used up, revoked or idle for too long
        return await self._logged_in()

    async def _logged_in(self) -> Tokens:
        if self._is_refused:
            raise EaseeCredentialsError("user or password is wrong")
        body: JsonValue = {"userName": self._username, "password": self._password}
        try:
            return _tokens(await self._send("POST", _LOGIN, body))
        except EaseeCredentialsError:
            self._is_refused = True
            raise

    async def _send(
        self,
        method: str,
        path: str,
        body: JsonValue,
        token: str | None = None,
        budget: Budget | None = None,
        may_be_forbidden: bool = False,
    ) -> _Answer:
        now_s = time.monotonic()
        self.gate.block.check(now_s)
        if budget is not None:
            budget.take(now_s)
        self.gate.all_calls.take(now_s)
        headers = dict(self._headers)
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        content = None
        if body is not None:
            content = orjson.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                response = await fetch(
                    self._client,
                    method,
                    f"{self._url}{path}",
                    headers=headers,
                    content=content,
                    most_bytes=_MOST_BYTES,
                )
        except TooLargeError:
            raise EaseeResponseError("the answer is too large") from None
        except TimeoutError, httpx.TimeoutException:
            raise EaseeConnectionError("no answer in time") from None
        except httpx.HTTPError as err:
            # Its text may name the charger, which is in the path.
            raise EaseeConnectionError(type(err).__name__) from None
        answer = _Answer(response.status_code, response.content)
        if not response.is_success:
            raise self._error(answer, response.headers, may_be_forbidden)
        self.gate.block.answered()
        return answer

    def _error(
        self, answer: _Answer, headers: Mapping[str, str], may_be_forbidden: bool
    ) -> EaseeError:
        """Tell what a refusal means (reference 1.3)."""
        problem = answer.json_or_none()
        status = answer.status
        refused = refusal(
            self.gate.block,
            status,
            headers,
            problem,
            may_be_forbidden=may_be_forbidden,
        )
        if refused is not None:
            return refused
        match status, problem:
            case 400, {"errorCode": code} if code == _WRONG_PASSWORD:
                return EaseeCredentialsError("user or password is wrong")
            case 401, _:
                return EaseeTokenError("the token isn't valid")
            case 404, _:
                return EaseeNotFoundError("not found")
        if status >= 500:
            return EaseeServerError(f"status {status}")
        return EaseeResponseError(f"status {status}")


class _Answer:
    """A status and a body."""

    __slots__ = ("_content", "status")

    def __init__(self, status: int, content: bytes) -> None:
        self.status = status
        self._content = content

    def json(self) -> Any:
        """Return the JSON. Raises ``EaseeResponseError``."""
        try:
            return orjson.loads(self._content)
        except orjson.JSONDecodeError:
            raise EaseeResponseError("the answer is no JSON") from None

    def json_or_none(self) -> Any:
        """Return the JSON, None for anything else."""
        return json_or_none(self._content)


def _is_good(tokens: Tokens, refused: str | None) -> bool:
    return tokens.access != refused and tokens.is_fresh(time.time())


def _tokens(answer: _Answer) -> Tokens:
    body = answer.json()
    try:
        access, refresh = body["accessToken"], body["refreshToken"]
        lasts_s = number(body.get("expiresIn", DEFAULT_TOKEN_S))
    except KeyError, TypeError, ValueError:
        raise EaseeResponseError("the answer has no tokens") from None
    if not (isinstance(access, str) and isinstance(refresh, str) and access):
        raise EaseeResponseError("the answer has no tokens")
    return Tokens(access, refresh, time.time() + lasts_s)
