"""A charger is fed from any meter."""

from collections.abc import Generator, Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.sunbridge.services import async_setup_services
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .conftest import AUTOMATION, House

POWER = "sensor.charger_power"
EVERY_S = 4.5


class Fed:
    """A charger that is fed by the real action, and what it was told."""

    def __init__(self, house: House) -> None:
        """Put the charger into the registries, and Sunbridge's action beside it."""
        self.entry = MockConfigEntry(domain="sunbridge")
        self.entry.add_to_hass(house.hass)
        self.entry.mock_state(house.hass, ConfigEntryState.LOADED)
        charging = SimpleNamespace(
            traits=SimpleNamespace(feed_every_s=5.0), async_feed=self._feed
        )
        coordinator = SimpleNamespace(device_id="goe_1", charging=charging)
        self.entry.runtime_data = SimpleNamespace(coordinators=[coordinator])
        async_setup_services(house.hass)
        device = dr.async_get(house.hass).async_get_or_create(
            config_entry_id=self.entry.entry_id, identifiers={("sunbridge", "goe_1")}
        )
        er.async_get(house.hass).async_get_or_create(
            "sensor",
            "sunbridge",
            "goe_1_power",
            suggested_object_id="charger_power",
            config_entry=self.entry,
            device_id=device.id,
        )
        self.house = house
        self.device_id = device.id
        self.told: list[dict[str, float]] = []
        self.is_broken = False
        self.is_online = True

    async def _feed(
        self, grid_w: float, pv_w: float | None, battery_w: float | None
    ) -> None:
        """Note what was told."""
        told = {"grid_w": grid_w, "pv_w": pv_w, "battery_w": battery_w}
        self.told.append({key: w for key, w in told.items() if w is not None})
        if self.is_broken:
            raise HomeAssistantError("broken")

    async def start(
        self,
        inputs: Mapping[str, Any],
        *,
        kept: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None,
    ) -> None:
        """Start the automation; it tells from the next full minute on."""
        await self.house.start(
            "feed_pv",
            {"charger": self.device_id, "grid": ["sensor.grid"], **inputs},
            kept=kept,
        )
        self.house.set(**{POWER.replace(".", "__"): 0 if self.is_online else "unknown"})

    async def hear_once(self) -> None:
        """Listen for a second, while all meters report."""
        self.told.clear()
        for state in self.house.hass.states.async_all("sensor"):
            self.house.hass.states.async_set(
                state.entity_id, state.state, state.attributes
            )
        await self.house.go(step_s=1, seconds=1)

    async def hear(
        self, *, times: int = 3, report: bool = True
    ) -> list[dict[str, float]]:
        """Return what the charger is told in some periods."""
        self.told.clear()
        for _ in range(times):
            if report:
                for state in self.house.hass.states.async_all("sensor"):
                    self.house.hass.states.async_set(
                        state.entity_id, state.state, state.attributes
                    )
            await self.house.go(step_s=EVERY_S, seconds=EVERY_S)
        return list(self.told)

    def measure(self, sensor: str, value: object, unit: str | None = "W") -> None:
        """Set a meter."""
        self.house.hass.states.async_set(
            f"sensor.{sensor}",
            str(value),
            {"unit_of_measurement": unit} if unit else None,
        )


@pytest.fixture
def charger(house: House) -> Generator[Fed]:
    """Return a charger, and a house that feeds 1234.4 W into the grid."""
    charger = Fed(house)
    charger.measure("grid", -1234.4)
    yield charger
    charger.entry.mock_state(house.hass, ConfigEntryState.NOT_LOADED)


async def _first_minute(charger: Fed) -> None:
    """Wait for the first run."""
    await charger.hear(times=14)


async def test_told_also_when_unchanged(charger: Fed) -> None:
    """It's told all the time, whether or not the meter says something else."""
    await charger.start({})
    assert await charger.hear(times=11) == []
    await _first_minute(charger)
    assert await charger.hear(times=5) == [{"grid_w": -1234}] * 5
    charger.measure("grid", 4321)
    assert await charger.hear(times=3) == [{"grid_w": 4321}] * 3


async def test_at_start(charger: Fed) -> None:
    """After a restart it's told at once."""
    await charger.start({}, kept={})
    assert await charger.hear(times=2) == [{"grid_w": -1234}] * 2


@pytest.mark.parametrize("state", ["unavailable", "unknown", "nan", "inf", ""])
@pytest.mark.parametrize("part", ["grid", "battery"])
async def test_never_without_a_number(charger: Fed, part: str, state: str) -> None:
    """Without grid or battery nothing is told, until it's back."""
    charger.measure("battery", 100)
    await charger.start({"battery": ["sensor.battery"]})
    await _first_minute(charger)
    charger.measure(part, state)
    assert await charger.hear() == []
    charger.measure(part, 7)
    assert len(await charger.hear()) == 3


async def test_never_without_a_meter(charger: Fed) -> None:
    """A meter that was removed is no meter of 0 W."""
    await charger.start({})
    await _first_minute(charger)
    charger.house.hass.states.async_remove("sensor.grid")
    assert await charger.hear() == []


