"""Heat pumps in Home Assistant, against a cloud on a socket."""

import asyncio
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.weheat import rest, room
from custom_components.sunbridge.vendors.weheat.energy import SERIES
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.util import dt as dt_util
from simulators.weheat import Account, Cloud, HeatPump
from tests.weheat.conftest import PASSWORD, USERNAME

from .conftest import set_up, until


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_values_and_energy(
    hass: HomeAssistant, served: Cloud, pump: HeatPump, entry: MockConfigEntry
) -> None:
    """What the newest log says is shown, and the totals are the vendor's."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.counter.at_s is not None)
    await until(lambda: coordinator.ledger.high_water_s is not None)
    await hass.async_block_till_done()
    shown = {
        found.entity_id: found.state
        for found in hass.states.async_all()
        if "cellar" in found.entity_id
    }
    assert len(shown) > 40
    truth = pump.lifetime(pump.clock.time()).electric_kwh
    totals = coordinator.data.own
    assert totals["_electricity_in"] == pytest.approx(truth, rel=0.002)
    assert coordinator.available
    # The budget is kept to, whatever is due.
    await asyncio.sleep(0.5)
    assert served.used(served.accounts[0]) <= 30


async def test_hours_are_in_the_statistics(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    served: Cloud,
    pump: HeatPump,
    entry: MockConfigEntry,
) -> None:
    """Each finished hour is where it happened, as the heat pump knows it."""
    coordinator = await set_up(hass, entry)
    await until(
        lambda: all(
            one.ledger.progress.hours_s is not None
            and one.ledger.counter.at_s is not None
            for one in coordinator._account.pumps.values()
        )
    )
    # Nothing is written any more while the recorder ends.
    await asyncio.sleep(0.3)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await async_wait_recording_done(hass)
    name = pump.id.replace("-", "").lower()
    statistic = f"sunbridge:weheat_{name}_electricity_in"
    begin = dt_util.utc_from_timestamp(time.time() - 3 * 86_400)
    found = await get_instance(hass).async_add_executor_job(
        lambda: statistics_during_period(
            hass, begin, None, {statistic}, "hour", None, {"state", "sum"}
        )
    )
    rows: list[Any] = list(found[statistic])
    assert len(rows) >= 40
    truth = pump.hours(rows[0]["start"], rows[-1]["start"] + 3600)
    for row in rows:
        energy = truth[int(row["start"])].electric_kwh
        assert row["state"] == pytest.approx(energy, abs=0.02)
    sums = [row["sum"] for row in rows]
    assert sums == sorted(sums)
    whole = sum(energy.electric_kwh for energy in truth.values())
    assert sums[-1] - sums[0] + rows[0]["state"] == pytest.approx(whole, rel=0.001)


async def test_restart_goes_on(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """The books and the budget outlive a restart; nothing is asked for twice."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    before = {
        series: coordinator.ledger.total_kwh(*series)
        for series in SERIES
        if coordinator.ledger.total_kwh(*series) is not None
    }
    assert before
    used = coordinator._account._budget.used(time.time())
    assert await hass.config_entries.async_unload(entry.entry_id)
    coordinator = await set_up(hass, entry)
    for series, kwh in before.items():
        after = coordinator.ledger.total_kwh(*series)
        assert after is not None
        assert kwh is not None
        assert after >= kwh
    assert coordinator._account._budget.used(time.time()) > used


async def test_no_secrets(
    hass: HomeAssistant,
    served: Cloud,
    account: Account,
    pump: HeatPump,
    hybrid: HeatPump,
    entry: MockConfigEntry,
) -> None:
    """Diagnostics tell nobody's name, tokens or serial numbers."""
    await set_up(hass, entry)
    found = str(await async_get_config_entry_diagnostics(hass, entry))
    tokens = entry.data["tokens"]
    secrets = {USERNAME, PASSWORD, account.id, tokens["access"], tokens["refresh"]}
    for one in (pump, hybrid):
        secrets |= {one.id, one.serial}
    assert len(secrets) == 9
    for secret in (*secrets, "Cellar"):
        assert secret not in found


@pytest.mark.parametrize(
    ("faults", "expected"),
    [
        ({"status": 503}, ConfigEntryState.SETUP_RETRY),
        ({"status": 429}, ConfigEntryState.SETUP_RETRY),
        ({"forbidden": True}, ConfigEntryState.SETUP_RETRY),
        ({"drop": True}, ConfigEntryState.SETUP_RETRY),
        ({"garbage": "html"}, ConfigEntryState.SETUP_RETRY),
    ],
)
async def test_start_in_trouble(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    faults: dict[str, Any],
    expected: ConfigEntryState,
) -> None:
    """No trouble of the vendor's ends in a state that needs a hand."""
    for name, value in faults.items():
        setattr(served.faults, name, value)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is expected
    assert not hass.config_entries.flow.async_progress()


async def test_dead_cloud_at_the_start(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Home Assistant's start isn't held up; later there's time to wait."""
    # All other waits are without an end, and so would be the set-up.
    monkeypatch.setattr(room, "STARTING_TIMEOUT_S", 0.05)
    monkeypatch.setattr(room, "SETUP_TIMEOUT_S", None)
    monkeypatch.setattr(rest, "REQUEST_TIMEOUT_S", None)
    served.faults.hang = True
    hass.set_state(CoreState.starting)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "weheat_cannot_connect"
    served.faults.hang, served.faults.delay_s = False, 0.1
    hass.set_state(CoreState.running)
    assert await hass.config_entries.async_reload(entry.entry_id)


async def test_cloud_comes_and_goes(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A failure is told once, and so is its end."""
    caplog.set_level("INFO")
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    account = coordinator._account
    served.faults.status = 503
    for one in account.pumps.values():
        one.ledger.progress.raw_s = one.ledger.progress.total_s = None
    await until(lambda: account._is_failing)
    served.faults.status = None
    for one in account.pumps.values():
        one.ledger.progress.not_before_s.clear()
    await until(lambda: not account._is_failing)
    told = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components")
        and "Weheat" in record.getMessage()
    ]
    assert len(told) == 2
    assert all("example" not in line for line in told)
