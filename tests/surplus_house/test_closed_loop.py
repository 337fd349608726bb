"""In closed loop: a go-e by its API on a socket, in a house with sun and a cloud."""

import asyncio
from collections.abc import Callable, Generator
from itertools import chain, repeat
import logging
import math
from typing import Any
from urllib.parse import parse_qs

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulators.goe import Car, Charger, LocalFront
from simulators.household import Household

from ..nrgkick_house.conftest import say
from .conftest import new_entry

SERIAL = "012345"
SUNNY_S = 800
CLOUDY_S = 330
LOAD_W = 300.0


class HastyClock:
    """The clock of an event loop that goes to the next timer when nothing is to be done.

    What is late on a busy machine is late by its real time, and no more.
    """

    def __init__(self, loop: Any) -> None:
        """Begin with the time of a loop."""
        self._real: Callable[[], float] = loop.time
        self._wait: Callable[[float | None], list[Any]] = loop._selector.select
        self._ahead_s = 0.0
        # Threads work while the time is real, as what is set up needs it.
        self.is_hasty = False

    def time(self) -> float:
        """Return the loop's time."""
        return self._real() + self._ahead_s

    def select(self, timeout_s: float | None) -> list[Any]:
        """Return what is ready; it's looked twice, as sockets may take a moment."""
        if timeout_s is None or not self.is_hasty:
            return self._wait(timeout_s)
        ready = self._wait(0) or self._wait(0)
        if not ready:
            self._ahead_s += max(0.0, timeout_s)
        return ready


@pytest.fixture
def clock(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> Generator[HastyClock]:
    """Hurry Home Assistant's event loop."""
    loop: Any = hass.loop
    hasty = HastyClock(loop)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "time", hasty.time)
        patch.setattr(loop._selector, "select", hasty.select)
        # So many lines take longer than all the rest.
        logging.disable(logging.INFO)
        yield hasty
        logging.disable(logging.NOTSET)


def pv_powers() -> Any:
    """Return a sun that rises, W for each second, and then a dark cloud."""
    sunny = (
        2500 + 4500 * math.sin(math.pi * second / SUNNY_S / 2)
        for second in range(SUNNY_S)
    )
    return chain(sunny, repeat(200.0))


async def set_up(hass: HomeAssistant, front: LocalFront) -> list[MockConfigEntry]:
    """Load a charger and a house that regulates it."""
    charger_entry = MockConfigEntry(
        domain="sunbridge",
        title="Garage",
        unique_id=f"goe_{SERIAL}",
        data={
            "vendor": "goe",
            "transport": "local",
            "serial": SERIAL,
            "host": front.url.removeprefix("http://"),
        },
    )
    charger_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(charger_entry.entry_id)
    registry = dr.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(registry, charger_entry.entry_id)
    load = {
        "device": device.id,
        "how": "regulate",
        "priority": 1,
        "at_stop": "leave",
    }
    house_entry = new_entry(hass, [("charger", load)], pv=None, battery=None)
    assert await hass.config_entries.async_setup(house_entry.entry_id)
    return [house_entry, charger_entry]


async def test_sun_and_a_cloud(
    hass: HomeAssistant, socket_enabled: None, clock: HastyClock
) -> None:
    """The car takes the sun and little else, and is paused below the cloud."""
    charger = Charger(SERIAL, "", name="Garage", seed=1, clock=clock.time)
    charger.plug_in(Car())
    for key, value in {"hai": True, "ama": 16, "frc": 1}.items():
        assert charger.set(key, value) is True

    def draws_w() -> float:
        power_w: float = charger.status()["nrg"][11]
        return power_w

    house = Household(pv=pv_powers(), load=repeat(LOAD_W), others=draws_w)
    car_w: list[float] = []
    async with LocalFront(charger) as front:
        # By then the charger has its settings.
        clock.is_hasty = True
        await asyncio.sleep(2)
        clock.is_hasty = False
        say(hass, "sensor.grid", 0)
        entries = await set_up(hass, front)
        began_s, clock.is_hasty = clock.time(), True
        for second in range(SUNNY_S + CLOUDY_S):
            await asyncio.sleep(began_s + second - clock.time())
            house.step()
            car_w.append(house.load_w - LOAD_W)
            if (reading := house.grid_meter.reading) is not None:
                say(hass, "sensor.grid", reading.value)
        clock.is_hasty = False
        for entry in entries:
            assert await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()

    surplus_w = [
        max(0.0, pv_w - LOAD_W)
        for pv_w, _ in zip(pv_powers(), range(SUNNY_S), strict=False)
    ]
    sunny_w = car_w[:SUNNY_S]
    from_sun_wh = sum(map(min, sunny_w, surplus_w, strict=True)) / 3600
    beyond_wh = sum(sunny_w) / 3600 - from_sun_wh
    assert from_sun_wh > 0.8 * sum(surplus_w) / 3600
    assert beyond_wh < 0.03 * from_sun_wh
    # It goes on for a while with the least current, in case that the cloud goes.
    cloudy_wh = sum(car_w[SUNNY_S:]) / 3600
    assert cloudy_wh < 250
    assert set(car_w[-120:]) == {0.0}
    assert charger.status()["frc"] == 1

    sets = [
        parse_qs(request.raw_query)
        for request in front.requests
        if request.path == "/api/set"
    ]
    amps = [int(query["amp"][0]) for query in sets if "amp" in query]
    assert {query["psm"][0] for query in sets if "psm" in query} == {"1", "2"}
    assert min(amps) >= 6
    assert max(amps) <= 16
