"""The simulated cloud and chargers do as the vendor's documents say."""

import asyncio
from collections.abc import AsyncGenerator
import json
import math
from typing import Any

import aiohttp
import pytest

from simulators.clock import Clock
from simulators.easee import RFID, Account, Car, Charger, Cloud, Equalizer, Id

PASSWORD = "marked-easee-password"
SERIAL = "EH123456"
END = "\x1e"


@pytest.fixture
def charger() -> Charger:
    """Return a charger without a car, on a clock that starts at a whole hour."""
    clock = Clock()
    clock.advance(3600 - clock.time() % 3600 + 1)
    return Charger(clock=clock)


@pytest.fixture
async def cloud(socket_enabled: None, charger: Charger) -> AsyncGenerator[Cloud]:
    """Serve a normal account and a foreign one."""
    mine = Account("me", PASSWORD, chargers=[charger], equalizers=[Equalizer()])
    other = Account("other", PASSWORD, chargers=[Charger("EH999999")], user_id=2)
    async with Cloud([mine, other], clock=charger.clock) as cloud:
        yield cloud


@pytest.fixture
async def session(cloud: Cloud) -> AsyncGenerator[aiohttp.ClientSession]:
    """Give a client that is logged in."""
    async with aiohttp.ClientSession(cloud.streams_url) as session:
        tokens = await log_in(session)
        session.headers["Authorization"] = f"Bearer {tokens['accessToken']}"
        yield session


async def log_in(session: aiohttp.ClientSession, password: str = PASSWORD) -> Any:
    """Log in; return the answer."""
    body = {"userName": "me", "password": password}
    async with session.post("/api/accounts/login", json=body) as response:
        return await response.json()


async def call(
    session: aiohttp.ClientSession, path: str, method: str = "GET", body: Any = None
) -> tuple[int, Any]:
    """Return code and JSON body, the text for a body that is none."""
    async with session.request(method, path, json=body) as response:
        text = await response.text()
    try:
        return response.status, json.loads(text)
    except ValueError:
        return response.status, text


def heard(charger: Charger) -> list[tuple[int, Any]]:
    """Return a list that the charger's observations are added to."""
    found: list[tuple[int, Any]] = []
    charger.listen(lambda _, seen: found.append((seen.id, seen.value)))
    return found


def test_session(charger: Charger) -> None:
    """A car charges, gets full and leaves; energy comes as documented."""
    charger.plug_in(Car(need_kwh=12))
    assert [charger.value(n) for n in (109, 96, 100, 110)] == [3, 0, "C", 30]
    assert charger.value(Id.POWER) == pytest.approx(11.048)
    lifetime = charger.value(Id.LIFETIME_ENERGY)
    charger.clock.advance(1800)
    charger.tick()
    assert charger.value(Id.SESSION_ENERGY) == pytest.approx(5.52, abs=0.2)
    assert charger.value(Id.LIFETIME_ENERGY) == lifetime
    charger.clock.advance(1800)
    charger.tick()
    assert charger.value(Id.LIFETIME_ENERGY) == pytest.approx(lifetime + 11, abs=0.1)
    charger.clock.advance(1800)
    charger.tick()
    assert [charger.value(n) for n in (109, 96, 120, 121)] == [4, 79, 0.0, 12.0]
    seen = heard(charger)
    charger.fault_false_zero()
    assert seen == [(121, 0.0), (121, pytest.approx(12.0))]
    charger.unplug()
    assert charger.value(Id.OP_MODE) == 1
    ended = json.loads(charger.value(Id.SESSION))
    assert ended["EnergyKwh"] == 12.0
    assert ended["Auth"] == RFID
    assert charger.value(Id.SESSION_ENERGY) == 12.0


def test_limits(charger: Charger) -> None:
    """The lowest limit wins; a dynamic one runs out, and plugging in resets it."""
    charger.plug_in()
    assert charger.command(48, {"amps": 10, "minutes": 5})
    assert [charger.value(n) for n in (48, 96, 114)] == [10.0, 78, 10.0]
    charger.command(48, {"amps": 0, "minutes": 5})
    assert [charger.value(n) for n in (109, 96, 120)] == [2, 52, 0.0]
    charger.clock.advance(301)
    charger.tick()
    assert [charger.value(n) for n in (109, 48)] == [3, 16.0]
    charger.command(22, {"p1": 10, "p2": 0, "p3": 0, "minutes": 1})
    assert [charger.value(n) for n in (109, 110, 183, 184)] == [3, 10, 10.0, 0.0]
    charger.clock.advance(61)
    charger.tick()
    assert [charger.value(n) for n in (111, 112, 113)] == [10.0, 10.0, 10.0]
    charger.set_setting("dynamicChargerCurrent", 8)
    charger.unplug()
    charger.plug_in()
    assert charger.value(48) == 16.0
    assert not charger.set_setting("ledStripBrightness", 101)
    assert not charger.set_setting("enabled", 1)
    assert charger.flash_writes == 0
    charger.set_setting("authorizationRequired", True)
    assert [charger.value(n) for n in (109, 96)] == [7, 55]
    charger.scan()
    assert [charger.value(n) for n in (109, 128, 108)] == [3, RFID, RFID[::-1]]
    charger.set_setting("enabled", False)
    assert [charger.value(n) for n in (109, 96)] == [2, 53]


