"""The simulated cloud does as the reference says of the vendor's."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from datetime import UTC, datetime
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp
import pytest

from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump, Kind, Mode

PAYLOADS = Path(__file__).parents[3] / "shared/reference/payloads/weheat"
PASSWORD = "marked-weheat-password"
COMMUNITY = "WeheatCommunityAPI"
SECRET = "marked-weheat-client-secret"
HOUR = 3600.0
DAY = 86400.0
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


def payload(name: str) -> Any:
    """Return one of the payloads of the reference."""
    return json.loads((PAYLOADS / name).read_text())


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


async def test_shapes(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """Answers have the keys and types of the reference's payloads."""
    _, found = await get(cloud, session, "/users/me")
    same_shape(found, payload("schema_users_me.json"))
    query = {"page": "1", "pageSize": "1000", "State": "3"}
    _, found = await get(cloud, session, "/heat-pumps", **query)
    schema = payload("schema_heat_pumps_list.json")
    assert found["metadata"] == schema["metadata"]
    for one, two in zip(found["data"], schema["data"], strict=True):
        same_shape(one, two)
    path = f"/heat-pumps/{pump.id}"
    _, found = await get(cloud, session, path)
    same_shape(found, payload("schema_heat_pump.json"))
    _, found = await get(cloud, session, f"{path}/logs/latest")
    same_shape(found, payload("schema_log_latest_owner_38_keys.json"))
    cooled = payload("real_log_latest_2026-08_cooling_partial.json")
    assert cooled.keys() <= found.keys()
    _, found = await get(cloud, session, f"{path}/logs/raw", **window(NOW - 60, NOW))
    same_shape(found[0], payload("schema_logs_raw.json")[0])
    energies = f"/energy-logs/{pump.id}"
    hours = window(NOW - DAY, NOW, interval="Hour")
    _, found = await get(cloud, session, energies, **hours)
    same_shape(found[0], payload("schema_energy_logs_hour.json")[0])
    _, found = await get(cloud, session, f"{energies}/total")
    same_shape(found, payload("schema_energy_total.json"))
    assert payload("real_energy_total_2026-09_values.json").keys() <= found.keys()
    minutes = window(NOW - 3 * HOUR, NOW, interval="Minute")
    _, found = await get(cloud, session, f"{path}/logs", **minutes)
    schema = payload("schema_logs_minute_218_keys.json")[0]
    # The reference has these for installers only, power with them.
    assert found[0].keys() < schema.keys()
    assert not any("Power" in key for key in found[0])
    cloud.accounts[0].staff = True
    _, found = await get(cloud, session, f"{path}/logs", **minutes)
    assert len(found) == 180
    same_shape(found[0], schema)
    assert {row["timeCoveredInInterval"] for row in found} == {60}
    _, found = await get(cloud, session, f"{path}/logs/latest")
    same_shape(found, payload("schema_log_latest_all_81_keys.json"))


