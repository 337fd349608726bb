"""Ask a server, and take no more of its answer than there's use for.

The client by itself would read whatever comes, for as long as the request may take.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx


class TooLargeError(Exception):
    """The answer is larger than any that there's use for."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer that was read to its end."""

    status_code: int
    headers: httpx.Headers
    content: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status_code < 300


async def fetch(
    client: httpx.AsyncClient,
    method: str,
    url: httpx.URL | str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    most_bytes: int,
) -> Fetched:
    """Ask, without a limit of time: that's the caller's.

    Raises ``TooLargeError`` for more bytes (unpacked ones), and as the client does.
    """
    # Home Assistant's own client would give up after 5 s.
    async with client.stream(
        method, url, headers=headers, content=content, timeout=None
    ) as response:
        found = await _read(response, most_bytes)
    return Fetched(response.status_code, response.headers, found)


async def _read(response: httpx.Response, most_bytes: int) -> bytes:
    found, is_too_large = bytearray(), False
    try:
        async for chunk in response.aiter_bytes():
            if is_too_large:
                continue
            found += chunk
            if len(found) > most_bytes:
                # Who leaves here leaves the client's generators to the garbage
                # collector. On a closed connection they come to their own end.
                is_too_large = True
                await response.aclose()
    except httpx.HTTPError:
        if not is_too_large:
            raise
    if is_too_large:
        raise TooLargeError("the answer is too large")
    return bytes(found)