def test_offline(charger: Charger) -> None:
    """While it's offline the cloud hears nothing; then it hears what changed."""
    charger.plug_in()
    seen = heard(charger)
    charger.set_online(False)
    assert seen == [(250, False), (251, "CONNECTION_LOST"), (109, 0)]
    charger.clock.advance(600)
    charger.tick()
    assert len(seen) == 3
    assert math.isclose(charger.value(114), 10.0)
    charger.set_online(True)
    assert seen[3] == (250, True)
    assert (109, 3) in seen
    assert charger.value(114) == 16.0


async def test_reaction(socket_enabled: None, charger: Charger) -> None:
    """The observation of a command comes when the charger has reacted."""
    charger.reaction_s = 0.05
    assert charger.command(48, {"amps": 8})
    assert charger.value(48) == 16.0
    await asyncio.sleep(0.1)
    assert charger.value(48) == 8.0


async def test_login_and_refresh(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """A wrong password is a 400, and a refresh token works once."""
    refused = await log_in(session, "wrong")
    assert (refused["status"], refused["errorCode"]) == (400, 100)
    tokens = await log_in(session)
    assert tokens["expiresIn"] == 3600.0
    path = "/api/accounts/refresh_token"
    code, fresh = await call(session, path, "POST", tokens)
    assert code == 200
    assert await call(session, path, "POST", tokens) == (401, "")
    cloud.revoke_refresh()
    assert await call(session, path, "POST", fresh) == (401, "")
    assert (await call(session, "/api/chargers"))[0] == 200
    cloud.clock.advance(3601)
    assert await call(session, "/api/chargers") == (401, "")


async def test_discovery(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """Sites, circuits and products are there, and foreign ones aren't."""
    _, chargers = await call(session, "/api/chargers")
    assert [item["id"] for item in chargers] == [SERIAL]
    _, (site,) = await call(session, "/api/accounts/products")
    assert site["circuits"][0]["chargers"][0]["id"] == SERIAL
    assert site["equalizers"][0]["id"] == "QP123456"
    _, config = await call(session, f"/api/chargers/{SERIAL}/config")
    assert config["phaseMode"] == 2
    cases = {
        f"/api/chargers/{SERIAL}/state": 404,
        f"/api/chargers/{SERIAL}/sessions/ongoing": 404,
        f"/api/chargers/{SERIAL}/site": 200,
        f"/api/sites/{site['id']}?detailed=true": 200,
        f"/firmware/{SERIAL}/latest": 200,
        "/state/EH999999/observations?ids=1": 403,
        f"/state/{SERIAL}/observations?ids=x": 400,
        "/api/chargers/EH999999/config": 403,
        "/api/streams/amqp/v2": 403,
        "/health": 200,
    }
    assert {path: (await call(session, path))[0] for path in cases} == cases
    _, body = await call(session, f"/state/{SERIAL}/observations?ids=109,31,9999")
    assert [(item["id"], item["value"]) for item in body["observations"]] == [
        (109, 1),
        (31, True),
    ]
    cloud.rest.values = "string"
    _, body = await call(session, f"/state/{SERIAL}/observations")
    assert len(body["observations"]) > 80
    assert all(isinstance(item["value"], str) for item in body["observations"])


async def test_commands(
    cloud: Cloud, session: aiohttp.ClientSession, charger: Charger
) -> None:
    """Commands are queued, done, and have results."""
    charger.plug_in()
    path = f"/api/chargers/{SERIAL}"
    code, command = await call(session, f"{path}/commands/pause_charging", "POST")
    assert (code, command["commandId"], charger.value(48)) == (202, 48, 0.0)
    result = f"/api/commands/{SERIAL}/48/{command['ticks']}"
    assert (await call(session, result))[0] == 404
    assert (await call(session, result))[1]["resultCode"] == 3
    code, (command,) = await call(
        session, f"{path}/settings", "POST", {"smartCharging": True}
    )
    assert (code, charger.value(102)) == (202, True)
    assert await call(session, f"{path}/settings", "POST", {}) == (202, [])
    cloud.faults.reject_commands = True
    _, command = await call(session, f"{path}/commands/reboot", "POST")
    result = f"/api/commands/{SERIAL}/1/{command['ticks']}"
    await call(session, result)
    assert (await call(session, result))[1]["resultCode"] == 4
    assert charger.reboots == 0
    cloud.faults.reject_commands = False
    circuit = "/api/sites/20001/circuits/1001/dynamicCurrent"
    amps = {"phase1": 9.9, "phase2": 9, "phase3": 9, "timeToLive": 0}
    assert (await call(session, circuit, "POST", amps))[0] == 200
    assert (await call(session, circuit))[1]["phase1"] == 9.0


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"status": 429, "retry_after_s": 7}, 429),
        ({"status": 500}, 500),
        ({"gateway_403": True}, 403),
        ({"html_502": True}, 502),
        ({"status": 500, "only_paths": "/state"}, 200),
        ({"garbage": "not_utf8", "only_paths": "/state"}, 200),
    ],
)
async def test_faults(
    cloud: Cloud, session: aiohttp.ClientSession, faults: dict[str, Any], code: int
) -> None:
    """Each fault has its code."""
    for name, value in faults.items():
        setattr(cloud.faults, name, value)
    async with session.get("/api/chargers") as response:
        assert response.status == code
        assert response.headers.get("Retry-After") == ("7" if code == 429 else None)


