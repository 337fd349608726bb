"""The wallbox takes an answer by the letter, and says what is wrong with it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
import json

import pytest

from simulators.nrgkick import (
    MANNERS,
    VALUES_PATH,
    Failure,
    Manner,
    Wallbox,
    sample_values,
)

GOOD_BODY = json.dumps(sample_values()).encode()


def answer(
    body: bytes = GOOD_BODY,
    *more: str,
    first: str = "HTTP/1.1 200 OK",
    kind: str = "Content-Type: application/json",
    length: int | None = None,
) -> bytes:
    """Return an answer as bytes, with something about it another."""
    size = len(body) if length is None else length
    lines = [first, kind, f"Content-Length: {size}", "Connection: close", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


def without(name: str) -> bytes:
    """Return a good answer without a header."""
    lines = answer().split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(name.encode()))


BAD_ANSWERS: dict[str, tuple[bytes, Failure, str]] = {
    "nothing": (b"", Failure.CLOSED, ""),
    "head cut": (answer()[:30], Failure.CLOSED, "head is cut"),
    "body cut": (answer()[:-1], Failure.CLOSED, "body is cut"),
    "bare body": (GOOD_BODY, Failure.NOT_HTTP, "begin"),
    "no version": (answer(first="HTTP 200 OK"), Failure.NOT_HTTP, "begin"),
    "HTTP/2": (answer(first="HTTP/2 200"), Failure.NOT_HTTP, "begin"),
    "odd code": (answer(first="HTTP/1.1 20 OK"), Failure.NOT_HTTP, "status line"),
    "no reason": (answer(first="HTTP/1.1 200"), Failure.NOT_HTTP, "status line"),
    "line feeds": (
        answer().replace(b"\r\n", b"\n"),
        Failure.CLOSED,
        "head is cut",
    ),
    "no colon": (answer(GOOD_BODY, "Nonsense"), Failure.NOT_HTTP, "header"),
    "blank in name": (answer(GOOD_BODY, "A b: c"), Failure.NOT_HTTP, "header"),
    "control character": (answer(GOOD_BODY, "A: \x01"), Failure.NOT_HTTP, "header"),
    "long head": (answer(GOOD_BODY, "A: " + "x" * 5000), Failure.NOT_HTTP, "too long"),
    "length twice": (
        answer(GOOD_BODY, f"Content-Length: {len(GOOD_BODY)}"),
        Failure.VIOLATION,
        "twice",
    ),
    "odd length": (
        without("Content-Length").replace(
            b"Connection", b"Content-Length: +9\r\nConnection"
        ),
        Failure.NOT_HTTP,
        "no number",
    ),
    "huge": (answer(length=10**9), Failure.NOT_HTTP, "too long"),
    "endless": (
        without("Content-Length") + b" " * 70_000,
        Failure.NOT_HTTP,
        "too long",
    ),
    "short length": (answer(length=len(GOOD_BODY) - 1), Failure.NOT_JSON, "JSON"),
    "bytes after": (answer() + b" ", Failure.VIOLATION, "bytes after"),
    "chunked": (
        answer(GOOD_BODY, "Transfer-Encoding: chunked"),
        Failure.NOT_HTTP,
        "transfer-encoding",
    ),
    "zipped": (
        answer(GOOD_BODY, "Content-Encoding: gzip"),
        Failure.VIOLATION,
        "content-encoding",
    ),
    "html": (answer(kind="Content-Type: text/html"), Failure.VIOLATION, "content-type"),
    "no type": (without("Content-Type"), Failure.VIOLATION, "content-type"),
    "no json": (answer(b"<html>"), Failure.NOT_JSON, "JSON"),
    "nan": (answer(b'{"device_values": NaN}'), Failure.NOT_JSON, "NaN"),
    "empty": (answer(b""), Failure.NOT_JSON, "JSON"),
    "null": (answer(b"null"), Failure.VIOLATION, "root"),
}

DOUBTFUL_ANSWERS = {
    "charset": answer(kind="Content-Type: application/json; charset=utf-8"),
    "no length": without("Content-Length"),
    "long": answer(GOOD_BODY + b" " * 9000),
}


def asking(port: int, manner: Manner | None = None, timeout_s: float = 5.0) -> Wallbox:
    """Return a wallbox that asks when told."""
    return Wallbox("127.0.0.1", port, period_s=None, manner=manner, timeout_s=timeout_s)


@asynccontextmanager
async def always(reply: bytes, *, closes: bool = True) -> AsyncGenerator[int]:
    """Serve the same bytes to whoever asks; gives the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()
            if not closes:
                await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("name", BAD_ANSWERS)
async def test_bad_answer(socket_enabled: None, name: str) -> None:
    """What isn't as it has to be is found, and isn't used."""
    reply, failure, remark = BAD_ANSWERS[name]
    async with always(reply) as port, asking(port) as wallbox:
        poll = await wallbox.poll()
        assert poll.failure is failure
        if remark:
            assert any(remark in text for text in poll.violations)
            assert all(VALUES_PATH in text for text in wallbox.violations)
        else:
            assert poll.violations == ()
        assert wallbox.age_s is None


@pytest.mark.parametrize("name", DOUBTFUL_ANSWERS)
async def test_doubtful_answer(socket_enabled: None, name: str) -> None:
    """What a small device may not grasp is used, with a remark."""
    async with always(DOUBTFUL_ANSWERS[name]) as port, asking(port) as wallbox:
        poll = await wallbox.poll()
        assert (poll.failure, poll.document) == (None, sample_values())
        assert len(poll.doubts) == 1
        assert wallbox.age_s is not None


@pytest.mark.parametrize("manner", [MANNERS["close"], MANNERS["http_1_0"]])
async def test_stays_open(socket_enabled: None, manner: Manner) -> None:
    """A connection that was to be closed and isn't breaks the contract."""
    async with (
        always(answer(), closes=False) as port,
        asking(port, manner, timeout_s=0.3) as wallbox,
    ):
        poll = await wallbox.poll()
    assert poll.failure is Failure.VIOLATION
    assert poll.violations == ("the connection stays open",)


async def test_kept_connection_ends(socket_enabled: None) -> None:
    """A connection that the server has ended meanwhile is made anew."""
    reply = answer().replace(b"Connection: close", b"Connection: keep-alive")
    manner = MANNERS["keep_alive"]
    async with always(reply) as port, asking(port, manner) as wallbox:
        for _ in range(3):
            poll = await wallbox.poll()
            assert (poll.failure, poll.doubts) == (None, ())


async def test_bytes_after_on_kept_connection(socket_enabled: None) -> None:
    """What nobody asked for breaks the contract also where the connection stays."""
    reply = answer().replace(b"Connection: close", b"Connection: keep-alive") + b"x"
    manner = MANNERS["keep_alive"]
    async with always(reply) as port, asking(port, manner) as wallbox:
        assert (await wallbox.poll()).violations == ("bytes after the answer",)
