"""The vendors of the demo: a simulator for each, and the answers to its flow."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from simulators.goe import Car, Charger, CloudFront, LocalFront, MqttFront
from simulators.mosquitto import Mosquitto


@dataclass(frozen=True)
class Started:
    """A simulator that runs.

    ``environment`` is for Home Assistant's process. ``steps`` are what a person
    would enter in the flow, a mapping for each form or menu. ``before`` are the
    integrations that are needed, with their steps.
    """

    steps: list[dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)
    before: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Vendor:
    """A vendor by one transport; ``shows`` names three entities by their keys."""

    vendor: str
    transport: str
    start: Callable[[AsyncExitStack], Awaitable[Started]]
    shows: tuple[str, str, str]


def _charger(serial: str, name: str) -> Charger:
    charger = Charger(serial, "demo-token", name=name, seed=int(serial))
    charger.plug_in(Car(max_current_a=16))
    return charger


async def _goe_cloud(stack: AsyncExitStack) -> Started:
    charger = _charger("012345", "Garage")
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
    charger = _charger("023456", "Carport")
    charger.set("hai", True)
    front = await stack.enter_async_context(LocalFront(charger))
    return Started(
        steps=[
            {"next_step_id": "goe"},
            {"next_step_id": "goe_local"},
            {"host": front.url.removeprefix("http://")},
        ]
    )


async def _broker_with(stack: AsyncExitStack, serial: str, name: str) -> dict[str, Any]:
    """Start a broker with a charger; return what a user enters of the broker."""
    broker = await stack.enter_async_context(Mosquitto())
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
    access = await _broker_with(stack, "034567", "Drive")
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


_GOE_SHOWS = ("power", "voltage_l1", "charging_current")

VENDORS = (
    Vendor("goe", "cloud", _goe_cloud, _GOE_SHOWS),
    Vendor("goe", "local", _goe_local, _GOE_SHOWS),
    Vendor("goe", "mqtt", _goe_mqtt, _GOE_SHOWS),
    Vendor("goe", "broker", _goe_broker, _GOE_SHOWS),
)
