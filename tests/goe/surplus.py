"""A go-e charger as the surplus sees it."""

from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.charging import Charging
from custom_components.sunbridge.surplus.model import ChargerReport
from custom_components.sunbridge.vendors.goe import charging as charging_module
from custom_components.sunbridge.vendors.goe.coordinator import GoeCoordinator
from homeassistant.core import HomeAssistant
from simulators.clock import Clock
from simulators.goe import Charger, CloudFront, LocalFront, MqttFront

from ..conftest import SERIAL, TOKEN
from .conftest import set_up


@pytest.fixture
def clock() -> Clock:
    """Return the charger's clock."""
    return Clock()


@pytest.fixture
def charger(clock: Clock) -> Charger:
    """Return a charger whose time can be turned."""
    return Charger(
        serial=SERIAL,
        token=TOKEN,
        name="Garage",
        seed=1,
        reaction_s=0,
        clock=clock.monotonic,
        wall_clock=clock.time,
    )


@pytest.fixture(params=["cloud", "local", "broker"])
async def coordinator(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    charger: Charger,
    cloud: CloudFront,
    local: LocalFront,
    on_broker: MqttFront,
    entry: MockConfigEntry,
    local_entry: MockConfigEntry,
    broker_entry: MockConfigEntry,
) -> GoeCoordinator:
    """Set the charger up over each way to it."""
    entries = {"cloud": entry, "local": local_entry, "broker": broker_entry}
    return await set_up(hass, entries[request.param])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let feeds follow each other as fast as a test's clock is turned."""
    for way, slow in charging_module._WAYS.items():
        monkeypatch.setitem(
            charging_module._WAYS,
            way,
            charging_module._Way(slow.reply_s, slow.delay_s, 0.0),
        )


def of(coordinator: GoeCoordinator) -> Charging:
    """Return how the surplus sees a charger."""
    found = coordinator.charging
    assert found is not None
    return found


def report(coordinator: GoeCoordinator) -> ChargerReport:
    """Return what the charger says; it has to say something."""
    found = of(coordinator).report()
    assert found is not None
    return found


def told(coordinator: GoeCoordinator) -> tuple[float | None, int | None]:
    """Return what the charger says that it was told: A and phases."""
    found = report(coordinator)
    return found.set_a, found.phases


def sets(front: CloudFront | LocalFront) -> list[dict[str, Any]]:
    """Return what was set, a request each."""
    found = []
    for request in front.requests:
        if request.path.endswith("/set"):
            pairs = (pair.split("=") for pair in request.raw_query.split("&"))
            found.append({key: _json(value) for key, value in pairs})
    return found


def _json(text: str) -> Any:
    # By hand, since the charger's side is what is tested.
    for code, sign in (
        ("%7B", "{"), ("%7D", "}"), ("%22", '"'), ("%3A", ":"), ("%2C", ","),
    ):  # fmt: skip
        text = text.replace(code, sign)
    return orjson.loads(text)
