"""Other processes of a benchmark, so that their cost isn't taken for ours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final

_LIMIT_S: Final = 120.0


class Peer:
    """Such a process; ``told`` is what it said first."""

    def __init__(self, pipe: Connection, told: Any) -> None:
        """Talk to it by the pipe."""
        self._pipe = pipe
        self.told = told

    async def ask(self, message: Any) -> Any:
        """Let it do something; return what it answers."""
        self._pipe.send(message)
        return await asyncio.to_thread(self._pipe.recv)


@asynccontextmanager
async def started(serve: Callable[..., None], *arguments: Any) -> AsyncIterator[Peer]:
    """Let a process run ``serve(pipe, *arguments)``, and end it.

    It says something when it's ready, answers each message, and ends when the pipe is
    closed (``EOFError``).
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, *arguments), daemon=True)
    process.start()
    # Else its end would never be noticed.
    theirs.close()
    try:
        yield Peer(ours, await asyncio.to_thread(ours.recv))
    finally:
        ours.close()
        await asyncio.to_thread(process.join, _LIMIT_S)
        process.kill()
