"""A client of the simulated cloud: it logs in and asks, and expects nothing."""

from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
import json
from typing import Any

import aiohttp
import pytest

from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump, Kind

from .test_weheat_pump import DAY, HOUR

PASSWORD = "marked-weheat-password"
COMMUNITY = "WeheatCommunityAPI"
# Half past eight in UTC, 2026-01-14.
NOW = 1_768_348_800.0 + 8.5 * HOUR


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands in the past."""
    clock = Clock()
    clock.advance(NOW - clock.time())
    return clock


@pytest.fixture
def pump(clock: Clock) -> HeatPump:
    """Return an all-electric heat pump with cooling."""
    return HeatPump(clock, cooling=True)


@pytest.fixture
async def cloud(
    socket_enabled: None, clock: Clock, pump: HeatPump
) -> AsyncGenerator[Cloud]:
    """Serve an account with two heat pumps and a foreign one."""
    hybrid = HeatPump(clock, kind=Kind.HYBRID, model=0, seed=2, name=None)
    mine = Account("user@example.invalid", PASSWORD, pumps=[pump, hybrid])
    foreign = HeatPump(clock, seed=3)
    other = Account("other@example.invalid", PASSWORD, pumps=[foreign], user_id=2)
    async with Cloud([mine, other], clock=clock) as cloud:
        yield cloud


@pytest.fixture
async def session(cloud: Cloud) -> AsyncGenerator[aiohttp.ClientSession]:
    """Give a client that is logged in, and will be for long."""
    cloud.keycloak.token_s = 10 * DAY
    async with aiohttp.ClientSession() as session:
        _, tokens = await log_in(cloud, session)
        cloud.keycloak.token_s = 300
        session.headers["Authorization"] = f"Bearer {tokens['access_token']}"
        yield session


async def post(
    cloud: Cloud, session: aiohttp.ClientSession, **form: str
) -> tuple[int, Any]:
    """Ask for tokens; return code and body."""
    form = {"client_id": COMMUNITY} | form
    async with session.post(f"{cloud.auth_url}/token", data=form) as response:
        return response.status, await response.json()


async def log_in(
    cloud: Cloud, session: aiohttp.ClientSession, **changes: str
) -> tuple[int, Any]:
    """Log in by password."""
    form = {
        "grant_type": "password",
        "username": "user@example.invalid",
        "password": PASSWORD,
        "scope": "openid offline_access",
    }
    return await post(cloud, session, **(form | changes))


async def refresh(
    cloud: Cloud, session: aiohttp.ClientSession, token: str
) -> tuple[int, Any]:
    """Refresh."""
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return await post(cloud, session, **form)


async def get(
    cloud: Cloud,
    session: aiohttp.ClientSession,
    path: str,
    token: str = "",
    **params: str,
) -> tuple[int, Any]:
    """Ask the API; return code and JSON body, the text for a body that is none."""
    url = f"{cloud.url}{path}"
    headers = {"Authorization": f"Bearer {token}"} if token else None
    async with session.get(url, params=params, headers=headers) as response:
        text = await response.text()
    try:
        return response.status, json.loads(text)
    except ValueError:
        return response.status, text


def zulu(at_s: float) -> str:
    """Return a time as requests have it."""
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def epoch(text: str) -> float:
    """Return epoch seconds of an answer's time."""
    return datetime.fromisoformat(text).timestamp()


def window(start_s: float, end_s: float, **more: str) -> dict[str, str]:
    """Return parameters of a time."""
    return {"startTime": zulu(start_s), "endTime": zulu(end_s), **more}


def same_shape(found: Mapping[str, Any], schema: Mapping[str, Any]) -> None:
    """Check keys and types; ints and floats are one, null fits all."""
    assert found.keys() == schema.keys()
    for key, value in found.items():
        wanted = schema[key]
        if value is None or wanted is None:
            continue
        number = isinstance(wanted, (int, float)) and not isinstance(wanted, bool)
        assert isinstance(value, (int, float) if number else type(wanted)), key
