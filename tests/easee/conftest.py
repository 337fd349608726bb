"""Fixtures of Easee: an account with a charger and an Equalizer, and its streams."""

import asyncio
from collections.abc import AsyncGenerator, Callable
import contextlib
import ssl
from typing import Any

import aiohttp
from aiohttp import web
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import account, amqp, connect, hub, reads
from custom_components.sunbridge.vendors.easee.stream import Backoff
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from simulators.certificates import Authority
from simulators.clock import Clock
from simulators.easee import Account, Charger, Cloud, Equalizer, Publisher
from simulators.rabbitmq import RabbitMQ

SERIAL = "EH123456"
EQUALIZER = "QP123456"
USERNAME = "marked-user@example.com"
PASSWORD = "marked-password-7Gh2"


class Server:
    """Answers each path with what a test says."""

    def __init__(self) -> None:
        """Start without answers."""
        self.answers: dict[str, Any] = {
            "/api/accounts/login": {"accessToken": "a", "refreshToken": "r"}
        }
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer with JSON, a status, or by a function."""
        answer = self.answers.get(request.path, 404)
        if callable(answer):
            result: web.StreamResponse = await answer(request)
            return result
        if isinstance(answer, int):
            return web.json_response({"title": "x", "status": answer}, status=answer)
        return web.json_response(answer)


@pytest.fixture
def clock() -> Clock:
    """Return the clock of the vendor's side."""
    return Clock()


@pytest.fixture
def charger(clock: Clock) -> Charger:
    """Return a charger without a car."""
    return Charger(SERIAL, name="Garage", clock=clock)


@pytest.fixture
def equalizer(clock: Clock) -> Equalizer:
    """Return an Equalizer at the same grid."""
    return Equalizer(EQUALIZER, name="House", clock=clock)


@pytest.fixture
def user(charger: Charger, equalizer: Equalizer) -> Account:
    """Return a normal account."""
    return Account(USERNAME, PASSWORD, chargers=[charger], equalizers=[equalizer])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits that are for the vendor's sake be short, and forget blocks."""
    monkeypatch.setattr(account, "GRACE_S", 0.3)
    monkeypatch.setattr(reads, "READ_EVERY_S", 0.5)
    monkeypatch.setattr(reads, "READ_RETRY_S", 0.3)
    for module in (account, reads):
        monkeypatch.setattr(module, "READ_PACE_S", 0.05)
    monkeypatch.setattr(account, "FIRST_READ_S", 0.5)
    backoff = lambda: Backoff(first_s=0.1, longest_s=0.5)  # noqa: E731
    monkeypatch.setattr(amqp, "Backoff", backoff)
    monkeypatch.setattr(hub, "Backoff", backoff)
    connect._GATES.clear()


@pytest.fixture
async def cloud(
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
    user: Account,
    clock: Clock,
) -> AsyncGenerator[Cloud]:
    """Serve the account, which the integration finds in place of Easee's."""
    async with Cloud([user], clock=clock) as served:
        monkeypatch.setenv("SUNBRIDGE_EASEE_API_URL", served.url)
        # By its address: the test plug-in's resolver belongs to another event loop.
        # Cookies of an address are only taken by a jar that isn't picky.
        monkeypatch.setenv("SUNBRIDGE_EASEE_STREAMS_URL", served.url)
        monkeypatch.setattr(
            connect,
            "async_create_clientsession",
            lambda hass: async_create_clientsession(
                hass, cookie_jar=aiohttp.CookieJar(unsafe=True)
            ),
        )
        yield served


@pytest.fixture
async def server(socket_enabled: None) -> AsyncGenerator[Server]:
    """Run a server."""
    served = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", served.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Return who signs the broker's certificate."""
    return Authority()


@pytest.fixture
async def rabbit(
    socket_enabled: None, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[RabbitMQ]:
    """Run a broker that Home Assistant trusts."""
    trusting = ssl.create_default_context(cadata=authority.pem)
    monkeypatch.setattr(connect, "client_context", lambda: trusting)
    async with RabbitMQ(authority=authority) as broker:
        yield broker


@pytest.fixture
async def partner(
    cloud: Cloud, rabbit: RabbitMQ, user: Account
) -> AsyncGenerator[Publisher]:
    """Make the account an integration account, whose queue is filled."""
    user.integration = True
    cloud.rest.broker = rabbit
    async with Publisher(cloud, rabbit) as publisher:
        yield publisher


def new_entry(transport: str = "signalr", **data: Any) -> MockConfigEntry:
    """Return the entry of the account."""
    return MockConfigEntry(
        domain="sunbridge",
        title="Easee",
        unique_id=f"easee_{USERNAME}",
        data={
            "vendor": "easee",
            "transport": transport,
            "username": USERNAME,
            "password": PASSWORD,
            "chosen": [SERIAL, EQUALIZER],
            "left_out": [],
            "add_new": True,
            **data,
        },
    )


@pytest.fixture
def entry() -> MockConfigEntry:
    """Return the entry of the account over SignalR."""
    return new_entry()


@pytest.fixture
def amqp_entry() -> MockConfigEntry:
    """Return the entry of the account over AMQP."""
    return new_entry("amqp")


async def set_up(hass: HomeAssistant, entry: MockConfigEntry, **options: int) -> None:
    """Set an entry up, and wait until its stream is open."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options=options)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    await until(lambda: account_of(entry).is_linked)


def account_of(entry: MockConfigEntry) -> Any:
    """Return the account behind an entry's coordinators."""
    return entry.runtime_data.coordinators[0]._account


async def until(condition: Callable[[], bool], timeout_s: float = 15.0) -> None:
    """Wait until something is so."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.01)
    assert condition()


def state(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return an entity's state."""
    found = hass.states.get(entity_id)
    return None if found is None else found.state
