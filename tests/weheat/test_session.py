"""A session over REST: tokens that end, are renewed, and outlive a restart."""

import asyncio
from typing import Any

import httpx
import pytest

from custom_components.sunbridge.vendors.weheat.api import WeheatApi
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatSessionError,
    WeheatTokenError,
)
from custom_components.sunbridge.vendors.weheat.keycloak import Keycloak, KeycloakTokens
from custom_components.sunbridge.vendors.weheat.rest import WeheatRest
from custom_components.sunbridge.vendors.weheat.tokens import Tokens
from simulators.clock import Clock
from simulators.weheat import Cloud, HeatPump

from .conftest import PASSWORD, USER_AGENT, USERNAME

LOG_IN = "openid-connect"


async def test_unauthorized_once(
    api: WeheatApi, cloud: Cloud, stored: list[Tokens]
) -> None:
    """A refused token is renewed once and the request repeated once."""
    cloud.faults.unauthorized_once = True
    await api.me()
    assert (cloud.keycloak.refreshes, len(stored)) == (1, 1)
    assert len(cloud.api_requests) == 2
    # Both were sent, so both count with us.
    assert api.rest.budget.used(cloud.clock.time()) == 2


async def test_server_clock_is_ahead(api: WeheatApi, cloud: Cloud) -> None:
    """Tokens that the server takes for expired too early are renewed."""
    cloud.faults.token_skew_s = 100
    await api.me()
    cloud.clock.advance(210)
    await api.me()
    assert cloud.keycloak.refreshes == 1


async def test_always_unauthorized(api: WeheatApi, cloud: Cloud) -> None:
    """A new token that is refused too is the end of it."""
    cloud.faults.status = 401
    with pytest.raises(WeheatTokenError):
        await api.me()
    assert cloud.keycloak.refreshes == 1
    assert len(cloud.api_requests) == 2


async def test_session_is_over(api: WeheatApi, cloud: Cloud) -> None:
    """The access token is good until its end, then the user has to log in."""
    cloud.revoke_sessions()
    await api.me()
    cloud.clock.advance(300)
    with pytest.raises(WeheatSessionError):
        await api.me()
    assert len(cloud.api_requests) == 1


async def test_one_refresh_for_all(
    api: WeheatApi, cloud: Cloud, pump: HeatPump, stored: list[Tokens]
) -> None:
    """Requests that need a token at the same time share a refresh."""
    cloud.clock.advance(300)
    await asyncio.gather(api.me(), api.pumps(), api.latest(pump.id))
    assert (cloud.keycloak.refreshes, len(stored)) == (1, 1)
    cloud.expire_tokens()
    await asyncio.gather(api.me(), api.pumps(), api.latest(pump.id))
    assert (cloud.keycloak.refreshes, len(stored)) == (2, 2)


async def test_cancelled_refresh(
    api: WeheatApi, source: KeycloakTokens, cloud: Cloud, stored: list[Tokens]
) -> None:
    """Who waits may go; the new pair is received and stored all the same."""

    async def cancelled() -> None:
        cloud.clock.advance(300)
        waiting = asyncio.create_task(api.me())
        asked = len(cloud.requests)
        while len(cloud.requests) == asked:
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert source._renewal is not None
        assert not source._renewal.done()
        await asyncio.wait({source._renewal})

    cloud.faults.delay_s, cloud.faults.only_paths = 0.3, LOG_IN
    await cancelled()
    assert (cloud.keycloak.refreshes, len(stored)) == (1, 1)
    await api.me()
    assert cloud.keycloak.refreshes == 1
    # An exception that nobody waits for isn't complained of.
    cloud.revoke_sessions()
    await cancelled()
    with pytest.raises(WeheatSessionError):
        await api.me()


async def test_restart(
    keycloak: Keycloak, cloud: Cloud, client: httpx.AsyncClient, clock: Clock
) -> None:
    """What was stored last goes on; the pair before it wouldn't."""
    tokens = await keycloak.password(USERNAME, PASSWORD)
    stored: list[Tokens] = []
    for _ in range(3):
        kept = (stored or [tokens])[-1].as_dict()
        source = KeycloakTokens(
            keycloak,
            Tokens.from_dict(kept),
            lambda _, new: stored.append(new),
            now_s=clock.time,
        )
        rest = WeheatRest(
            client, cloud.url, source, user_agent=USER_AGENT, now_s=clock.time
        )
        clock.advance(300)
        await WeheatApi(rest).me()
    assert cloud.keycloak.refreshes == 3
    assert cloud.keycloak.logins == 1
    old = KeycloakTokens(keycloak, tokens, now_s=clock.time)
    with pytest.raises(WeheatSessionError):
        await old.access_token()


async def test_another_source(
    cloud: Cloud, client: httpx.AsyncClient, clock: Clock
) -> None:
    """Tokens may come from elsewhere; the same one isn't tried twice."""
    asked: list[Any] = []

    class Source:
        async def access_token(self, refused: str | None = None) -> str:
            asked.append(refused)
            return "marked-token"

    rest = WeheatRest(
        client, cloud.url, Source(), user_agent=USER_AGENT, now_s=clock.time
    )
    with pytest.raises(WeheatTokenError) as caught:
        await rest.get("/users/me")
    assert "marked" not in str(caught.value)
    assert asked == [None, "marked-token"]
    assert len(cloud.api_requests) == 1
