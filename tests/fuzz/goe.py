"""A go-e charger: what its cloud, the charger itself and brokers say of it."""

import asyncio
from collections.abc import Mapping
import json
import math
from typing import Any, Final, cast

import httpx

from custom_components.sunbridge.vendors.goe.cloud import CloudTransport
from custom_components.sunbridge.vendors.goe.device import (
    device_info,
    friendly_name,
    is_charger,
)
from custom_components.sunbridge.vendors.goe.errors import GoeError, GoeRejectedError
from custom_components.sunbridge.vendors.goe.flow_mqtt import _heard
from custom_components.sunbridge.vendors.goe.http import json_object
from custom_components.sunbridge.vendors.goe.keys import KEYS
from custom_components.sunbridge.vendors.goe.local import LocalTransport
from custom_components.sunbridge.vendors.goe.messages import error_key
from custom_components.sunbridge.vendors.goe.mqtt import MqttLink, parsed_topics
from custom_components.sunbridge.vendors.goe.redact import redacted
from custom_components.sunbridge.vendors.goe.status import Status
from custom_components.sunbridge.vendors.goe.tables import DESCRIPTIONS
from custom_components.sunbridge.vendors.goe.trouble import Trouble
from custom_components.sunbridge.vendors.json import JsonValue
from homeassistant.const import MAX_LENGTH_STATE_STATE

from .dice import Dice, often, pick
from .seeds import GOE, GOE_SERIAL, GOE_TOPICS, NOW_S
from .target import Answer, Server, Target, answer_of, read_all
from .wild import TEXTS, body_of, encoded, gone_wrong

_TOKEN: Final = "marked-token"
_BASES: Final = (
    f"go-eCharger/{GOE_SERIAL}/",
    f"/go-eCharger/{GOE_SERIAL}/",
    "home/",
    "",
)
_MESSAGES: Final = 12


def _merged(*bodies: Mapping[str, JsonValue]) -> Status:
    """Merge reports; look at all that follows from them."""
    status = Status.of(KEYS)
    for number, body in enumerate(bodies):
        update = status.merge(body, NOW_S + number)
        assert update.malformed <= update.status.keys.keys()
        status = update.status
    read_all(DESCRIPTIONS, status, status.reports)
    assert len(friendly_name(status)) <= MAX_LENGTH_STATE_STATE // 2
    is_charger(status)
    device_info("goe_1", "Garage", GOE_SERIAL, status)
    json.dumps(redacted(status.raw))
    return status


def _make_statuses(dice: Dice) -> list[bytes]:
    return [body_of(dice, GOE) for _ in range(dice.number(1, 3))]


def _check_statuses(bodies: list[bytes]) -> str:
    found = [body for body in map(json_object, bodies) if body is not None]
    if found:
        _merged(*found)
    return f"{len(found)} read"


type _Asked = tuple[bool, bool, Answer, Any]


def _make_answer(dice: Dice) -> _Asked:
    keys = {pick(dice, GOE_TOPICS): True for _ in range(2)}
    seeds = [*GOE, {"success": False}, {"age": 3.5}, keys, dict.fromkeys(keys, "no")]
    answer = answer_of(dice, body_of(dice, seeds))
    return bool(dice.number(0, 1)), bool(dice.number(0, 1)), answer, keys


async def _check_answer(case: _Asked) -> str:
    is_cloud, is_set, answer, keys = case
    server = Server(answer)
    async with httpx.AsyncClient(transport=server) as client:
        way = (
            CloudTransport(client, f"https://{GOE_SERIAL}.example.invalid", _TOKEN)
            if is_cloud
            else LocalTransport(client, "192.0.2.1")
        )
        try:
            if is_set:
                await way.set(keys)
                return "set"
            report = await way.status(frozenset(keys), 30)
        except GoeError as err:
            _told(err, "cloud" if is_cloud else "local")
            return type(err).__name__
    assert all(_TOKEN not in str(request.url) for request in server.requests)
    assert report.age_s is None or report.age_s >= 0
    _merged(report.values)
    return "status"


