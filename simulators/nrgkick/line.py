"""Connections on raw sockets, with the pauses and the cuts that a manner asks for."""

import asyncio
import contextlib
import ipaddress
import socket
from typing import Self

from .answer import Answer, EndedError, read_answer
from .manner import Manner


class UnreachableError(OSError):
    """There was no connection to be had."""


def _family(host: str) -> socket.AddressFamily:
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        # Names are asked for as IPv4; whether the wallbox knows more is unknown.
        return socket.AF_INET
    return socket.AF_INET6 if version == 6 else socket.AF_INET


class Line:
    """A connection to a server; bytes that were read too many wait in it."""

    def __init__(self, connected: socket.socket) -> None:
        """Take a connected socket that doesn't block."""
        self._socket = connected
        self._loop = asyncio.get_running_loop()
        self._waiting = b""

    @property
    def idle(self) -> bool:
        """Tell whether nothing waits to be read, as far as is known."""
        return not self._waiting

    @classmethod
    async def open(cls, host: str, port: int) -> Self:
        """Connect.

        Raises:
            UnreachableError: Refused, no way there, or no such host.
        """
        made = socket.socket(_family(host), socket.SOCK_STREAM)
        made.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(made, (host, port))
        except OSError as error:
            made.close()
            raise UnreachableError(str(error)) from error
        except BaseException:
            made.close()
            raise
        return cls(made)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    async def send(self, data: bytes, manner: Manner) -> None:
        """Send bytes, in pieces where the manner says so.

        Raises:
            OSError: The server has hung up.
        """
        size = manner.sends_at_once
        for start in range(0, len(data), size):
            await self._loop.sock_sendall(self._socket, data[start : start + size])
            if manner.pause_s:
                await asyncio.sleep(manner.pause_s)

    async def read(self, count: int, manner: Manner) -> bytes:
        """Return so many bytes, or fewer if the connection ends before.

        Raises:
            OSError: The connection was cut.
        """
        while len(self._waiting) < count:
            got = await self._loop.sock_recv(self._socket, manner.reads_at_once)
            if not got:
                break
            self._waiting += got
            if manner.pause_s:
                await asyncio.sleep(manner.pause_s)
        found, self._waiting = self._waiting[:count], self._waiting[count:]
        return found

    async def rest(self, manner: Manner) -> bytes:
        """Wait for the end of the connection; return a byte that comes instead."""
        with contextlib.suppress(ConnectionError):
            return await self.read(1, manner)
        return b""


class Caller:
    """Asks one server; keeps a connection where both sides want that."""

    def __init__(self, host: str, port: int) -> None:
        """Prepare to ask."""
        self._host = host
        self._port = port
        self._kept: Line | None = None

    def hang_up(self) -> None:
        """End the connection that was kept."""
        line, self._kept = self._kept, None
        if line is not None:
            line.close()

    async def talk(self, path: str, manner: Manner, answers: list[Answer]) -> None:
        """Send a request, and add the answers as they come; fewer if it hangs up.

        Returns when the connection has ended, unless it's to be kept.

        Raises:
            UnreachableError: There was no connection.
            OSError, EndedError, BadAnswerError: There's no answer, or no whole one.
        """
        line, self._kept = self._kept, None
        kept = line is not None and manner.keeps
        if line is None or not kept:
            if line is not None:
                line.close()
            line = await Line.open(self._host, self._port)
        try:
            try:
                await self._exchange(line, path, manner, answers)
            except EndedError, OSError:
                if not kept or answers:
                    raise
                # A server may end a connection between two requests.
                line.close()
                line = await Line.open(self._host, self._port)
                await self._exchange(line, path, manner, answers)
            if manner.hangs_up:
                return
            if manner.keeps and not answers[-1].closes and line.idle:
                self._kept = line
            elif await line.rest(manner):
                answers[-1].findings.violations.append("bytes after the answer")
        finally:
            if self._kept is not line:
                line.close()

    async def _exchange(
        self, line: Line, path: str, manner: Manner, answers: list[Answer]
    ) -> None:
        await line.send(manner.request(path, self._host, self._port), manner)
        if manner.hangs_up:
            return

        async def read(count: int) -> bytes:
            return await line.read(count, manner)

        while len(answers) < manner.answers:
            answers.append(await read_answer(read, manner.method))
