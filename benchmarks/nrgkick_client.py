"""A process that asks servers by raw sockets, and says how long their answers took.

All servers are asked by the same bytes, each time on a connection of its own, to its end.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import gc
from multiprocessing.connection import Connection
from selectors import EVENT_READ, DefaultSelector
import socket
import time
from typing import NamedTuple

from . import apart

HOST = "127.0.0.1"
LIMIT_S = 10.0


class Answer(NamedTuple):
    """An answer: times of a clock that all processes share, and its JSON if wanted."""

    asked_s: float
    ended_s: float
    body: bytes


@dataclass(frozen=True)
class Task:
    """What to ask: so many at once, for so long; ``keeps`` the bodies."""

    port: int
    path: str
    at_once: int
    for_s: float
    keeps: bool = False


class _Pending:
    """A request that was sent."""

    def __init__(self, task: Task, request: bytes) -> None:
        self.received = b""
        self.asked_s = time.monotonic()
        self.socket = socket.socket()
        # The kernel takes connections by itself, so that this waits for no server.
        self.socket.connect((HOST, task.port))
        self.socket.sendall(request)

    def is_ended(self) -> bool:
        """Receive what is there; tell whether the other side has closed."""
        piece = self.socket.recv(65_536)
        self.received += piece
        return not piece

    def answer(self, *, keeps: bool) -> Answer:
        """Return the answer. Raises ``ValueError`` if there's no complete one."""
        ended_s = time.monotonic()
        head, _, body = self.received.partition(b"\r\n\r\n")
        length = b"\r\ncontent-length: %d\r\n" % len(body)
        if not head.startswith(b"HTTP/1.1 200") or length not in head.lower() + b"\r\n":
            raise ValueError(f"no answer: {head[:80]!r}")
        return Answer(self.asked_s, ended_s, body if keeps else b"")


def _ask(task: Task) -> list[Answer]:
    request = (
        f"GET {task.path} HTTP/1.1\r\nHost: {HOST}:{task.port}\r\n"
        "Connection: close\r\n\r\n"
    ).encode()
    answers: list[Answer] = []
    until_s = time.monotonic() + task.for_s
    with DefaultSelector() as selector:

        def send() -> None:
            pending = _Pending(task, request)
            selector.register(pending.socket, EVENT_READ, pending)

        for _ in range(task.at_once):
            send()
        while selector.get_map():
            if not (ready := selector.select(LIMIT_S)):
                raise TimeoutError("no answer")
            for key, _ in ready:
                pending: _Pending = key.data
                if not pending.is_ended():
                    continue
                selector.unregister(pending.socket)
                pending.socket.close()
                answers.append(pending.answer(keeps=task.keeps))
                if time.monotonic() < until_s:
                    send()
    return answers


def serve(pipe: Connection) -> None:
    """Do the tasks that come by the pipe, until it's closed."""
    # What it costs here would be taken for the servers'.
    gc.disable()
    pipe.send(None)
    while True:
        try:
            task = pipe.recv()
        except EOFError:
            return
        pipe.send(_ask(task))


# The other side of it.


class Client:
    """The process that asks."""

    def __init__(self, peer: apart.Peer) -> None:
        """Talk to it."""
        self._peer = peer

    async def ask(self, task: Task) -> list[Answer]:
        """Let it ask; return the answers in the order of their ends."""
        answers: list[Answer] = await self._peer.ask(task)
        return answers


@asynccontextmanager
async def started() -> AsyncIterator[Client]:
    """Start the process, and end it."""
    async with apart.started(serve) as peer:
        yield Client(peer)
