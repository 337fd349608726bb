"""A go-e charger in Home Assistant, over a cloud on a socket."""

import asyncio
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import (
    const,
    coordinator as coordinator_module,
    poll as poll_module,
    trouble as trouble_module,
)
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.helpers.event import async_track_state_change_event
from simulators.goe import Charger, CloudFront

from ..conftest import SERIAL, TOKEN

POWER = "sensor.garage_power"


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> GoePollCoordinator:
    """Set the charger up; it's polled only when a test asks."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    found: GoePollCoordinator = entry.runtime_data.coordinators[0]
    return found


def state(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity that has to exist."""
    found = hass.states.get(entity_id)
    assert found is not None
    return found.state


async def test_entities(
    hass: HomeAssistant, coordinator: GoePollCoordinator, charger: Charger
) -> None:
    """Values arrive with their units and meanings."""
    assert state(hass, "sensor.garage_car_state") == "idle"
    assert state(hass, "binary_sensor.garage_car_plugged_in") == "off"
    assert state(hass, "number.garage_charging_current") == "16"
    assert state(hass, "select.garage_charging_override") == "neutral"
    assert state(hass, "switch.garage_pv_surplus") == "off"
    assert state(hass, "update.garage_firmware") == "on"
    assert state(hass, "time.garage_time_of_the_next_trip") == "07:00:00"
    assert state(hass, POWER) == "0"
    total = hass.states.get("sensor.garage_total_energy")
    assert total is not None
    assert total.state == "1234.567"
    assert total.attributes["unit_of_measurement"] == "kWh"
    assert total.attributes["state_class"] == "total_increasing"
    # Null is unknown, and not 0.
    assert state(hass, "sensor.garage_allowed_current") == STATE_UNKNOWN


