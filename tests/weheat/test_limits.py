"""How much is asked for over REST: our own budget, and what the vendor refuses."""

import asyncio

import httpx
import pytest

from custom_components.sunbridge.vendors.weheat.api import WeheatApi
from custom_components.sunbridge.vendors.weheat.budget import CALLS, WINDOW_S, Budget
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatBudgetError,
    WeheatRateLimitError,
)
from custom_components.sunbridge.vendors.weheat.keycloak import KeycloakTokens
from custom_components.sunbridge.vendors.weheat.rest import WeheatRest
from simulators.clock import Clock
from simulators.weheat import Cloud, HeatPump

from .conftest import USER_AGENT

HOUR = 3600.0


LOG_IN = "openid-connect"


async def test_budget(api: WeheatApi, cloud: Cloud, pump: HeatPump) -> None:
    """Our budget ends before the vendor's does, and back-fill before polls."""
    now_s = cloud.clock.time()
    cloud.faults.limit = 34
    for _ in range(CALLS - 2):
        await api.me()
    with pytest.raises(WeheatBudgetError) as caught:
        await api.hours(pump.id, now_s - HOUR, now_s, keep_free=2)
    assert 0 < caught.value.wait_s <= WINDOW_S
    await api.latest(pump.id)
    await api.latest(pump.id)
    asked = len(cloud.requests)
    cloud.clock.advance(300)
    with pytest.raises(WeheatBudgetError):
        await api.latest(pump.id)
    # Not even a token was asked for.
    assert len(cloud.requests) == asked
    cloud.clock.advance(WINDOW_S - 300)
    await api.latest(pump.id)


async def test_budget_ends_with_a_token(api: WeheatApi, cloud: Cloud) -> None:
    """The repetition after a 401 is a call like any other."""
    for _ in range(CALLS - 1):
        await api.me()
    cloud.faults.unauthorized_once = True
    with pytest.raises(WeheatBudgetError):
        await api.me()


async def test_rate_limit(
    api: WeheatApi, budget: Budget, cloud: Cloud, pump: HeatPump
) -> None:
    """A 429 stops all calls of the account, also after a restart."""
    cloud.faults.limit = 1
    await api.me()
    with pytest.raises(WeheatRateLimitError) as caught:
        await api.latest(pump.id)
    assert 600 <= caught.value.wait_s <= 900
    asked = len(cloud.requests)
    api.rest.budget = Budget.from_list(budget.as_list(), cloud.clock.time())
    cloud.clock.advance(590)
    with pytest.raises(WeheatRateLimitError) as caught:
        await api.me()
    assert caught.value.wait_s <= 310
    assert len(cloud.requests) == asked
    cloud.clock.advance(caught.value.wait_s)
    with pytest.raises(WeheatRateLimitError) as caught:
        await api.me()
    assert caught.value.wait_s >= 1800
    cloud.faults.limit = None
    cloud.clock.advance(caught.value.wait_s)
    await api.me()
    assert api.rest.budget.refusals == 0


async def test_rate_limited_log_in(
    api: WeheatApi, cloud: Cloud, pump: HeatPump
) -> None:
    """A log-in that wants fewer requests is asked once, by whoever waits."""
    cloud.clock.advance(300)
    cloud.faults.status, cloud.faults.only_paths = 429, LOG_IN
    asked = len(cloud.requests)
    found = await asyncio.gather(
        api.me(), api.pumps(), api.latest(pump.id), return_exceptions=True
    )
    for err in found:
        assert isinstance(err, WeheatRateLimitError)
        assert 599 <= err.wait_s <= 900
    assert len(cloud.requests) == asked + 1


async def test_rate_limit_amid_a_refused_token(
    source: KeycloakTokens, cloud: Cloud, clock: Clock, budget: Budget
) -> None:
    """Another request's 429 holds for the log-in too."""

    def answer(_: httpx.Request) -> httpx.Response:
        budget.refused(clock.time())
        return httpx.Response(401)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        rest = WeheatRest(
            client,
            "http://x",
            source,
            user_agent=USER_AGENT,
            budget=budget,
            now_s=clock.time,
        )
        with pytest.raises(WeheatRateLimitError):
            await rest.get("/users/me")
    assert cloud.keycloak.refreshes == 0


@pytest.mark.parametrize(
    ("told", "least_s", "most_s"),
    [
        ("5000", 4990, 5000),
        ("9" * 400, 86_000, 86_400),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 600, 900),
        ("-5", 600, 900),
    ],
)
async def test_retry_after(
    source: KeycloakTokens, clock: Clock, told: str, least_s: float, most_s: float
) -> None:
    """Should the vendor say some day how many seconds to wait, that is obeyed."""
    answer = httpx.Response(429, headers={"Retry-After": told})
    async with httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: answer)
    ) as client:
        rest = WeheatRest(
            client, "http://x", source, user_agent=USER_AGENT, now_s=clock.time
        )
        with pytest.raises(WeheatRateLimitError) as caught:
            await rest.get("/users/me")
    assert least_s <= caught.value.wait_s <= most_s
