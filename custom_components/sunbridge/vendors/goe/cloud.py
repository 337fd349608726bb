"""The charger's HTTP API v2, as the cloud serves it."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
import time
from typing import Final
from urllib.parse import quote

import httpx
import orjson

from .decode import JsonValue, number, optional
from .errors import (
    GoeAuthError,
    GoeConnectionError,
    GoeForbiddenError,
    GoeOfflineError,
    GoeRateLimitError,
    GoeRejectedError,
    GoeResponseError,
    GoeServerError,
)
from .transport import Report

REQUEST_TIMEOUT_S: Final = 10.0

# Vendor's cloud API document: one host a charger, six digits with leading zeros.
CLOUD_URL: Final = "https://{serial}.api.v3.go-e.io"

# Filters change when entities are enabled or disabled; this many are kept parsed.
_MAX_URLS: Final = 8


class CloudTransport:
    """One charger over its cloud; implements ``Transport``.

    ``url`` has no trailing slash. The token travels in a header only: addresses end
    up in logs.
    """

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        """Use a client that stays the caller's."""
        self._client = client
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}
        self._status_urls: dict[tuple[frozenset[str] | None, float | None], httpx.URL]
        self._status_urls = {}

    async def status(
        self, keys: Collection[str] | None = None, max_age_s: float | None = None
    ) -> Report:
        """Read these keys, or all; the cloud answers 404 for data over the age.

        Raises ``GoeError``; ``GoeResponseError`` for an answer without values.
        """
        response = await self._get(self._status_url(keys, max_age_s))
        values = _json_object(response.content)
        # PRO and CORE answer 400 with the whole status (reference, fact 1).
        if not (response.is_success or (response.status_code == 400 and values)):
            raise _error(response)
        if values is None:
            raise GoeResponseError("the answer is no JSON object")
        if not values or values.get("success") is False:
            raise GoeResponseError("the answer has no values")
        return Report(values, _age_s(response.headers))

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
        response = await self._get(httpx.URL(f"{self._url}/api/set?{query}"))
        answers = _json_object(response.content) or {}
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
            raise _error(response)

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
            url = httpx.URL(f"{self._url}/api/status?{'&'.join(parts)}")
            self._status_urls[query] = url
        return url

    async def _get(self, url: httpx.URL) -> httpx.Response:
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                return await self._client.get(url, headers=self._headers)
        except TimeoutError, httpx.TimeoutException:
            raise GoeConnectionError("no answer in time") from None
        except httpx.HTTPError as err:
            # Its text may name the host and so the serial.
            raise GoeConnectionError(type(err).__name__) from None


def _error(response: httpx.Response) -> Exception:
    """Tell an unsuccessful answer's meaning (vendor's document, reference 2.2)."""
    code = response.status_code
    if code == 401:
        return GoeAuthError("the token isn't valid")
    if code == 403:
        return GoeForbiddenError("the charger is offline or its cloud API is off")
    if code == 404:
        body = _json_object(response.content) or {}
        return GoeOfflineError(optional(number, body.get("age")))
    if code == 429:
        return GoeRateLimitError(_retry_after_s(response.headers))
    if code >= 500:
        return GoeServerError(f"status {code}")
    return GoeResponseError(f"status {code}")


def _json_object(content: bytes) -> dict[str, JsonValue] | None:
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _age_s(headers: httpx.Headers) -> float:
    """Return how old the data are by the server's own clock.

    Both times are of the server, so that our clock may be wrong. Whole seconds, as
    HTTP dates are.
    """
    modified = _http_date(headers.get("last-modified"))
    if modified is None:
        return 0.0
    served = _http_date(headers.get("date"))
    return max(0.0, (time.time() if served is None else served) - modified)


def _retry_after_s(headers: httpx.Headers) -> float | None:
    """Return the wait that the server asks for: seconds or a date."""
    value = headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    until = _http_date(value)
    return None if until is None else max(0.0, until - time.time())


# Each answer has two, and those of all chargers are of the same few seconds.
@lru_cache(maxsize=16)
def _http_date(value: str | None) -> float | None:
    """Parse an HTTP date, or ISO 8601, to epoch seconds."""
    if not value:
        return None
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value)
        except ValueError:
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.timestamp()
    return None
