"""What the REST API answers when it answers oddly."""

from collections.abc import AsyncGenerator
from typing import Any

from aiohttp import web
import httpx
import pytest

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
from custom_components.sunbridge.vendors.easee.rest import EaseeRest

from .conftest import Server

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


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        # Nothing was to be changed.
        (202, [], None),
        (202, {"device": "EH1", "commandId": 48, "ticks": 0}, None),
        # It's queued, and can't be recognized.
        (202, None, ()),
        (202, {}, ()),
        (202, ["?"], ()),
        (202, {"device": "EH1", "commandId": "48", "ticks": 123}, ()),
        (202, {"device": "EH1", "commandId": 48, "ticks": 123}, (TICKET,)),
        (200, {"id": 48, "wasAccepted": None, "resultCode": 3}, ()),
    ],
)
async def test_what_is_waited_for(
    api: EaseeApi,
    server: Server,
    status: int,
    answer: Any,
    expected: tuple[Ticket, ...] | None,
) -> None:
    """What is queued is waited for, even if the answer doesn't say what it is."""

    async def queue(_: web.Request) -> web.Response:
        if answer is None:
            return web.Response(status=status)
        return web.json_response(answer, status=status)

    server.answers["/x"] = queue
    assert await api.send("/x", {}) == expected


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"id": 48, "wasAccepted": None, "resultCode": 4}, EaseeRejectedError),
        ({"id": 48, "wasAccepted": False, "resultCode": 0}, EaseeRejectedError),
        ({"id": 48, "wasAccepted": None, "resultCode": 2}, EaseeExpiredError),
        ([{"id": 48}, {"id": 48, "resultCode": 4}], EaseeRejectedError),
    ],
)
async def test_refused_at_once(
    api: EaseeApi, server: Server, answer: Any, error: type[EaseeError]
) -> None:
    """The answer may be the result already."""
    server.answers["/x"] = answer
    with pytest.raises(error):
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


def test_refused_together() -> None:
    """What was under way as a block was noted counts as one refusal."""
    block = Block()
    first_s = block.refused(0, None, by_firewall=True).wait_s
    for _ in range(4):
        assert block.refused(0, None, by_firewall=True).wait_s == first_s
    assert block.refused(1, 300, by_firewall=True).wait_s == 300
    assert 60 <= block.refused(301, None, by_firewall=True).wait_s <= 72


def test_firewall() -> None:
    """Its block may last for a day after the last request, so one day none is sent."""
    block, now_s = Block(), 0.0
    waits: list[float] = []
    for _ in range(16):
        waits.append(block.refused(now_s, None, by_firewall=True).wait_s)
        now_s = block.until_s
    # At most as long again as it was blocked for, and a little by chance.
    for number, wait_s in enumerate(waits[1:], 1):
        assert wait_s <= 1.2 * (sum(waits[:number]) + 30)
    assert 86_400 <= waits[-1] <= 86_400 * 1.2


@pytest.mark.parametrize("listed", [[], {"observations": []}])
async def test_never_said_anything(api: EaseeApi, server: Server, listed: Any) -> None:
    """A product without observations is none that can't be read."""
    server.answers["/state/EH1/observations"] = listed
    assert await api.observations("EH1", [109]) == ()


@pytest.mark.parametrize(
    "answer",
    [None, {}, "", {"observations": None}, {"values": []}, [{"x": 1}], [None]],
)
async def test_observations_of_another_shape(
    api: EaseeApi, server: Server, answer: Any
) -> None:
    """What isn't understood is no news: it mustn't keep old values fresh."""
    server.answers["/state/EH1/observations"] = answer
    with pytest.raises(EaseeResponseError):
        await api.observations("EH1", [109])


def test_block_and_budget() -> None:
    """Refusals add up, and budgets slide."""
    block = Block()
    now_s = 0.0
    waits: list[float] = []
    for _ in range(9):
        waits.append(block.refused(now_s, None, by_firewall=False).wait_s)
        with pytest.raises(EaseeBusyError):
            block.check(now_s + 10)
        now_s = block.until_s
        block.check(now_s)
    assert waits[:5] == sorted(waits[:5])
    assert waits[0] >= 30
    assert waits[-1] <= 900 * 1.2
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
