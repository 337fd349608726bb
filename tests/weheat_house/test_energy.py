"""What was missed is put where it happened: history, gaps, live sensors."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.sunbridge.vendors.weheat import statistics_writer
from custom_components.sunbridge.vendors.weheat.energy import progress
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
)
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    statistics_during_period,
)
from homeassistant.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump

from .conftest import new_entry, set_up, state, until

HOUR = 3600
DAY = 24 * HOUR


@pytest.fixture
def pump(clock: Clock) -> HeatPump:
    """Return a heat pump with ten weeks of history."""
    return HeatPump(clock, name="Cellar", history_days=70)


@pytest.fixture
def account(account: Account, hybrid: HeatPump) -> Account:
    """Return an account of one heat pump."""
    account.pumps.remove(hybrid)
    return account


async def rows_of(hass: HomeAssistant, statistic: str) -> list[Any]:
    """Return all rows of a statistic, in kWh."""
    await async_wait_recording_done(hass)
    found = await get_instance(hass).async_add_executor_job(
        lambda: statistics_during_period(
            hass,
            datetime.fromtimestamp(time.time() - 400 * DAY, UTC),
            None,
            {statistic},
            "hour",
            {"energy": "kWh"},
            {"state", "sum"},
        )
    )
    return list(found.get(statistic, []))


def series(pump: HeatPump, name: str = "electricity_in") -> str:
    """Return the id of one of the heat pump's series."""
    return f"sunbridge:weheat_{pump.id.replace('-', '').lower()}_{name}"


def this_hour() -> int:
    """Return when the hour began."""
    return int(time.time() // HOUR * HOUR)


async def written(coordinator: Any) -> None:
    """Wait until all hours are in the statistics."""
    account = coordinator._account
    await until(
        lambda: (
            (coordinator.ledger.dirty_from_s or 0) >= this_hour()
            and not account._keeper.lock.locked()
        ),
        # The recorder of 2026.10 writes row by row.
        timeout_s=150.0,
    )


async def quiet(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """End the entry before the recorder does."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await async_wait_recording_done(hass)


def assert_true(pump: HeatPump, rows: list[Any]) -> None:
    """Check hours against what the heat pump knows, and that sums go on."""
    truth = pump.hours(rows[0]["start"], rows[-1]["start"] + HOUR)
    assert [row["start"] for row in rows] == sorted(truth)
    base = rows[0]["sum"] - rows[0]["state"]
    for row in rows:
        base += row["state"]
        kwh = truth[int(row["start"])].electric_kwh
        assert row["state"] == pytest.approx(kwh, abs=0.02)
        assert row["sum"] == pytest.approx(base, abs=1e-4)


@pytest.mark.timeout(240)
async def test_history(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    served: Cloud,
    pump: HeatPump,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time before is imported hour by hour, without moving what is there."""
    entry = await new_entry(hass, served)
    coordinator = await set_up(hass, entry)
    asked = coordinator.ledger.progress
    # A bound of four requests an hour paces it; here they all may come.
    while not asked.history_done:
        await until(
            lambda: asked.history_done or len(asked.backfills_s) >= 4, timeout_s=60
        )
        asked.backfills_s.clear()
    await hass.async_block_till_done()
    assert state(hass, "sensor.cellar_history_import") == "100"
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 69 * 24
    assert_true(pump, rows[-69 * 24 :])
    total = pump.lifetime(rows[-1]["start"] + HOUR).electric_kwh
    assert rows[-1]["sum"] == pytest.approx(total, abs=1.0)


def is_before(asked: Any, at_s: float) -> bool:
    """Tell whether the history is known from before a time on."""
    return bool(asked.history_from_s < at_s)


@pytest.mark.timeout(240)
async def test_history_stops_and_goes_on(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """Without the option it isn't begun; with it, it goes on after restarts."""
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.hours_s is not None)
    began = coordinator.ledger.progress.history_from_s
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "history": True}
    )
    assert await hass.config_entries.async_reload(entry.entry_id)
    coordinator = entry.runtime_data.coordinators[0]
    # A window of it, and a restart after each.
    for _ in range(2):
        asked = coordinator.ledger.progress
        at = asked.history_from_s
        assert at <= began
        asked.backfills_s.clear()
        await until(partial(is_before, asked, at))
        assert await hass.config_entries.async_reload(entry.entry_id)
        coordinator = entry.runtime_data.coordinators[0]
    # What a restart broke off is written after it, at the latest with the hour.
    hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await written(coordinator)
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert rows[0]["start"] <= began - progress.MAX_HOURS_S
    assert_true(pump, rows)


