"""Easee: its queue, its hub, its REST API, and what comes of them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
import json
import math
from typing import Any, Final, cast

from aio_pika.connection import make_url
import aiohttp
import httpx
import orjson

from custom_components.sunbridge.vendors.easee import (
    charger_keys,
    equalizer_keys,
    own_keys,
)
from custom_components.sunbridge.vendors.easee.api import (
    AmqpDetails,
    EaseeApi,
    Product,
    Ticket,
)
from custom_components.sunbridge.vendors.easee.charger import ChargerState
from custom_components.sunbridge.vendors.easee.equalizer import EqualizerState
from custom_components.sunbridge.vendors.easee.errors import (
    EaseeError,
    EaseeStreamError,
)
from custom_components.sunbridge.vendors.easee.gate import Block
from custom_components.sunbridge.vendors.easee.hub import (
    MAX_FRAME_BYTES,
    HubStream,
    _shaken_hands,
)
from custom_components.sunbridge.vendors.easee.messages import error_key
from custom_components.sunbridge.vendors.easee.parse import Parsed, message, observed_in
from custom_components.sunbridge.vendors.easee.redact import redacted
from custom_components.sunbridge.vendors.easee.rest import EaseeRest
from custom_components.sunbridge.vendors.easee.state import DeviceState, Observed
from custom_components.sunbridge.vendors.easee.tables import (
    CHARGER_DESCRIPTIONS,
    EQUALIZER_DESCRIPTIONS,
)
from custom_components.sunbridge.vendors.easee.times import epoch_s
from custom_components.sunbridge.vendors.waits import wait_min

from .dice import Dice, often, pick
from .seeds import (
    AT,
    EASEE_ANSWERS,
    EASEE_FRAMES,
    EASEE_MESSAGES,
    EASEE_OBSERVATIONS,
    EASEE_SERIAL,
    NOW_S,
)
from .target import Answer, Server, Target, answer_of, read_all
from .wild import TEXTS, anything, body_of, encoded, gone_wrong, harmed, scalar

_PASSWORD: Final = "marked-password"
_NUMBERS: Final = (*charger_keys.KEYS, *equalizer_keys.KEYS, -1, 10**9)
_LONGEST_SHAPE: Final = 2000


def _states(observed: list[Observed]) -> None:
    """Merge observations, into a charger and an Equalizer; look at all of it."""
    charger, equalizer = ChargerState(), EqualizerState()
    for number, one in enumerate(observed):
        for state in (charger, equalizer):
            state.take(one, NOW_S + number, is_newest=bool(number % 2))
    for state, descriptions in (
        (charger, CHARGER_DESCRIPTIONS),
        (equalizer, EQUALIZER_DESCRIPTIONS),
    ):
        state.put(own_keys.DELAY_CLOUD, 1.0)
        read_all(descriptions, state, state.reports)
        json.dumps(redacted(state))
        _bounded(state)
    kept = json.loads(json.dumps(charger.kept(), allow_nan=False))
    again = ChargerState()
    again.restore(kept)
    assert again.energy == charger.energy


def _bounded(state: DeviceState) -> None:
    update = state.drain()
    assert update.changed <= state.values.keys()
    assert all(math.isfinite(at_s) for at_s in state.times_s.values())


def _parsed(parsed: Parsed) -> str:
    for one in parsed.observed:
        assert isinstance(one.device, str)
        assert isinstance(one.number, int)
        for at_s in (one.at_s, one.arrived_s):
            assert at_s is None or math.isfinite(at_s)
    for shape in parsed.malformed:
        assert len(shape) <= _LONGEST_SHAPE
        assert _PASSWORD not in shape
    for result in parsed.results:
        assert isinstance(result.command, int)
    _states(parsed.observed)
    return (
        "observed"
        if parsed.observed
        else "result"
        if parsed.results
        else "malformed"
        if parsed.malformed
        else "nothing"
    )


def _header_value(dice: Dice) -> Any:
    """Return what AMQP's tables have: more than JSON."""
    match dice.number(0, 7):
        case 0:
            return datetime.fromtimestamp(dice.number(0, 2**33), UTC)
        case 1:
            return datetime(1, 1, 1)
        case 2:
            return dice.data(8)
        case 3:
            return Decimal(dice.number(0, 10**9)) / 100
        case 4:
            return encoded(pick(dice, TEXTS))
    return anything(dice, 2)


