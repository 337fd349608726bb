"""Clients that others wrote work against the simulator: it isn't made for ours."""

import asyncio
from functools import partial
from typing import Any
import urllib.error

import aiohttp
from goe.charger import GoEChargerClient
from goe.charger.enums import CarState, ChargingStateDetail, PhaseSwitchMode
from goe.json_client import CloudJsonClient
from goecharger_api_lite import GoeCharger
import pytest

from simulators.goe import Charger, CloudFront, LocalFront

from ..conftest import SERIAL, TOKEN


@pytest.fixture
def charger() -> Charger:
    """Return a charger with a car, open to the local network."""
    charger = Charger(SERIAL, TOKEN, name="Garage", reaction_s=0)
    charger.plug_in()
    charger.set("hai", True)
    return charger


def goe_client(url: str, token: str) -> GoEChargerClient:
    """Return the client of the package goe for the cloud."""
    return GoEChargerClient(CloudJsonClient(token, domain=url))


async def test_goe_cloud(cloud: CloudFront) -> None:
    """The package goe reads all its components from the cloud."""
    client = goe_client(f"{cloud.url}/{SERIAL}", TOKEN)
    meta, time, config, status, stats = await asyncio.to_thread(
        client.get_many, client.supported_components()
    )
    assert (meta.serial_number, meta.friendly_name) == (SERIAL, "Garage")
    assert meta.firmware_version == "60.2"
    assert abs((time.utc_time - time.local_time).total_seconds()) < 1
    assert config.phase_switch_mode is PhaseSwitchMode.Auto
    assert config.current_limit_presets == [6, 10, 16, 24, 32]
    assert status.car_state in (CarState.WaitCar, CarState.Charging)
    assert status.state_detail is ChargingStateDetail.ChargingBecauseFallbackDefault
    assert status.error is None
    assert len(status.energies.voltage) == 4
    assert status.energies.power_total == pytest.approx(
        sum(status.energies.power[:3]), abs=0.1
    )
    assert stats.energy_total_wh == 1_234_567


async def test_goe_wrong_token(cloud: CloudFront) -> None:
    """The package goe gets the code of a wrong token."""
    client = goe_client(f"{cloud.url}/{SERIAL}", "wrong")
    with pytest.raises(urllib.error.HTTPError) as raised:
        await asyncio.to_thread(client.get_meta)
    assert raised.value.code == 401


async def test_goe_local(local: LocalFront) -> None:
    """The package goe reads from the local network too."""
    client = GoEChargerClient.local(local.url.removeprefix("http://"))
    meta = await asyncio.to_thread(client.get_meta)
    assert meta.serial_number == SERIAL


async def test_goecharger_api_lite(
    local: LocalFront, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package goecharger-api-lite reads and sets."""

    host = local.url.removeprefix("http://")
    own_session = aiohttp.ClientSession

    def use() -> tuple[dict[str, Any], dict[str, Any]]:
        # The client makes its session where no loop runs, which aiohttp of today
        # doesn't take; so it's told which loop.
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        monkeypatch.setattr(aiohttp, "ClientSession", partial(own_session, loop=loop))
        client = GoeCharger(host)
        before = client.get_status(GoeCharger.STATUS_DEFAULT)
        client.set_ampere(10)
        client.set_phase_mode(GoeCharger.SettableValueEnum.PhaseMode.one)
        client.set_charging_mode(GoeCharger.SettableValueEnum.ChargingMode.off)
        return before, client.get_status(GoeCharger.STATUS_FULL)

    before, after = await asyncio.to_thread(use)
    assert before["car_state"] in ("WaitCar", "Charging")
    assert before["error"] is None
    assert before["device_model"] == "22KW/32A"
    assert before["energy"]["voltage"]["L1"] == pytest.approx(230, abs=5)
    assert after["ampere_allowed"] == 10
    assert after["phase_mode"] == "one"
    assert after["charging_mode"] == "off"
    assert (charger.status()["amp"], charger.status()["psm"]) == (10, 1)
