"""The benchmark's side of the process with the vendor Easee."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
import ssl
from typing import Any

from . import apart
from .easee_publisher import serve
from .easee_samples import Sample, samples

LIMIT_S = 120.0
LOOK_EVERY_S = 0.02


class Vendor:
    """The process with the vendor."""

    def __init__(self, peer: apart.Peer) -> None:
        """Talk to it; ``access`` is how its servers are reached."""
        self._peer = peer
        self.access: dict[str, Any] = peer.told
        self._said = 0

    async def ask(self, command: str, *arguments: Any) -> Any:
        """Let it do something; return what it answers."""
        return await self._peer.ask((command, arguments))

    def next(self, count: int) -> range:
        """Return the numbers of so many samples that weren't said yet."""
        self._said += count
        return range(self._said - count, self._said)

    def samples(self, way: str, numbers: range) -> Iterator[Sample]:
        """Return what is said by these numbers."""
        return samples(way, self.access["start_s"], numbers)

    async def until(self, command: str, wanted: int, *arguments: Any) -> None:
        """Wait until a count is so."""
        async with asyncio.timeout(LIMIT_S):
            while await self.ask(command, *arguments) != wanted:
                await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def started() -> AsyncIterator[Vendor]:
    """Start the process, and end it with its broker."""
    async with apart.started(serve) as peer:
        yield Vendor(peer)


def trusting(access: Mapping[str, Any]) -> ssl.SSLContext:
    """Return what trusts the broker."""
    return ssl.create_default_context(cadata=access["authority"])