async def test_raw_logs(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """Logs can be had bit by bit, for 4 hours at most, and hold the energy."""
    path = f"/heat-pumps/{pump.id}/logs/raw"
    start_s = NOW - 4 * HOUR
    _, whole = await get(cloud, session, path, **window(start_s, NOW))
    _, one = await get(cloud, session, path, **window(start_s, NOW - HOUR))
    _, two = await get(cloud, session, path, **window(NOW - HOUR, NOW))
    assert one + two == whole
    assert len(whole) == pytest.approx(960, abs=1)
    times = [epoch(row["timestamp"]) for row in whole]
    assert times == sorted(times)
    power = sum(row["cmMassPowerIn"] for row in whole) * 15 / 3.6e6
    truth = pump.energy(start_s, NOW).compressor_kwh
    assert power == pytest.approx(truth, rel=0.02, abs=0.02)
    _, latest = await get(cloud, session, f"/heat-pumps/{pump.id}/logs/latest")
    assert latest.pop("isOnline") is True
    assert 0 <= cloud.clock.time() - epoch(latest["timestamp"]) < 17
    code, _ = await get(cloud, session, path, **window(start_s - 1, NOW))
    assert code == 400
    for text in ("2026-01-14 08:00:00", "2026-01-14T08:00:00.000000+0000"):
        times_of = {"startTime": text, "endTime": zulu(NOW)}
        _, found = await get(cloud, session, path, **times_of)
        assert len(found) == pytest.approx(120, abs=1)
    code, _ = await get(cloud, session, path, startTime="yesterday", endTime=zulu(NOW))
    assert code == 400
    assert (await get(cloud, session, path))[0] == 400


async def test_energies(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """Hours are the truth to the Wh, and the total to the last digit."""
    path = f"/energy-logs/{pump.id}"
    query = window(NOW - 3 * DAY - 1800, NOW, interval="Hour")
    _, found = await get(cloud, session, path, **query)
    assert len(found) == 73
    truth = pump.hours(NOW - 3 * DAY - 1800, NOW - HOUR)
    for row, (begin_s, energy) in zip(found, truth.items(), strict=False):
        assert epoch(row["timeBucket"]) == begin_s
        for mode in Mode:
            assert row[f"totalEIn{mode}"] == round(energy.electric[mode], 3)
            assert row[f"totalEInIU{mode}"] == round(energy.indoor[mode], 3)
            if mode is not Mode.STANDBY:
                assert row[f"totalEOut{mode}"] == round(energy.heat[mode], 3)
    assert "totalEOutStandby" not in found[0]
    _, total = await get(cloud, session, f"{path}/total")
    known = pump.lifetime(cloud.clock.time())
    assert total["totalEInHeating"] == pytest.approx(known.electric[Mode.HEATING])
    for name, begin in (
        ("Day", "2026-01-10T23:00:00Z"),
        ("Week", "2026-01-11T23:00:00Z"),
        ("Month", "2025-12-31T23:00:00Z"),
    ):
        query = window(epoch(begin), NOW, interval=name)
        _, found = await get(cloud, session, path, **query)
        assert found[0]["timeBucket"] == begin
    end_s = epoch("2026-01-13T23:00:00Z")
    _, days = await get(
        cloud, session, path, **window(end_s - 2 * DAY, end_s, interval="Day")
    )
    heat = sum(row["totalEOutHeating"] for row in days)
    energy = pump.energy(end_s - 2 * DAY, end_s)
    assert heat == pytest.approx(energy.heat[Mode.HEATING], abs=0.01)
    query = window(NOW - 40 * DAY, NOW, interval="Hour")
    assert (await get(cloud, session, path, **query))[0] == 400
    query = window(NOW - 40 * DAY, NOW, interval="Minute")
    assert (await get(cloud, session, path, **query))[0] == 400


async def test_energy_faults(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """Counters lag, step and err, hours are missing, and the indoor unit's too."""
    path = f"/energy-logs/{pump.id}"
    faults = cloud.faults
    _, right = await get(cloud, session, f"{path}/total")
    faults.total_lag_s, faults.total_step_s, faults.total_offset_kwh = 600, 900, -300
    _, total = await get(cloud, session, f"{path}/total")
    known = pump.lifetime(NOW - 900).electric[Mode.HEATING]
    assert total["totalEInHeating"] == pytest.approx(known - 300)
    assert right["totalEInHeating"] > known
    first_s = NOW - 4.5 * HOUR
    faults.hours_lag_s = 2 * HOUR
    faults.missing_hours = [(first_s, first_s + HOUR)]
    faults.hour_errors = {first_s + HOUR: 250.0}
    query = window(first_s, NOW, interval="Hour")
    _, found = await get(cloud, session, path, **query)
    begins = [epoch(row["timeBucket"]) for row in found]
    assert begins == [first_s + HOUR, first_s + 2 * HOUR]
    assert found[0]["totalEInHeating"] > 250
    lone = HeatPump(cloud.clock, indoor_meter=False, seed=9)
    cloud.accounts[0].pumps.append(lone)
    _, total = await get(cloud, session, f"/energy-logs/{lone.id}/total")
    assert len(total) == 12
    assert not any("IU" in key for key in total)


async def test_outage(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """Rows of an outage are lost for ever; energies aren't."""
    gap = (NOW - 2 * HOUR, NOW - HOUR)
    cloud.faults.outages = [gap]
    path = f"/heat-pumps/{pump.id}/logs"
    _, found = await get(cloud, session, f"{path}/raw", **window(NOW - 3 * HOUR, NOW))
    times = [epoch(row["timestamp"]) for row in found]
    assert len(times) == pytest.approx(480, abs=1)
    assert not any(gap[0] <= at_s < gap[1] for at_s in times)
    minutes = window(NOW - 3 * HOUR, NOW, interval="Minute")
    _, found = await get(cloud, session, path, **minutes)
    assert len(found) == pytest.approx(120, abs=1)
    query = window(NOW - 2.5 * HOUR, NOW - HOUR, interval="Hour")
    _, found = await get(cloud, session, f"/energy-logs/{pump.id}", **query)
    for row in found:
        begin_s = epoch(row["timeBucket"])
        energy = pump.energy(begin_s, begin_s + HOUR)
        assert row["totalEInHeating"] == round(energy.electric[Mode.HEATING], 3)
    # While it lasts, the newest log is an old one.
    cloud.faults.outages = [(NOW - HOUR, NOW + HOUR)]
    _, latest = await get(cloud, session, f"{path}/latest")
    assert latest["isOnline"] is False
    assert NOW - HOUR - 16 < epoch(latest["timestamp"]) < NOW - HOUR
    _, detail = await get(cloud, session, f"/heat-pumps/{pump.id}")
    assert detail["status"] == 1


async def test_log_faults(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """Logs lose power and keys, gain others, come twice, mixed and late."""
    path = f"/heat-pumps/{pump.id}/logs"
    last_minutes = window(NOW - 600, NOW - 300)
    faults = cloud.faults
    faults.missing_power = True
    _, found = await get(cloud, session, f"{path}/latest")
    assert found.keys() == payload("schema_log_latest_without_power.json").keys()
    faults.missing_power, faults.null_power = False, True
    faults.sentinels = faults.unknown_keys = True
    faults.missing_keys = {"interval"}
    _, found = await get(cloud, session, f"{path}/latest")
    assert found["cmMassPowerIn"] is None
    assert (found["tRoom"], found["tRoomTarget"]) == (-1, -1)
    assert found["dhwTargetTemperature"] == -1
    assert found["markedNewKey"] == {"value": [1, "two"]}
    assert "interval" not in found
    faults.null_power, faults.float_power = False, True
    _, found = await get(cloud, session, f"{path}/raw", **last_minutes)
    assert isinstance(found[0]["cmMassPowerIn"], float)
    faults.duplicate_rows = faults.shuffled_rows = True
    _, mixed = await get(cloud, session, f"{path}/raw", **last_minutes)
    assert len(mixed) == 2 * len(found)
    times = [row["timestamp"] for row in mixed]
    assert times != sorted(times)
    assert set(times) == {row["timestamp"] for row in found}
    faults.duplicate_rows = faults.shuffled_rows = False
    faults.late_rows_s = 900
    _, early = await get(cloud, session, f"{path}/raw", **last_minutes)
    assert 0 < len(early) < len(found)
    cloud.clock.advance(900)
    _, late = await get(cloud, session, f"{path}/raw", **last_minutes)
    assert late == found


async def test_limit(cloud: Cloud, session: aiohttp.ClientSession) -> None:
    """An account has 30 requests in any hour; then there's an empty 429."""
    for number in range(30):
        cloud.clock.advance(30)
        code, _ = await get(cloud, session, "/users/me")
        assert code == 200, number
    url = f"{cloud.url}/heat-pumps"
    async with session.get(url) as response:
        assert response.status == 429
        assert await response.text() == ""
        assert "Retry-After" not in response.headers
    # Another account has its own, and log-ins don't count.
    _, tokens = await log_in(cloud, session, username="other@example.invalid")
    token = tokens["access_token"]
    assert (await get(cloud, session, "/users/me", token))[0] == 200
    assert cloud.used(cloud.accounts[0]) == 30
    # The first one was 29 * 30 s before the last: an hour after it, there's room.
    cloud.clock.advance(HOUR - 29 * 30 + 1)
    assert (await get(cloud, session, "/users/me"))[0] == 200
    assert (await get(cloud, session, "/users/me"))[0] == 429
    cloud.faults.limit = None
    assert (await get(cloud, session, "/users/me"))[0] == 200


async def test_refusals(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """Tokens expire, clients aren't allowed, others' heat pumps aren't there."""
    foreign = cloud.accounts[1].pumps[0]
    for path in (f"/heat-pumps/{foreign.id}", f"/energy-logs/{foreign.id}/total", "/x"):
        assert (await get(cloud, session, path))[0] == 404
    assert (await get(cloud, session, "/heat-pumps", page="0"))[0] == 400
    pump.device_state = 4
    _, found = await get(cloud, session, "/heat-pumps", State="3", pageSize="1")
    assert found["metadata"]["totalCount"] == 1
    assert found["data"][0]["name"] is None
    cloud.faults.no_raw = True
    raw = f"/heat-pumps/{pump.id}/logs/raw"
    refused = next(
        item["body"]
        for item in payload("real_http_errors.json")
        if item["status"] == 403
    )
    assert await get(cloud, session, raw, **window(NOW - 60, NOW)) == (403, refused)
    assert (await get(cloud, session, f"/heat-pumps/{pump.id}/logs/latest"))[0] == 200
    cloud.faults.forbidden = True
    assert await get(cloud, session, "/users/me") == (403, refused)
    cloud.faults.forbidden = False
    async with session.get(f"{cloud.old_url}/users/me") as response:
        assert (response.status, await response.json()) == (403, refused)
    cloud.faults.unauthorized_once = True
    codes = [(await get(cloud, session, "/users/me"))[0] for _ in range(2)]
    assert codes == [401, 200]
    cloud.expire_tokens()
    async with session.get(f"{cloud.url}/users/me") as response:
        assert (response.status, await response.text()) == (401, "")
        challenge = response.headers["WWW-Authenticate"]
    assert challenge.startswith(
        'Bearer error="invalid_token", error_description="The token expired at \''
    )


async def test_token_race(cloud: Cloud) -> None:
    """A server whose clock is ahead takes a token for expired too early."""
    async with aiohttp.ClientSession() as session:
        _, tokens = await log_in(cloud, session)
        token = tokens["access_token"]
        cloud.faults.token_skew_s = 17
        cloud.clock.advance(275)
        assert (await get(cloud, session, "/users/me", token))[0] == 200
        cloud.clock.advance(10)
        assert (await get(cloud, session, "/users/me", token))[0] == 401
        cloud.faults.token_skew_s = 0
        assert (await get(cloud, session, "/users/me", token))[0] == 200


async def test_http_faults(
    cloud: Cloud, session: aiohttp.ClientSession, pump: HeatPump
) -> None:
    """What is wrong meets the paths that it's for."""
    faults = cloud.faults
    faults.status, faults.only_paths = 503, "/energy-logs"
    total = f"/energy-logs/{pump.id}/total"
    assert (await get(cloud, session, total))[0] == 503
    assert (await get(cloud, session, "/users/me"))[0] == 200
    faults.only_paths = ""
    assert (await get(cloud, session, "/users/me"))[0] == 503
    assert (await log_in(cloud, session))[0] == 200
    faults.status, faults.only_paths = None, "openid-connect"
    faults.garbage = "list"
    assert (await log_in(cloud, session))[1] == [1, None, {}]
    faults.only_paths = ""
    for name in ("html", "truncated", "empty"):
        faults.garbage = name
        code, found = await get(cloud, session, "/users/me")
        assert (code, isinstance(found, str)) == (200, True), name
    faults.garbage = "null"
    assert await get(cloud, session, "/users/me") == (200, None)
    faults.garbage = "not_utf8"
    async with session.get(f"{cloud.url}/users/me") as response:
        with pytest.raises(UnicodeDecodeError):
            await response.json()
    faults.garbage = None
    faults.nginx_403 = True
    code, text = await get(cloud, session, "/users/me")
    assert (code, "<html>" in text) == (403, True)
    faults.nginx_403 = False
    faults.drop = True
    with pytest.raises(aiohttp.ClientError):
        await get(cloud, session, "/users/me")
    faults.drop, faults.hang = False, True
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await get(cloud, session, "/users/me")
    asked = len(cloud.api_requests)
    assert asked == len(cloud.requests) - len(cloud.asked("openid-connect"))
    await cloud.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await get(cloud, session, "/users/me")


async def test_log_in(cloud: Cloud) -> None:
    """Passwords give tokens, with the vendor's lives; errors are Keycloak's."""
    errors = [
        (item["status"], item["body"])
        for item in payload("schema_token_errors_keycloak.json")
    ]
    wrong_password, inactive, expired, no_session, wrong_client, wrong_scope = errors
    async with aiohttp.ClientSession() as session:
        assert await log_in(cloud, session, password="marked-wrong") == wrong_password
        assert await log_in(cloud, session, client_id="nobody") == wrong_client
        with_secret = "HomeAssistantAPI"
        assert await log_in(cloud, session, client_id=with_secret) == wrong_client
        assert await log_in(cloud, session, scope="openid x") == wrong_scope
        code, _ = await log_in(
            cloud, session, client_id=with_secret, client_secret=SECRET
        )
        assert code == 200
        _, offline = await log_in(cloud, session)
        schema = payload("schema_token_response_offline.json")
        same_shape(offline, schema)
        for key in ("expires_in", "refresh_expires_in", "token_type", "scope"):
            assert offline[key] == schema[key]
        _, online = await log_in(cloud, session, scope="openid")
        real = payload("real_token_response_2024-05_redacted.json")
        same_shape(online, real)
        for key in ("expires_in", "refresh_expires_in", "token_type", "scope"):
            assert online[key] == real[key]
        other_realm = cloud.auth_url.replace("Weheat", "weheat")
        async with session.post(f"{other_realm}/token", data={}) as response:
            assert response.status == 404
        short = cloud.auth_url.replace("/auth/realms", "/realms")
        async with session.post(f"{short}/token/", data={}) as response:
            assert response.status == 401
        cloud.clock.advance(29 * DAY)
        _, offline = await refresh(cloud, session, offline["refresh_token"])
        cloud.clock.advance(2 * DAY)
        assert await refresh(cloud, session, online["refresh_token"]) == expired
        assert (await refresh(cloud, session, offline["refresh_token"]))[0] == 200
        _, offline = await log_in(cloud, session)
        _, online = await log_in(cloud, session, scope="openid")
        token = online["access_token"]
        cloud.revoke_sessions()
        assert await refresh(cloud, session, online["refresh_token"]) == inactive
        assert await refresh(cloud, session, offline["refresh_token"]) == no_session
        assert (await get(cloud, session, "/users/me", token))[0] == 200


async def test_refresh_rotates(cloud: Cloud) -> None:
    """A refresh replaces the refresh token, and the old one is worth nothing."""
    async with aiohttp.ClientSession() as session:
        _, one = await log_in(cloud, session)
        _, two = await refresh(cloud, session, one["refresh_token"])
        assert one["refresh_token"] != two["refresh_token"]
        code, body = await refresh(cloud, session, one["refresh_token"])
        assert (code, body["error"]) == (400, "invalid_grant")
        assert "reuse" in body["error_description"]
        cloud.keycloak.reuse = True
        assert (await refresh(cloud, session, one["refresh_token"]))[0] == 200
        cloud.keycloak.rotation = "same"
        _, three = await refresh(cloud, session, two["refresh_token"])
        assert three["refresh_token"] == two["refresh_token"]
        cloud.keycloak.rotation = "absent"
        _, four = await refresh(cloud, session, two["refresh_token"])
        assert "refresh_token" not in four
        code, body = await refresh(cloud, session, "marked-nonsense")
        assert (code, body["error"]) == (400, "invalid_grant")
        form = {"client_id": COMMUNITY, "refresh_token": two["refresh_token"]}
        async with session.post(f"{cloud.auth_url}/logout", data=form) as response:
            assert response.status == 204
        assert (await refresh(cloud, session, two["refresh_token"]))[0] == 400
        token = four["access_token"]
        assert (await get(cloud, session, "/users/me", token))[0] == 200


async def test_code_grant(cloud: Cloud) -> None:
    """The browser comes back at once with a code, that works once, with PKCE."""
    verifier = "marked-verifier-" + "x" * 40
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": COMMUNITY,
        "redirect_uri": "http://localhost/back?a=1",
        "state": "marked-state",
        "scope": "openid offline_access",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    async with aiohttp.ClientSession() as session:

        async def sign_in() -> dict[str, str]:
            url = f"{cloud.auth_url}/auth/"
            async with session.get(url, params=asked, allow_redirects=False) as answer:
                assert answer.status == 302
                location = answer.headers["Location"]
            assert location.startswith(asked["redirect_uri"])
            return dict(parse_qsl(urlsplit(location).query))

        async def exchange(code: str, **changes: str) -> tuple[int, Any]:
            form = {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": asked["redirect_uri"],
                "code_verifier": verifier,
            }
            return await post(cloud, session, **(form | changes))

        back = await sign_in()
        assert back["state"] == "marked-state"
        code, tokens = await exchange(back["code"])
        assert (code, tokens["refresh_expires_in"]) == (200, 0)
        token = tokens["access_token"]
        _, me = await get(cloud, session, "/users/me", token)
        assert me["id"] == cloud.accounts[0].id
        code, body = await exchange(back["code"])
        assert (code, body["error_description"]) == (400, "Code not valid")
        wrong: dict[str, str]
        for wrong in (
            {"code_verifier": "marked-wrong"},
            {"code_verifier": ""},
            {"redirect_uri": "http://localhost/other"},
        ):
            code, body = await exchange((await sign_in())["code"], **wrong)
            assert (code, body["error"]) == (400, "invalid_grant")
        late = (await sign_in())["code"]
        cloud.clock.advance(61)
        assert (await exchange(late))[0] == 400
        cloud.keycloak.browser = "deny"
        back = await sign_in()
        assert (back["error"], back["state"]) == ("access_denied", "marked-state")
        cloud.keycloak.browser = "redirect"
        cloud.keycloak.browser_user = "other@example.invalid"
        _, tokens = await exchange((await sign_in())["code"])
        token = tokens["access_token"]
        _, me = await get(cloud, session, "/users/me", token)
        assert me["email"] == "other@example.invalid"
        asked["client_id"] = debugger = "weheat-third-party-debugger"
        code_of = (await sign_in())["code"]
        _, tokens = await exchange(code_of, client_id=debugger)
        token = tokens["access_token"]
        assert (await get(cloud, session, "/users/me", token))[0] == 403
        url = f"{cloud.auth_url}/auth"
        async with session.get(url, params={"client_id": "nobody"}) as answer:
            assert answer.status == 400
