"""Fixtures of Weheat's client: an account with two heat pumps, and its cloud."""

from collections.abc import AsyncGenerator
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from custom_components.sunbridge.vendors.weheat.api import WeheatApi
from custom_components.sunbridge.vendors.weheat.budget import Budget
from custom_components.sunbridge.vendors.weheat.keycloak import Keycloak, KeycloakTokens
from custom_components.sunbridge.vendors.weheat.rest import WeheatRest
from custom_components.sunbridge.vendors.weheat.tokens import Tokens
from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump, Kind

PAYLOADS = Path(__file__).parents[3] / "shared/reference/payloads/weheat"
USERNAME = "marked-user@example.invalid"
PASSWORD = "marked-weheat-password"
USER_AGENT = "Sunbridge tests"
# Half past eight in UTC, 2026-01-14.
NOW = 1_768_348_800.0 + 8.5 * 3600

needs_payloads = pytest.mark.skipif(
    not PAYLOADS.is_dir(), reason="the reference isn't here"
)


def payload(name: str) -> Any:
    """Return one of the payloads of the reference."""
    return json.loads((PAYLOADS / name).read_text())


@pytest.fixture
def clock() -> Clock:
    """Return a clock that both sides go by."""
    clock = Clock()
    clock.advance(NOW - clock.time())
    return clock


@pytest.fixture
def pump(clock: Clock) -> HeatPump:
    """Return an all-electric heat pump that can cool."""
    return HeatPump(clock, cooling=True)


@pytest.fixture
def hybrid(clock: Clock) -> HeatPump:
    """Return a heat pump beside a boiler, without a name."""
    return HeatPump(clock, kind=Kind.HYBRID, model=0, seed=2, name=None)


@pytest.fixture
def account(pump: HeatPump, hybrid: HeatPump) -> Account:
    """Return the account of both."""
    return Account(USERNAME, PASSWORD, pumps=[pump, hybrid])


@pytest.fixture
async def cloud(
    socket_enabled: None, account: Account, clock: Clock
) -> AsyncGenerator[Cloud]:
    """Serve the account."""
    async with Cloud([account], clock=clock) as served:
        yield served


@pytest.fixture
async def client() -> AsyncGenerator[httpx.AsyncClient]:
    """Return what requests are sent with."""
    async with httpx.AsyncClient() as client:
        yield client


@pytest.fixture
def keycloak(cloud: Cloud, client: httpx.AsyncClient, clock: Clock) -> Keycloak:
    """Return the log-in."""
    return Keycloak(
        client, f"{cloud.auth_url}/token", user_agent=USER_AGENT, now_s=clock.time
    )


@pytest.fixture
def stored() -> list[Tokens]:
    """Return the tokens that were given to be stored."""
    return []


@pytest.fixture
async def source(
    keycloak: Keycloak, stored: list[Tokens], clock: Clock
) -> KeycloakTokens:
    """Return the tokens of a log-in."""
    tokens = await keycloak.password(USERNAME, PASSWORD)
    return KeycloakTokens(
        keycloak, tokens, lambda _, new: stored.append(new), now_s=clock.time
    )


@pytest.fixture
def budget() -> Budget:
    """Return the budget of the account."""
    return Budget()


@pytest.fixture
def rest(
    cloud: Cloud,
    client: httpx.AsyncClient,
    source: KeycloakTokens,
    budget: Budget,
    clock: Clock,
) -> WeheatRest:
    """Return the requests of the account."""
    return WeheatRest(
        client,
        cloud.url,
        source,
        user_agent=USER_AGENT,
        budget=budget,
        now_s=clock.time,
    )


@pytest.fixture
def api(rest: WeheatRest) -> WeheatApi:
    """Return what may be asked for."""
    return WeheatApi(rest)
