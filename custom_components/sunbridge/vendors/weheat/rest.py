"""Weheat's API: requests, and what its refusals mean (reference 2.5)."""

import asyncio
from collections.abc import Callable, Mapping
import time
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import orjson

from ..fetch import Fetched, TooLargeError, fetch
from .budget import LONGEST_WAIT_S, Budget
from .errors import (
    WeheatConnectionError,
    WeheatError,
    WeheatNotAllowedError,
    WeheatNotFoundError,
    WeheatRateLimitError,
    WeheatResponseError,
    WeheatServerError,
    WeheatTokenError,
    WeheatWindowError,
)
from .tokens import TokenSource

# The one without third_party is closed to us (reference 2.1).
API_URL: Final = "https://api.weheat.nl/third_party/api/v1"
# Energies take their time: longer than Home Assistant's client would wait by itself.
REQUEST_TIMEOUT_S: Final = 30.0
# Four hours of rows, of which each has all keys that there are.
_MOST_BYTES: Final = 32_000_000


class WeheatRest:
    """Requests in the name of one account, as many as its budget allows."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        url: str,
        source: TokenSource,
        *,
        user_agent: str,
        budget: Budget | None = None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        """Use a client that stays the caller's; ``url`` has no trailing slash.

        ``now_s`` gives epoch seconds.
        """
        self.budget = budget or Budget()
        self._client = client
        self._url = url
        self._source = source
        self._headers = {"User-Agent": user_agent, "Accept": "application/json"}
        self._now_s = now_s

    async def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        windowed: bool = False,
        keep_free: int = 0,
    ) -> Any:
        """Read JSON. Raises ``WeheatError``.

        ``windowed`` requests name a time, and 400 is ``WeheatWindowError`` for these.
        ``keep_free`` calls of the budget stay for what is more urgent.
        """
        # No token is fetched for what can't be asked.
        self.budget.check(self._now_s(), keep_free)
        token = await self._token()
        try:
            return await self._get(token, path, params, windowed, keep_free)
        except WeheatTokenError:
            renewed = await self._token(refused=token)
            if renewed == token:
                raise
        return await self._get(renewed, path, params, windowed, keep_free)

    async def _token(self, refused: str | None = None) -> str:
        if wait_s := self.budget.penalty_s(self._now_s()):
            raise WeheatRateLimitError(wait_s)
        try:
            return await self._source.access_token(refused)
        except WeheatRateLimitError:
            raise self.budget.refused(self._now_s()) from None

    async def _get(
        self,
        token: str,
        path: str,
        params: Mapping[str, str] | None,
        windowed: bool,
        keep_free: int,
    ) -> Any:
        # Joined as text: joining as addresses would lose the base's path.
        url = f"{self._url}{path}"
        if params:
            url = f"{url}?{urlencode(params)}"
        headers = {**self._headers, "Authorization": f"Bearer {token}"}
        self.budget.take(self._now_s(), keep_free)
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                response = await fetch(
                    self._client, "GET", url, headers=headers, most_bytes=_MOST_BYTES
                )
        except TooLargeError:
            raise WeheatResponseError("the answer is too large") from None
        except TimeoutError, httpx.TimeoutException:
            raise WeheatConnectionError("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            # Its text may name the heat pump, which is in the path.
            raise WeheatConnectionError(type(err).__name__) from None
        if not response.is_success:
            raise self._error(response, windowed)
        self.budget.answered(self._now_s())
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            raise WeheatResponseError("the answer is no JSON") from None

    def _error(self, response: Fetched, windowed: bool) -> WeheatError:
        """Tell what a refusal means (reference 2.5)."""
        status = response.status_code
        match status:
            case 400 if windowed:
                return WeheatWindowError("the time isn't right, or is too long")
            case 401:
                return WeheatTokenError("the token isn't valid")
            case 403:
                # Both the vendor's word about clients of others and a bare page: the
                # token was fresh, so that another one is refused as well.
                return WeheatNotAllowedError("the API isn't allowed to this client")
            case 404:
                return WeheatNotFoundError("not found")
            case 429:
                return self.budget.refused(
                    self._now_s(), _retry_after_s(response.headers.get("retry-after"))
                )
        if status >= 500:
            return WeheatServerError(f"status {status}")
        return WeheatResponseError(f"status {status}")


def _retry_after_s(value: str | None) -> float | None:
    """Return the seconds that a header asks for; the vendor was never seen to."""
    if value is None or not (value.isascii() and value.isdecimal()):
        return None
    return min(LONGEST_WAIT_S, float(value))