async def test_device(
    coordinator: GoePollCoordinator,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The charger is a device with all that is known of it."""
    device = device_registry.async_get_device_by_identifier(
        ("sunbridge", f"goe_{SERIAL}"), entry.entry_id
    )
    assert device is not None
    assert device.manufacturer == "go-e"
    assert device.model == "go-e Charger Gemini 22 kW"
    assert device.name == "Garage"
    assert device.serial_number == SERIAL
    assert device.sw_version == "60.2"


async def test_only_changes_are_written(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """A poll that brings nothing new writes no state at all."""
    cloud.faults[SERIAL].frozen = True
    await coordinator.async_refresh()
    await coordinator.async_refresh()
    before = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    await coordinator.async_refresh()
    after = {state.entity_id: state.last_reported for state in hass.states.async_all()}
    assert coordinator.last_update_success
    assert after == before


async def test_filter(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """Only what enabled entities need is asked for, settings less often."""
    assert cloud.requests[0].raw_query == "age=30"
    coordinator._settings_due_at = 0.0
    await coordinator.async_refresh()
    settings = _filter(cloud)
    await coordinator.async_refresh()
    live = _filter(cloud)
    assert {"nrg", "car", "amp", "eto"} <= live
    assert {"ama", "mca", "fwv", "fst"} <= settings - live
    # Disabled entities' keys, and those of no entity.
    assert not {"avgfhz", "rssi", "wifis", "cards"} & settings
    assert live < settings


def _filter(cloud: CloudFront) -> set[str]:
    query = dict(
        pair.split("=") for pair in cloud.requests[-1].raw_query.split("&") if pair
    )
    return set(query["filter"].split(","))


async def test_new_key_becomes_an_entity(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
) -> None:
    """A key that the charger reports later becomes an entity without a reload."""
    cloud.faults[SERIAL].missing_keys = {"psm"}
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator = entry.runtime_data.coordinators[0]
    assert hass.states.get("select.garage_phase_mode") is None

    cloud.faults[SERIAL].missing_keys = set()
    coordinator._all_keys_due_at = 0.0
    await coordinator.async_refresh()
    await hass.async_block_till_done()
    assert state(hass, "select.garage_phase_mode") == "auto"


async def test_known_key_becomes_an_entity(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """A sensor that the charger has nothing of at first comes with its first value."""
    cloud.faults[SERIAL].bad_types["tma"] = [20.5]
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator = entry.runtime_data.coordinators[0]
    assert state(hass, "sensor.garage_temperature_1") == "20.5"
    for said, shown in (([20.5, None], None), ([20.5, 21.5], "21.5")):
        cloud.faults[SERIAL].bad_types["tma"] = said
        coordinator._settings_due_at = 0.0
        await coordinator.async_refresh()
        await hass.async_block_till_done()
        found = hass.states.get("sensor.garage_temperature_2")
        assert (found and found.state) == shown
    assert hass.states.get("sensor.garage_temperature_3") is None
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not any(coordinator._listeners_by_key.values())


async def test_firmware_update_brings_all_keys(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    charger: Charger,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """After another firmware all keys are read, and the device tells its version."""
    cloud.faults[SERIAL].bad_types["fwv"] = "60.3"
    coordinator._settings_due_at = 0.0
    await coordinator.async_refresh()
    await coordinator.async_refresh()
    assert "filter" not in cloud.requests[-1].raw_query
    device = device_registry.async_get_device_by_identifier(
        ("sunbridge", f"goe_{SERIAL}"), entry.entry_id
    )
    assert device is not None
    assert device.sw_version == "60.3"


async def test_wrong_type(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A value of a wrong type is unknown, logged once, counted, and harms no other."""
    for value in ("lots", ["more"], "lots"):
        cloud.faults[SERIAL].bad_types["nrg"] = value
        await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNKNOWN
    assert state(hass, "number.garage_charging_current") == "16"
    assert caplog.text.count("the value of nrg is of another type") == 1
    assert coordinator.diagnostics()["malformed"] == {"nrg": 3}


@pytest.mark.parametrize(
    ("domain", "service", "entity", "data", "key", "value", "shown"),
    [
        ("number", "set_value", "charging_current", {"value": 10}, "amp", 10, "10"),
        ("number", "set_value", "energy_limit", {"value": 12.5}, "dwo", 12500, "12.5"),
        ("number", "set_value", "energy_limit", {"value": 0}, "dwo", None, "unknown"),
        ("switch", "turn_on", "pv_surplus", {}, "fup", True, "on"),
        ("switch", "turn_off", "charge_pauses", {}, "acp", False, "off"),
        ("select", "select_option", "charging_override", {"option": "off"}, "frc", 1, "off"),
        ("time", "set_value", "time_of_the_next_trip", {"time": "06:30:00"}, "att", 23400, "06:30:00"),
    ],
)  # fmt: skip
async def test_command(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    charger: Charger,
    domain: str,
    service: str,
    entity: str,
    data: dict[str, Any],
    key: str,
    value: Any,
    shown: str,
) -> None:
    """A command reaches the charger and is shown when the charger reports it."""
    charger.set("dwo", 30_000)
    entity_id = f"{domain}.garage_{entity}"
    await hass.services.async_call(
        domain, service, {"entity_id": entity_id, **data}, blocking=True
    )
    assert charger.status()[key] == value
    await hass.async_block_till_done()
    assert state(hass, entity_id) == shown


async def test_button(
    hass: HomeAssistant, coordinator: GoePollCoordinator, charger: Charger
) -> None:
    """A command that shows up nowhere is done when the charger took it."""
    reboots = charger.status()["rbc"]
    await hass.services.async_call(
        "button", "press", {"entity_id": "button.garage_restart"}, blocking=True
    )
    assert charger.status()["rbc"] == reboots + 1


async def test_rejected(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """What the charger refuses is told with its key and reason."""
    with pytest.raises(HomeAssistantError) as raised:
        await coordinator.async_send({"amp": 99})
    assert raised.value.translation_key == "goe_rejected"
    assert "amp: value out of range 99" in str(raised.value)


async def test_not_confirmed(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """A command without effect is told, and the real value stays."""
    cloud.faults[SERIAL].ignore_sets = True
    with (
        patch.object(coordinator_module, "CONFIRM_TIMEOUT_S", 0.2),
        pytest.raises(HomeAssistantError) as raised,
    ):
        await hass.services.async_call(
            "number",
            "set_value",
            {"entity_id": "number.garage_charging_current", "value": 10},
            blocking=True,
        )
    assert raised.value.translation_key == "goe_not_confirmed"
    assert "amp" in str(raised.value)
    assert state(hass, "number.garage_charging_current") == "16"


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"offline": True}, "goe_offline"),
        ({"cloud_off": True}, "goe_forbidden"),
        ({"status_code": 500}, "goe_server_error"),
        ({"rate_limit": True}, "goe_rate_limited"),
        ({"drop": True}, "goe_cannot_connect"),
    ],
)
async def test_command_fails(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    fault: dict[str, Any],
    key: str,
) -> None:
    """A command that can't be sent is told in words that say what to do."""
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    with pytest.raises(HomeAssistantError) as raised:
        await coordinator.async_send({"amp": 10})
    assert raised.value.translation_key == key
    assert str(raised.value) != key


