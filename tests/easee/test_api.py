"""What the REST API and the streams answer when they answer oddly."""

import asyncio
from collections.abc import AsyncGenerator, Callable
import ssl
from typing import Any

from aiohttp import ClientSession, CookieJar, WSMsgType, web
import httpx
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import connect, hub
from custom_components.sunbridge.vendors.easee.api import (
    AmqpDetails,
    Circuit,
    EaseeApi,
    Ticket,
)
from custom_components.sunbridge.vendors.easee.errors import (
    EaseeBudgetError,
    EaseeBusyError,
    EaseeError,
    EaseeExpiredError,
    EaseeRejectedError,
    EaseeResponseError,
)
from custom_components.sunbridge.vendors.easee.gate import Block, Budget
from custom_components.sunbridge.vendors.easee.hub import HubStream
from custom_components.sunbridge.vendors.easee.parse import Parsed
from custom_components.sunbridge.vendors.easee.rest import EaseeRest
from custom_components.sunbridge.vendors.easee.stream import Backoff
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from simulators.easee import Charger, Cloud, Id, Publisher
from simulators.rabbitmq import RabbitMQ

from .conftest import account_of, state, until

DETAILS = {
    "server": "broker",
    "port": "5671",
    "useSsl": True,
    "virtualHost": None,
    "queueName": "marked-queue",
    "exchangeName": "marked-exchange",
    "username": "marked-user",
    "password": "marked-password",
}


class Server:
    """Answers each path with what a test says."""

    def __init__(self) -> None:
        """Start without answers."""
        self.answers: dict[str, Any] = {
            "/api/accounts/login": {"accessToken": "a", "refreshToken": "r"}
        }
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with JSON, a status, or by a function."""
        answer = self.answers.get(request.path, 404)
        if callable(answer):
            result: web.StreamResponse = await answer(request)
            return result
        if isinstance(answer, int):
            return web.json_response({"title": "x", "status": answer}, status=answer)
        return web.json_response(answer)


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[Server]:
    """Run a server."""
    served = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


@pytest.fixture
async def api(server: Server) -> AsyncGenerator[EaseeApi]:
    """Return the API of an account at the server."""
    async with httpx.AsyncClient() as client:
        yield EaseeApi(EaseeRest(client, server.url, "u", "p", user_agent="test"))


def test_details() -> None:
    """Connection details are checked, and tell no secret of themselves."""
    details = AmqpDetails.from_json(DETAILS)
    assert (details.host, details.port, details.virtual_host) == ("broker", 5671, "/")
    assert "marked" not in repr(details)
    odd_answers: list[Any] = [
        None,
        [],
        {},
        {**DETAILS, "port": "x"},
        {**DETAILS, "useSsl": False},
    ]
    for odd in odd_answers:
        with pytest.raises(EaseeResponseError):
            AmqpDetails.from_json(odd)


async def test_products(api: EaseeApi, server: Server) -> None:
    """Lists may be null, and what is in them may be anything."""
    server.answers["/api/chargers"] = [
        {
            "id": "EH1",
            "name": "EH1 home",
            "backPlate": {"id": 5, "masterBackPlateId": 5},
        },
        {"id": "EH2", "name": "  ", "productCode": "x", "backPlate": None},
        {"id": 7},
        None,
    ]
    server.answers["/api/accounts/products"] = [
        {
            "id": 1,
            "circuits": [
                {"id": 2, "chargers": [{"id": "EH1", "name": "Old"}, {"id": None}]},
                {"id": "x", "chargers": [{"id": "EH3", "name": "Third"}]},
                {"chargers": None},
            ],
            "equalizers": [{"id": "QP1", "name": None}, {"id": ""}],
        },
        {"circuits": None, "equalizers": None},
        "?",
    ]
    first, third, equalizer, second = await api.products()
    # A name with the serial number would carry it into entity ids and logs.
    assert (first.serial, first.name, first.is_master) == ("EH1", "Easee", True)
    assert first.circuit == Circuit(1, 2)
    assert (third.name, third.circuit) == ("Third", None)
    assert (equalizer.name, equalizer.is_equalizer) == ("Equalizer", True)
    assert (second.name, second.product_code, second.is_master) == (
        "Easee",
        None,
        False,
    )


@pytest.mark.parametrize("answer", [{}, "x", None, 5.5])
async def test_no_list_of_chargers(api: EaseeApi, server: Server, answer: Any) -> None:
    """Something else than a list is no answer."""
    server.answers["/api/chargers"] = answer
    server.answers["/api/accounts/products"] = None
    with pytest.raises(EaseeResponseError):
        await api.products()


@pytest.mark.parametrize(
    "answer", [{}, {"accessToken": 1, "refreshToken": "r"}, [], {"accessToken": "a"}]
)
async def test_no_tokens(api: EaseeApi, server: Server, answer: Any) -> None:
    """A log-in without tokens is none."""
    server.answers["/api/accounts/login"] = answer
    with pytest.raises(EaseeResponseError):
        await api.products()


async def test_firmware_and_surplus(api: EaseeApi, server: Server) -> None:
    """What isn't what it should be is unknown."""
    server.answers["/firmware/EH1/latest"] = {"latestFirmware": 330}
    server.answers["/firmware/EH2/latest"] = ["?"]
    assert await api.latest_firmware("EH1") == 330
    assert await api.latest_firmware("EH2") is None
    server.answers["/cloud-loadbalancing/equalizer/QP1/config/surplus-energy"] = []
    with pytest.raises(EaseeResponseError):
        await api.surplus("QP1")


