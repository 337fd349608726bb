"""What the simulated cloud can be told to have wrong, it has wrong."""

import asyncio

import aiohttp
import pytest

from simulators.weheat import Cloud, HeatPump, Mode

from .test_weheat_pump import HOUR, payload
from .weheat_client import NOW, clock, cloud, epoch, get, log_in, pump, session, window

__all__ = ["clock", "cloud", "pump", "session"]


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
