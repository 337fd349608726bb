"""What changes while an account is there, and what the user is told."""

import math
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.weheat import account as account_module
from custom_components.sunbridge.vendors.weheat.api import WeheatApi
from custom_components.sunbridge.vendors.weheat.errors import WeheatBudgetError
from custom_components.sunbridge.vendors.weheat.refusals import REFUSALS
from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from simulators.weheat import Account, Cloud, HeatPump

from .conftest import new_entry, set_up, state, until

HOUR = 3600


def issues(hass: HomeAssistant) -> set[str]:
    """Return the issues that the user sees, without their entry."""
    return {
        issue.translation_key or ""
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == "sunbridge"
    }


def again(coordinator: Any, *jobs: str) -> None:
    """Let something be due."""
    progress = coordinator.ledger.progress
    progress.not_before_s.clear()
    for job in jobs:
        setattr(progress, f"{job}_s", None)


async def test_rows_refused(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """Where rows of a time are refused the newest one is read, and that's told."""
    served.faults.no_raw = True
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.latest_s is not None)
    assert coordinator.available
    before = len(served.asked("/logs/latest"))
    assert before >= 3
    coordinator.ledger.progress.latest_s = None
    await until(lambda: len(served.asked("/logs/latest")) > before)


async def test_online_is_learned_late(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the budget has no room for it at first it's asked as soon as there is."""

    async def refused(*_: object) -> None:
        raise WeheatBudgetError(60)

    with monkeypatch.context() as patched:
        patched.setattr(WeheatApi, "latest", refused)
        coordinator = await set_up(hass, entry)
        await until(lambda: coordinator.ledger.progress.raw_s is not None)
        assert state(hass, "sensor.cellar_electricity") != "unavailable"
        assert state(hass, "binary_sensor.cellar_online") is None
    # As it's asked again after half an hour, and with the next rows.
    coordinator.latest_s = -math.inf
    coordinator.data.at_s -= 60
    again(coordinator, "raw")
    await until(lambda: state(hass, "binary_sensor.cellar_online") == "on")


async def test_goes_offline(
    hass: HomeAssistant, served: Cloud, pump: HeatPump, entry: MockConfigEntry
) -> None:
    """A heat pump without new rows is asked about once, and comes back by itself."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    assert state(hass, "binary_sensor.cellar_online") == "on"
    now = time.time()
    served.faults.outages = [(now - 10 * HOUR, now + 10 * HOUR)]
    coordinator.latest_s = -math.inf
    again(coordinator, "raw")
    await until(lambda: not coordinator.data.is_online)
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor.cellar_online") == "off"
    assert state(hass, "sensor.cellar_electricity") == "unavailable"
    asked = len(served.asked("/logs/latest"))
    again(coordinator, "raw")
    await until(lambda: coordinator.ledger.progress.raw_s is not None)
    assert len(served.asked("/logs/latest")) == asked
    served.faults.outages = []
    # Nobody waits for a row here: the newest that is known is as good as a new one.
    coordinator.data.at_s -= 60
    again(coordinator, "raw")
    await until(lambda: coordinator.data.is_online)
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor.cellar_online") == "on"
    assert state(hass, "sensor.cellar_electricity") != "unavailable"


async def test_comes_and_goes(
    hass: HomeAssistant,
    served: Cloud,
    account: Account,
    pump: HeatPump,
    hybrid: HeatPump,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A heat pump that the account gets appears; one that is gone may be deleted."""
    account.pumps.remove(hybrid)
    entry = await new_entry(hass, served)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    runtime = coordinator._account
    total = state(hass, "sensor.cellar_electricity")
    assert total is not None
    assert float(total) > 0

    account.pumps[:] = [hybrid]
    runtime._list_every_s = 0.0
    await until(lambda: len(runtime.pumps) == 2)
    # One list without it may be a slip.
    assert coordinator.is_present
    assert runtime._list_every_s < account_module.LIST_EVERY_S
    runtime._list_every_s = 0.0
    await until(lambda: not coordinator.is_present)
    await hass.async_block_till_done()
    assert state(hass, "sensor.cellar_electricity") == "unavailable"
    new = runtime.pumps[hybrid.id]
    await until(lambda: new.data.at_s is not None)
    await hass.async_block_till_done()
    registry = dr.async_get(hass)
    assert registry.async_get_device_by_identifier(
        ("sunbridge", new.device_id), entry.entry_id
    )
    # Its books are kept, in case that it comes back.
    kept = coordinator.ledger.as_dict()["totals"]["shown"]
    assert await hass.config_entries.async_reload(entry.entry_id)
    account.pumps[:] = [pump, hybrid]
    runtime = entry.runtime_data.coordinators[0]._account
    runtime._list_every_s = 0.0
    await until(lambda: len(runtime.pumps) == 2)
    back = runtime.pumps[pump.id].ledger.totals.shown
    assert back == kept


async def test_deleted_device_comes_back(
    hass: HomeAssistant, served: Cloud, account: Account, pump: HeatPump
) -> None:
    """A heat pump that returns after its device was deleted is set up anew."""
    entry = await new_entry(hass, served)
    coordinator = await set_up(hass, entry)
    # What is still under way might bring new entities.
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    await hass.async_block_till_done()
    runtime = coordinator._account
    account.pumps.remove(pump)
    for _ in range(2):
        await runtime._async_list()
    assert not coordinator.is_present
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        ("sunbridge", coordinator.device_id), entry.entry_id
    )
    assert device is not None
    registry.async_remove_device(device.id)
    await hass.async_block_till_done()
    assert state(hass, "binary_sensor.cellar_online") is None
    account.pumps.append(pump)
    await runtime._async_list()
    await until(lambda: state(hass, "binary_sensor.cellar_online") == "on")


