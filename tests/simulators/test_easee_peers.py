"""A client that others wrote works against the simulator: it isn't made for ours."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from pyeasee import Easee
from pyeasee.exceptions import ForbiddenServiceException
import pytest

from simulators.easee import Account, Charger, Cloud, Equalizer

PASSWORD = "marked-easee-password"


@pytest.fixture
def charger() -> Charger:
    """Return a charger with a car."""
    charger = Charger()
    charger.plug_in()
    return charger


@pytest.fixture
async def cloud(socket_enabled: None, charger: Charger) -> AsyncGenerator[Cloud]:
    """Serve an account with a charger and an Equalizer."""
    account = Account("me", PASSWORD, chargers=[charger], equalizers=[Equalizer()])
    async with Cloud([account]) as cloud:
        yield cloud


@pytest.fixture
async def easee(cloud: Cloud) -> AsyncGenerator[Easee]:
    """Give pyeasee, sent to the simulator."""
    easee = Easee("me", PASSWORD)
    easee.base = cloud.url
    easee.sr_base = f"{cloud.streams_url}/hubs/chargers"
    yield easee
    await easee.close()


async def test_pyeasee_discovery(easee: Easee, cloud: Cloud) -> None:
    """It finds site, circuit, charger and Equalizer, and refreshes its token."""
    (charger,) = await easee.get_chargers()
    assert (charger.id, charger.name) == ("EH123456", "Garage")
    (site,) = await easee.get_account_products()
    (circuit,) = site.get_circuits()
    assert [item.id for item in circuit.get_chargers()] == ["EH123456"]
    (equalizer,) = site.get_equalizers()
    assert (await easee.get_sites())[0].id == site.id
    config = await charger.get_config()
    assert config["isEnabled"] is True
    assert (await charger.get_latest_firmware())["latestFirmware"] == 328
    assert (await equalizer.get_load_balancing())["mode"] == "none"
    await equalizer.set_load_balancing(True, 4)
    assert (await equalizer.get_load_balancing())["mode"] == "chargingWithImport"
    await easee._refresh_token()
    assert (cloud.tokens.logins, cloud.tokens.refreshes) == (1, 1)
    with pytest.raises(ForbiddenServiceException):
        await easee.get("/api/chargers/EH999999/config")


async def test_pyeasee_control(easee: Easee, charger: Charger) -> None:
    """It reads observations, and sets what can be set."""
    (found,) = await easee.get_chargers()
    answer = await found.get_observations(109, 48)
    assert [item["value"] for item in answer["observations"]] == [3, 16.0]
    assert (await found.set_dynamic_charger_current(10)).status == 202
    assert charger.value(48) == 10.0
    await found.pause()
    assert charger.value(109) == 2
    await found.resume()
    assert charger.value(109) == 3
    await found.smart_charging(True)
    await found.lockCablePermanently(True)
    await found.phaseMode(1)
    assert [charger.value(n) for n in (102, 30, 38, 110)] == [True, True, 1, 10]
    (site,) = await easee.get_sites()
    (circuit,) = site.get_circuits()
    await circuit.set_dynamic_current(8, 8, 8)
    assert [charger.value(n) for n in (111, 112, 113)] == [8.0, 8.0, 8.0]
    await found.reboot()
    assert charger.reboots == 1


async def test_pyeasee_stream(easee: Easee, cloud: Cloud, charger: Charger) -> None:
    """It gets the whole state, and then what changes."""
    seen: asyncio.Queue[tuple[int, Any]] = asyncio.Queue()

    async def hear(_mid: str, _type: int, number: int, value: Any) -> None:
        seen.put_nowait((number, value))

    (found,) = await easee.get_chargers()
    await easee.sr_subscribe(found, hear)
    async with asyncio.timeout(10):
        state = dict([await seen.get() for _ in charger.observations])
    assert set(state) == set(charger.observations)
    assert (state[109], state[31], state[48]) == (3, True, 16.0)
    assert cloud.hub.negotiations == 1
    charger.unplug()
    async with asyncio.timeout(10):
        while (await seen.get()) != (109, 1):
            pass
