"""Commands to an Easee charger, and what confirms them."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import control, reads
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from simulators.easee import Car, Charger, Cloud, Equalizer, Id

from .commands import DYNAMIC, call, sent, set_current
from .conftest import SERIAL, account_of, set_up, state, until


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("entity_id", "path", "field", "number"),
    [
        ("switch.garage_charger_enabled", "settings", "enabled", Id.ENABLED),
        ("switch.garage_smart_charging", "settings", "smartCharging", 102),
        ("switch.garage_cable_always_locked", "lock_state", "state", 30),
        ("switch.garage_touch_button", "settings", "smartButtonEnabled", 44),
        ("switch.garage_idle_current", "settings", "enableIdleCurrent", 37),
        ("switch.garage_authorization_required", "settings",
         "authorizationRequired", 42),
        ("switch.garage_authorize_known_tags_locally", "settings",
         "localPreAuthorizeEnabled", 15),
        ("switch.garage_known_tags_charge_offline", "settings",
         "localAuthorizeOfflineEnabled", 16),
        ("switch.garage_unknown_tags_charge_offline", "settings",
         "allowOfflineTxForUnknownId", 17),
    ],
)  # fmt: skip
async def test_switches(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    entity_id: str,
    path: str,
    field: str,
    number: int,
) -> None:
    """Each switch sends its one setting, and shows what the charger reports."""
    await set_up(hass, entry)
    before = state(hass, entity_id)
    on = before == "off"
    await call(hass, "turn_on" if on else "turn_off", entity_id)
    assert sent(cloud, path)[-1] == {field: on}
    assert charger.value(number) is on
    assert state(hass, entity_id) == ("on" if on else "off")
    await call(hass, "turn_off" if on else "turn_on", entity_id)
    assert state(hass, entity_id) == before


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_selects_and_brightness(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """The others are set the same way."""
    await set_up(hass, entry)
    select = "select.garage_phase_mode"
    await call(hass, "select_option", select, option="locked_single")
    assert sent(cloud, "set_phase_mode") == [{"phaseMode": 1}]
    assert state(hass, select) == "locked_single"
    offline = "select.garage_charging_while_offline"
    await call(hass, "select_option", offline, option="never")
    assert sent(cloud, "settings")[-1] == {"offlineChargingMode": 2}
    assert state(hass, offline) == "never"
    await call(hass, "set_value", "number.garage_light_brightness", value=30)
    assert sent(cloud, "settings")[-1] == {"ledStripBrightness": 30}


@pytest.mark.parametrize(
    ("button", "command"),
    [
        ("pause_charging", "pause_charging"),
        ("resume_charging", "resume_charging"),
        ("charge_now", "override_schedule"),
        ("restart", "reboot"),
    ],
)
async def test_buttons(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    button: str,
    command: str,
) -> None:
    """Each sends its command, without a body."""
    await set_up(hass, entry)
    charger.plug_in(Car())
    await call(hass, "press", f"button.garage_{button}")
    assert sent(cloud, f"/commands/{command}") == [None]
    if command == "pause_charging":
        await until(lambda: state(hass, DYNAMIC) == "0.0")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_circuit_limits(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """They go to the circuit, for all three phases."""
    await set_up(hass, entry)
    await call(hass, "set_value", "number.garage_dynamic_circuit_current_l2", value=13)
    (body,) = sent(cloud, "circuits/1001/settings")
    assert body["dynamicCircuitCurrentP2"] == 13
    assert set(body) == {f"dynamicCircuitCurrentP{n}" for n in (1, 2, 3)}
    assert state(hass, "number.garage_dynamic_circuit_current_l2") == "13.0"
    assert charger.flash_writes == 0


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_flash_is_spared(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """A stored limit is for people, not for automations."""
    await set_up(hass, entry)
    number = "number.garage_maximum_charger_current_stored_change_rarely"
    for amps in range(10):
        await call(hass, "set_value", number, value=10 + amps % 2)
    with pytest.raises(ServiceValidationError) as raised:
        await call(hass, "set_value", number, value=12)
    assert raised.value.translation_key == "easee_flash"
    assert len(sent(cloud, "settings")) == 10


async def test_stored_limits_are_off_by_default(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """Nobody stumbles over them."""
    await set_up(hass, entry)
    registry = er.async_get(hass)
    stored = [
        one
        for one in er.async_entries_for_config_entry(registry, entry.entry_id)
        if one.domain == Platform.NUMBER
        and ("max" in one.unique_id or "offline" in one.unique_id)
    ]
    assert len(stored) == 7
    assert all(one.disabled and one.entity_category for one in stored)


@pytest.mark.parametrize(
    ("faults", "key"),
    [
        ({"reject_commands": True}, "easee_rejected"),
        ({"ignore_commands": True, "no_result": True}, "easee_not_confirmed"),
        ({"status": 403}, "easee_forbidden"),
        ({"status": 404}, "easee_not_found"),
        ({"status": 429, "retry_after_s": 600}, "easee_rate_limited"),
        ({"gateway_403": True}, "easee_blocked"),
        ({"status": 500}, "easee_server_error"),
        ({"rest_down": True}, "easee_cannot_connect"),
    ],
)
async def test_failures(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    faults: dict[str, Any],
    key: str,
) -> None:
    """Each has a text of its own, and the number shows what is."""
    monkeypatch.setattr(control, "CONFIRM_TIMEOUT_S", 1)
    monkeypatch.setattr(control, "RESULT_EVERY_S", 0.2)
    await set_up(hass, entry)
    for name, value in faults.items():
        setattr(cloud.faults, name, value)
    with pytest.raises(HomeAssistantError) as raised:
        await set_current(hass, 10)
    assert raised.value.translation_key == key
    assert raised.value.translation_domain == "sunbridge"
    assert state(hass, DYNAMIC) == "16.0"
    # What may still be obeyed is renewed, if the charger then has it.
    kept = entry.runtime_data.coordinators[0].kept
    assert (kept is not None) is (key == "easee_not_confirmed")


async def test_result_without_the_stream(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The command's result confirms it where the observation doesn't come."""
    monkeypatch.setattr(control, "RESULT_EVERY_S", 0.2)
    await set_up(hass, entry)
    cloud.faults.hub_down = True
    cloud.hub.drop_connections()
    await until(lambda: not account_of(entry).is_linked)
    await set_current(hass, 10)
    assert cloud.asked("/api/commands")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_circuit_without_the_stream(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What has no result is read, since no report comes by itself."""
    monkeypatch.setattr(control, "RESULT_EVERY_S", 0.2)
    await set_up(hass, entry)
    cloud.faults.hub_down = True
    cloud.hub.drop_connections()
    account = account_of(entry)
    await until(lambda: not account.is_linked)
    counters = account.products[SERIAL].counters
    read = counters["reads"]
    # The one that is owed for the stream's end; the next one is far away.
    await until(lambda: counters["reads"] > read)
    monkeypatch.setattr(reads, "READ_EVERY_S", 60.0)
    number = "number.garage_dynamic_circuit_current_l2"
    await call(hass, "set_value", number, value=13)
    assert state(hass, number) == "13.0"


async def test_budget(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """More than the vendor allows isn't sent."""
    await set_up(hass, entry)
    account_of(entry).api.rest.gate.writes.calls = 2
    await set_current(hass, 10)
    await set_current(hass, 11)
    with pytest.raises(HomeAssistantError) as raised:
        await set_current(hass, 12)
    assert raised.value.translation_key == "easee_budget"
    assert len(sent(cloud, "set_dynamic_charger_current")) == 2


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_surplus_of_the_equalizer(
    hass: HomeAssistant, cloud: Cloud, equalizer: Equalizer, entry: MockConfigEntry
) -> None:
    """The Equalizer's own surplus charging is switched, and its import allowed."""
    await set_up(hass, entry)
    number = "number.house_import_allowed_with_surplus"
    await call(hass, "turn_on", "switch.house_charging_by_surplus")
    assert state(hass, "switch.house_charging_by_surplus") == "on"
    await call(hass, "set_value", number, value=6)
    assert equalizer.surplus == {
        "mode": "chargingWithImport",
        "chargingWithImport": {"eligible": True, "maximumImportAddedCurrent": 6.0},
    }
    assert state(hass, number) == "6.0"
    await call(hass, "turn_off", "switch.house_charging_by_surplus")
    assert equalizer.surplus["mode"] == "none"
    assert state(hass, "switch.house_charging_by_surplus") == "off"


async def test_result_of_somebody_else(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The app's command at another time doesn't settle ours."""
    monkeypatch.setattr(control, "CONFIRM_TIMEOUT_S", 1)
    await set_up(hass, entry)
    cloud.faults.ignore_commands = cloud.faults.no_result = True
    task = hass.async_create_task(set_current(hass, 10))
    await until(lambda: bool(sent(cloud, "set_dynamic_charger_current")))
    cloud.hub.respond(
        SERIAL,
        {"serialNumber": SERIAL, "id": 48, "wasAccepted": True, "ticks": 6 * 10**17},
    )
    with pytest.raises(HomeAssistantError) as raised:
        await task
    assert raised.value.translation_key == "easee_not_confirmed"