async def test_left_out(
    hass: HomeAssistant, served: Cloud, pump: HeatPump, hybrid: HeatPump
) -> None:
    """What the user doesn't want doesn't appear."""
    entry = await new_entry(hass, served)
    hass.config_entries.async_update_entry(
        entry,
        data={**entry.data, "chosen": [pump.id], "left_out": [hybrid.id]},
    )
    await set_up(hass, entry)
    runtime = entry.runtime_data.coordinators[0]._account
    assert set(runtime.pumps) == {pump.id}
    runtime._list_every_s = 0.0
    await until(lambda: runtime.counters["List"] == 1)
    assert set(runtime.pumps) == {pump.id}


async def test_two_accounts_of_one_house(
    hass: HomeAssistant, served: Cloud, pump: HeatPump
) -> None:
    """A heat pump that two accounts see is there once."""
    first = await new_entry(hass, served)
    await set_up(hass, first)
    second = MockConfigEntry(
        domain="sunbridge", title="Weheat 2", data={**first.data, "user_id": "other"}
    )
    second.add_to_hass(hass)
    assert await hass.config_entries.async_setup(second.entry_id)
    assert not second.runtime_data.coordinators


async def test_left_out_for_another_account(
    hass: HomeAssistant, served: Cloud, pump: HeatPump, hybrid: HeatPump
) -> None:
    """Who leaves a heat pump out lets go of its device, and of no other."""
    first = await new_entry(hass, served)
    await set_up(hass, first)
    second = MockConfigEntry(
        domain="sunbridge", title="Weheat 2", data={**first.data, "user_id": "other"}
    )
    second.add_to_hass(hass)
    choice = {"chosen": [hybrid.id], "left_out": [pump.id], "add_new": False}
    hass.config_entries.async_update_entry(first, data={**first.data, **choice})
    assert await hass.config_entries.async_reload(first.entry_id)
    assert await hass.config_entries.async_setup(second.entry_id)
    await hass.async_block_till_done()
    assert [
        one.data.pump.id
        for entry in (first, second)
        for one in entry.runtime_data.coordinators
    ] == [hybrid.id, pump.id]
    assert state(hass, "binary_sensor.cellar_online") == "on"


