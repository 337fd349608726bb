"""What fuzzing has found, case by case."""

import asyncio
import contextlib
from datetime import UTC, datetime
from decimal import Decimal
import gzip
import math
from typing import Any, cast

import httpx
import pytest

from custom_components.sunbridge.vendors.easee.api import AmqpDetails, EaseeApi
from custom_components.sunbridge.vendors.easee.charger import ChargerState
from custom_components.sunbridge.vendors.easee.errors import EaseeResponseError
from custom_components.sunbridge.vendors.easee.parse import message
from custom_components.sunbridge.vendors.easee.rest import EaseeRest
from custom_components.sunbridge.vendors.easee.state import Observed
from custom_components.sunbridge.vendors.easee.stored import current_of
from custom_components.sunbridge.vendors.easee.times import epoch_s
from custom_components.sunbridge.vendors.fetch import TooLargeError, fetch
from custom_components.sunbridge.vendors.goe import derive, keys
from custom_components.sunbridge.vendors.goe.device import friendly_name
from custom_components.sunbridge.vendors.goe.errors import (
    GoeRejectedError,
    GoeResponseError,
)
from custom_components.sunbridge.vendors.goe.keys import KEYS
from custom_components.sunbridge.vendors.goe.local import LocalTransport
from custom_components.sunbridge.vendors.goe.mqtt import MqttLink
from custom_components.sunbridge.vendors.goe.status import Status
from custom_components.sunbridge.vendors.lenient import number
from custom_components.sunbridge.vendors.names import plain
from custom_components.sunbridge.vendors.nrgkick.const import VALUES_PATH
from custom_components.sunbridge.vendors.weheat import keys as weheat_keys
from custom_components.sunbridge.vendors.weheat.energy import Ledger
from custom_components.sunbridge.vendors.weheat.pump import Pump

from .goe import Broker, Ear
from .kept import books, chargers
from .nrgkick import serving, talk
from .seeds import EASEE_ANSWERS, EASEE_SERIAL, NOW_S
from .target import Answer, Server
from .wild import encoded

DIGITS = "9" * 5000
DETAILS: dict[str, Any] = next(
    one for one in EASEE_ANSWERS if isinstance(one, dict) and "queueName" in one
)


def merged(**body: Any) -> Status:
    """Return the status of a charger that said this."""
    return Status.of(KEYS).merge(body, NOW_S).status


@pytest.mark.parametrize("uptime_ms", [1e15, -1e15, 9e14, 4e12, -8e12])
def test_no_date(uptime_ms: float) -> None:
    """A charger whose clock is mad has no times, and raises nothing."""
    status = merged(rbt=uptime_ms, lmsc=5e14)
    assert derive.moment(status, keys.LMSC) is None
    status = merged(rbt=uptime_ms, lmsc=-5e14)
    assert derive.moment(status, keys.LMSC) is None
    found = derive.booted_at(status)
    assert found is None or found < datetime(2107, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("value", [1e16, -1e300, 10**400, math.inf, math.nan])
def test_no_state_is_that_long(value: float) -> None:
    """A state has 255 signs at the most, and no number of a device is that large."""
    assert merged(eto=value)[keys.ETO] is None
    with pytest.raises(ValueError, match="large"):
        number(value)
    assert merged(eto=1e15)[keys.ETO] == 1e15
    assert number("1e15") == 1e15


def test_texts_are_short() -> None:
    """Texts that are shown have an end."""
    assert merged(ct="x" * 256)[keys.CT] is None
    assert merged(ct="x" * 255)[keys.CT] is not None
    state = ChargerState()
    for key in (36, 84, 118, 128, 251):
        state.take(Observed("x", key, "y" * 1000, NOW_S), NOW_S)
    assert {len(cast(str, value)) for value in state.values.values()} == {255}


@pytest.mark.parametrize("order", [[1, 2], [1, 2, "x" * 300], [[]] * 3, [1, 2, 2.5]])
def test_phase_order(order: list[Any]) -> None:
    """An order of phases has three numbers."""
    assert merged(map=order)[keys.MAP] is None
    assert merged(map=[1, 3, 2])[keys.MAP] == (1, 3, 2)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Garage\n2026-11-20 ERROR all is lost", "Garage 2026-11-20 ERROR all is lost"),
        ("\x1b[2J\x07\u202eGarage", "[2J Garage"),
        ("x" * 1000, "x" * 64),
        (" \t\r\n\x00", ""),
        ("Wärme im Keller", "Wärme im Keller"),
    ],
)
def test_names_are_one_line(name: str, shown: str) -> None:
    """A name can't pretend to be another line of the log."""
    assert plain(name) == shown
    assert friendly_name(merged(fna=name[:255])) == (shown or "go-e Charger")
    pump = Pump.from_json({"id": "x", "name": name})
    assert pump is not None
    assert pump.name == (shown or "Weheat")
    assert GoeRejectedError({"amp": name}).reasons == {"amp": plain(name, 200)}