@pytest.mark.parametrize(
    "fault",
    [
        {"status_code": 500},
        {"status_code": 202, "garbage": "empty_object"},
        {"status_code": 405},
        {"rate_limit": True},
        {"garbage": "html"},
        {"garbage": "truncated"},
        {"garbage": "empty_object"},
        {"drop": True},
    ],
)
async def test_server_in_trouble(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    caplog: pytest.LogCaptureFixture,
    fault: dict[str, Any],
) -> None:
    """The last values are shown for a while, then none; one line down, one up."""
    before = {name: getattr(cloud.faults[SERIAL], name) for name in fault}
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"
    assert coordinator._retry_in_s is not None

    coordinator.async_data_from(31)
    await coordinator.async_refresh()
    await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert caplog.text.count("Error fetching Garage data") == 1
    assert (
        SERIAL not in caplog.text.replace("/api/", "").split("Error fetching")[1][:200]
    )

    for name, value in before.items():
        setattr(cloud.faults[SERIAL], name, value)
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"
    assert coordinator._retry_in_s is None
    assert caplog.text.count("Fetching Garage data recovered") == 1


@pytest.mark.parametrize("fault", ["offline", "cloud_off"])
async def test_charger_away(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront, fault: str
) -> None:
    """Entities are unavailable at once when the cloud says that the charger is away."""
    setattr(cloud.faults[SERIAL], fault, True)
    await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert coordinator.config_entry.state is ConfigEntryState.LOADED
    setattr(cloud.faults[SERIAL], fault, False)
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"


async def test_old_data(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """A server that answers 200 with old data doesn't keep entities available."""
    cloud.faults[SERIAL].frozen = True
    await coordinator.async_refresh()
    assert state(hass, POWER) == "0"
    coordinator.max_age_s = -1
    await coordinator.async_refresh()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert isinstance(coordinator.last_exception, HomeAssistantError)
    assert coordinator.last_exception.translation_key == "goe_stale"


async def test_silence_expires(
    hass: HomeAssistant, coordinator: GoePollCoordinator, cloud: CloudFront
) -> None:
    """Data become unavailable by their age alone, without another answer."""
    coordinator._async_cancel_expiry()
    coordinator.max_age_s = 0.05
    coordinator.async_data_from(0.0)
    requests = len(cloud.requests)
    written = asyncio.Event()

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        written.set()

    async_track_state_change_event(hass, [POWER], note)
    await written.wait()
    assert state(hass, POWER) == STATE_UNAVAILABLE
    assert len(cloud.requests) == requests


async def test_invalid_token_starts_reauth_only_when_sure(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    charger: Charger,
    entry: MockConfigEntry,
) -> None:
    """One 401 is a hiccup; several are an invalid token."""
    charger.token = "another"
    with patch.object(trouble_module, "AUTH_FAILURES_S", 0):
        await coordinator.async_refresh()
        await coordinator.async_refresh()
        assert not list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
        assert state(hass, POWER) == "0"
        await coordinator.async_refresh()
    await hass.async_block_till_done()
    assert len(list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))) == 1
    assert state(hass, POWER) == STATE_UNAVAILABLE

    # The server was confused after all: nobody is asked for what isn't wrong.
    charger.token = TOKEN
    await coordinator.async_refresh()
    assert not list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))
    assert state(hass, POWER) == "0"


