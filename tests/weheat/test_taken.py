"""Of two accounts that see one heat pump only one has it."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.weheat import account as account_module
from custom_components.sunbridge.vendors.weheat.connect import (
    keycloak_of,
    public_client,
)
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from simulators.clock import Clock
from simulators.weheat import Account, Cloud, HeatPump
from tests.weheat_house.conftest import (
    clock,
    entry,
    forgotten,
    hybrid,
    pump,
    served,
    set_up,
    state,
    until,
)

from ..taken import issue_of, set_up_empty

__all__ = ["clock", "entry", "forgotten", "hybrid", "pump", "served"]

LOGIN = {"username": "other@example.invalid", "password": "marked-other"}
ONLINE = "binary_sensor.cellar_online"


@pytest.fixture
def other(served: Cloud, pump: HeatPump) -> Account:
    """Return another account that sees one of the heat pumps too."""
    account = Account(LOGIN["username"], LOGIN["password"], pumps=[pump], user_id=2)
    served.accounts.append(account)
    return account


async def log_in(hass: HomeAssistant) -> Any:
    """Go through the flow with the other account."""
    result: Any = await hass.config_entries.flow.async_init(
        "sunbridge", context={"source": "user"}
    )
    for user_input in (
        {"next_step_id": "weheat"},
        {"next_step_id": "weheat_password"},
        LOGIN,
    ):
        result = await hass.config_entries.flow.async_configure(
            result["flow_id"], user_input
        )
    return result


async def test_all_taken(
    hass: HomeAssistant, entry: MockConfigEntry, other: Account
) -> None:
    """The flow ends with what to do; a disabled entry has its heat pumps, too."""
    await set_up(hass, entry)
    await hass.config_entries.async_set_disabled_by(
        entry.entry_id, ConfigEntryDisabler.USER
    )
    result = await log_in(hass)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "devices_taken"
    assert await hass.config_entries.async_remove(entry.entry_id)
    result = await log_in(hass)
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_one_taken(
    hass: HomeAssistant, entry: MockConfigEntry, other: Account, clock: Clock
) -> None:
    """What another entry has isn't offered; of the one that's left nothing is asked."""
    await set_up(hass, entry)
    other.pumps.append(HeatPump(clock, seed=3, name="Attic", history_days=3))
    result = await log_in(hass)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"]["chosen"] == [other.pumps[1].id]
    assert result["data"]["left_out"] == []


async def test_empty(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    other: Account,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An entry says why it's empty, and takes by itself what another lets go of."""
    await set_up(hass, entry)
    monkeypatch.setattr(account_module, "LIST_EVERY_S", 0.5)
    tokens = await keycloak_of(hass, public_client(hass)).password(*LOGIN.values())
    second = MockConfigEntry(
        domain="sunbridge",
        title="Weheat 2",
        data={**entry.data, "user_id": other.id, "tokens": tokens.as_dict()},
    )
    await set_up_empty(hass, second, 1, caplog)
    assert await hass.config_entries.async_remove(entry.entry_id)
    await until(lambda: state(hass, ONLINE) == "on")
    assert issue_of(hass, second) is None

    # It goes with its entry, too.
    ir.async_create_issue(
        hass,
        "sunbridge",
        f"devices_taken_{second.entry_id}",
        is_fixable=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key="devices_taken",
    )
    assert await hass.config_entries.async_remove(second.entry_id)
    assert issue_of(hass, second) is None