@pytest.mark.parametrize("is_packed", [False, True])
async def test_endless_answer(is_packed: bool) -> None:
    """What a charger's address answers isn't read for ever, packed or not."""
    body = b'{"fna": "' + b"x" * 2_000_000
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if is_packed:
        body, headers = gzip.compress(body), ((b"Content-Encoding", b"gzip"),)
        assert len(body) < 10_000
    server = Server(Answer(200, headers, body))
    async with httpx.AsyncClient(transport=server) as client:
        with pytest.raises(GoeResponseError, match="too large"):
            await LocalTransport(client, "192.0.2.1").status()


async def test_nothing_is_left_of_an_endless_answer(socket_enabled: None) -> None:
    """The connection is closed at once, and nothing of the client lives on."""
    closed = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")
                await writer.drain()
        closed.set()
        writer.close()

    loop: Any = asyncio.get_running_loop()
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, httpx.AsyncClient() as client:
        before = set(loop._asyncgens)
        with pytest.raises(TooLargeError):
            await fetch(client, "GET", url, headers={}, most_bytes=100_000)
        assert set(loop._asyncgens) <= before
        async with asyncio.timeout(20):
            await closed.wait()


async def test_no_broker_fills_the_memory() -> None:
    """All values of a charger together have a limit, also under other prefixes."""
    broker, ear = Broker(), Ear()
    link = MqttLink(cast(Any, broker), "go-eCharger/012345/", cast(Any, ear))
    await link.start()
    large = b'"' + b"x" * 60_000 + b'"'
    for place in range(40):
        broker.say(f"go-eCharger/012345/k{place}", large, True)
        broker.say(f"else/012345/k{place}", large, True)
        broker.say(f"else/012345/{'k' * 40}", large, True)
    link._flush()
    await link.stop()
    (values,) = ear.reports
    assert sum(value is not None for value in values.values()) == 16
    (aside,) = link._elsewhere.values()
    assert sum(map(len, aside.values())) < 1_000_000
    assert set(aside) <= set(values)


@pytest.mark.parametrize(
    ("body", "key", "headers"),
    [
        (b"1", f"EH123456.O.{DIGITS}", {}),
        (b"true", f"EH123456.CR.{DIGITS}.{DIGITS}", {}),
        (encoded({"mid": "EH123456", "id": DIGITS, "value": 1}), "", {}),
        (b"1", "", {"id": DIGITS, "mid": "EH123456"}),
    ],
)
def test_digits(body: bytes, key: str, headers: dict[str, Any]) -> None:
    """A number that Python refuses to read is none."""
    parsed = message(body, key, headers)
    assert not parsed.observed
    assert parsed.malformed


@pytest.mark.parametrize("value", [10**400, -1, Decimal(1), 1e19, math.nan, "9" * 400])
def test_no_time(value: Any) -> None:
    """Numbers beyond all times are none."""
    assert epoch_s(value) is None


@pytest.mark.parametrize(
    "odd",
    [
        {"server": 5}, {"server": {}}, {"server": "a b"}, {"server": "::"},
        {"server": "a..b"}, {"server": "x" * 64}, {"server": "h/p"}, {"server": ""},
        {"port": 0}, {"port": 65_536}, {"port": 5671.5}, {"port": DIGITS}, {"port": True},
        {"queueName": None}, {"queueName": []}, {"username": 1}, {"password": {}},
    ],
)  # fmt: skip
def test_details(odd: dict[str, Any]) -> None:
    """Connection details that the library would fail with are refused."""
    assert AmqpDetails.from_json(DETAILS | {"virtualHost": 7}).virtual_host == "/"
    with pytest.raises(EaseeResponseError):
        AmqpDetails.from_json(DETAILS | odd)