async def test_cloud_off_is_a_repair_issue(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    entry: MockConfigEntry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """A cloud that refuses for long is told, and withdrawn when data come again."""
    issue = ("sunbridge", f"goe_cloud_off_{entry.entry_id}")
    cloud.faults[SERIAL].cloud_off = True
    await coordinator.async_refresh()
    assert issue_registry.async_get_issue(*issue) is None
    with patch.object(trouble_module, "FORBIDDEN_LONG_S", 0):
        await coordinator.async_refresh()
    assert issue_registry.async_get_issue(*issue) is not None
    cloud.faults[SERIAL].cloud_off = False
    await coordinator.async_refresh()
    assert issue_registry.async_get_issue(*issue) is None


@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"offline": True}, "goe_offline"),
        ({"cloud_off": True}, "goe_forbidden"),
        ({"status_code": 502}, "goe_server_error"),
        ({"garbage": "html"}, "goe_invalid_response"),
    ],
)
async def test_setup_is_tried_again(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    fault: dict[str, Any],
    key: str,
) -> None:
    """A set-up that fails says why and is tried again by itself."""
    for name, value in fault.items():
        setattr(cloud.faults[SERIAL], name, value)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == key


async def test_setup_with_invalid_token(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """The set-up too believes only the third 401."""
    charger.token = "another"
    entry.add_to_hass(hass)
    with patch.object(trouble_module, "AUTH_FAILURES_S", 0):
        for _ in range(2):
            await hass.config_entries.async_setup(entry.entry_id)
            assert entry.state is ConfigEntryState.SETUP_RETRY
            assert entry.error_reason_translation_key == "goe_invalid_auth"
            await hass.config_entries.async_unload(entry.entry_id)
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await hass.async_block_till_done()
    assert len(list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))) == 1


async def test_dead_server_does_not_hold_up_the_start(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """While Home Assistant starts, a server that hangs is given up soon."""
    cloud.faults[SERIAL].hang = True
    hass.set_state(CoreState.starting)
    entry.add_to_hass(hass)
    with patch.object(poll_module, "STARTING_TIMEOUT_S", 0.05):
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "goe_cannot_connect"
    hass.set_state(CoreState.running)


async def test_poll_loop(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """The loop polls by itself, one request at a time, and ends with the entry."""
    cloud.faults[SERIAL].delay_s = 0.02
    entry.add_to_hass(hass)
    with patch.dict(const.DEFAULT_INTERVAL_S, {"cloud": 0.01}):
        await hass.config_entries.async_setup(entry.entry_id)
        coordinator = entry.runtime_data.coordinators[0]
        done = hass.loop.create_future()

        def count() -> None:
            if len(cloud.requests) > 6 and not done.done():
                done.set_result(None)

        remove = coordinator.async_add_listener(count, frozenset({"nrg"}))
        await done
        remove()
    assert max(request.in_flight for request in cloud.requests) == 1
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.state is ConfigEntryState.NOT_LOADED
    requests = len(cloud.requests)
    await coordinator.async_refresh()
    assert len(cloud.requests) == requests


async def test_poll_loop_survives_a_bug(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An entity that fails doesn't end the polling; the log has it once."""
    entry.add_to_hass(hass)
    with patch.dict(const.DEFAULT_INTERVAL_S, {"cloud": 0.01}):
        await hass.config_entries.async_setup(entry.entry_id)
        coordinator = entry.runtime_data.coordinators[0]
        often = hass.loop.create_future()

        def fail() -> None:
            if coordinator.counters["bug"] > 2 and not often.done():
                often.set_result(None)
            raise LookupError("a bug")

        remove = coordinator.async_add_listener(fail, frozenset({"rbt"}))
        await often
        remove()
    assert caplog.text.count("an error of Sunbridge") == 1
    await hass.config_entries.async_unload(entry.entry_id)


async def test_remove(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """An entry that is removed leaves nothing."""
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert not er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    assert not hass.states.async_all()
