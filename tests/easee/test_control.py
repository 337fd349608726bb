"""Commands to an Easee charger, and what confirms them."""

from dataclasses import replace
import json
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import control
from custom_components.sunbridge.vendors.easee.control import Kept
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from simulators.clock import Clock
from simulators.easee import Account, Car, Charger, Cloud, Equalizer, Id

from .conftest import SERIAL, account_of, set_up, state, until

DYNAMIC = "number.garage_charging_current"


async def call(hass: HomeAssistant, service: str, entity_id: str, **data: Any) -> None:
    """Call an action on an entity that has to exist."""
    assert hass.states.get(entity_id) is not None, entity_id
    await hass.services.async_call(
        entity_id.partition(".")[0],
        service,
        {"entity_id": entity_id, **data},
        blocking=True,
    )


async def set_current(hass: HomeAssistant, amps: float) -> None:
    """Set the dynamic current."""
    await call(hass, "set_value", DYNAMIC, value=amps)


def sent(cloud: Cloud, end: str) -> list[Any]:
    """Return the bodies of what was sent to a path."""
    return [
        json.loads(request.body) if request.body else None
        for request in cloud.requests
        if request.method == "POST" and request.path.endswith(end)
    ]


async def test_dynamic_current(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """It's written with a time to live, and confirmed by the observation."""
    await set_up(hass, entry)
    charger.plug_in(Car())
    await set_current(hass, 10)
    assert state(hass, DYNAMIC) == "10.0"
    assert sent(cloud, "set_dynamic_charger_current") == [{"amps": 10.0, "minutes": 15}]
    # Nobody had to ask for the result.
    assert not cloud.asked("/api/commands")
    await set_current(hass, 0)
    await until(
        lambda: state(hass, "sensor.garage_reason") == "charger_dynamic_too_low"
    )


@pytest.mark.parametrize("amps", [1, 3, 5])
async def test_no_car_charges_with_less(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, amps: float
) -> None:
    """Between 0 and 6 A is refused with an explanation, and not sent."""
    await set_up(hass, entry)
    with pytest.raises(ServiceValidationError) as raised:
        await set_current(hass, amps)
    assert raised.value.translation_key == "easee_below_six"
    assert not sent(cloud, "set_dynamic_charger_current")


async def test_limit(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """No more than the charger may offer can be asked for."""
    await set_up(hass, entry)
    found = hass.states.get(DYNAMIC)
    assert found is not None
    assert found.attributes["max"] == 16
    charger.observe(Id.MAX_CURRENT, 20)

    def most() -> float:
        shown = hass.states.get(DYNAMIC)
        assert shown is not None
        return float(shown.attributes["max"])

    await until(lambda: most() == 20)


async def test_same_value(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A value that is reported already is no failure."""
    await set_up(hass, entry)
    await set_current(hass, 16)
    assert sent(cloud, "set_dynamic_charger_current")


async def test_renewal(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """It's sent again before its life ends, until it's another one's."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    await set_current(hass, 10)
    kept = coordinator.kept
    assert kept is not None
    assert kept.until_s - kept.renew_at_s == pytest.approx(450, abs=2)
    coordinator.async_keep_on(Kept(10, hass.loop.time() + 0.1, hass.loop.time() + 60))
    await until(lambda: len(sent(cloud, "set_dynamic_charger_current")) == 2)
    await until(lambda: coordinator.counters["renewals"] == 1)
    # Somebody else takes over in the app.
    charger.observe(Id.DYNAMIC_CURRENT, 13)
    await until(lambda: state(hass, DYNAMIC) == "13.0")
    coordinator.async_keep_on(Kept(10, hass.loop.time() + 0.1, hass.loop.time() + 60))
    await until(lambda: coordinator.kept is None)
    assert len(sent(cloud, "set_dynamic_charger_current")) == 2


async def test_renewal_by_a_clock_that_jumps(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The charger counts the life of a current, whatever the time of day is said to be."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    monkeypatch.setattr(coordinator, "ttl_min", 2 / 60)
    await set_current(hass, 10)
    true_time = time.time
    monkeypatch.setattr(time, "time", lambda: true_time() + 86_400)
    await until(lambda: coordinator.counters["renewals"] == 1)
    assert coordinator.kept is not None


async def test_renewal_is_tried_again(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An outage is waited for while the current lives, and not beyond."""
    monkeypatch.setattr(control, "RENEW_RETRY_S", 0.2)
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    await set_current(hass, 10)
    cloud.faults.rest_down = True
    coordinator.async_keep_on(Kept(10, hass.loop.time(), hass.loop.time() + 60))
    await until(lambda: coordinator.counters["EaseeConnectionError"] >= 2)
    cloud.faults.rest_down = False
    await until(lambda: coordinator.counters["renewals"] == 1)
    cloud.faults.rest_down = True
    coordinator.async_keep_on(Kept(10, hass.loop.time(), hass.loop.time() + 0.5))
    await until(lambda: coordinator.kept is None)


async def test_box_falls_back_without_us(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """When nobody renews it, the charger goes back to its other limits."""
    await set_up(hass, entry)
    await set_current(hass, 10)
    await hass.config_entries.async_unload(entry.entry_id)
    clock.advance(16 * 60)
    charger.tick()
    assert charger.value(Id.DYNAMIC_CURRENT) == 16


async def test_renewal_goes_on_after_a_restart(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A current that lives on in the charger is taken up again."""
    await set_up(hass, entry)
    await set_current(hass, 10)
    kept = entry.runtime_data.coordinators[0].kept
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    again = entry.runtime_data.coordinators[0].kept
    assert kept is not None
    assert again is not None
    assert again.amps == kept.amps
    assert again.until_s == pytest.approx(kept.until_s, abs=2)


async def test_no_time_to_live(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """0 minutes keep it for ever, and nothing is renewed."""
    await set_up(hass, entry, ttl_min=0)
    await set_current(hass, 8)
    assert sent(cloud, "set_dynamic_charger_current") == [{"amps": 8.0, "minutes": 0}]
    assert entry.runtime_data.coordinators[0].kept is None


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


@pytest.mark.parametrize("unconfirmed", [True, False])
async def test_failure_keeps_the_old_current_alive(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    unconfirmed: bool,
) -> None:
    """A command that fails mustn't let the charger fall back to full power."""
    monkeypatch.setattr(control, "CONFIRM_TIMEOUT_S", 0.5)
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    await set_current(hass, 6)
    cloud.faults.ignore_commands = cloud.faults.no_result = unconfirmed
    cloud.faults.rest_down = not unconfirmed
    with pytest.raises(HomeAssistantError):
        await set_current(hass, 10)
    assert coordinator.kept is not None
    cloud.faults.ignore_commands = cloud.faults.no_result = False
    cloud.faults.rest_down = False
    coordinator.async_keep_on(replace(coordinator.kept, renew_at_s=hass.loop.time()))
    await until(lambda: coordinator.counters["renewals"] == 1)
    assert sent(cloud, "set_dynamic_charger_current")[-1]["amps"] == 6
    assert coordinator.kept.amps == 6


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


async def test_firmware(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """An update is offered, started, and seen to end."""
    await set_up(hass, entry)
    update = "update.garage_firmware"
    await until(lambda: state(hass, update) == "on")
    await call(hass, "install", update)
    assert sent(cloud, "update_firmware") == [None]
    charger.observe(Id.FIRMWARE, charger.latest_firmware)
    await until(lambda: state(hass, update) == "off")


async def test_firmware_of_another(
    hass: HomeAssistant,
    cloud: Cloud,
    user: Account,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """A charger of whose firmware nothing is told keeps none from the others."""
    user.chargers.insert(0, Charger("EH000001", name="Untold", clock=clock))
    cloud.faults.only_paths, cloud.faults.status = "/firmware/EH000001", 404
    await set_up(hass, entry)
    await until(lambda: state(hass, "update.garage_firmware") == "on")


async def test_session_events(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    clock: Clock,
    entry: MockConfigEntry,
) -> None:
    """The beginning and the end of a session are events, and tags stay unknown."""
    charger.plug_in(Car())
    await set_up(hass, entry)
    event = "event.garage_charging_session"
    assert state(hass, event) == "unknown"
    clock.advance(60)
    charger.unplug()
    await until(lambda: state(hass, event) != "unknown")
    found = hass.states.get(event)
    assert found is not None
    assert found.attributes["event_type"] == "finished"
    assert found.attributes["energy_kwh"] >= 0
    assert len(found.attributes["tag"]) == 8
    clock.advance(60)
    charger.plug_in(Car())
    await until(
        lambda: (
            (s := hass.states.get(event)) is not None
            and s.attributes["event_type"] == "started"
        )
    )


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_tag_event(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """A tag is told from others without being told."""
    charger.scan("marked-1")
    await set_up(hass, entry)
    charger.scan("marked-2")
    event = "event.garage_tag"
    await until(lambda: state(hass, event) not in ("unknown", None))
    found = hass.states.get(event)
    assert found is not None
    assert found.attributes["event_type"] == "scanned"
    assert "marked" not in str(found)
    assert SERIAL not in str(found)

    # Another one in the same second, perhaps, which is how exact its times are.
    charger.scan("marked-3")
    await until(
        lambda: (
            (another := hass.states.get(event)) is not None
            and another.attributes["tag"] != found.attributes["tag"]
        )
    )


async def test_no_renewal_of_what_isnt_known(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """After a restart the charger's own value is awaited; it may be another one's."""
    await set_up(hass, entry)
    coordinator = entry.runtime_data.coordinators[0]
    coordinator.data.values["dynamicChargerCurrent"] = None
    coordinator.async_keep_on(Kept(10, hass.loop.time() - 1, hass.loop.time() + 60))
    await until(lambda: coordinator.kept is not None and coordinator.kept.amps == 10)
    assert not sent(cloud, "set_dynamic_charger_current")


@pytest.mark.parametrize("button", ["pause_charging", "resume_charging"])
async def test_buttons_end_the_renewal(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    button: str,
) -> None:
    """A pause isn't ended by an old current, and a current not by an old pause."""
    await set_up(hass, entry)
    charger.plug_in(Car())
    await set_current(hass, 10)
    await call(hass, "press", f"button.garage_{button}")
    assert entry.runtime_data.coordinators[0].kept is None


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