def _told(err: GoeError, transport: str) -> None:
    if not isinstance(err, GoeRejectedError):
        error_key(err, transport)
    assert _TOKEN not in str(err)
    trouble = Trouble()
    trouble.add(err, NOW_S)
    assert 0 <= trouble.retry_in_s(err) <= 3600


class Broker:
    """A broker that says what it's told to."""

    error = None

    async def start(
        self, topics: Any, on_message: Any, on_link: Any, *, instead: Any = ()
    ) -> None:
        """Take who listens."""
        self.say, self.link = on_message, on_link

    async def publish(self, topic: str, payload: bytes) -> None:
        """Take a setting."""

    async def stop(self) -> None:
        """End."""


class Ear:
    """Listens as a coordinator does."""

    def __init__(self) -> None:
        """Start with nothing heard."""
        self.reports: list[Mapping[str, JsonValue]] = []
        self.count = 0

    def wants(self, key: str) -> bool:
        """Want some keys."""
        return key in {"amp", "nrg", "fwv"}

    def heard(self, values: Mapping[str, JsonValue]) -> None:
        """Keep a report."""
        self.reports.append(values)

    def alive(self) -> None:
        """Count a sign of life."""
        self.count += 1

    def linked(self, up: bool) -> None:
        """Count a connection."""
        self.count += up

    def moved(self, base: str) -> None:
        """Check another base."""
        assert base.endswith("/")

    def malformed(self, key: str) -> None:
        """Check what is told of a payload that's none."""
        assert key


type _Said = tuple[str, bytes, bool]


def _make_messages(dice: Dice) -> list[_Said]:
    found = []
    for _ in range(dice.number(1, _MESSAGES)):
        key, value = pick(dice, list(pick(dice, GOE).items()))
        base = pick(dice, _BASES)
        if often(dice, 1, 6):
            base = pick(dice, TEXTS) if often(dice, 1, 2) else dice.text(9)
        if often(dice, 1, 6):
            key = pick(dice, ("fwv/result", "amp/result", "var", "", *TEXTS))
        body = body_of(dice, [value]) if often(dice, 1, 2) else encoded(value)
        # A topic is always UTF-8 that the client has decoded.
        topic = f"{base}{key}".encode(errors="replace").decode()
        found.append((topic, body, bool(dice.number(0, 1))))
    return found


async def _check_messages(messages: list[_Said]) -> str:
    broker, ear = Broker(), Ear()
    link = MqttLink(cast("Any", broker), _BASES[0], cast("Any", ear))
    await link.start()
    broker.link(True)
    setting = asyncio.ensure_future(link.set({"amp": 6}))
    await asyncio.sleep(0)
    for message in messages:
        broker.say(*message)
    link._flush()
    setting.cancel()
    results = await asyncio.gather(setting, return_exceptions=True)
    assert isinstance(results[0], (GoeError, asyncio.CancelledError, type(None)))
    await link.stop()
    if ear.reports:
        _merged(*ear.reports)
    return f"{len(ear.reports)} told"


def _check_topics(messages: list[_Said]) -> str:
    values = parsed_topics((topic, payload) for topic, payload, _ in messages)
    found = [heard for base, told in values.items() if (heard := _heard(base, told))]
    for heard in found:
        assert heard.serial.isdigit()
        assert len(heard.label) <= MAX_LENGTH_STATE_STATE
        assert heard.name.isprintable()
    return f"{len(found)} heard"


def _make_values(dice: Dice) -> list[bytes]:
    """Return reports that are JSON nearly always, so that values are what's odd."""
    return [encoded(gone_wrong(dice, GOE, most=8)) for _ in range(2)]


def _check_values(bodies: list[bytes]) -> str:
    found = [body for body in map(json_object, bodies) if body is not None]
    if found:
        status = _merged(*found)
        assert status.booted_at_s is None or math.isfinite(status.booted_at_s)
    return f"{len(found)} merged"


TARGETS: Final = {
    "goe status": Target(_make_statuses, _check_statuses),
    "goe values": Target(_make_values, _check_values),
    "goe http": Target(_make_answer, _check_answer),
    "goe mqtt": Target(_make_messages, _check_messages),
    "goe mqtt flow": Target(_make_messages, _check_topics),
}
