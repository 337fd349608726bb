"""All platforms of a go-e charger, in Home Assistant."""

from datetime import timedelta
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    snapshot_platform,
)
from syrupy.assertion import SnapshotAssertion

from custom_components.sunbridge import async_remove_config_entry_device
from custom_components.sunbridge.const import PLATFORMS
from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from homeassistant.const import (
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    EntityCategory,
    Platform,
)
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
from simulators.goe import Charger, CloudFront

from ..conftest import SERIAL, TOKEN
from .conftest import set_up_polled

PAYLOADS = Path(__file__).parents[3] / "shared/reference/payloads/goe"


def found(hass: HomeAssistant, entity_id: str) -> State:
    """Return the state object of an entity that has to exist."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state


async def call(
    hass: HomeAssistant, domain: str, service: str, entity: str, **data: Any
) -> None:
    """Call an action on an entity of the garage."""
    found(hass, f"{domain}.garage_{entity}")
    await hass.services.async_call(
        domain,
        service,
        {"entity_id": f"{domain}.garage_{entity}", **data},
        blocking=True,
    )


async def show(hass: HomeAssistant, coordinator: Any) -> None:
    """Poll for all keys and let entities show them."""
    coordinator._all_keys_due_at = 0.0
    await coordinator.async_refresh()
    await hass.async_block_till_done()


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_snapshot(
    hass: HomeAssistant,
    charger: Charger,
    cloud: CloudFront,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    freezer: FrozenDateTimeFactory,
    platform: Platform,
) -> None:
    """Each entity that there can be, with all its properties."""
    freezer.move_to("2026-11-21 12:00:00+00:00")
    # What a meter and a clock make of themselves isn't for a snapshot.
    still = charger.status()
    still["nrg"] = [
        230, 231, 232, 1, 16, 15.5, 15, 3680, 3580, 3480, 0, 10740, 99, 98, 97, 0,
    ]  # fmt: skip
    still |= {"fhz": 50.01, "rssi": -57, "tma": [24.5, 26, 21], "rbt": 3_600_000}
    still |= {"lmsc": 1_800_000, "alwt": 0, "ws": 5000, "eto_mid": 100, "wh_mid": 5}
    cloud.faults[SERIAL].bad_types = still
    # The simulator's clock isn't frozen, so it must not tell the time.
    cloud.faults[SERIAL].frozen = True
    cloud.faults[SERIAL].no_last_modified = True
    with patch("custom_components.sunbridge.PLATFORMS", [platform]):
        await set_up_polled(hass, entry)
        await snapshot_platform(hass, entity_registry, snapshot, entry.entry_id)


async def test_default_entities(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
) -> None:
    """What most people look at is on, and the rest can be switched on."""
    await set_up_polled(hass, entry)
    entities = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    enabled = [entity for entity in entities if entity.disabled_by is None]
    assert 55 <= len(enabled) <= 80
    assert len(entities) > 170
    plain = {entity.entity_id for entity in enabled if entity.entity_category is None}
    assert {"sensor.garage_power", "select.garage_charging_override"} <= plain
    by_id = {entity.entity_id: entity for entity in entities}
    boot = by_id["sensor.garage_last_boot"]
    assert boot.entity_category is EntityCategory.DIAGNOSTIC


@pytest.mark.parametrize(
    ("body", "highest"),
    [
        ({"var": 11, "ama": 16}, 16),
        ({"var": 22, "ama": 32}, 32),
        ({"var": 22, "ama": 20}, 20),
    ],
)
async def test_current_limits(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    body: dict[str, Any],
    highest: float,
) -> None:
    """The range follows the model and the configured maximum, and is kept."""
    cloud.faults[SERIAL].bad_types = body
    await set_up_polled(hass, entry)
    state = found(hass, "number.garage_charging_current")
    assert (state.attributes["min"], state.attributes["max"]) == (6, highest)
    for value in (5, highest + 1):
        with pytest.raises(ServiceValidationError):
            await call(hass, "number", "set_value", "charging_current", value=value)
    assert all("/api/set" not in request.path for request in cloud.requests)


async def test_limit_follows(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """A maximum that is set elsewhere is shown at once."""
    coordinator = await set_up_polled(hass, entry)
    charger.set("ama", 20)
    await show(hass, coordinator)
    state = found(hass, "number.garage_charging_current")
    assert state.attributes["max"] == 20


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_texts(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """A text is set, with spaces and quotes, and checked before."""
    await set_up_polled(hass, entry)
    await call(
        hass, "text", "set_value", "name_in_the_app", value='My "blue" car & bike'
    )
    assert charger.status()["fna"] == 'My "blue" car & bike'
    await call(hass, "text", "set_value", "light_color_when_idle", value="#00ff00")
    assert charger.status()["cid"] == "#00ff00"
    with pytest.raises((ServiceValidationError, ValueError), match="pattern"):
        await call(hass, "text", "set_value", "light_color_when_idle", value="green!!")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_text_too_long(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A text that is longer than it may be set to is unknown."""
    coordinator = await set_up_polled(hass, entry)
    coordinator._all_keys_due_at = 0.0
    cloud.faults[SERIAL].bad_types = {"fna": "n" * 65}
    await coordinator.async_refresh()
    assert found(hass, "text.garage_name_in_the_app").state == STATE_UNKNOWN
    assert "Traceback" not in caplog.text