async def test_no_answer(
    cloud: Cloud, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """The REST API goes away, and limits what it's asked."""
    cloud.faults.rest_down = True
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await call(session, "/api/chargers", "POST")
    await (await open_hub(session)).socket.close()
    cloud.faults.rest_down = False
    assert "Error handling request" not in caplog.text
    cloud.observation_limit.most = 2
    path = f"/state/{SERIAL}/observations"
    codes = [(await call(session, path))[0] for _ in range(3)]
    assert codes == [200, 200, 429]
    assert len(cloud.asked("/state", "GET")) == 3


class Client:
    """A client of the hub's protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Start with nothing read."""
        self.socket = socket
        self.frames: list[dict[str, Any]] = []

    async def send(self, frame: dict[str, Any]) -> None:
        """Send a frame."""
        await self.socket.send_str(json.dumps(frame) + END)

    async def subscribe(self, serial: str) -> None:
        """Subscribe to a product."""
        call = {"type": 1, "target": "SubscribeWithCurrentState", "invocationId": "0"}
        await self.send(call | {"arguments": [serial, True]})

    async def until(self, wanted: int) -> list[dict[str, Any]]:
        """Read until a frame of a type; return all up to it."""
        found = []
        async with asyncio.timeout(5):
            while True:
                while self.frames:
                    found.append(self.frames.pop(0))
                    if found[-1].get("type") == wanted:
                        return found
                text = await self.socket.receive_str()
                self.frames += [json.loads(part) for part in text.split(END) if part]


async def open_hub(session: aiohttp.ClientSession, query: str = "") -> Client:
    """Connect and shake hands."""
    client = Client(await session.ws_connect(f"/hubs/chargers{query}"))
    await client.send({"protocol": "json", "version": 1})
    assert await client.socket.receive_str() == "{}" + END
    return client


async def test_hub(
    cloud: Cloud, session: aiohttp.ClientSession, charger: Charger
) -> None:
    """The stream replays the state with old times, then tells what changes."""
    code, answer = await call(
        session, "/hubs/chargers/negotiate?negotiateVersion=1", "POST"
    )
    assert code == 200
    cloud.hub.ping_s = 0.05
    client = await open_hub(session, f"?id={answer['connectionToken']}")
    await client.subscribe("EH999999")
    assert "error" in (await client.until(3))[-1]
    await client.subscribe(SERIAL)
    frames = await client.until(3)
    updates = [frame["arguments"][0] for frame in frames if frame["type"] == 1]
    assert {item["id"] for item in updates} == set(charger.observations)
    assert all(isinstance(item["value"], str) for item in updates)
    assert min(item["timestamp"] for item in updates) < max(
        item["timestamp"] for item in updates
    )
    assert cloud.hub.subscriptions == {SERIAL}
    await client.until(6)
    charger.observe(31, False, 0)
    (update,) = [frame for frame in await client.until(1) if frame["type"] == 1]
    assert update["target"] == "ProductUpdate"
    assert update["arguments"][0] == {
        "mid": SERIAL,
        "dataType": 2,
        "id": 31,
        "timestamp": "1970-01-01T00:00:00Z",
        "value": "0",
    }
    await call(session, f"/api/chargers/{SERIAL}/commands/reboot", "POST")
    responses: list[dict[str, Any]] = []
    while not responses:
        found = await client.until(1)
        responses = [f for f in found if f.get("target") == "CommandResponse"]
    assert responses[0]["arguments"][0]["wasAccepted"] is True
    cloud.hub.close_with("maintenance", allow_reconnect=True)
    assert (await client.until(7))[-1] == {
        "type": 7,
        "error": "maintenance",
        "allowReconnect": True,
    }
    assert (await client.socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert charger._listeners == []


async def test_hub_refuses(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """Without cookie or token there is no connection; without id there is one."""
    path = "/hubs/products/negotiate?negotiateVersion=1"
    _, answer = await call(session, path, "POST")
    session.cookie_jar.clear()
    with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
        await open_hub(session, f"?id={answer['connectionToken']}")
    assert raised.value.status == 404
    client = await open_hub(session)
    cloud.hub.send_raw("garbage")
    assert await client.socket.receive_str() == "garbage"
    cloud.hub.drop_connections()
    assert (await client.socket.receive()).type in {
        aiohttp.WSMsgType.CLOSED,
        aiohttp.WSMsgType.ERROR,
    }
    cloud.expire_tokens()
    assert (await call(session, path, "POST"))[0] == 401
    with pytest.raises(aiohttp.WSServerHandshakeError) as raised:
        await open_hub(session)
    assert raised.value.status == 401