type _Message = tuple[bytes, str, dict[str, Any] | None, str | None]


def make_message(dice: Dice) -> _Message:
    """Return a message of the queue: body, routing key, headers and encoding."""
    device = EASEE_SERIAL if often(dice, 4, 5) else pick(dice, TEXTS)
    number = str(pick(dice, _NUMBERS)) if often(dice, 4, 5) else pick(dice, TEXTS)
    key = pick(
        dice,
        (f"{device}.O.{number}", f"{device}.OP.1", f"{device}.CR.{number}.{number}",
         f"{device}.P.1", "SYS.x", "", f"{device}", "a.b.c.d.e", "." * 300),
    )  # fmt: skip
    headers: dict[str, Any] | None = None
    if often(dice, 1, 2):
        names = ("ArrivalTime", "mid", "SerialNumber", "ObservationId", "id", "", "x")
        headers = {pick(dice, names): _header_value(dice) for _ in range(2)}
    encoding = pick(dice, (None, None, None, "gzip", "br", ""))
    if often(dice, 1, 5):
        rows = (
            f"{pick(dice, _NUMBERS)},{pick(dice, (AT, *TEXTS))},{pick(dice, TEXTS)}"
            for _ in range(dice.number(1, 4))
        )
        body = harmed(dice, "\r\n".join(rows).encode(errors="replace"))
    else:
        body = body_of(dice, EASEE_MESSAGES)
    return body, key, headers, encoding


def _check_message(case: _Message) -> str:
    return _parsed(message(*case))


def make_observed(dice: Dice, now_s: float = NOW_S) -> list[Any]:
    """Return observations that are well-formed but for one value, many of them."""
    found = []
    for _ in range(dice.number(1, 16)):
        one = dict(pick(dice, EASEE_OBSERVATIONS))
        if often(dice, 1, 3):
            one["id"] = pick(dice, _NUMBERS)
        if often(dice, 1, 2):
            one["value"] = scalar(dice) if often(dice, 2, 3) else anything(dice)
        at_s = now_s + dice.number(-90_000, 5_000)
        one["timestamp"] = (
            datetime.fromtimestamp(at_s, UTC).isoformat()
            if often(dice, 6, 7)
            else scalar(dice)
        )
        found.append(one)
    return found


def _check_observed(case: list[Any]) -> str:
    try:
        content = orjson.loads(encoded(case))
    except orjson.JSONDecodeError:
        return "no JSON"
    return _parsed(observed_in(content))


def _make_time(dice: Dice) -> Any:
    return _header_value(dice) if often(dice, 1, 2) else scalar(dice)


def _check_time(case: Any) -> str:
    found = epoch_s(case)
    assert found is None or (isinstance(found, float) and math.isfinite(found))
    return "none" if found is None else "a time"


class _Socket:
    """A hub's socket, which has these texts to say and then breaks."""

    def __init__(self, texts: list[Any]) -> None:
        self._texts = texts

    async def send_str(self, text: str) -> None:
        """Take what is sent."""

    async def receive(self, timeout: float | None = None) -> aiohttp.WSMessage:
        if not self._texts:
            return aiohttp.WSMessage(aiohttp.WSMsgType.CLOSED, None, None)
        data = self._texts.pop(0)
        kind = aiohttp.WSMsgType.TEXT
        if isinstance(data, bytes):
            kind = aiohttp.WSMsgType.BINARY
        return aiohttp.WSMessage(kind, data, None)


class _Ear:
    """Listens as an account does."""

    def __init__(self) -> None:
        self.found: list[Parsed] = []

    def heard(self, parsed: Parsed) -> None:
        self.found.append(parsed)


def _make_frames(dice: Dice) -> list[Any]:
    whole = ""
    for _ in range(dice.number(1, 5)):
        # A WebSocket's text is UTF-8 that the client has decoded.
        body = body_of(dice, EASEE_FRAMES) if often(dice, 2, 3) else b"{}"
        whole += body.decode(errors="replace") + ("\x1e" if often(dice, 5, 6) else "")
    texts: list[Any] = []
    while whole and often(dice, 1, 3):
        at = dice.number(0, len(whole))
        texts.append(whole[:at])
        whole = whole[at:]
    texts.append(whole)
    if often(dice, 1, 10):
        texts.insert(0, b"\x00")
    return texts