TICKET = Ticket("EH1", 48, 123)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"device": "EH1", "commandId": 48, "ticks": 123}, (TICKET,)),
        ([{"device": "EH1", "commandId": 48, "ticks": 123}], (TICKET,)),
        ([], ()),
        ([{"device": "EH1", "commandId": 48, "ticks": 0}], ()),
        ({"id": 1, "wasAccepted": True}, ()),
        (None, ()),
    ],
)
async def test_send(
    api: EaseeApi, server: Server, answer: Any, expected: tuple[Ticket, ...]
) -> None:
    """Commands answer an object, settings a list, and some nothing."""
    server.answers["/x"] = answer
    assert await api.send("/x", {}) == expected
    server.answers["/x"] = {"wasAccepted": False}
    with pytest.raises(EaseeRejectedError):
        await api.send("/x", {})


async def test_results(api: EaseeApi, server: Server) -> None:
    """A command's result is waited for, or tells why not."""
    path = "/api/commands/EH1/48/123"
    assert not await api.is_executed(TICKET)
    for code, done in ((0, False), (1, False), (3, True)):
        server.answers[path] = {"resultCode": code}
        assert await api.is_executed(TICKET) is done
    server.answers[path] = {"resultCode": 2}
    with pytest.raises(EaseeExpiredError):
        await api.is_executed(TICKET)
    server.answers[path] = {"resultCode": 4}
    with pytest.raises(EaseeRejectedError):
        await api.is_executed(TICKET)


def test_block_and_budget() -> None:
    """Refusals add up, and budgets slide."""
    block = Block()
    waits = [block.refused(0, None, by_firewall=True).wait_s for _ in range(9)]
    assert waits == sorted(waits)
    assert waits[0] >= 30
    assert waits[-1] <= 900 * 1.2
    with pytest.raises(EaseeBusyError):
        block.check(10)
    block.check(5000)
    assert Block().refused(0, 1e9, by_firewall=False).wait_s == 86_400
    budget = Budget(2, 60)
    budget.take(0)
    budget.take(10)
    with pytest.raises(EaseeBudgetError) as raised:
        budget.take(20)
    assert raised.value.wait_s == 40
    budget.take(61)


