"""The wallbox asks in many ways, and notices what is wrong with the answers."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
import socket
from typing import Any

from aiohttp import web
import pytest

from simulators.clock import Clock
from simulators.nrgkick import (
    INFO_PATH,
    MANNERS,
    MISCHIEF,
    VALUES_PATH,
    Failure,
    Manner,
    Poll,
    VendorServer,
    Wallbox,
    sample_info,
    sample_values,
)


@dataclass
class Bare:
    """A bare aiohttp server: where it is, and who asked."""

    port: int = 0
    closes: bool = False
    status: int = 200
    values: Any = field(default_factory=sample_values)
    peers: list[tuple[str, int]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one of the two paths."""
        assert request.transport is not None
        self.peers.append(request.transport.get_extra_info("peername"))
        document = sample_info() if request.path == INFO_PATH else self.values
        response = web.json_response(document, status=self.status)
        response.charset = None
        if self.closes:
            response.force_close()
        return response


@pytest.fixture
async def bare(socket_enabled: None) -> AsyncGenerator[Bare]:
    """Serve the samples with aiohttp."""
    server = Bare()
    app = web.Application()
    app.router.add_get(VALUES_PATH, server.answer, allow_head=False)
    app.router.add_get(INFO_PATH, server.answer, allow_head=False)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = runner.addresses[0][1]
    yield server
    await runner.cleanup()


@pytest.fixture
def vendor(socket_enabled: None) -> Generator[VendorServer]:
    """Serve the samples as the vendor does."""
    with VendorServer() as server:
        yield server


@asynccontextmanager
async def told(port: int, **kwargs: Any) -> AsyncGenerator[Wallbox]:
    """Give a wallbox that asks when told."""
    async with Wallbox("127.0.0.1", port, period_s=None, **kwargs) as wallbox:
        yield wallbox


def is_right(poll: Poll, document: Any) -> bool:
    """Tell whether an answer is without fault."""
    found = (poll.failure, poll.status, poll.document, poll.violations, poll.doubts)
    return found == (None, 200, document, (), ())


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("closes", [True, False])
async def test_manners(bare: Bare, manner: str, closes: bool) -> None:
    """A good server answers each good way to ask, more than once."""
    bare.closes = closes
    async with told(bare.port, manner=MANNERS[manner]) as wallbox:
        first = await wallbox.ask(INFO_PATH)
        second = await wallbox.ask(VALUES_PATH)
    assert is_right(first[0], sample_info())
    assert is_right(second[0], sample_values())
    # Requests in one piece are answered until the server hangs up.
    rest = [poll.failure for poll in (*first[1:], *second[1:])]
    assert rest == [Failure.CLOSED if closes else None] * len(rest)
    kept = MANNERS[manner].keeps and not closes
    assert len(set(bare.peers)) == (1 if kept else 2)


@pytest.mark.parametrize("manner", MANNERS)
async def test_manners_of_vendor(vendor: VendorServer, manner: str) -> None:
    """The vendor's server answers, too, and hangs up after each answer."""
    async with told(vendor.port, manner=MANNERS[manner]) as wallbox:
        first = await wallbox.ask(INFO_PATH)
        second = await wallbox.ask(VALUES_PATH)
    assert is_right(first[0], sample_info())
    assert is_right(second[0], sample_values())
    rest = [poll.failure for poll in (*first[1:], *second[1:])]
    assert rest == [Failure.CLOSED] * len(rest)


def test_requests() -> None:
    """What is sent is what the manner says, to the byte."""

    def sent(name: str) -> bytes:
        return (MANNERS | MISCHIEF)[name].request("/p", "192.0.2.1", 80)

    host = b"Host: 192.0.2.1:80\r\n"
    assert sent("close") == b"GET /p HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n"
    assert sent("keep_alive_unsaid") == b"GET /p HTTP/1.1\r\n" + host + b"\r\n"
    assert sent("http_1_0") == b"GET /p HTTP/1.0\r\n\r\n"
    assert sent("pipelined") == sent("keep_alive") * 3
    assert sent("query").startswith(b"GET /p?t=1 HTTP/1.1\r\n")
    assert sent("head").startswith(b"HEAD /p HTTP/1.1\r\n")
    assert sent("post").endswith(b"Content-Length: 2\r\n\r\n{}")
    assert sent("half_then_hang") == sent("close")[:40]
    assert sent("nothing_then_hang") == b""
    assert sent("garbage_before").endswith(sent("close"))
    assert b"GET" not in sent("tls") + sent("garbage")
    six = Manner().request("/p", "2001:db8::1", 80)
    assert b"Host: [2001:db8::1]:80\r\n" in six


