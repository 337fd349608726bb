"""A charger's API in the vendor's cloud (its cloud API document, reference 2.2)."""

from typing import Final, override

import httpx

from ..fetch import Fetched
from ..waits import retry_after_s
from .decode import number, optional
from .errors import (
    GoeAuthError,
    GoeError,
    GoeForbiddenError,
    GoeOfflineError,
    GoeRateLimitError,
)
from .http import HttpTransport, json_object, other_error

# One host a charger, six digits with leading zeros.
CLOUD_URL: Final = "https://{serial}.api.v3.go-e.io"


class CloudTransport(HttpTransport):
    """One charger over its cloud.

    The token travels in a header only: addresses end up in logs.
    """

    tells_age = True

    def __init__(self, client: httpx.AsyncClient, url: str, token: str) -> None:
        """Use a client that stays the caller's."""
        super().__init__(client, url, {"Authorization": f"Bearer {token}"})
        self._is_token = token.isascii() and token.isprintable()

    @override
    async def _get(self, url: httpx.URL) -> Fetched:
        # What can't be in a header is nobody's token.
        if not self._is_token:
            raise GoeAuthError("the token isn't valid")
        return await super()._get(url)

    @override
    def error(self, response: Fetched) -> GoeError:
        """Tell an unsuccessful answer's meaning."""
        match response.status_code:
            case 401:
                return GoeAuthError("the token isn't valid")
            case 403:
                return GoeForbiddenError(
                    "the charger is offline or its cloud API is off"
                )
            case 404:
                body = json_object(response.content) or {}
                return GoeOfflineError(optional(number, body.get("age")))
            case 429:
                return GoeRateLimitError(retry_after_s(response.headers))
        return other_error(response)