async def test_core_on_the_same_account(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry, account: Account
) -> None:
    """Who also has Home Assistant's own integration is told, while it's there."""
    await set_up(hass, entry)
    assert not issues(hass)
    other = MockConfigEntry(domain="weheat", unique_id="somebody else")
    other.add_to_hass(hass)
    core = MockConfigEntry(domain="weheat", unique_id=account.id)
    core.add_to_hass(hass)
    # Entries that are added by hand in tests don't tell; those of users do.
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert issues(hass) == {"weheat_shared"}
    await hass.config_entries.async_set_disabled_by(
        core.entry_id, ConfigEntryDisabler.USER
    )
    await hass.async_block_till_done()
    assert not issues(hass)


async def test_client_not_allowed(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """A refused client is explained, asked for seldom, and asks for no log-in."""
    served.faults.forbidden = True
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "weheat_not_allowed"
    assert issues(hass) == {"weheat_not_allowed"}
    asked = len(served.api_requests)
    for _ in range(3):
        await hass.config_entries.async_reload(entry.entry_id)
    assert len(served.api_requests) == asked
    assert not hass.config_entries.flow.async_progress()
    served.faults.forbidden = False
    REFUSALS.forget(entry.entry_id)
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not issues(hass)


async def test_client_refused_later(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The vendor may close its doors while all goes well, and open them again."""
    monkeypatch.setattr(account_module, "NOT_ALLOWED_S", 0.0)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    served.faults.forbidden = True
    for one in entry.runtime_data.coordinators:
        again(one, "raw", "total")
    await until(lambda: issues(hass) == {"weheat_not_allowed"})
    served.faults.forbidden = False
    for one in entry.runtime_data.coordinators:
        again(one, "raw", "total")
    await until(lambda: not issues(hass))


async def test_failed_set_ups_count(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """Tries that fail are in the budget too, whatever restarts."""
    served.faults.status = 503
    for _ in range(40):
        await hass.config_entries.async_reload(entry.entry_id)
    assert len(served.api_requests) == 30
    assert entry.error_reason_translation_key == "weheat_budget"


async def test_counter_contradicts_itself(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A counter that fell is held back; if that goes on the user is told."""
    monkeypatch.setattr(account_module, "HELD_S", 0.0)
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.counter.at_s is not None)
    shown = state(hass, "sensor.cellar_electricity")
    served.faults.total_offset_kwh = -500.0
    again(coordinator, "total")
    await until(lambda: issues(hass) == {"weheat_counter"})
    assert float(state(hass, "sensor.cellar_electricity") or "nan") >= float(
        shown or "nan"
    )
    served.faults.total_offset_kwh = 0.0
    again(coordinator, "total")
    await until(lambda: not issues(hass))
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert not issues(hass)


async def test_refused_for_a_moment(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """A refusal of everything that lasts a second isn't for hours, and isn't told."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    served.faults.nginx_403 = True
    again(coordinator, "raw")
    await until(lambda: "latest" in coordinator.ledger.progress.not_before_s)
    waits = coordinator.ledger.progress.not_before_s
    assert max(waits.values()) <= time.time() + 900
    assert not issues(hass)


async def test_an_error_of_our_own(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What nobody thought of is told once, and reading goes on."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    account = coordinator._account

    def broken(*args: Any, **kwargs: Any) -> None:
        raise LookupError("marked")

    monkeypatch.setattr(coordinator, "take_total", broken)
    again(coordinator, "total")
    await until(lambda: account.counters["bug"] >= 2)
    assert sum("an error of Sunbridge" in line for line in caplog.messages) == 1
    bugs = account.counters["bug"]
    monkeypatch.setattr(account._keeper, "async_close_hour", broken)
    account._hour_closed()
    await until(lambda: account.counters["bug"] > bugs)
    monkeypatch.undo()
    asked = len(served.api_requests)
    again(coordinator, "raw")
    await until(lambda: len(served.api_requests) > asked)


async def test_token_refused_for_good(
    hass: HomeAssistant, served: Cloud, entry: MockConfigEntry
) -> None:
    """Where a fresh token is refused too the user has to log in again."""
    coordinator = await set_up(hass, entry)
    await until(lambda: coordinator.ledger.progress.total_s is not None)
    served.faults.status = 401
    again(coordinator, "raw", "total")
    await until(lambda: bool(hass.config_entries.flow.async_progress()))
