"""The cloud's API, asked by the transport alone: no Home Assistant here."""

from collections.abc import AsyncGenerator
from email.utils import formatdate
import time
from typing import Any
from unittest.mock import patch

from aiohttp import web
import httpx
import pytest

from custom_components.sunbridge.vendors.goe import http as http_module
from custom_components.sunbridge.vendors.goe.cloud import CloudTransport
from custom_components.sunbridge.vendors.goe.errors import (
    GoeAuthError,
    GoeConnectionError,
    GoeError,
    GoeForbiddenError,
    GoeOfflineError,
    GoeRateLimitError,
    GoeRejectedError,
    GoeResponseError,
    GoeServerError,
)
from simulators.goe import Charger, CloudFront

from ..conftest import SERIAL, TOKEN


@pytest.fixture
async def transport(cloud: CloudFront) -> AsyncGenerator[CloudTransport]:
    """Return the way to the charger."""
    async with httpx.AsyncClient() as client:
        yield CloudTransport(client, f"{cloud.url}/{SERIAL}", TOKEN)


async def test_status(transport: CloudTransport, cloud: CloudFront) -> None:
    """All keys, or those asked for, and the token in the header only."""
    everything = await transport.status()
    assert len(everything.values) > 200
    assert everything.age_s is not None
    assert 0 <= everything.age_s <= 2
    some = await transport.status({"nrg", "amp"}, 30)
    assert some.values.keys() == {"nrg", "amp"}
    request = cloud.requests[-1]
    assert request.raw_query == "filter=amp,nrg&age=30"
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert all(TOKEN not in f"{r.path}?{r.raw_query}" for r in cloud.requests)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"offline": True}, GoeOfflineError),
        ({"cloud_off": True}, GoeForbiddenError),
        ({"rate_limit": True}, GoeRateLimitError),
        ({"drop": True}, GoeConnectionError),
        ({"status_code": 202, "garbage": "empty_object"}, GoeResponseError),
        ({"status_code": 302}, GoeResponseError),
        ({"status_code": 400, "garbage": "html"}, GoeResponseError),
        ({"status_code": 405}, GoeResponseError),
        ({"status_code": 422}, GoeResponseError),
        ({"status_code": 500}, GoeServerError),
        ({"status_code": 502}, GoeServerError),
        ({"status_code": 503}, GoeServerError),
        ({"garbage": "html"}, GoeResponseError),
        ({"garbage": "truncated"}, GoeResponseError),
        ({"garbage": "empty_object"}, GoeResponseError),
        ({"garbage": "list"}, GoeResponseError),
        ({"garbage": "not_utf8"}, GoeResponseError),
    ],
)
async def test_failures(
    transport: CloudTransport,
    cloud: CloudFront,
    fault: dict[str, Any],
    error: type[GoeError],
) -> None:
    """Each failure has its own error, without serial, token or address."""
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    with pytest.raises(error) as raised:
        await transport.status({"amp"})
    assert type(raised.value) is error
    assert SERIAL not in str(raised.value)
    assert TOKEN not in str(raised.value)
    assert "127.0.0.1" not in str(raised.value)


async def test_wrong_token(cloud: CloudFront) -> None:
    """A wrong token is told apart."""
    async with httpx.AsyncClient() as client:
        transport = CloudTransport(client, f"{cloud.url}/{SERIAL}", "wrong")
        with pytest.raises(GoeAuthError):
            await transport.status()
        with pytest.raises(GoeAuthError):
            await transport.set({"amp": 10})


@pytest.mark.usefixtures("socket_enabled")
async def test_no_server() -> None:
    """Nobody listens on that port."""
    async with httpx.AsyncClient() as client:
        with pytest.raises(GoeConnectionError):
            await CloudTransport(client, "http://127.0.0.1:1", TOKEN).status()


async def test_hanging_server(transport: CloudTransport, cloud: CloudFront) -> None:
    """A server that takes the request and never answers is given up."""
    cloud.faults[SERIAL].hang = True
    with (
        patch.object(http_module, "REQUEST_TIMEOUT_S", 0.05),
        pytest.raises(GoeConnectionError, match="no answer in time"),
    ):
        await transport.status()


@pytest.mark.parametrize(("header", "expected"), [(None, None), (7.0, 7.0)])
async def test_retry_after(
    transport: CloudTransport,
    cloud: CloudFront,
    header: float | None,
    expected: float | None,
) -> None:
    """The wait that the server asks for is kept."""
    cloud.faults[SERIAL].rate_limit = True
    cloud.faults[SERIAL].retry_after_s = header
    with pytest.raises(GoeRateLimitError) as raised:
        await transport.status()
    assert raised.value.retry_after_s == expected


