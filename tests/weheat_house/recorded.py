"""What the recorder has of a heat pump's hours, and what it ought to have."""

from datetime import UTC, datetime
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from homeassistant.components.recorder import get_instance
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump

from .conftest import new_entry, set_up, until

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


async def with_hours(hass: HomeAssistant, served: Cloud) -> tuple[MockConfigEntry, Any]:
    """Set an entry up that reads seldom, without the history, until it has hours.

    Return it, and its heat pump's coordinator.
    """
    entry = await new_entry(hass, served, day_s=150, night_s=150, history=False)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.hours_s is not None)
    return entry, coordinator


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
