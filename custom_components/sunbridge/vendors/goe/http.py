"""The charger's HTTP API v2, as the cloud and the charger itself serve it."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Collection, Mapping
import time
from typing import Final
from urllib.parse import quote

import httpx
import orjson

from ..fetch import Fetched, TooLargeError, fetch
from ..json import JsonValue
from ..waits import http_date
from .errors import (
    GoeConnectionError,
    GoeError,
    GoeRejectedError,
    GoeResponseError,
    GoeServerError,
)
from .transport import Report

REQUEST_TIMEOUT_S: Final = 10.0
# The whole status of a charger has some ten kB.
_MOST_BYTES: Final = 1_000_000

_MAX_PORT: Final = 65_535

# Filters change when entities are enabled or disabled; this many are kept parsed.
_MAX_URLS: Final = 8


class HttpTransport(ABC):
    """One charger over HTTP; implements ``Transport``. ``url`` has no trailing slash."""

    # Whether the server knows how old its data are, and can be asked for fresh ones.
    tells_age: bool

    def __init__(
        self, client: httpx.AsyncClient, url: str, headers: Mapping[str, str]
    ) -> None:
        """Use a client that stays the caller's."""
        self._client = client
        self._url = url
        self._headers = headers
        self._status_urls: dict[tuple[frozenset[str] | None, float | None], httpx.URL]
        self._status_urls = {}

    async def status(
        self, keys: Collection[str] | None = None, max_age_s: float | None = None
    ) -> Report:
        """Read these keys, or all of them.

        Raises ``GoeError``; ``GoeResponseError`` for an answer without values.
        """
        response = await self._get(
            self._status_url(keys, max_age_s if self.tells_age else None)
        )
        values = json_object(response.content)
        # PRO and CORE answer 400 with the whole status (reference, fact 1).
        if not (response.is_success or (response.status_code == 400 and values)):
            raise self.error(response)
        if values is None:
            raise GoeResponseError("the answer is no JSON object")
        if not values or values.get("success") is False:
            raise GoeResponseError("the answer has no values")
        if not self.tells_age:
            return Report(values)
        modified_s = http_date(response.headers.get("last-modified"))
        return Report(values, _age_s(response.headers, modified_s), modified_s)

    async def set(self, values: Mapping[str, JsonValue]) -> None:
        """Send values to the charger, which may still ignore them.

        Raises ``GoeRejectedError`` with the charger's text by key if any of them was
        refused, whatever the status code says, and other ``GoeError``.
        """
        query = "&".join(
            # Percent-encoded by hand: a form encoder would write + for a space.
            f"{key}={quote(orjson.dumps(value).decode(), safe='')}"
            for key, value in values.items()
        )
        response = await self._get(_address(f"{self._url}/api/set?{query}"))
        answers = json_object(response.content) or {}
        reasons = {
            key: answer if isinstance(answer, str) else ""
            for key in values
            if (answer := answers.get(key, True)) is not True
        }
        if response.status_code == 422 and not reasons:
            reasons = dict.fromkeys(values, "")
        if reasons:
            raise GoeRejectedError(reasons)
        if not response.is_success:
            raise self.error(response)

    @abstractmethod
    def error(self, response: Fetched) -> GoeError:
        """Tell an unsuccessful answer's meaning."""

    async def _get(self, url: httpx.URL) -> Fetched:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                return await fetch(
                    self._client,
                    "GET",
                    url,
                    headers=self._headers,
                    most_bytes=_MOST_BYTES,
                )
        except TooLargeError:
            raise GoeResponseError("the answer is too large") from None
        except TimeoutError, httpx.TimeoutException:
            raise GoeConnectionError("no answer in time") from None
        except (httpx.HTTPError, UnicodeError) as err:
            # Its text may name the host and so the serial.
            raise GoeConnectionError(type(err).__name__) from None

    def _status_url(
        self, keys: Collection[str] | None, max_age_s: float | None
    ) -> httpx.URL:
        query = (None if keys is None else frozenset(keys), max_age_s)
        if (url := self._status_urls.get(query)) is None:
            parts = []
            if keys is not None:
                parts.append(f"filter={','.join(sorted(keys))}")
            if max_age_s is not None:
                parts.append(f"age={max_age_s:.0f}")
            if len(self._status_urls) >= _MAX_URLS:
                self._status_urls.clear()
            url = _address(f"{self._url}/api/status?{'&'.join(parts)}")
            self._status_urls[query] = url
        return url


def _address(text: str) -> httpx.URL:
    """Read an address. Raises ``GoeConnectionError`` for what is none."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL, UnicodeError:
        raise GoeConnectionError("not an address") from None
    # The client fails with a group of errors that aren't its own.
    if url.port is not None and url.port > _MAX_PORT:
        raise GoeConnectionError("not a port")
    return url


def other_error(response: Fetched) -> GoeError:
    """Tell the meaning of a status code that has none of its own."""
    if response.status_code >= 500:
        return GoeServerError(f"status {response.status_code}")
    return GoeResponseError(f"status {response.status_code}")


def json_object(content: bytes) -> dict[str, JsonValue] | None:
    """Parse a JSON object, None for anything else."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _age_s(headers: httpx.Headers, modified_s: float | None) -> float:
    """Return how old the data are by the server's own clock.

    Both times are of the server, so that our clock may be wrong. Whole seconds, as
    HTTP dates are.
    """
    if modified_s is None:
        return 0.0
    served = http_date(headers.get("date"))
    return max(0.0, (time.time() if served is None else served) - modified_s)
