"""The vendors of the demo: a simulator for each, and the answers to its flow."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
import math
from pathlib import Path
import tempfile
import time
from typing import Any

import certifi

from simulators import easee
from simulators.certificates import Authority
from simulators.easee.observations import Id
from simulators.goe import Car, Charger, CloudFront, LocalFront, MqttFront
from simulators.goe.defaults import default_status
from simulators.mosquitto import Mosquitto
from simulators.rabbitmq import RabbitMQ

from . import heat_pump
from .annex import Annex
from .house import House
from .started import Started

UPTIME_MS = 3 * 24 * 3_600_000


@dataclass(frozen=True)
class Vendor:
    """A vendor by one transport; ``shows`` names three entities by their keys.

    Live data aren't older than ``live_age_s``.
    """

    vendor: str
    transport: str
    start: Callable[[AsyncExitStack], Awaitable[Started]]
    shows: tuple[str, str, str]
    live_age_s: float = 10.0


def _charger(serial: str, name: str, *, update: bool = False) -> Charger:
    """Return a charger with a car; one has an update, as it happens in a house."""
    dump = default_status(serial, name) | {"rbt": UPTIME_MS}
    if not update:
        dump["ocu"] = [dump["fwv"]]
    charger = Charger(serial, "demo-token", name=name, dump=dump, seed=int(serial))
    charger.plug_in(Car(max_current_a=16))
    return charger


_carport = _charger("023456", "Carport")


async def _goe_cloud(stack: AsyncExitStack) -> Started:
    charger = _charger("012345", "Garage", update=True)
    front = await stack.enter_async_context(CloudFront([charger]))
    return Started(
        steps=[
            {"next_step_id": "goe"},
            {"next_step_id": "goe_cloud"},
            {"serial": "12345", "token": charger.token},
        ],
        environment={"SUNBRIDGE_GOE_CLOUD_URL": front.url + "/{serial}"},
    )


async def _goe_local(stack: AsyncExitStack) -> Started:
    _carport.set("hai", True)
    front = await stack.enter_async_context(LocalFront(_carport))
    return Started(
        steps=[
            {"next_step_id": "goe"},
            {"next_step_id": "goe_local"},
            {"host": front.url.removeprefix("http://")},
        ]
    )


async def _broker_with(
    stack: AsyncExitStack, serial: str, name: str, *houses: House | Annex
) -> dict[str, Any]:
    """Start a broker with a charger; return what a user enters of the broker."""
    broker = await stack.enter_async_context(Mosquitto())
    for house in houses:
        await house.meters(stack, broker)
    front = MqttFront(
        _charger(serial, name),
        broker.host,
        broker.port,
        username=broker.username,
        password=broker.password,
    )
    await stack.enter_async_context(front)
    return {
        "host": broker.host,
        "port": broker.port,
        "username": broker.username,
        "password": broker.password,
    }


async def _goe_mqtt(stack: AsyncExitStack) -> Started:
    # Home Assistant's broker, which has all that a house has.
    access = await _broker_with(stack, "034567", "Drive", _house, _annex)
    access |= {
        "broker": access.pop("host"),
        "other_settings": {"set_client_cert": False, "set_ca_cert": "off"},
    }
    return Started(
        steps=[
            {"next_step_id": "goe"},
            {"next_step_id": "goe_mqtt"},
            {"charger": "34567"},
        ],
        before={"mqtt": [access]},
    )


async def _goe_broker(stack: AsyncExitStack) -> Started:
    access = await _broker_with(stack, "045678", "Yard")
    return Started(
        steps=[
            {"next_step_id": "goe"},
            {"next_step_id": "goe_broker"},
            {**access, "tls": False},
            {"charger": "45678"},
        ]
    )


class _Easee:
    """Easee's cloud for two accounts: Home Assistant is told one address of it."""

    def __init__(self) -> None:
        """Make a company's chargers and a home."""
        self._cloud: easee.Cloud | None = None
        self._partner = easee.Account(
            "partner@example.com",
            "demo",
            chargers=[
                easee.Charger("EH100001", name="Bay 1"),
                easee.Charger("EH100002", name="Bay 2", node_master=False),
            ],
            integration=True,
        )
        self.own_charger = easee.Charger("EH200001", name="Easee")
        self._home = easee.Account(
            "home@example.com",
            "demo",
            chargers=[self.own_charger],
            equalizers=[easee.Equalizer("QP200001", name="Equalizer")],
            user_id=2,
        )
        # For people who try the flow by hand, and for pictures of it.
        self._visitor = easee.Account(
            "you@example.com",
            "demo",
            chargers=[easee.Charger("EH300001", name="Carport")],
            equalizers=[easee.Equalizer("QP300001", name="Meter cupboard")],
            integration=True,
            user_id=3,
        )
        for account in (self._partner, self._home, self._visitor):
            for charger in account.chargers:
                charger.latest_firmware = charger.value(Id.FIRMWARE)

    async def amqp(self, stack: AsyncExitStack) -> Started:
        """Start for the company's account."""
        return await self._started(stack, self._partner, {"transport": "amqp"})

    async def signalr(self, stack: AsyncExitStack) -> Started:
        """Start for the home's account."""
        return await self._started(stack, self._home, {})

    async def _started(
        self, stack: AsyncExitStack, account: easee.Account, more: dict[str, str]
    ) -> Started:
        environment: dict[str, str] = {}
        if self._cloud is None:
            authority = Authority()
            broker = await stack.enter_async_context(RabbitMQ(authority=authority))
            self._cloud = await stack.enter_async_context(
                easee.Cloud([self._partner, self._home, self._visitor], broker=broker)
            )
            await stack.enter_async_context(easee.Publisher(self._cloud, broker))
            environment = {
                "SUNBRIDGE_EASEE_API_URL": self._cloud.url,
                "SUNBRIDGE_EASEE_STREAMS_URL": self._cloud.streams_url,
                "REQUESTS_CA_BUNDLE": _bundle(stack, authority),
            }
        for charger in account.chargers:
            charger.plug_in(easee.Car())
        task = asyncio.create_task(_live(account))
        stack.callback(task.cancel)
        return Started(
            steps=[
                {"next_step_id": "easee"},
                {"username": account.username, "password": account.password},
                {"chosen": list(account.products), "add_new": True, **more},
            ],
            environment=environment,
        )


