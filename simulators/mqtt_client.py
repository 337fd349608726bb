"""An MQTT client that survives a broker which is stopped while it publishes."""

import asyncio
import contextlib
from typing import Any, cast

import aiomqtt


class _Loop:
    """An event loop in which a socket may be closed before it's registered.

    aiomqtt 2.5.1 registers sockets for writing a turn of the loop too late.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def add_writer(self, *args: Any) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._loop.add_writer(*args)


class Client(aiomqtt.Client):
    """The library's client on such a loop, with an end that nobody has to wait for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Prepare to connect."""
        super().__init__(*args, **kwargs)
        self._loop = cast("asyncio.AbstractEventLoop", _Loop(self._loop))
        self._disconnected.add_done_callback(_retrieved)


def _retrieved(future: asyncio.Future[None]) -> None:
    """Take an exception that nobody waits for."""
    if not future.cancelled():
        future.exception()
