"""The simulated APIs answer as the vendor's documents say, and as people have seen."""

from collections.abc import AsyncGenerator
import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from simulators.goe import Charger, CloudFront, LocalFront

from ..conftest import SERIAL, TOKEN

BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Give a client that knows nothing of go-e."""
    async with aiohttp.ClientSession() as session:
        yield session


async def get(
    session: aiohttp.ClientSession, url: str | URL, **kwargs: Any
) -> tuple[int, Any]:
    """Return code and JSON body, None for a body that is none."""
    async with session.get(url, **kwargs) as response:
        text = await response.text()
    try:
        return response.status, json.loads(text)
    except ValueError:
        return response.status, None


async def test_cloud_status(session: aiohttp.ClientSession, cloud: CloudFront) -> None:
    """The token opens, by header or query; the filter picks; the date tells the age."""
    url = f"{cloud.url}/{SERIAL}/api/status"
    code, body = await get(session, url, headers=BEARER)
    assert code == 200
    assert len(body) > 200
    code, body = await get(session, f"{url}?token={TOKEN}&filter=amp,car,nothing")
    assert (code, body) == (200, {"amp": 16, "car": 1})
    async with session.get(url, headers=BEARER) as response:
        assert response.headers["Last-Modified"].endswith(" GMT")
    assert [request.serial for request in cloud.requests] == [SERIAL] * 3


@pytest.mark.parametrize(
    ("faults", "headers", "code"),
    [
        ({}, {}, 401),
        ({}, {"Authorization": "Bearer wrong"}, 401),
        ({"cloud_off": True}, BEARER, 403),
        ({"offline": True}, BEARER, 404),
        ({"offline_since": 1.0}, BEARER, 404),
        ({"rate_limit": True}, BEARER, 429),
        ({"status_code": 502}, BEARER, 502),
        ({"status_400_with_body": True}, BEARER, 400),
        ({"frozen": True}, BEARER, 200),
    ],
)
async def test_cloud_codes(
    session: aiohttp.ClientSession,
    cloud: CloudFront,
    faults: dict[str, Any],
    headers: dict[str, str],
    code: int,
) -> None:
    """Each fault has its code."""
    for name, value in faults.items():
        setattr(cloud.faults[SERIAL], name, value)
    found, body = await get(
        session, f"{cloud.url}/{SERIAL}/api/status", headers=headers
    )
    assert found == code
    if code == 404:
        assert body["reason"] == "Data is outdated"
        assert body["age"] > 30
    if code == 400:
        assert body["amp"] == 16


async def test_unknown_charger(
    session: aiohttp.ClientSession, cloud: CloudFront
) -> None:
    """A serial number that nobody has is forbidden."""
    code, _ = await get(session, f"{cloud.url}/999999/api/status", headers=BEARER)
    assert code == 403


@pytest.mark.parametrize("call", ["status", "set", "other"])
async def test_drop_and_delay(
    session: aiohttp.ClientSession, cloud: CloudFront, call: str
) -> None:
    """A dropped connection is no answer."""
    cloud.faults[SERIAL].drop = True
    with pytest.raises(aiohttp.ClientError):
        await get(session, f"{cloud.url}/{SERIAL}/api/{call}", headers=BEARER)


async def test_retry_after(session: aiohttp.ClientSession, cloud: CloudFront) -> None:
    """A rate limit may say how long to wait."""
    cloud.faults[SERIAL].rate_limit = True
    cloud.faults[SERIAL].retry_after_s = 7
    async with session.get(
        f"{cloud.url}/{SERIAL}/api/status", headers=BEARER
    ) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(
    ("query", "code", "body"),
    [
        ("amp=10", 202, {"amp": True}),
        ("amp=10&psm=1", 202, {"amp": True, "psm": True}),
        (
            "amp=10&psm=9",
            202,
            {"amp": True, "psm": "psm: value not allowed 9"},
        ),
        ("amp=99", 422, {"amp": "amp: value out of range 99"}),
        (
            "fna=Garage",
            422,
            {
                "fna": "fna: tried to set api key with invalid json InvalidInput (Garage)"
            },
        ),
        ("fna=%22My%20car%22", 202, {"fna": True}),
    ],
)
async def test_cloud_set(
    session: aiohttp.ClientSession,
    cloud: CloudFront,
    query: str,
    code: int,
    body: dict[str, Any],
) -> None:
    """Each key has its own answer; the code says whether any was taken."""
    url = URL(f"{cloud.url}/{SERIAL}/api/set?{query}", encoded=True)
    assert await get(session, url, headers=BEARER) == (code, body)


async def test_plus_stays(
    session: aiohttp.ClientSession, cloud: CloudFront, charger: Charger
) -> None:
    """A plus in a query is a plus and no space."""
    url = URL(f"{cloud.url}/{SERIAL}/api/set?fna=%22a+b%22", encoded=True)
    await get(session, url, headers=BEARER)
    assert charger.status()["fna"] == "a+b"


async def test_ignored_set(
    session: aiohttp.ClientSession, cloud: CloudFront, charger: Charger
) -> None:
    """A charger can say yes and do nothing."""
    cloud.faults[SERIAL].ignore_sets = True
    code, _ = await get(session, f"{cloud.url}/{SERIAL}/api/set?amp=10", headers=BEARER)
    assert code == 202
    assert charger.status()["amp"] == 16


@pytest.mark.parametrize(
    "garbage", ["html", "truncated", "empty_object", "list", "not_utf8"]
)
async def test_garbage(
    session: aiohttp.ClientSession, cloud: CloudFront, garbage: str
) -> None:
    """What isn't a status comes with a good code, as from proxies."""
    cloud.faults[SERIAL].garbage = garbage
    async with session.get(
        f"{cloud.url}/{SERIAL}/api/status", headers=BEARER
    ) as response:
        content = await response.read()
    assert response.status == 200
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    assert not (isinstance(body, dict) and body)


async def test_phoenix(session: aiohttp.ClientSession) -> None:
    """PRO and CORE answer 400 with a good body to a filter with a key they lack."""
    dump = {"typ": "go-eCharger_Phoenix", "amp": 16, "fwv": "60.3"}
    charger = Charger(SERIAL, TOKEN, dump=dump)
    async with CloudFront([charger]) as cloud:
        url = f"{cloud.url}/{SERIAL}/api/status?filter="
        assert await get(session, f"{url}amp", headers=BEARER) == (200, {"amp": 16})
        assert await get(session, f"{url}amp,fhz", headers=BEARER) == (400, {"amp": 16})


async def test_local(
    session: aiohttp.ClientSession, local: LocalFront, charger: Charger
) -> None:
    """In the local network the API has to be switched on, and then is open."""
    url = f"{local.url}/api"
    charger.set("hai", False)
    assert (await get(session, f"{url}/status"))[0] == 404
    charger.set("hai", True)
    async with session.get(f"{url}/status?filter=amp") as response:
        assert await response.json() == {"amp": 16}
        assert response.headers["Connection"] == "close"
        assert "Last-Modified" not in response.headers
    assert await get(session, f"{url}/set?amp=10") == (200, {"amp": True})
    code, body = await get(session, f"{url}/set?amp=99")
    assert (code, body["amp"]) == (500, "amp: value out of range 99")
    assert charger.status()["amp"] == 10
    assert (await get(session, f"{url}/other"))[0] == 404
