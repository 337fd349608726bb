"""A go-e charger in Home Assistant, over a cloud on a socket."""

import time
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.goe import const, poll as poll_module
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from simulators.goe import Charger, CloudFront

from ..conftest import SERIAL
from .test_local import POWER, state


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


async def test_older_answer(
    hass: HomeAssistant,
    coordinator: GoePollCoordinator,
    cloud: CloudFront,
    charger: Charger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is older than what is shown is left out, but not for ever."""
    faults = cloud.faults[SERIAL]

    async def shown(amps: int) -> int:
        charger.set("amp", amps)
        await coordinator.async_refresh()
        return coordinator.data.raw["amp"]  # type: ignore[return-value]

    assert await shown(14) == 14
    faults.offline_since = time.time() - 8
    assert await shown(10) == 14
    assert coordinator.last_update_success
    assert coordinator.counters["older answers"] == 1
    faults.offline_since = None
    assert await shown(12) == 12
    # Without a time nobody knows.
    faults.no_last_modified = True
    assert await shown(13) == 13
    faults.no_last_modified = False
    assert await shown(15) == 15
    # The server's clock is set back.
    faults.offline_since = time.time() - 8
    assert await shown(10) == 15
    monkeypatch.setattr(poll_module, "OLDER_FOR_S", 0.0)
    assert await shown(9) == 9
    age_s = coordinator.age_s
    assert age_s is not None
    assert age_s >= 7
