"""What was missed is put where it happened: after reloads, outages and refusals."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
import time
from typing import Any

import pytest

from custom_components.sunbridge.vendors.weheat import statistics_writer
from homeassistant.components.recorder import Recorder
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import async_import_statistics
from homeassistant.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulators.weheat import Cloud, HeatPump

from .conftest import new_entry, set_up, until
from .recorded import (
    DAY,
    HOUR,
    account,
    assert_true,
    pump,
    quiet,
    rows_of,
    series,
    this_hour,
    with_hours,
    written,
)

__all__ = ["account", "pump"]


async def test_reload_amid_writing(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    served: Cloud,
    pump: HeatPump,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a reload breaks off counts as not written, and is written later."""
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    reading = asyncio.Event()
    real = statistics_writer.async_rows

    async def slow(*args: Any) -> Any:
        reading.set()
        await asyncio.sleep(60)
        return await real(*args)

    monkeypatch.setattr(statistics_writer, "async_rows", slow)
    await set_up(hass, entry)
    await asyncio.wait_for(reading.wait(), 30)
    monkeypatch.setattr(statistics_writer, "async_rows", real)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await written(entry.runtime_data.coordinators[0])
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 48
    assert_true(pump, rows)


@pytest.mark.parametrize("unit", ["kWh", "Wh"])
@pytest.mark.parametrize("flat", [False, True])
async def test_live_sensor(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    served: Cloud,
    pump: HeatPump,
    unit: str,
    flat: bool,
) -> None:
    """After an outage the live sensor's jump is spread over the hours it was of.

    ``flat``: Home Assistant was up, and the sensor stood still.
    """
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.counter.at_s is not None)
    await written(coordinator)
    registry = er.async_get(hass)
    registry.async_update_entity(
        "sensor.cellar_electricity", new_entity_id="sensor.my_name_of_it"
    )
    now = this_hour()
    gone, back = now - 9 * HOUR, now - 3 * HOUR
    factor = 1000 if unit == "Wh" else 1
    metadata = StatisticMetaData(
        mean_type=StatisticMeanType.NONE,
        has_sum=True,
        name=None,
        source="recorder",
        statistic_id="sensor.my_name_of_it",
        unit_class="energy",
        unit_of_measurement=unit,
    )
    rows = []
    for hour in range(now - 14 * HOUR, now, HOUR):
        total = pump.lifetime(hour + HOUR).electric_kwh
        if gone <= hour < back:
            if not flat:
                continue
            total = pump.lifetime(gone).electric_kwh
        rows.append(
            StatisticData(
                start=datetime.fromtimestamp(hour, UTC),
                state=total * factor,
                sum=(total - 100.0) * factor,
            )
        )
    async_import_statistics(hass, metadata, rows)
    before = await rows_of(hass, "sensor.my_name_of_it")

    coordinator.ledger.progress.outages.append([gone + 0.0, back + 900.0])
    hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await until(lambda: not coordinator.ledger.progress.outages)
    await quiet(hass, entry)

    after = await rows_of(hass, "sensor.my_name_of_it")
    assert [row["start"] for row in after] == list(range(now - 14 * HOUR, now, HOUR))
    # What had data of its own is as it was.
    own = {row["start"]: row for row in before if not gone <= row["start"] < back}
    assert {row["start"]: row for row in after if row["start"] in own} == own
    truth = pump.hours(now - 14 * HOUR, now)
    for left, right in pairwise(after):
        change = right["sum"] - left["sum"]
        expected = truth[int(right["start"])].electric_kwh
        assert change == pytest.approx(expected, abs=0.05)


async def test_outages_are_noted(
    hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """A time that the totals stood still is kept, also over a restart."""
    entry = await new_entry(hass, served)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    heard = coordinator.ledger.progress
    assert not heard.outages
    heard.heard_s -= 9 * HOUR
    gone = heard.heard_s
    assert await hass.config_entries.async_reload(entry.entry_id)
    coordinator = entry.runtime_data.coordinators[0]
    coordinator.ledger.progress.total_s = None
    await until(lambda: bool(coordinator.ledger.progress.outages))
    ((from_s, to_s),) = coordinator.ledger.progress.outages
    assert from_s == gone
    assert to_s == pytest.approx(time.time(), abs=20)


async def test_recorder_is_busy(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    served: Cloud,
    pump: HeatPump,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While the recorder doesn't get on nothing is lost, and reading goes on."""
    monkeypatch.setattr(statistics_writer, "READY_TIMEOUT_S", 0.0)
    entry, coordinator = await with_hours(hass, served)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    assert coordinator.ledger.dirty_from_s < this_hour() - 40 * HOUR
    assert not await rows_of(hass, series(pump))
    monkeypatch.setattr(statistics_writer, "READY_TIMEOUT_S", 60.0)
    coordinator.ledger.progress.hours_s = None
    await written(coordinator)
    await quiet(hass, entry)
    assert_true(pump, await rows_of(hass, series(pump)))


async def test_hours_refused(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """Without the vendor's hours those that rows give are written, each hour."""
    entry, coordinator = await with_hours(hass, served)
    await written(coordinator)
    coordinator.ledger.progress.not_before_s["hours"] = time.time() + DAY
    # As if the vendor's hours of the last two hadn't come.
    last = this_hour() - 2 * HOUR
    for start in (last, last + HOUR):
        coordinator.ledger.hours[start].server = None
    coordinator.ledger.soil(last)
    hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await written(coordinator)
    await quiet(hass, entry)
    rows = {row["start"]: row["state"] for row in await rows_of(hass, series(pump))}
    for start in (last, last + HOUR):
        truth = pump.hours(start, start + HOUR)[start].electric_kwh
        # Rows know the compressor only, and nothing of the fan.
        assert 0.9 * truth <= rows[start] <= 1.001 * truth


async def test_newest_row_leaves_no_hole(
    hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """After a restart rows go on where they were, whatever the newest one is."""
    entry = await new_entry(hass, served)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.raw_s is not None)
    high_s = coordinator.ledger.high_water_s
    # As if the restart had taken two minutes.
    coordinator.ledger.tail = [
        sample for sample in coordinator.ledger.tail if sample.at_s < high_s - 120
    ]
    was_s = coordinator.ledger.high_water_s
    # Longer ago than the slowest pace, which is that of the night.
    coordinator.ledger.progress.raw_s -= 1000
    assert await hass.config_entries.async_reload(entry.entry_id)
    coordinator = entry.runtime_data.coordinators[0]
    await until(lambda: coordinator.ledger.high_water_s >= high_s)
    begun = served.asked("/logs/raw")[-1].query
    asked_from = datetime.strptime(
        begun.split("startTime=")[1].split("&")[0].replace("%3A", ":"),
        "%Y-%m-%dT%H:%M:%SZ",
    ).replace(tzinfo=UTC)
    assert asked_from.timestamp() <= was_s
