"""NRGkick's port: whoever is in the network may send it anything."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
import contextlib
import logging
import re
from typing import Any, Final, override

from custom_components.sunbridge.meters.samples import Reason, Sample, number
from custom_components.sunbridge.meters.units import Measure, units_of
from custom_components.sunbridge.vendors.nrgkick.access import Access, Answer, network
from custom_components.sunbridge.vendors.nrgkick.const import INFO_PATH, VALUES_PATH
from custom_components.sunbridge.vendors.nrgkick.errors import NrgkickConfigError
from custom_components.sunbridge.vendors.nrgkick.server import OwnServer, Reply

from .dice import Dice, mostly, often, pick
from .seeds import NOW_S
from .target import Target
from .wild import TEXTS, harmed

HOST: Final = "127.0.0.1"
_WAIT_S: Final = 0.25
METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PRI", "get",
)  # fmt: skip
PATHS: Final = (
    VALUES_PATH, INFO_PATH, "/", "//", "*", "/api/v1/../../config", "/%00", "/?a=b#c",
    f"{VALUES_PATH}/", f"http://x{VALUES_PATH}", "/" + "a" * 9000, "/\u00e4", "/%ZZ",
)  # fmt: skip
_VERSIONS: Final = (
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "HTTP/9.9",
    "ICY",
    "",
    "HTTP/1.1 x",
)
_HEADERS: Final = (
    "Host: x", "Content-Length: 5", "Content-Length: -1", "Content-Length: 9" * 3,
    "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked", "Expect: 100-continue", "Upgrade: websocket",
    "Connection: Upgrade", "Connection: keep-alive", "Content-Encoding: gzip",
    "X: " + "y" * 9000, ": x", "X", " X: folded", "X\x00: y", "Host: x\r\nHost: y",
    "X-Forwarded-For: 127.0.0.1", "Range: bytes=0-", "Content-Type: \xff",
)  # fmt: skip
_ENDS: Final = ("\r\n", "\n", "\r", "")
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
# What the port may answer, and aiohttp for it.
_KNOWN: Final = {200, 100, 400, 403, 404, 405, 411, 413, 414, 417, 431, 500, 501, 505}

type _Raw = list[bytes]


def raw_requests(dice: Dice) -> _Raw:
    """Return what is sent to a port, in pieces."""
    found = b""
    for _ in range(dice.number(1, 2)):
        end = mostly(dice, _ENDS)
        parts = (mostly(dice, part) for part in (METHODS, PATHS, _VERSIONS))
        lines = [" ".join(parts), "Host: x"]
        while often(dice, 1, 2):
            lines.append(pick(dice, _HEADERS))
        body = "5\r\nhello\r\n0\r\n\r\n" if often(dice, 1, 3) else ""
        text = end.join(lines) + end + end + body
        found += text.encode("latin-1", errors="replace")
    if often(dice, 1, 8):
        found = dice.data(200)
    found = harmed(dice, found)
    pieces = []
    while found and often(dice, 1, 3):
        at = dice.number(0, len(found))
        pieces.append(found[:at])
        found = found[at:]
    return [*pieces, found]


class _Errors(logging.Handler):
    """Keeps what would be a traceback in somebody's log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class _Api:
    """Answers as the house does, without one."""

    def __init__(self) -> None:
        self.answers: Counter[int] = Counter()

    def reply(self, method: str, path: str, remote: str | None) -> Reply:
        assert remote == HOST
        status = 500 if method != "GET" else 200 if path == VALUES_PATH else 404
        self.answers[status] += 1
        return Reply(status, b"{}" if status == 200 else b"")

    def note_garbage(self) -> None:
        self.answers[400] += 1


