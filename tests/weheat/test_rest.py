"""The API over sockets: tokens, the budget, and what each refusal means."""

import contextlib
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
from hypothesis import given, strategies as st
import pytest

from custom_components.sunbridge.vendors.weheat import rest as module
from custom_components.sunbridge.vendors.weheat.api import WeheatApi
from custom_components.sunbridge.vendors.weheat.errors import (
    WeheatBudgetError,
    WeheatConnectionError,
    WeheatError,
    WeheatNotAllowedError,
    WeheatNotFoundError,
    WeheatRateLimitError,
    WeheatResponseError,
    WeheatServerError,
    WeheatWindowError,
)
from custom_components.sunbridge.vendors.weheat.hours import Mode
from custom_components.sunbridge.vendors.weheat.keycloak import KeycloakTokens
from custom_components.sunbridge.vendors.weheat.rest import WeheatRest
from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump, Mode as TrueMode

from .conftest import USER_AGENT, USERNAME
from .test_rows import JSON

HOUR = 3600.0
DAY = 86_400.0


def test_texts_of_errors() -> None:
    """Waits are kept, and are no text."""
    for error in (WeheatRateLimitError, WeheatBudgetError):
        err = error(12.5)
        assert err.wait_s == 12.5
        assert isinstance(err, WeheatError)


async def test_reads(api: WeheatApi, cloud: Cloud, account: Account) -> None:
    """The user and the heat pumps are found."""
    user = await api.me()
    assert (user.id, user.email, user.role) == (account.id, USERNAME, 7)
    assert USERNAME not in repr(user)
    one, two = await api.pumps()
    assert (one.id, one.serial) == (account.pumps[0].id, account.pumps[0].serial)
    assert (one.name, one.dhw, one.boiler) == ("Test heat pump", True, "none")
    assert (two.name, two.dhw, two.boiler) == ("Blackbird P80", False, "opentherm")
    assert (one.is_hybrid, two.is_hybrid) == (False, True)
    request = cloud.requests[-1]
    query = dict(parse_qsl(request.query))
    assert query == {"page": "1", "pageSize": "1000", "State": "3"}
    assert request.headers["User-Agent"] == USER_AGENT
    assert api.rest.budget.used(cloud.clock.time()) == cloud.used(account) == 2


async def test_pages(
    api: WeheatApi, account: Account, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installer's heat pumps come by pages, the inactive ones don't."""
    monkeypatch.setattr("custom_components.sunbridge.vendors.weheat.api.PAGE_SIZE", 2)
    account.pumps += [HeatPump(clock, seed=seed) for seed in range(3, 6)]
    account.pumps[2].device_state = 4
    wanted = {pump.id for pump in account.pumps if pump.device_state == 3}
    assert {pump.id for pump in await api.pumps()} == wanted
    assert len(wanted) == 4
    account.pumps.clear()
    assert await api.pumps() == ()
    assert api.rest.budget.used(clock.time()) == 3


async def test_rows(api: WeheatApi, cloud: Cloud, pump: HeatPump, clock: Clock) -> None:
    """Logs come one or 4 hours at a time."""
    latest = await api.latest(pump.id)
    assert clock.time() - latest.at_s < 17
    assert latest.interval_s == 15
    assert latest.values["isOnline"] is True
    now_s = clock.time()
    found = await api.raw(pump.id, now_s - 4 * HOUR, now_s)
    assert len(found) == pytest.approx(960, abs=2)
    cloud.faults.shuffled_rows = cloud.faults.duplicate_rows = True
    assert await api.raw(pump.id, now_s - 4 * HOUR, now_s) == found
    kwh = sum(row.power_in_w or 0.0 for row in found) * 15 / 3.6e6
    truth = pump.energy(now_s - 4 * HOUR, now_s).compressor_kwh
    assert kwh == pytest.approx(truth, rel=0.02, abs=0.02)
    query = dict(parse_qsl(cloud.requests[-1].query))
    assert query["startTime"].endswith("Z")
    assert len(query["startTime"]) == len("2026-01-14T04:30:00Z")
    asked = len(cloud.requests)
    for window in (
        (now_s - 4 * HOUR - 1, now_s),
        (now_s, now_s - 1),
        (float("nan"), now_s),
        (now_s, float("inf")),
        (1e17, 1e17),
    ):
        with pytest.raises(WeheatWindowError):
            await api.raw(pump.id, *window)
    assert len(cloud.requests) == asked


async def test_energies(
    api: WeheatApi, cloud: Cloud, pump: HeatPump, clock: Clock
) -> None:
    """Hours and totals are the heat pump's, with their signs."""
    now_s = clock.time()
    found = await api.hours(pump.id, now_s - 28 * DAY, now_s)
    truth = pump.hours(now_s - 27 * DAY, now_s - HOUR)
    by_hour = {hour.start_s: hour for hour in found}
    for start_s, energy in truth.items():
        hour = by_hour[start_s]
        for mode in Mode:
            true = TrueMode[mode.name]
            assert hour.electric[mode] == round(energy.electric[true], 3)
            assert hour.indoor[mode] == round(energy.indoor[true], 3)
            if mode is not Mode.STANDBY:
                assert hour.heat[mode] == round(energy.heat[true], 3)
    total = await api.total(pump.id)
    known = pump.lifetime(now_s)
    assert total.electric_kwh == pytest.approx(sum(known.electric.values()), abs=0.01)
    indoor_kwh = sum(kwh or 0 for kwh in total.indoor.values())
    assert indoor_kwh == pytest.approx(sum(known.indoor.values()), abs=0.01)
    assert (total.cold_kwh or 0) > 0 > (total.heat[Mode.COOLING] or 0)
    # Times are as long as the vendor likes.
    cloud.rest.hours_longest_s = 7 * DAY
    with pytest.raises(WeheatWindowError):
        await api.hours(pump.id, now_s - 28 * DAY, now_s)
    assert len(await api.hours(pump.id, now_s - 7 * DAY, now_s)) >= 168


@given(
    JSON
    | st.fixed_dictionaries({"id": JSON | st.just("x"), "role": JSON, "email": JSON})
    | st.fixed_dictionaries(
        {
            "metadata": JSON | st.fixed_dictionaries({"totalPages": JSON}),
            "data": JSON | st.lists(st.just({"id": "x"}) | JSON),
        }
    )
)
def test_any_json(body: Any) -> None:
    """No answer raises anything but our errors, or is asked for for ever."""
    asked: list[str] = []

    class Rest:
        async def get(self, path: str, *_: object, **__: object) -> Any:
            asked.append(path)
            return body

    api = WeheatApi(cast("WeheatRest", Rest()))
    for reading in (api.me(), api.pumps()):
        # Nothing is waited for, so that it needs no loop.
        with contextlib.suppress(StopIteration, WeheatResponseError):
            reading.send(None)
    assert len(asked) <= 3


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        (400, WeheatResponseError),
        (403, WeheatNotAllowedError),
        (404, WeheatNotFoundError),
        (418, WeheatResponseError),
        (429, WeheatRateLimitError),
        (500, WeheatServerError),
        (503, WeheatServerError),
        (505, WeheatServerError),
        (302, WeheatResponseError),
    ],
)
async def test_refusals(
    api: WeheatApi,
    cloud: Cloud,
    pump: HeatPump,
    status: int,
    meant: type[WeheatError],
) -> None:
    """Each status has its meaning; none but 401 renews the token or repeats."""
    cloud.faults.status = status
    with pytest.raises(meant) as caught:
        await api.latest(pump.id)
    assert type(caught.value) is meant
    assert pump.id not in str(caught.value)
    assert len(cloud.api_requests) == 1
    assert cloud.keycloak.refreshes == 0


