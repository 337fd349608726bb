"""An account of Weheat in Home Assistant, and its cloud on a socket."""

import asyncio
from collections.abc import Callable, Iterator
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.weheat import (
    account as account_module,
    connect,
    repairs,
)
from custom_components.sunbridge.vendors.weheat.connect import (
    keycloak_of,
    public_client,
)
from custom_components.sunbridge.vendors.weheat.tokens import Tokens
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from simulators.clock import Clock
from simulators.weheat import Cloud, HeatPump, Kind
from tests.weheat.conftest import PASSWORD, USERNAME, account, cloud

__all__ = ["account", "cloud"]

RETRY = ConfigEntryState.SETUP_RETRY


@pytest.fixture(autouse=True)
def quiet_database() -> Iterator[None]:
    """Don't log each statement: a year of hours has a million of them."""
    logger = logging.getLogger("sqlalchemy.engine")
    before = logger.level
    logger.setLevel(logging.WARNING)
    yield
    logger.setLevel(before)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Let no test know of another's."""
    yield
    connect._SOURCES.clear()
    repairs._WATCHES.clear()


@pytest.fixture
def clock() -> Clock:
    """Return a clock that goes like Home Assistant's."""
    return Clock()


@pytest.fixture
def pump(clock: Clock) -> HeatPump:
    """Return a heat pump with a short history."""
    return HeatPump(clock, cooling=True, name="Cellar", history_days=3)


@pytest.fixture
def hybrid(clock: Clock) -> HeatPump:
    """Return a heat pump beside a boiler, without a name."""
    return HeatPump(clock, kind=Kind.HYBRID, model=0, seed=2, name=None, history_days=3)


@pytest.fixture
def served(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """Let the integration find the simulated cloud, and look often."""
    monkeypatch.setenv("SUNBRIDGE_WEHEAT_API_URL", cloud.url)
    monkeypatch.setenv("SUNBRIDGE_WEHEAT_AUTH_URL", cloud.auth_url)
    monkeypatch.setattr(account_module, "LOOK_EVERY_S", 0.05)
    return cloud


@pytest.fixture
async def entry(hass: HomeAssistant, served: Cloud) -> MockConfigEntry:
    """Return the entry of an account that has logged in."""
    return await new_entry(hass, served)


async def tokens_of(hass: HomeAssistant) -> Tokens:
    """Log in as the user does."""
    return await keycloak_of(hass, public_client(hass)).password(USERNAME, PASSWORD)


async def new_entry(
    hass: HomeAssistant, served: Cloud, **options: Any
) -> MockConfigEntry:
    """Return an entry of the account, as the flow makes it."""
    user_id = served.accounts[0].id
    entry = MockConfigEntry(
        domain="sunbridge",
        title="Weheat",
        unique_id=f"weheat_{user_id}",
        data={
            "vendor": "weheat",
            "transport": "password",
            "user_id": user_id,
            "tokens": (await tokens_of(hass)).as_dict(),
            "auth_implementation": None,
            "chosen": [pump.id for pump in served.accounts[0].pumps],
            "left_out": [],
            "add_new": True,
        },
        options=options,
    )
    entry.add_to_hass(hass)
    return entry


def run_out(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let the entry's access token be too old."""
    tokens = {**entry.data["tokens"], "expires_at_s": 0.0}
    hass.config_entries.async_update_entry(entry, data={**entry.data, "tokens": tokens})


async def until(condition: Callable[[], bool], timeout_s: float = 50.0) -> None:
    """Wait until something is so."""
    try:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.02)
    except TimeoutError:
        assert condition()


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Set the account up; return the first heat pump's coordinator."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry.runtime_data.coordinators[0]


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's state."""
    found = hass.states.get(entity_id)
    return None if found is None else found.state
