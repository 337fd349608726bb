"""A charger's own API in the local network (reference 2.1)."""

import asyncio
from typing import override

import httpx

from ..fetch import Fetched
from .errors import GoeApiOffError, GoeError
from .http import HttpTransport, other_error


class LocalTransport(HttpTransport):
    """One charger at its own address, without a token.

    The charger has few sockets, so it's asked one thing at a time.
    """

    tells_age = False

    def __init__(self, client: httpx.AsyncClient, host: str) -> None:
        """Use a client that stays the caller's; ``host`` may have a port."""
        super().__init__(client, f"http://{host}", {})
        self._turn = asyncio.Lock()

    @override
    async def _get(self, url: httpx.URL) -> Fetched:
        async with self._turn:
            return await super()._get(url)

    @override
    def error(self, response: Fetched) -> GoeError:
        """Tell an unsuccessful answer's meaning."""
        if response.status_code == 404:
            return GoeApiOffError("the local API is switched off")
        return other_error(response)