# What becomes of mischief: failure and code, and what else is as good.
type Ends = set[tuple[Failure | None, int | None]]

FINE: Ends = {(None, 200)}
CLOSED: Ends = {(Failure.CLOSED, None)}
GAVE_UP: Ends = {(Failure.GAVE_UP, None)}
TIMEOUT: Ends = {(Failure.TIMEOUT, None)}


def status(code: int) -> Ends:
    """Return that a request ends with a code."""
    return {(Failure.STATUS, code)}


AT_AIOHTTP: dict[str, Ends] = {
    "query": FINE,
    "slow_to_ask": FINE,
    "no_host": status(400),
    "head": status(405),
    "post": status(405),
    "put": status(405),
    "unknown_method": status(400),
    "half_then_close": GAVE_UP,
    "half_then_hang": TIMEOUT,
    "nothing_then_hang": TIMEOUT,
    "hang_up": GAVE_UP,
    "tls": status(400),
    "garbage": status(400),
    "garbage_before": status(400),
    "endless_line": status(400),
}

# The vendor's server takes what it got with the first read for the request, and hangs
# up on the rest.
AT_VENDOR: dict[str, Ends] = {
    "query": status(404),
    "slow_to_ask": status(500) | status(404) | CLOSED,
    "no_host": FINE,
    "head": status(500),
    "post": status(500),
    "put": status(500) | CLOSED,
    "unknown_method": status(500),
    "half_then_close": GAVE_UP,
    "half_then_hang": FINE,
    "nothing_then_hang": TIMEOUT,
    "hang_up": GAVE_UP,
    "tls": status(500),
    "garbage": status(500),
    "garbage_before": status(500),
    "endless_line": status(404) | CLOSED,
}


async def check_mischief(port: int, manner: str, ends: Ends) -> None:
    """Ask badly, and then well."""
    patience_s = 0.3 if ends == TIMEOUT else 5.0
    async with told(port, timeout_s=patience_s) as wallbox:
        (poll,) = await wallbox.ask(VALUES_PATH, MISCHIEF[manner])
    assert (poll.failure, poll.status) in ends
    async with told(port) as wallbox:
        assert is_right(await wallbox.poll(), sample_values())


@pytest.mark.parametrize("manner", MISCHIEF)
async def test_mischief(bare: Bare, manner: str) -> None:
    """A good server gets over whatever comes."""
    await check_mischief(bare.port, manner, AT_AIOHTTP[manner])


@pytest.mark.parametrize("manner", MISCHIEF)
async def test_mischief_at_vendor(vendor: VendorServer, manner: str) -> None:
    """The vendor's answers as his document says, or hangs up."""
    await check_mischief(vendor.port, manner, AT_VENDOR[manner])


@pytest.mark.parametrize("path", ["/", "/api/v1/", "/api/v1/values", "/api/v1/x.json"])
async def test_unknown_path(bare: Bare, vendor: VendorServer, path: str) -> None:
    """There are two paths, and no others."""
    for port in (bare.port, vendor.port):
        async with told(port) as wallbox:
            (poll,) = await wallbox.ask(path)
        assert (poll.failure, poll.status) == (Failure.STATUS, 404)
        assert poll.document is None


async def test_unreachable(socket_enabled: None) -> None:
    """Where nobody listens there's no answer, and no error."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with told(port) as wallbox:
        poll = await wallbox.poll()
        assert (poll.failure, poll.status) == (Failure.UNREACHABLE, None)
        assert wallbox.age_s is None
        wallbox.plug_in()
        assert (wallbox.power_w, wallbox.state) == (0.0, "no_values")


def test_vendor_server_again(socket_enabled: None) -> None:
    """It stops with a client that says nothing, and starts again."""
    with VendorServer() as server, socket.create_connection(("127.0.0.1", server.port)):
        pass
    with server, socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(b"GET /api/v1/values.json HTTP/1.0\r\n\r\n")
        answer = b""
        while got := client.recv(65_536):
            answer += got
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert json.loads(body) == sample_values()


async def test_another_manner(bare: Bare) -> None:
    """A request that closes doesn't go over a connection that was kept."""
    async with told(bare.port, manner=MANNERS["keep_alive"]) as wallbox:
        await wallbox.poll()
        (poll,) = await wallbox.ask(VALUES_PATH, MANNERS["close"])
        assert is_right(poll, sample_values())
        assert is_right(await wallbox.poll(), sample_values())
    assert len(set(bare.peers)) == 3