@pytest.mark.parametrize("header", ["Wed, 21 Oct 2065 07:28:00 GMT", "120", "soon", ""])
async def test_retry_after(api: EaseeApi, server: Server, header: str) -> None:
    """The header may be seconds or a date."""

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=429, headers={"Retry-After": header})

    server.answers["/x"] = refuse
    with pytest.raises(EaseeBusyError) as raised:
        await api.rest.get("/x")
    wait_s = raised.value.wait_s
    if header == "120":
        assert wait_s == 120
    elif "2065" in header:
        assert wait_s == pytest.approx(86_400)
    else:
        assert 30 <= wait_s <= 36


async def test_retry_after_by_the_servers_clock(api: EaseeApi, server: Server) -> None:
    """A date is one of the server's, whatever our clock says."""

    async def refuse(_: web.Request) -> web.Response:
        headers = {
            "Date": "Wed, 21 Oct 2065 07:28:00 GMT",
            "Retry-After": "Wed, 21 Oct 2065 07:29:00 GMT",
        }
        return web.Response(status=429, headers=headers)

    server.answers["/x"] = refuse
    with pytest.raises(EaseeBusyError) as raised:
        await api.rest.get("/x")
    assert raised.value.wait_s == pytest.approx(60, abs=5)


class Ear:
    """Remembers what a stream said."""

    def __init__(self) -> None:
        """Start without anything."""
        self.malformed: list[str] = []
        self.errors: list[EaseeError] = []
        self.links: list[bool] = []
        self.observed = 0

    def heard(self, parsed: Parsed) -> None:
        """Remember."""
        self.malformed += parsed.malformed
        self.observed += len(parsed.observed)

    def linked(self, up: bool) -> None:
        """Remember."""
        self.links.append(up)

    def failed(self, err: EaseeError) -> None:
        """Remember."""
        self.errors.append(err)

    def backlog(self, messages: int) -> None:
        """A hub has none."""

    def shared(self, others: int) -> None:
        """A hub has none."""


class Tokens:
    """Gives tokens, and remembers which were refused."""

    def __init__(self) -> None:
        """Start with a first one."""
        self.refused: list[str] = []

    async def access_token(self, refused: str | None = None) -> str:
        """Return a token that is another than the refused one."""
        if refused is not None:
            self.refused.append(refused)
        return f"token {len(self.refused)}"


@pytest.fixture
async def listen(
    server: Server,
) -> AsyncGenerator[Callable[[], tuple[Ear, Tokens, Block]]]:
    """Start a hub stream at the server."""
    tasks: list[asyncio.Task[None]] = []
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:

        def start() -> tuple[Ear, Tokens, Block]:
            ear, tokens, block = Ear(), Tokens(), Block()
            stream = HubStream(
                session,
                server.url,
                tokens,
                block,
                ear,
                user_agent="test",
                backoff=Backoff(first_s=0.02, longest_s=0.05),
            )
            stream.subscribe(["EH1"])
            tasks.append(asyncio.create_task(stream.run()))
            return ear, tokens, block

        yield start
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


NEGOTIATE = "/hubs/chargers/negotiate"


@pytest.mark.parametrize("answer", [500, 404, {}, [], {"connectionId": 5}, "x"])
async def test_negotiation_fails(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]], answer: Any
) -> None:
    """It's tried again, and told why."""
    server.answers[NEGOTIATE] = answer
    ear, _, _ = listen()
    await until(lambda: len(ear.errors) >= 2)
    assert not ear.links


@pytest.mark.parametrize("status", [403, 429, 502])
async def test_negotiation_is_refused(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]], status: int
) -> None:
    """A block is a block for all of the account."""
    server.answers[NEGOTIATE] = status
    ear, _, block = listen()
    await until(lambda: len(ear.errors) == 1)
    assert isinstance(ear.errors[0], EaseeBusyError)
    assert block.count == 1
    assert block.by_firewall is (status == 403)


