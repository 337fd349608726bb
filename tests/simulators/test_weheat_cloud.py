"""The simulated API answers as the reference says of the vendor's."""

import aiohttp
import pytest

from simulators.weheat import Cloud, HeatPump, Mode

from .test_weheat_pump import DAY, HOUR, payload
from .weheat_client import (
    NOW,
    clock,
    cloud,
    epoch,
    get,
    log_in,
    pump,
    same_shape,
    session,
    window,
    zulu,
)

__all__ = ["clock", "cloud", "pump", "session"]


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