async def test_record(bare: Bare) -> None:
    """Each answer is kept with its time, and how long it has been the same."""
    clock = Clock()
    async with told(bare.port, clock=clock) as wallbox:
        await wallbox.scan()
        await wallbox.poll()
        clock.advance(100)
        frozen = await wallbox.poll()
        assert frozen.unchanged_s == pytest.approx(100, abs=20)
        bare.values["device_values"]["load_power_w"] += 1
        assert (await wallbox.poll()).unchanged_s == 0
        clock.advance(50)
        bare.status = 503
        failed = await wallbox.poll()
        assert (failed.failure, failed.status) == (Failure.STATUS, 503)
        assert wallbox.age_s == pytest.approx(50, abs=20)
    assert [poll.path for poll in wallbox.polls] == [INFO_PATH] + [VALUES_PATH] * 4
    times = [poll.at_s for poll in wallbox.polls]
    assert times == sorted(times)


async def test_values_fit_the_info(bare: Bare) -> None:
    """Values of a device that the scan hasn't found break the contract."""
    meters = bare.values["device_values"]["energy_meters"]
    meters["1"] = {"grid_power_w": 0}
    async with told(bare.port) as wallbox:
        assert (await wallbox.poll()).failure is None
        await wallbox.scan()
        poll = await wallbox.poll()
    assert poll.violations == ("energy_meters.1: has values and no info",)
    assert poll.failure is Failure.VIOLATION


async def test_by_itself(bare: Bare) -> None:
    """It scans until that succeeds, and then asks for values again and again."""
    bare.status = 503
    async with Wallbox("127.0.0.1", bare.port, period_s=0.01) as wallbox:
        while len(wallbox.polls) < 2:
            await wallbox.polled()
        bare.status = 200
        while sum(poll.failure is None for poll in wallbox.polls) < 4:
            await wallbox.polled()
    paths = [(poll.path, poll.failure) for poll in wallbox.polls]
    scans = [failure for path, failure in paths if path == INFO_PATH]
    assert scans == [Failure.STATUS] * (len(scans) - 1) + [None]
    assert paths[len(scans) :] == [(VALUES_PATH, None)] * (len(paths) - len(scans))
    assert wallbox.violations == []


async def test_by_name(bare: Bare) -> None:
    """A server may be given by its name."""
    async with Wallbox("localhost", bare.port, period_s=None) as wallbox:
        assert is_right(await wallbox.poll(), sample_values())


type Breakage = Callable[[Bare], None]


def _refuse(bare: Bare) -> None:
    bare.status = 503


def _break(bare: Bare) -> None:
    bare.values["device_values"]["energy_meters"]["0"]["grid_power_w"] = None


def _leave_out(bare: Bare) -> None:
    del bare.values["device_values"]["energy_meters"]


@pytest.mark.parametrize("breakage", [_refuse, _break, _leave_out])
async def test_stops_without_values(bare: Bare, breakage: Breakage) -> None:
    """Without values it stops charging after a while, whatever the reason."""
    clock = Clock()
    meter = bare.values["device_values"]["energy_meters"]["0"]
    async with told(bare.port, clock=clock) as wallbox:
        await wallbox.scan()
        wallbox.plug_in()
        for _ in range(40):
            meter["grid_power_w"] = round(wallbox.power_w - 5000)
            await wallbox.poll()
            clock.advance(5)
        assert wallbox.is_charging
        assert wallbox.power_w == pytest.approx(5000, rel=0.1)
        drawn_w = wallbox.phases * 230 * wallbox.current_a
        assert wallbox.power_w == pytest.approx(drawn_w, rel=0.01)
        assert (wallbox.phases, wallbox.starts) == (3, 1)
        assert wallbox.state == "offering"
        taken_wh = wallbox.session_wh
        assert taken_wh > 0
        breakage(bare)
        await wallbox.poll()
        clock.advance(5)
        assert wallbox.is_charging
        for _ in range(10):
            await wallbox.poll()
            clock.advance(5)
        assert (wallbox.power_w, wallbox.state) == (0.0, "no_values")
        assert wallbox.session_wh > taken_wh
        wallbox.unplug()
        assert wallbox.state == "no_car"
