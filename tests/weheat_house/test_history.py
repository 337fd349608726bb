"""The time before is put where it happened: by the import, and by the action."""

import asyncio
from functools import partial
import time
from typing import Any

import pytest

from custom_components.sunbridge.vendors.weheat.energy import progress
from homeassistant.components.recorder import Recorder
from homeassistant.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from simulators.weheat import Cloud, HeatPump

from .conftest import new_entry, set_up, state, until
from .recorded import (
    DAY,
    HOUR,
    account,
    assert_true,
    call,
    pump,
    quiet,
    rows_of,
    series,
    this_hour,
    with_hours,
    written,
)

__all__ = ["account", "pump"]


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
    # A bound of four requests an hour paces it, and all that is asked has a budget; here
    # they all may come, however long the machine takes.
    while not asked.history_done:
        await until(
            lambda: asked.history_done or len(asked.backfills_s) >= 4, timeout_s=150
        )
        asked.backfills_s.clear()
        coordinator._account._budget._times.clear()
    await hass.async_block_till_done()
    assert state(hass, "sensor.cellar_history_import") == "100"
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 69 * 24
    assert_true(pump, rows[-69 * 24 :])
    total = pump.lifetime(rows[-1]["start"] + HOUR).electric_kwh
    assert rows[-1]["sum"] == pytest.approx(total, abs=0.1)


def is_before(asked: Any, at_s: float) -> bool:
    """Tell whether the history is known from before a time on."""
    return bool(asked.history_from_s < at_s)


@pytest.mark.timeout(240)
async def test_history_stops_and_goes_on(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """Without the option it isn't begun; with it, it goes on after restarts."""
    entry, coordinator = await with_hours(hass, served)
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
    entry, coordinator = await with_hours(hass, served)
    await written(coordinator)
    day = this_hour() - 50 * DAY
    assert (await call(hass, entry, day, day + DAY))["hours_written"] == 24
    hass.config_entries.async_update_entry(entry, options={"history": True})
    assert await hass.config_entries.async_reload(entry.entry_id)
    coordinator = entry.runtime_data.coordinators[0]
    asked = coordinator.ledger.progress
    while not asked.history_done:
        await until(
            lambda: asked.history_done or len(asked.backfills_s) >= 4, timeout_s=150
        )
        asked.backfills_s.clear()
        coordinator._account._budget._times.clear()
    await written(coordinator)
    await quiet(hass, entry)
    rows = await rows_of(hass, series(pump))
    assert len(rows) >= 69 * 24
    assert_true(pump, rows[-69 * 24 :])


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


async def test_fill_gaps_ends_with_its_entry(
    recorder_mock: Recorder, hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """What a reload has ended writes nothing any more, and says so."""
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    # Nobody can write meanwhile, so that it's still under way.
    async with coordinator._account._keeper.lock:
        filling = hass.async_create_task(
            call(hass, entry, this_hour() - DAY, this_hour())
        )
        await asyncio.sleep(0.3)
        assert await hass.config_entries.async_unload(entry.entry_id)
        with pytest.raises(HomeAssistantError) as err:
            await filling
    assert err.value.translation_key == "weheat_unloaded"