async def _check_frames(texts: list[Any]) -> str:
    ear = _Ear()
    stream = HubStream(
        cast("Any", None), "", cast("Any", None), Block(), cast("Any", ear),
        user_agent="",
    )  # fmt: skip
    told = ""
    try:
        await _shaken_hands(cast("Any", _Socket(texts[:1])))
    except EaseeStreamError as err:
        told = str(err)
    try:
        await stream._receive(cast("Any", _Socket(list(texts))), "")
    except EaseeStreamError as err:
        told += str(err)
    assert sum(len(one.observed) for one in ear.found) <= MAX_FRAME_BYTES
    for parsed in ear.found:
        _parsed(parsed)
    return f"{len(ear.found)} heard" if ear.found else told[-40:]


type _Asked = tuple[int, tuple[Answer, ...]]
_CALLS: Final[tuple[Callable[[EaseeApi], Awaitable[Any]], ...]] = (
    lambda api: api.rest.login(),
    lambda api: api.products(),
    lambda api: api.observations(EASEE_SERIAL, (120, 109)),
    lambda api: api.amqp_details(),
    lambda api: api.is_integration_account(),
    lambda api: api.latest_firmware(EASEE_SERIAL),
    lambda api: api.surplus("QP123456"),
    lambda api: api.send("/api/chargers/EH123456/commands/x", {"amps": 6}),
    lambda api: api.is_executed(Ticket(EASEE_SERIAL, 48, 1)),
)
_LOGGED_IN: Final = {"accessToken": "a.b.c", "expiresIn": 3600, "refreshToken": "d"}


def _make_answers(dice: Dice) -> _Asked:
    answers = [
        answer_of(dice, body_of(dice, EASEE_ANSWERS)) for _ in range(dice.number(1, 3))
    ]
    if often(dice, 5, 6):
        answers.insert(0, Answer(200, (), encoded(_LOGGED_IN)))
    return dice.number(0, len(_CALLS) - 1), tuple(answers)


async def _check_answers(case: _Asked) -> str:
    number, answers = case
    server = Server(*answers)
    async with httpx.AsyncClient(transport=server) as client:
        api = EaseeApi(
            EaseeRest(
                client, "https://example.invalid", "user", _PASSWORD, user_agent="test"
            )
        )
        try:
            found = await _CALLS[number](api)
        except EaseeError as err:
            _told(err)
            return type(err).__name__
    assert len(server.requests) <= 6
    assert all(_PASSWORD not in str(request.url) for request in server.requests)
    if isinstance(found, AmqpDetails):
        make_url(
            host=found.host, port=found.port, login=found.username,
            password=found.password, virtualhost=found.virtual_host, ssl=True,
        )  # fmt: skip
        assert isinstance(found.queue, str)
    elif isinstance(found, tuple):
        for one in found:
            if isinstance(one, Product):
                assert len(one.name) <= 64
        _states([one for one in found if isinstance(one, Observed)])
    return f"call {number}"


def _told(err: EaseeError) -> None:
    error_key(err)
    assert int(wait_min(err)) <= 1441
    assert _PASSWORD not in str(err)


async def _check_details(bodies: list[Any]) -> str:
    """Connection details that can be read can also be used."""
    return await _check_answers((3, tuple(bodies)))


def _make_details(dice: Dice) -> list[Any]:
    details = [
        one for one in EASEE_ANSWERS if isinstance(one, dict) and "server" in one
    ]
    body = encoded(gone_wrong(dice, details, scalar))
    return [Answer(200, (), encoded(_LOGGED_IN)), Answer(200, (), body)]


TARGETS: Final = {
    "easee amqp": Target(make_message, _check_message),
    "easee observed": Target(make_observed, _check_observed),
    "easee times": Target(_make_time, _check_time),
    "easee hub": Target(_make_frames, _check_frames),
    "easee rest": Target(_make_answers, _check_answers),
    "easee details": Target(_make_details, _check_details),
}