async def test_card_event(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """An event fires when a card is read, and not for what was read before."""
    faults = cloud.faults[SERIAL]
    faults.bad_types = {"lrr": 1000, "lrc": 0}
    coordinator = await set_up_polled(hass, entry)
    event = "event.garage_card_read"
    assert found(hass, event).state == STATE_UNKNOWN
    await show(hass, coordinator)
    assert found(hass, event).state == STATE_UNKNOWN

    faults.bad_types = {"lrr": 2000, "lrc": 2}
    await show(hass, coordinator)
    first = found(hass, event)
    assert first.state not in (STATE_UNKNOWN, STATE_UNAVAILABLE)
    assert first.attributes["event_type"] == "card_read"
    assert first.attributes["card"] == 3

    await show(hass, coordinator)
    assert found(hass, event).last_changed == first.last_changed

    faults.bad_types = {"lrr": 3000, "lrc": None}
    await show(hass, coordinator)
    assert found(hass, event).attributes["card"] is None


async def test_firmware_update(
    hass: HomeAssistant,
    cloud: CloudFront,
    charger: Charger,
    entry: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
) -> None:
    """An update is started, shown in progress, and done when the version changed."""
    coordinator = await set_up_polled(hass, entry)
    update = "update.garage_firmware"
    state = found(hass, update)
    assert (state.state, state.attributes["latest_version"]) == ("on", "60.3")
    await call(hass, "update", "install", "firmware")
    assert found(hass, update).attributes["in_progress"] is True

    charger._clock = lambda: charger._last + 10
    await show(hass, coordinator)
    state = found(hass, update)
    assert state.attributes["installed_version"] == "60.3"
    assert state.attributes["in_progress"] is False
    assert state.state == "off"

    # The time of the update before doesn't end the next.
    charger._values["ocu"] = ["60.3", "60.4"]
    charger._wall_clock = lambda: dt_util.utcnow().timestamp()
    cloud.faults[SERIAL].ignore_sets = True
    freezer.tick(timedelta(minutes=10))
    await show(hass, coordinator)
    await call(hass, "update", "install", "firmware")
    for minutes, is_updating in ((6, True), (10, False)):
        freezer.tick(timedelta(minutes=minutes))
        await show(hass, coordinator)
        async_fire_time_changed(hass)
        await hass.async_block_till_done()
        assert found(hass, update).attributes["in_progress"] is is_updating


async def test_firmware_update_without_effect(
    hass: HomeAssistant, cloud: CloudFront, entry: MockConfigEntry
) -> None:
    """An update that nobody sees to end isn't shown in progress for ever."""
    await set_up_polled(hass, entry)
    cloud.faults[SERIAL].ignore_sets = True
    await call(hass, "update", "install", "firmware")
    update = "update.garage_firmware"
    assert found(hass, update).attributes["in_progress"] is True
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=16))
    await hass.async_block_till_done()
    assert found(hass, update).attributes["in_progress"] is False


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_schedule_keeps_its_times(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """What a schedule does changes, its times stay; without times nothing is sent."""
    coordinator = await set_up_polled(hass, entry)
    before = charger.status()["sch_week"]["ranges"]
    await call(hass, "select", "select_option", "schedule_on_weekdays", option="block")
    assert charger.status()["sch_week"] == {"control": 2, "ranges": before}

    cloud.faults[SERIAL].bad_types["sch_week"] = "nothing"
    await show(hass, coordinator)
    with pytest.raises(HomeAssistantError) as raised:
        await call(
            hass, "select", "select_option", "schedule_on_weekdays", option="off"
        )
    assert raised.value.translation_key == "goe_schedule_unknown"


async def test_authorize(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """A waiting car is let charge without a card."""
    await set_up_polled(hass, entry)
    charger.plug_in()
    charger.set("acs", 1)
    assert charger.status()["modelStatus"] == 2
    await call(hass, "button", "press", "authorize_charging")
    assert charger.status()["trx"] == 0
    assert charger.status()["modelStatus"] != 2


async def test_switches_and_selects_round_trip(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """What the app sets shows in Home Assistant."""
    coordinator = await set_up_polled(hass, entry)
    for key, value in {"fup": True, "frc": 2, "psm": 1, "lmo": 4}.items():
        charger.set(key, value)
    await show(hass, coordinator)
    assert found(hass, "switch.garage_pv_surplus").state == "on"
    assert found(hass, "select.garage_charging_override").state == "on"
    assert found(hass, "select.garage_phase_mode").state == "one"
    cloud.faults[SERIAL].bad_types = {"frc": 9}
    await show(hass, coordinator)
    assert found(hass, "select.garage_charging_override").state == STATE_UNKNOWN


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_real_dump(
    hass: HomeAssistant,
    socket_enabled: None,
    monkeypatch: pytest.MonkeyPatch,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A real charger's status makes entities of its keys, and nobody complains."""
    file = PAYLOADS / "01_gemini_v4_11kw_fw055.7_http_status.json"
    charger = Charger(SERIAL, TOKEN, dump=json.loads(file.read_text()))
    async with CloudFront([charger]) as cloud:
        monkeypatch.setenv("SUNBRIDGE_GOE_CLOUD_URL", cloud.url + "/{serial}")
        coordinator = await set_up_polled(hass, entry)
        assert not coordinator.diagnostics()["malformed"]
        entities = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        assert len(entities) > 140
        assert hass.states.get("sensor.garage_highest_power") is not None
        # The key that this firmware doesn't have yet makes no entity.
        assert hass.states.get("switch.garage_clear_surplus_data") is None
        assert found(hass, "sensor.garage_reason").state == "fallback_price"
        assert found(hass, "number.garage_charging_current").attributes["max"] == 16
        await hass.config_entries.async_unload(entry.entry_id)
    assert "ERROR" not in [record.levelname for record in caplog.records]


async def test_diagnostics(
    hass: HomeAssistant, cloud: CloudFront, charger: Charger, entry: MockConfigEntry
) -> None:
    """Diagnostics help, and tell nobody who or where somebody is."""
    await set_up_polled(hass, entry)
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    text = json.dumps(diagnostics)
    assert TOKEN not in text
    assert SERIAL not in text
    for secret in ("192.0.2", "User 1", "go-echarger_", '"home"', "Garage"):
        assert secret not in text
    (found_one,) = diagnostics["coordinators"]
    assert found_one["available"] is True
    assert found_one["status"]["amp"] == 16
    assert found_one["counters"] == {"requests": 1, "answers": 1}
    # Who can't load it needs them most.
    await hass.config_entries.async_unload(entry.entry_id)
    unloaded = await async_get_config_entry_diagnostics(hass, entry)
    assert unloaded["data"] == diagnostics["data"]
    assert unloaded["coordinators"] == []


async def test_remove_device(
    hass: HomeAssistant,
    cloud: CloudFront,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """The charger can't be deleted while it's set up; another device can."""
    await set_up_polled(hass, entry)
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert not await async_remove_config_entry_device(hass, entry, device)
    other = device_registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("sunbridge", "goe_999999")}
    )
    assert await async_remove_config_entry_device(hass, entry, other)
    await hass.config_entries.async_unload(entry.entry_id)
    assert not await async_remove_config_entry_device(hass, entry, other)