async def test_odd_serials() -> None:
    """What would lead elsewhere in an address is no serial number."""
    serials = ["../../accounts", "EH1?x=", "", "E" * 65, 7, None, "EH\n1", EASEE_SERIAL]
    tokens = {"accessToken": "a", "refreshToken": "b"}
    listed = [{"id": serial, "name": "A\nB"} for serial in serials]
    site = {"circuits": [{"chargers": listed}], "equalizers": listed}
    server = Server(
        *(Answer(200, (), encoded(one)) for one in (tokens, listed, [site]))
    )
    async with httpx.AsyncClient(transport=server) as client:
        api = EaseeApi(EaseeRest(client, "https://x", "u", "p", user_agent="test"))
        (product,) = await api.products()
    assert (product.serial, product.name) == (EASEE_SERIAL, "A B")


def test_no_cop_of_nothing() -> None:
    """Next to no electricity makes no COP that nobody can show."""
    assert weheat_keys.cop(1e-300, 4000, 70) is None
    assert weheat_keys.cop(900, 3900, 70) == 4.33


@pytest.mark.parametrize(
    "change",
    [
        {"hours": []},
        {"hours": {"7": {}}},
        {"hours": {"x": {}}},
        {"hours": {"3600": {"server": [1]}}},
        {"hours": {"3600": {"rows": {"flying": [1, 1, 1, 1]}}}},
        {"tail": [[NOW_S, 15, 70.5, 1, 1]]},
        {"tail": [[NOW_S, 15, 70, "900", 1]]},
        {"gaps": [[None, None, 1, 2, True]]},
        {"totals": {}},
        {"detail_from_s": None},
        {"progress": {"asked": [[1]]}},
        {"progress": {"rows_refused": "no"}},
        {"powered_s": 1e14},
    ],
)
def test_books_that_were_none(change: dict[str, Any]) -> None:
    """Books that can't be read are refused at once, and not when they're used."""
    kept = books()[0]
    assert Ledger.from_dict(kept).as_dict() == kept
    with pytest.raises(ValueError, match=r"not|without|flying|int\(\)"):
        Ledger.from_dict({**kept, **change})


def test_windows_have_a_length() -> None:
    """Windows of no length would be asked for again and again."""
    kept = books()[0]
    progress = {**kept["progress"], "raw_max_s": 0, "hours_max_s": 1e9}
    found = Ledger.from_dict({**kept, "progress": progress}).progress
    assert 0 < found.raw_max_s <= 4 * 3600
    assert found.hours_max_s <= 28 * 86_400


@pytest.mark.parametrize(
    "change",
    [
        {"energy": None},
        {"unplugged_at_s": "x"},
        {"energy": {"total_kwh": 1}},
        {"added": [[5, 5, 1.0]]},
        {"added": [[5, 6]]},
        {"offset_kwh": math.nan},
    ],
)
def test_a_charger_that_was_none(change: dict[str, Any]) -> None:
    """What can't be read of a charger changes nothing of it."""
    kept = chargers()[0]
    change = {**kept, **change} if change.keys() <= kept.keys() else {
        **kept, "energy": kept["energy"] | change
    }  # fmt: skip
    state = ChargerState()
    with pytest.raises(ValueError, match=r"not|without"):
        state.restore(change)
    assert state.kept() == ChargerState().kept()


@pytest.mark.parametrize(
    "change",
    [{"amps": None}, {"amps": -1}, {"until_s": NOW_S + 4000}, {"or_amps": "x"}],
)
def test_a_current_that_was_none(change: dict[str, Any]) -> None:
    """No current is renewed for longer than anybody could have set."""
    kept = chargers()[0]["kept"]
    assert current_of(kept, NOW_S) is not None
    with pytest.raises(ValueError, match="not"):
        current_of(kept | change, NOW_S)


async def test_body_that_cannot_be_read(socket_enabled: None) -> None:
    """A scanner's broken body is counted, and is no traceback in the log."""
    head = f"GET {VALUES_PATH} HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\n"
    chunked = "Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    async with serving() as port:
        await talk(port.port, [(head + chunked).encode()])
        await port.check([])
        assert port.api.answers[400] == 1