async def test_token_is_refused(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]]
) -> None:
    """A refused token is renewed, at the negotiation and at the socket."""
    server.answers[NEGOTIATE] = 401
    _, tokens, _ = listen()
    await until(lambda: tokens.refused[:2] == ["token 0", "token 1"])
    server.answers[NEGOTIATE] = {"connectionId": "c"}
    server.answers["/hubs/chargers"] = 401
    before = len(tokens.refused)
    await until(lambda: len(tokens.refused) >= before + 2)


def socket(*sent: str | bytes) -> Callable[[web.Request], Any]:
    """Return a handler that sends these after it was greeted."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        opened = web.WebSocketResponse()
        await opened.prepare(request)
        await opened.receive()
        for part in sent:
            if isinstance(part, bytes):
                await opened.send_bytes(part)
            else:
                await opened.send_str(part)
        async for received in opened:
            if received.type is WSMsgType.ERROR:
                break
        return opened

    return serve


GREETING = "{}\x1e"
UPDATE = (
    '{"type":1,"target":"ProductUpdate","arguments":'
    '[{"mid":"EH1","id":120,"value":"1"}]}\x1e'
)


@pytest.mark.parametrize(
    "answer", ["no frame", "[]\x1e", "x\x1e", '{"error":"no"}\x1e']
)
async def test_handshake_fails(
    server: Server, listen: Callable[[], tuple[Ear, Tokens, Block]], answer: str
) -> None:
    """Without an agreement on the protocol nothing is heard."""
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers["/hubs/chargers"] = socket(answer)
    ear, _, _ = listen()
    await until(lambda: len(ear.errors) >= 2)
    assert not ear.links


async def test_frames(
    server: Server,
    listen: Callable[[], tuple[Ear, Tokens, Block]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A frame may come with the greeting, in pieces, or be none at all."""
    server.answers[NEGOTIATE] = {"connectionToken": "c"}
    server.answers["/hubs/chargers"] = socket(
        GREETING + UPDATE, UPDATE[:20], UPDATE[20:] + UPDATE, b"binary", UPDATE * 250
    )
    ear, _, _ = listen()
    await until(lambda: ear.observed == 253)
    assert ear.malformed == ["binary"]
    assert ear.links == [True]
    monkeypatch.setattr(hub, "MAX_FRAME_BYTES", 100)
    server.answers["/hubs/chargers"] = socket(GREETING, "x" * 90, "x" * 90)
    other, _, _ = listen()
    await until(lambda: other.links[:2] == [True, False])


async def test_untrusted_broker(
    hass: HomeAssistant,
    cloud: Cloud,
    partner: Publisher,
    rabbit: RabbitMQ,
    charger: Charger,
    amqp_entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A certificate is always verified; then the log-in, then the encryption."""
    trusting = rabbit.tls()
    # A broker's certificate, signed by nobody that is known.
    stranger = ssl.create_default_context()
    monkeypatch.setattr(connect, "client_context", lambda: stranger)
    amqp_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(amqp_entry.entry_id)
    account = account_of(amqp_entry)
    await until(lambda: account.counters["EaseeStreamTlsError"] >= 2)
    # REST is read meanwhile.
    charger.observe(Id.POWER, 3.0)
    await until(lambda: state(hass, "sensor.garage_power") == "3.0")

    monkeypatch.setattr(connect, "client_context", lambda: trusting)
    details = dict(rabbit.details)
    wrong = {**details, "password": "marked-wrong"}
    monkeypatch.setattr(type(rabbit), "details", property(lambda _: wrong))
    assert await hass.config_entries.async_reload(amqp_entry.entry_id)
    account = account_of(amqp_entry)
    await until(lambda: account.counters["EaseeStreamAuthError"] >= 2)

    wrong["useSsl"] = False
    await until(lambda: account.counters["EaseeResponseError"] >= 1)
    issue = ("sunbridge", f"easee_queue_{amqp_entry.entry_id}")
    assert issue in ir.async_get(hass).issues
    wrong |= details
    await until(lambda: account.is_linked)
    assert issue not in ir.async_get(hass).issues