async def call(
    hass: HomeAssistant, entry: MockConfigEntry, from_s: float, to_s: float
) -> Any:
    """Call the action, as an automation does."""
    coordinator = entry.runtime_data.coordinators[0]
    device = dr.async_get(hass).async_get_device_by_identifier(
        ("sunbridge", coordinator.device_id), entry.entry_id
    )
    assert device is not None
    return await hass.services.async_call(
        "sunbridge",
        "fill_gaps",
        {
            "device_id": device.id,
            "from": datetime.fromtimestamp(from_s, UTC).isoformat(),
            "to": datetime.fromtimestamp(to_s, UTC).isoformat(),
        },
        blocking=True,
        return_response=True,
    )


@pytest.mark.timeout(240)
async def test_fill_gaps(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """The action puts right what the vendor had wrong, and leaves all else."""
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    bad = this_hour() - 30 * HOUR
    served.faults.hour_errors = {float(bad): 2.0}
    served.faults.missing_hours = [(bad + 2 * HOUR, bad + 5 * HOUR)]
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    await written(coordinator)
    before = await rows_of(hass, series(pump))
    truth = pump.hours(bad, bad + HOUR)[bad].electric_kwh
    states = {row["start"]: row["state"] for row in before}
    assert states[bad] == pytest.approx(truth + 2.0, abs=0.02)
    assert bad + 3 * HOUR not in states

    served.faults.hour_errors = {}
    served.faults.missing_hours = []
    answer = await call(hass, entry, bad, bad + 10 * HOUR)
    assert answer["hours_found"] == 10
    assert answer["hours_missing"] == 0
    assert answer["hours_written"] == 4
    kwh = sum(e.electric_kwh for e in pump.hours(bad, bad + 10 * HOUR).values())
    assert answer["electricity_in_kwh"] == pytest.approx(kwh, abs=0.02)
    assert_true(pump, await rows_of(hass, series(pump)))
    # Once more there's nothing to do.
    answer = await call(hass, entry, bad, bad + 10 * HOUR)
    assert answer["hours_written"] == 0

    # Long ago, and more than one window.
    first = this_hour() - 60 * DAY
    answer = await call(hass, entry, first, this_hour() - DAY)
    assert answer["hours_found"] == 59 * 24
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 59 * 24
    assert_true(pump, rows)


@pytest.mark.timeout(240)
async def test_fill_before_the_history(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """A day that the user filled long ago leaves no hole around it."""
    served.faults.limit = None
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.hours_s is not None)
    await written(coordinator)
    day = this_hour() - 50 * DAY
    assert (await call(hass, entry, day, day + DAY))["hours_written"] == 24
    hass.config_entries.async_update_entry(entry, options={"history": True})
    assert await hass.config_entries.async_reload(entry.entry_id)
    coordinator = entry.runtime_data.coordinators[0]
    asked = coordinator.ledger.progress
    while not asked.history_done:
        await until(lambda: asked.history_done or len(asked.backfills_s) >= 4)
        asked.backfills_s.clear()
        coordinator._account._budget._times.clear()
    await written(coordinator)
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 69 * 24
    assert_true(pump, rows[-69 * 24 :])


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


async def test_fill_gaps_in_trouble(
    hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """What can't be done is said in words."""
    entry = await new_entry(hass, served)
    await set_up(hass, entry)
    now = this_hour()
    for from_s, to_s in ((now, now - HOUR), (now + HOUR, now + DAY), (0, now)):
        with pytest.raises(ServiceValidationError) as err:
            await call(hass, entry, from_s, to_s)
        assert err.value.translation_key == "weheat_no_period"
    # There's no recorder here.
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, entry, now - DAY, now)
    assert error.value.translation_key == "weheat_no_recorder"
    with pytest.raises(ServiceValidationError) as err:
        await hass.services.async_call(
            "sunbridge",
            "fill_gaps",
            {"device_id": "none", "from": "2026-01-01", "to": "2026-01-02"},
            blocking=True,
        )
    assert err.value.translation_key == "no_such_device"


async def test_fill_gaps_keeps_to_the_budget(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """The action takes what is left of the budget, and says when there's more."""
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    account = coordinator._account
    for _ in range(30 - account._budget.used(time.time())):
        account._budget.take(time.time())
    with pytest.raises(HomeAssistantError) as err:
        await call(hass, entry, this_hour() - DAY, this_hour())
    assert err.value.translation_key == "weheat_budget"
    assert err.value.translation_placeholders is not None
    assert int(err.value.translation_placeholders["minutes"]) > 50
    await quiet(hass, entry)


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
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.hours_s is not None)
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
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.hours_s is not None)
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
    coordinator.ledger.progress.raw_s -= 200
    assert await hass.config_entries.async_reload(entry.entry_id)
    coordinator = entry.runtime_data.coordinators[0]
    await until(lambda: coordinator.ledger.high_water_s >= high_s)
    begun = served.asked("/logs/raw")[-1].query
    asked_from = datetime.strptime(
        begun.split("startTime=")[1].split("&")[0].replace("%3A", ":"),
        "%Y-%m-%dT%H:%M:%SZ",
    ).replace(tzinfo=UTC)
    assert asked_from.timestamp() <= was_s
