"""What the recorder couldn't write is written when it can again."""

from collections.abc import Iterator
import contextlib
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import OperationalError

from homeassistant.components.recorder import Recorder, statistics
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from simulators.clock import Clock
from simulators.weheat import Cloud, HeatPump

from .conftest import new_entry, set_up, until
from .recorded import (
    HOUR,
    account,
    assert_true,
    call,
    quiet,
    rows_of,
    series,
    this_hour,
    with_hours,
    written,
)

__all__ = ["account"]


@pytest.fixture
def pump(clock: Clock) -> HeatPump:
    """Return a heat pump with a short history."""
    return HeatPump(clock, name="Cellar", history_days=4)


@contextlib.contextmanager
def full_disk(name: str = "import_statistics") -> Iterator[list[str]]:
    """Let the recorder fail to write statistics; yield what it should have written."""
    lost: list[str] = []

    def fail(_: Recorder, metadata: Any, *__: Any) -> bool:
        lost.append(metadata["statistic_id"] if isinstance(metadata, dict) else name)
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    with patch.object(statistics, name, fail):
        yield lost


async def test_hours(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """Hours that a full disk took away aren't counted as written."""
    with full_disk() as lost:
        entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
        coordinator = await set_up(hass, entry)
        await until(lambda: series(pump) in lost)
        await until(lambda: not coordinator._account._keeper.lock.locked())
    assert await rows_of(hass, series(pump)) == []
    hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await written(coordinator)
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 48
    assert_true(pump, rows)


async def test_history(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """Nor is a part of the past, or the shift of what comes after it."""
    entry, coordinator = await with_hours(hass, served)
    await written(coordinator)
    with full_disk() as lost:
        hass.config_entries.async_update_entry(entry, options={"history": True})
        assert await hass.config_entries.async_reload(entry.entry_id)
        coordinator = entry.runtime_data.coordinators[0]
        await until(lambda: series(pump) in lost)
        await until(lambda: not coordinator._account._keeper.lock.locked())
    hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await written(coordinator)
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 95
    assert_true(pump, rows)


@pytest.mark.parametrize("name", ["import_statistics", "adjust_statistics"])
async def test_action(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    served: Cloud,
    pump: HeatPump,
    name: str,
) -> None:
    """Who asked for hours to be filled in is told."""
    bad = this_hour() - 30 * HOUR
    served.faults.hour_errors = {float(bad): 2.0}
    entry, coordinator = await with_hours(hass, served)
    await written(coordinator)
    served.faults.hour_errors = {}
    with full_disk(name) as lost, pytest.raises(HomeAssistantError) as err:
        await call(hass, entry, bad, bad + 2 * HOUR)
    assert err.value.translation_key == "weheat_no_recorder"
    assert lost
    await quiet(hass, entry)


async def test_live_sensor(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """An outage of a live sensor is remembered until it's repaired."""
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.counter.at_s is not None)
    await written(coordinator)
    gone, back = this_hour() - 9 * HOUR, this_hour() - 3 * HOUR
    totals = {
        hour: pump.lifetime(hour + HOUR).electric_kwh
        for hour in range(gone - 4 * HOUR, this_hour(), HOUR)
        if not gone <= hour < back
    }
    async_import_statistics(
        hass,
        StatisticMetaData(
            mean_type=StatisticMeanType.NONE,
            has_sum=True,
            name=None,
            source="recorder",
            statistic_id="sensor.cellar_electricity",
            unit_class="energy",
            unit_of_measurement="kWh",
        ),
        [
            StatisticData(start=datetime.fromtimestamp(at, UTC), state=kwh, sum=kwh)
            for at, kwh in totals.items()
        ],
    )
    await async_wait_recording_done(hass)
    outages = coordinator.ledger.progress.outages
    outages.append([gone + 0.0, back + 900.0])
    with full_disk() as lost:
        hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
        await until(lambda: "sensor.cellar_electricity" in lost)
        await until(lambda: not coordinator._account._keeper.lock.locked())
    assert outages
    hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await until(lambda: not outages)
    await quiet(hass, entry)
    assert len(await rows_of(hass, "sensor.cellar_electricity")) == len(totals) + 6