class Port:
    """A port of our own, that is kept open over many cases."""

    def __init__(self) -> None:
        """Prepare."""
        self.api = _Api()
        self._server = OwnServer(self.api)
        self._errors = _Errors()
        self.port = 0

    async def open(self) -> None:
        """Serve."""
        for name in ("custom_components.sunbridge", "aiohttp", "asyncio"):
            logging.getLogger(name).addHandler(self._errors)
        with contextlib.closing(await _free()) as found:
            self.port = found.sockets[0].getsockname()[1]
            found.close()
            await found.wait_closed()
        await self._server.async_start(self.port)

    async def close(self) -> None:
        """Serve no more."""
        await self._server.async_stop()
        for name in ("custom_components.sunbridge", "aiohttp", "asyncio"):
            logging.getLogger(name).removeHandler(self._errors)

    async def check(self, pieces: _Raw) -> str:
        """Send anything; the next one, who asks properly, has an answer."""
        told = await talk(self.port, pieces)
        statuses = {int(status) for status in _STATUS.findall(told)}
        assert statuses <= _KNOWN, statuses
        good = await talk(
            self.port, [f"GET {VALUES_PATH} HTTP/1.1\r\nHost: x\r\n\r\n".encode()], 5
        )
        assert good.startswith(b"HTTP/1.1 200 "), good
        assert good.endswith(b"\r\n\r\n{}")
        assert not self._errors.records, self._errors.records[0].getMessage()
        return " ".join(map(str, sorted(statuses))) or "nothing"


async def _free() -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(
        asyncio.Protocol, HOST, 0, start_serving=False
    )


async def talk(port: int, pieces: _Raw, wait_s: float = _WAIT_S) -> bytes:
    """Send pieces, and return what comes back until the end, or a while."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        with contextlib.suppress(OSError):
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)
            writer.write_eof()
        found = b""
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(wait_s):
                while more := await reader.read(65_536):
                    found += more
        return found
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving() -> AsyncGenerator[Port]:
    """Serve for as long as the context lasts."""
    port = Port()
    await port.open()
    try:
        yield port
    finally:
        await port.close()


_ADDRESSES: Final = (
    "192.168.1.20", "127.0.0.1", "::1", "fe80::1%eth0", "::ffff:192.168.1.20", "0.0.0.0/0",
    "192.168.1.0/24", "::/0", "::ffff:0:0/96", "10.0.0.1/33", "1.2.3", "256.1.1.1", "%",
    "1.2.3.4/", "/24", "1.2.3.4/-1", "::ffff:1.2.3.4/200", "192.168.1.20\n", "localhost",
)  # fmt: skip


def _make_asked(dice: Dice) -> tuple[list[str], list[str]]:
    def address() -> str:
        if often(dice, 3, 4):
            return pick(dice, _ADDRESSES)
        return pick(dice, TEXTS) if often(dice, 1, 2) else dice.text(9)

    return [address() for _ in range(2)], [address() for _ in range(3)]


def _check_asked(case: tuple[list[str], list[str]]) -> str:
    listed, asking = case
    good = []
    for text in listed:
        try:
            network(text)
        except NrgkickConfigError:
            continue
        good.append(text)
    access = Access.of(good)
    answers = {access.ask(remote, NOW_S) for remote in (*asking, None)}
    assert Answer.REFUSED in answers
    # Who isn't listed by itself is no proxy's own address.
    if not any(text.startswith(("127.", "::1", "::ffff:127")) for text in good):
        assert access.ask("127.0.0.1", NOW_S) is Answer.REFUSED
    assert len(access.refused) <= 16
    return f"{len(good)} listed"


def _make_state(dice: Dice) -> tuple[Any, ...]:
    text = pick(dice, TEXTS) if often(dice, 1, 2) else dice.text(20)
    if often(dice, 1, 3):
        text = str(dice.real())
    measure = pick(dice, list(Measure))
    unit = pick(dice, [*sorted(units_of(measure)), "", None, *TEXTS[:9]])
    return text, unit, measure


def _check_state(case: tuple[Any, ...]) -> str:
    text, unit, measure = case
    found = number(Sample(text, unit, NOW_S), measure)
    if isinstance(found, Reason):
        return found.value
    assert -(2**31) <= found <= 2**31
    return "a number"


TARGETS: Final = {
    "nrgkick addresses": Target(_make_asked, _check_asked),
    "nrgkick states": Target(_make_state, _check_state),
}