@pytest.mark.parametrize("ahead_s", [-86_400, 86_400])
async def test_retry_after_by_the_servers_clock(
    transport: CloudTransport,
    cloud: CloudFront,
    monkeypatch: pytest.MonkeyPatch,
    ahead_s: float,
) -> None:
    """A date is one of the server's, whatever our clock says."""
    now_s = time.time() + ahead_s

    async def refuse(*_: object) -> web.Response:
        headers = {
            "Date": formatdate(now_s, usegmt=True),
            "Retry-After": formatdate(now_s + 60, usegmt=True),
        }
        return web.Response(status=429, headers=headers)

    monkeypatch.setattr(cloud, "_answer", refuse)
    with pytest.raises(GoeRateLimitError) as raised:
        await transport.status()
    assert raised.value.retry_after_s == 60


async def test_400_with_a_status(transport: CloudTransport, cloud: CloudFront) -> None:
    """PRO and CORE answer 400 and the status."""
    cloud.faults[SERIAL].status_400_with_body = True
    report = await transport.status({"amp"})
    assert report.values["amp"] == 16


async def test_age(transport: CloudTransport, cloud: CloudFront) -> None:
    """The age of the data is told, or 0 if the server doesn't."""
    cloud.faults[SERIAL].no_last_modified = True
    report = await transport.status({"amp"})
    assert (report.age_s, report.modified_s) == (0, None)


@pytest.mark.parametrize(
    ("modified", "date", "age_s"),
    [
        ("Sat, 21 Nov 2026 10:00:00 GMT", "Sat, 21 Nov 2026 10:00:07 GMT", 7),
        ("2026-11-21T10:00:00Z", "Sat, 21 Nov 2026 10:00:07 GMT", 7),
        ("Sat, 21 Nov 2026 10:00:09 GMT", "Sat, 21 Nov 2026 10:00:07 GMT", 0),
        ("yesterday", "Sat, 21 Nov 2026 10:00:07 GMT", 0),
        ("Sat, 21 Nov 2026 10:00:00", "Sat, 21 Nov 2026 10:00:07 GMT", 7),
    ],
)
async def test_age_by_the_servers_clock(modified: str, date: str, age_s: float) -> None:
    """Both times are the server's, so our clock doesn't matter."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            200, json={"amp": 6}, headers={"last-modified": modified, "date": date}
        )

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        report = await CloudTransport(client, "http://x", TOKEN).status()
    assert report.age_s == age_s


async def test_set(
    transport: CloudTransport, cloud: CloudFront, charger: Charger
) -> None:
    """Values are sent as JSON, several in one call, percent-encoded."""
    await transport.set({"amp": 10, "fna": "Süd & West+", "fup": True})
    assert cloud.requests[-1].raw_query == (
        "amp=10&fna=%22S%C3%BCd%20%26%20West%2B%22&fup=true"
    )
    assert charger.status()["fna"] == "Süd & West+"


@pytest.mark.parametrize(
    ("values", "refused"),
    [
        ({"amp": 99}, {"amp"}),
        ({"amp": 10, "car": 2}, {"car"}),
        ({"nonsense": 1, "car": 2}, {"nonsense", "car"}),
    ],
)
async def test_rejected(
    transport: CloudTransport, values: dict[str, Any], refused: set[str]
) -> None:
    """What the charger refuses is told by key, whether all or some."""
    with pytest.raises(GoeRejectedError) as raised:
        await transport.set(values)
    assert raised.value.reasons.keys() == refused
    assert all(raised.value.reasons.values())


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(202), None),
        (httpx.Response(200, json={"amp": True}), None),
        (httpx.Response(200, json={"amp": "no"}), GoeRejectedError),
        (httpx.Response(200, json={"amp": False}), GoeRejectedError),
        (httpx.Response(422), GoeRejectedError),
        (httpx.Response(500, json={"amp": "locked"}), GoeRejectedError),
        (httpx.Response(500, text="API locked"), GoeServerError),
        (httpx.Response(403), GoeForbiddenError),
        (httpx.Response(404, json={"age": "?"}), GoeOfflineError),
        (httpx.Response(400), GoeResponseError),
    ],
)
async def test_set_answers(
    response: httpx.Response, error: type[GoeError] | None
) -> None:
    """A text is a refusal though it's true in Python, whatever the status code."""
    mock = httpx.MockTransport(lambda request: response)
    async with httpx.AsyncClient(transport=mock) as client:
        transport = CloudTransport(client, "http://x", TOKEN)
        if error is None:
            await transport.set({"amp": 6})
        else:
            with pytest.raises(error):
                await transport.set({"amp": 6})


async def test_filters_are_not_kept_for_ever(transport: CloudTransport) -> None:
    """Filters change with the enabled entities; old ones are forgotten."""
    for count in range(1, 30):
        await transport.status({"amp", *(f"x{n}" for n in range(count))})
    assert len(transport._status_urls) < 20
