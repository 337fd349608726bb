"""A client that others wrote works against the simulator: it isn't made for ours."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump, Kind, Mode

# The vendor's own, that Home Assistant's integration stands on.
weheat = pytest.importorskip("weheat")
Discovery = pytest.importorskip("weheat.abstractions.discovery").HeatPumpDiscovery
Peer = pytest.importorskip("weheat.abstractions.heat_pump").HeatPump
users = pytest.importorskip("weheat.abstractions.user")

PASSWORD = "marked-weheat-password"
HOUR = 3600.0
# Half past eight in UTC, 2026-01-14.
NOW = 1_768_348_800.0 + 8.5 * HOUR


@pytest.fixture
def pump() -> HeatPump:
    """Return an all-electric heat pump with cooling, in a winter of the past."""
    clock = Clock()
    clock.advance(NOW - clock.time())
    return HeatPump(clock, cooling=True)


@pytest.fixture
async def cloud(socket_enabled: None, pump: HeatPump) -> AsyncGenerator[Cloud]:
    """Serve an account with two heat pumps."""
    hybrid = HeatPump(pump.clock, kind=Kind.HYBRID, model=5, seed=2, name="Flint")
    account = Account("user@example.invalid", PASSWORD, pumps=[pump, hybrid])
    async with Cloud([account], clock=pump.clock) as cloud:
        yield cloud


@pytest.fixture
def api_url(cloud: Cloud) -> str:
    """Return what the library adds the API's version to."""
    return cloud.url.removesuffix("/api/v1")


@pytest.fixture
async def token(cloud: Cloud) -> str:
    """Log in."""
    form = {
        "grant_type": "password",
        "client_id": "WeheatCommunityAPI",
        "username": "user@example.invalid",
        "password": PASSWORD,
        "scope": "openid offline_access",
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{cloud.auth_url}/token", data=form) as response,
    ):
        return str((await response.json())["access_token"])


@pytest.fixture
async def client(api_url: str, token: str) -> AsyncGenerator[Any]:
    """Give the library's plain client."""
    config = weheat.Configuration(host=api_url, access_token=token)
    async with weheat.ApiClient(configuration=config) as client:
        yield client


async def test_discovery(
    cloud: Cloud, api_url: str, token: str, pump: HeatPump
) -> None:
    """It finds the user and those heat pumps that are active."""
    user_id = await users.async_get_user_id_from_token(api_url, token)
    assert user_id == cloud.accounts[0].id
    one, two = await Discovery.async_discover_active(api_url, token)
    assert (one.uuid, one.has_dhw, one.has_ch_boiler) == (pump.id, True, False)
    assert (two.model, two.has_dhw, two.has_ch_boiler) == (
        "Flint P40 heat pump",
        False,
        True,
    )
    pump.device_state = 4
    assert len(await Discovery.async_discover_active(api_url, token)) == 1


async def test_status(cloud: Cloud, api_url: str, token: str, pump: HeatPump) -> None:
    """It reads logs and counters, and its sums are the truth."""
    pump.run(NOW - HOUR, NOW + HOUR, Mode.HEATING, compressor_w=900, heat_w=3900)
    peer = Peer(api_url, pump.id)
    await peer.async_get_status(token)
    assert peer.heat_pump_state is Peer.State.HEATING
    assert (peer.power_input, peer.power_output) == (900, 3900)
    assert peer.cop == pytest.approx(3900 / 900)
    assert peer.is_online
    assert peer.cooling_activity is not None
    assert peer.compressor_percentage == 43
    truth = pump.lifetime(pump.clock.time())
    assert peer.energy_total == pytest.approx(truth.electric_kwh)
    assert peer.energy_in_indoor_unit == pytest.approx(truth.indoor_kwh)
    cooled = truth.heat[Mode.COOLING]
    assert peer.energy_output == pytest.approx(truth.heat_kwh - 2 * cooled)
    pump.run(NOW - HOUR, NOW + HOUR, Mode.COOLING, compressor_w=868, heat_w=-4973)
    await peer.async_get_logs(token)
    assert peer.heat_pump_state is Peer.State.COOLING
    assert peer.cop == pytest.approx(4973 / 868)
    # What its strict models can't take, as in February 2026.
    cloud.faults.missing_keys = {"interval"}
    with pytest.raises(ValueError, match="interval"):
        await peer.async_get_logs(token)
    cloud.faults.missing_keys = set()
    cloud.faults.missing_power = True
    await peer.async_get_logs(token)
    assert (peer.power_input, peer.is_online) == (None, None)


async def test_limit(cloud: Cloud, api_url: str, token: str, pump: HeatPump) -> None:
    """It sees the vendor's limit."""
    cloud.faults.limit = 2
    peer = Peer(api_url, pump.id)
    await peer.async_get_logs(token)
    with pytest.raises(weheat.ApiException) as caught:
        await peer.async_get_energy(token)
    assert caught.value.status == 429


async def test_history(cloud: Cloud, client: Any, pump: HeatPump) -> None:
    """It reads raw, averaged and energy logs of a time."""
    start = datetime.fromtimestamp(NOW - 2 * HOUR, UTC)
    end = datetime.fromtimestamp(NOW, UTC)
    logs = weheat.HeatPumpLogApi(client)
    answer = await logs.api_v1_heat_pumps_heat_pump_id_logs_raw_get_with_http_info(
        heat_pump_id=pump.id, start_time=start, end_time=end
    )
    assert len(answer.data) == pytest.approx(480, abs=1)
    assert {row.interval for row in answer.data} == {15}
    for staff in (False, True):
        cloud.accounts[0].staff = staff
        answer = await logs.api_v1_heat_pumps_heat_pump_id_logs_get_with_http_info(
            heat_pump_id=pump.id, start_time=start, end_time=end, interval="Minute"
        )
        assert len(answer.data) == 120
    row = answer.data[0]
    assert row.time_covered_in_interval == 60
    energies = weheat.EnergyLogApi(client)
    answer = await energies.api_v1_energy_logs_heat_pump_id_get_with_http_info(
        heat_pump_id=pump.id, start_time=start, end_time=end, interval="Hour"
    )
    (first, second) = answer.data
    assert first.time_bucket.timestamp() == NOW - 1.5 * HOUR
    truth = pump.energy(NOW - 1.5 * HOUR, NOW - 0.5 * HOUR)
    assert first.total_ein_heating == round(truth.electric[Mode.HEATING], 3)
    assert second.total_ein_heating <= first.total_ein_heating + 2