async def test_no_meter_at_start(charger: Fed) -> None:
    """A meter that comes late is told from then on."""
    charger.house.hass.states.async_remove("sensor.grid")
    await charger.start({}, kept={})
    assert await charger.hear(times=20) == []
    charger.measure("grid", 55)
    assert await charger.hear() == [{"grid_w": 55}] * 3


async def test_never_too_old(charger: Fed) -> None:
    """A meter that stopped reporting isn't told any more; unchanged isn't old."""
    await charger.start({"max_age": 20})
    await _first_minute(charger)
    assert len(await charger.hear(times=10)) == 10
    # 9, 13.5 and 18 s after the last report.
    assert len(await charger.hear(times=10, report=False)) == 3
    assert await charger.hear(times=10, report=False) == []
    assert len(await charger.hear()) == 3


async def test_house(charger: Fed) -> None:
    """Several sensors, units and signs: grid + bought, battery + discharge."""
    charger.measure("grid", 0)
    charger.measure("sold", 1.5, "kW")
    charger.measure("roof", 3000)
    charger.measure("garage", 0.0012, "MW")
    charger.measure("battery", 250)
    charger.measure("charged", 750000, "mW")
    await charger.start(
        {
            "grid_sold": ["sensor.sold"],
            "pv": ["sensor.roof", "sensor.garage"],
            "battery": ["sensor.battery"],
            "battery_charged": ["sensor.charged"],
        }
    )
    await _first_minute(charger)
    expected = {"grid_w": -1500, "pv_w": 4200, "battery_w": -500}
    assert await charger.hear(times=1) == [expected]
    # The sun is only for show, and never below 0.
    charger.measure("roof", -5000)
    assert await charger.hear(times=1) == [{**expected, "pv_w": 0}]
    charger.measure("roof", "unavailable")
    del expected["pv_w"]
    assert await charger.hear(times=1) == [expected]
    # A part of the grid is no grid.
    charger.measure("sold", "unavailable", "kW")
    assert await charger.hear(times=1) == []


async def test_signs_turned(charger: Fed) -> None:
    """Meters may count the other way round."""
    charger.measure("battery", 300)
    await charger.start(
        {"grid_turned": True, "battery": ["sensor.battery"], "battery_turned": True}
    )
    await _first_minute(charger)
    assert await charger.hear(times=1) == [{"grid_w": 1234, "battery_w": -300}]


@pytest.mark.parametrize("unit", [None, "kWh", "A"])
async def test_no_power(charger: Fed, unit: str | None) -> None:
    """What isn't a power is never told."""
    charger.measure("grid", 5, unit)
    await charger.start({})
    assert await charger.hear(times=30) == []


async def test_offline(charger: Fed) -> None:
    """An offline charger isn't told anything, and so nothing fails."""
    charger.is_online = False
    await charger.start({})
    assert await charger.hear(times=30, report=False) == []
    charger.house.set(**{POWER.replace(".", "__"): 0})
    assert len(await charger.hear()) == 3


async def test_failure_is_tried_again(
    charger: Fed, caplog: pytest.LogCaptureFixture
) -> None:
    """What fails is tried again once a minute, not each time, so the log stays short."""
    charger.is_broken = True
    await charger.start({})
    assert len(await charger.hear(times=45)) == 3
    assert caplog.text.count("Error while executing automation") == 3
    charger.is_broken = False
    assert len(await charger.hear(times=30)) >= 15


async def test_only_if(charger: Fed) -> None:
    """A condition of the user's has to hold each time."""
    await charger.start(
        {
            "only_if": [
                {
                    "condition": "state",
                    "entity_id": "input_boolean.winter",
                    "state": "off",
                }
            ]
        }
    )
    await _first_minute(charger)
    charger.house.set(input_boolean__winter="on")
    assert await charger.hear() == []
    charger.house.set(input_boolean__winter="off")
    assert len(await charger.hear()) == 3


async def test_hours(hass: HomeAssistant, charger: Fed) -> None:
    """Each hour's run takes over, and few changes of its state are recorded."""
    await charger.start({}, kept={})
    runs = async_capture_events(hass, "automation_triggered")
    changes = async_capture_events(hass, "state_changed")
    await charger.house.go(step_s=EVERY_S, minutes=3)
    charger.house.freezer.move_to("2026-06-17 12:58:00+02:00")
    assert not runs
    assert not [one for one in changes if one.data["entity_id"] == AUTOMATION]
    # Each second, so that a gap would be seen.
    told_at = []
    for _ in range(240):
        await charger.hear_once()
        told_at += [charger.house.freezer().timestamp()] * len(charger.told)
    assert len(runs) == 1
    assert len([one for one in changes if one.data["entity_id"] == AUTOMATION]) <= 3
    gaps = [after - before for before, after in pairwise(told_at)]
    assert max(gaps) <= EVERY_S + 1
    assert len(gaps) >= 240 / (EVERY_S + 1)