async def test_window(api: WeheatApi, cloud: Cloud, pump: HeatPump) -> None:
    """A 400 on what names a time is about that."""
    now_s = cloud.clock.time()
    cloud.faults.status = 400
    for reading in (api.raw, api.hours):
        with pytest.raises(WeheatWindowError):
            await reading(pump.id, now_s - HOUR, now_s)
    with pytest.raises(WeheatResponseError):
        await api.total(pump.id)


async def test_not_allowed(
    api: WeheatApi, rest: WeheatRest, cloud: Cloud, pump: HeatPump
) -> None:
    """The vendor's word and a bare page are no matter of log-in; paths may differ."""
    faults = cloud.faults
    for name in ("forbidden", "nginx_403"):
        setattr(faults, name, True)
        with pytest.raises(WeheatNotAllowedError):
            await api.me()
        setattr(faults, name, False)
    faults.no_raw = True
    now_s = cloud.clock.time()
    with pytest.raises(WeheatNotAllowedError):
        await api.raw(pump.id, now_s - 60, now_s)
    await api.latest(pump.id)
    rest._url = cloud.old_url
    with pytest.raises(WeheatNotAllowedError):
        await api.me()
    assert cloud.keycloak.refreshes == 0


async def test_not_found(api: WeheatApi) -> None:
    """A heat pump may be gone, and odd ids stay one part of the path."""
    for pump_id in ("x", "../users/me", "a?b#c", "é /", ""):
        with pytest.raises(WeheatNotFoundError):
            await api.latest(pump_id)


@pytest.mark.parametrize("garbage", ["html", "truncated", "empty", "not_utf8"])
async def test_no_json(api: WeheatApi, cloud: Cloud, garbage: str) -> None:
    """What isn't JSON is no answer."""
    cloud.faults.garbage = garbage
    with pytest.raises(WeheatResponseError):
        await api.me()


@pytest.mark.parametrize("garbage", ["list", "null"])
async def test_other_json(
    api: WeheatApi, cloud: Cloud, pump: HeatPump, garbage: str
) -> None:
    """JSON of another shape is no answer, or holds nothing."""
    cloud.faults.garbage = garbage
    for reading in (api.me(), api.pumps(), api.latest(pump.id), api.total(pump.id)):
        with pytest.raises(WeheatResponseError):
            await reading
    now_s = cloud.clock.time()
    for windowed in (api.raw, api.hours):
        if garbage == "list":
            assert await windowed(pump.id, now_s - 60, now_s) == ()
            continue
        with pytest.raises(WeheatResponseError):
            await windowed(pump.id, now_s - 60, now_s)


async def test_unreachable(
    api: WeheatApi, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence, broken connections and a server that is off are one."""
    cloud.faults.hang = True
    with monkeypatch.context() as patch:
        patch.setattr(module, "REQUEST_TIMEOUT_S", 0.2)
        with pytest.raises(WeheatConnectionError):
            await api.me()
    cloud.faults.hang, cloud.faults.drop = False, True
    with pytest.raises(WeheatConnectionError):
        await api.me()
    await cloud.stop()
    with pytest.raises(WeheatConnectionError):
        await api.me()
    cloud.faults.drop = False
    await cloud.start()
    await api.me()


async def test_waits_as_long_as_we_want(source: KeycloakTokens, clock: Clock) -> None:
    """The client's own waits, which may be shorter, don't count."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        rest = WeheatRest(
            client, "http://x", source, user_agent=USER_AGENT, now_s=clock.time
        )
        await rest.get("/users/me")
    assert set(seen[0].extensions["timeout"].values()) == {None}
