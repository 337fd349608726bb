"""The vendors of the demo: a simulator for each, and the answers to its flow."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from simulators.goe import Car, Charger, CloudFront, LocalFront


@dataclass(frozen=True)
class Started:
    """A simulator that runs.

    ``environment`` is for Home Assistant's process. ``steps`` are what a person
    would enter in the flow, a mapping for each form or menu.
    """

    steps: list[dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)


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


_GOE_SHOWS = ("power", "voltage_l1", "charging_current")

VENDORS = (
    Vendor("goe", "cloud", _goe_cloud, _GOE_SHOWS),
    Vendor("goe", "local", _goe_local, _GOE_SHOWS),
)