def _bundle(stack: AsyncExitStack, authority: Authority) -> str:
    """Write the public authorities and the broker's into a file; return its path."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sunbridge-ca-"))
    file = Path(folder) / "ca.pem"
    file.write_text(f"{certifi.contents()}\n{authority.pem}")
    return str(file)


async def _live(account: easee.Account) -> None:
    """Let time pass for chargers, and clouds over the roof."""
    while True:
        wave = math.sin(time.monotonic() / 20)
        for charger in account.chargers:
            charger.tick()
            for number in (194, 195, 196):
                charger.observe(number, round(231 + wave + number / 100, 1))
        for equalizer in account.equalizers:
            equalizer.set_grid(-2500 * wave)
        await asyncio.sleep(1)


_easee = _Easee()
_house = House(heat_pump.HEAT_PUMP)
_annex = Annex(_carport, _easee.own_charger)

_GOE_SHOWS = ("power", "current_l1", "charging_current")

_EASEE_SHOWS = ("power", "voltage_l1", "dynamic_current")

VENDORS = (
    Vendor("goe", "cloud", _goe_cloud, _GOE_SHOWS),
    Vendor("goe", "local", _goe_local, _GOE_SHOWS),
    Vendor("goe", "mqtt", _goe_mqtt, _GOE_SHOWS),
    Vendor("goe", "broker", _goe_broker, _GOE_SHOWS),
    Vendor("easee", "amqp", _easee.amqp, _EASEE_SHOWS),
    Vendor("easee", "signalr", _easee.signalr, _EASEE_SHOWS),
    # It logs every quarter of a minute.
    Vendor(
        "weheat",
        "cloud",
        heat_pump.start,
        ("electricity_in", "heat_out", "history"),
        live_age_s=30.0,
    ),
    # It says something when it's asked, or when something happens.
    Vendor(
        "nrgkick",
        "shared",
        _house.start,
        ("asking", "serving", "refused"),
        live_age_s=120.0,
    ),
    Vendor("surplus", "meter", _annex.start, ("surplus", "reason", "available")),
)
