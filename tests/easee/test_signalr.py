"""An account over SignalR in Home Assistant: pushes, losses, reads, tokens."""

import asyncio
import logging
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import account as account_module, hub
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from simulators.easee import RFID, Car, Charger, Cloud, Equalizer, Id

from .conftest import (
    EQUALIZER,
    PASSWORD,
    SERIAL,
    USERNAME,
    account_of,
    set_up,
    state,
    until,
)

POWER = "sensor.garage_power"
STATUS = "sensor.garage_status"
STREAM = "/hubs/chargers"


def lines(caplog: pytest.LogCaptureFixture, part: str = "stream of Easee") -> list[str]:
    """Return our log's lines that have a part."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components") and part in record.getMessage()
    ]


async def test_changes_are_pushed(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """What happens is shown without any request."""
    await set_up(hass, entry)
    assert state(hass, STATUS) == "disconnected"
    asked = len(cloud.asked("/state"))
    charger.plug_in(Car(max_current_a=10, phases=3))
    await until(lambda: state(hass, STATUS) == "charging")
    await until(lambda: float(state(hass, POWER) or 0) > 6)
    assert state(hass, "binary_sensor.garage_charging") == "on"
    assert state(hass, "binary_sensor.garage_car_plugged_in") == "on"
    assert state(hass, "sensor.garage_current_l1") == "10.0"
    charger.unplug()
    await until(lambda: state(hass, STATUS) == "disconnected")
    assert state(hass, POWER) == "0.0"
    assert len(cloud.asked("/state")) == asked


async def test_equalizer(
    hass: HomeAssistant, cloud: Cloud, equalizer: Equalizer, entry: MockConfigEntry
) -> None:
    """An Equalizer is a device of its own, with its own meaning of ids."""
    await set_up(hass, entry)
    equalizer.set_grid(-3000)
    await until(lambda: state(hass, "sensor.house_export_power") == "3.0")
    assert state(hass, "sensor.house_import_power") == "0.0"
    assert state(hass, "switch.house_charging_by_surplus") == "off"
    # Somebody switches it in the app.
    equalizer.set_surplus(
        {
            "mode": "chargingWithImport",
            "chargingWithImport": {"eligible": True, "maximumImportAddedCurrent": 4},
        }
    )
    await until(lambda: state(hass, "switch.house_charging_by_surplus") == "on")


async def test_it_grid(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """Without a neutral the terminals aren't L1 to L3, and aren't shown as such."""
    charger.observe(Id.GRID_TYPE, 4)
    await set_up(hass, entry)
    assert state(hass, POWER) == "0.0"
    assert state(hass, "sensor.garage_current_l1") is None
    assert state(hass, "sensor.garage_voltage_l1") is None


@pytest.mark.parametrize(("grid", "enabled"), [(1, False), (2, True)])
async def test_grid_type_comes_late(
    hass: HomeAssistant,
    cloud: Cloud,
    equalizer: Equalizer,
    entry: MockConfigEntry,
    entity_registry: er.EntityRegistry,
    grid: int,
    enabled: bool,
) -> None:
    """Whether voltages between phases are enabled waits for the kind of grid."""
    del equalizer.observations[29]
    await set_up(hass, entry)
    voltage = "sensor.house_voltage_l1_l2"
    assert state(hass, "sensor.house_voltage_l1") == "230.0"
    assert entity_registry.async_get(voltage) is None
    equalizer.observe(29, grid)
    await until(lambda: entity_registry.async_get(voltage) is not None)
    found = entity_registry.async_get(voltage)
    assert found is not None
    assert found.disabled is not enabled
    if enabled:
        await until(lambda: state(hass, voltage) == "398.0")


async def test_offline_charger(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """A charger that the cloud doesn't hear is unavailable, and it's said why."""
    await set_up(hass, entry)
    charger.set_online(False)
    await until(lambda: state(hass, POWER) == "unavailable")
    assert state(hass, "binary_sensor.garage_cloud_connection") == "off"
    assert state(hass, STATUS) == "offline"
    assert state(hass, "sensor.house_import_power") == "0.0"
    charger.set_online(True)
    await until(lambda: state(hass, POWER) == "0.0")


async def test_old_values_are_replayed(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """The replay after each connection changes nothing that is newer."""
    await set_up(hass, entry)
    charger.observe(Id.POWER, 7.0)
    await until(lambda: state(hass, POWER) == "7.0")
    charger.observations[Id.POWER] = type(charger.observations[Id.POWER])(
        Id.POWER, 3.0, charger.observations[Id.POWER].at_s - 3600, 3
    )
    cloud.hub.drop_connections()
    await until(lambda: account_of(entry).counters["connections"] == 2)
    await until(lambda: cloud.hub.subscriptions == {SERIAL, EQUALIZER})
    await asyncio.sleep(0.2)
    assert state(hass, POWER) == "7.0"


@pytest.mark.parametrize("how", ["cut", "closed", "closed kindly", "restart"])
async def test_reconnects(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    how: str,
) -> None:
    """A lost stream comes back, with its subscriptions; one line each way."""
    caplog.set_level(logging.INFO)
    await set_up(hass, entry)
    if how == "cut":
        cloud.hub.drop_connections()
    elif how == "restart":
        await cloud.stop()
        await until(lambda: not account_of(entry).is_linked)
        charger.observe(Id.POWER, 5.0)
        await asyncio.sleep(0.5)
        await cloud.start()
    else:
        cloud.hub.close_with("bye", allow_reconnect=how == "closed kindly")
    await until(lambda: account_of(entry).counters["connections"] == 2)
    charger.observe(Id.POWER, 6.0)
    await until(lambda: state(hass, POWER) == "6.0")
    assert lines(caplog) == [
        "Easee: the stream of Easee was lost",
        "Easee: the stream of Easee is back",
    ]


async def test_stream_without_rest(
    hass: HomeAssistant, cloud: Cloud, charger: Charger, entry: MockConfigEntry
) -> None:
    """While the stream lives nothing else is needed."""
    await set_up(hass, entry, max_age_s=1)
    cloud.faults.rest_down = True
    await asyncio.sleep(1.5)
    charger.observe(Id.POWER, 4.0)
    await until(lambda: state(hass, POWER) == "4.0")


async def test_silent_server(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A connection over which nothing comes any more is given up."""
    monkeypatch.setattr(hub, "SILENCE_S", 3.0)
    cloud.hub.ping_s = 0.2
    await set_up(hass, entry)
    await asyncio.sleep(3.5)
    assert account_of(entry).counters["connections"] == 1
    cloud.hub.mute = True
    await until(lambda: account_of(entry).counters["disconnections"] == 1)
    cloud.hub.mute = False
    await until(lambda: account_of(entry).is_linked)


async def test_we_ping(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server hears from us too."""
    monkeypatch.setattr(hub, "PING_EVERY_S", 0.1)
    await set_up(hass, entry)
    await until(lambda: cloud.hub.pings >= 3)


@pytest.mark.parametrize(
    "frame",
    [
        "\x1e",
        "marked-nonsense\x1e",
        "[1]\x1e",
        '{"type":1,"target":"ProductUpdate"}\x1e',
        '{"type":1,"target":"ProductUpdate","arguments":[{"mid":"x"}]}\x1e',
        '{"type":1,"target":"SubscribeToMyProduct","arguments":[1]}\x1e',
        '{"type":3,"invocationId":"0","error":"marked-error"}\x1e',
        '{"type":99}\x1e',
        "[" * 50_000 + "\x1e",
    ],
)
async def test_odd_frames(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    frame: str,
) -> None:
    """They're counted and told once, and the connection stays."""
    await set_up(hass, entry)
    for _ in range(3):
        cloud.hub.send_raw(frame)
    charger.observe(Id.POWER, 3.0)
    await until(lambda: state(hass, POWER) == "3.0")
    assert account_of(entry).counters["disconnections"] == 0
    assert len(lines(caplog, "unknown shape")) <= 1
    assert "marked" not in "".join(lines(caplog, ""))


@pytest.mark.parametrize(
    ("target", "booleans"),
    [("ChargerUpdate", "word"), ("productUpdate", "lower"), ("PRODUCTUPDATE", "digit")],
)
async def test_spellings(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    target: str,
    booleans: str,
) -> None:
    """Targets differ in case and age, booleans in spelling."""
    cloud.hub.target, cloud.hub.booleans = target, booleans
    await set_up(hass, entry)
    charger.observe(Id.ENABLED, False)
    await until(lambda: state(hass, "switch.garage_charger_enabled") == "off")
    charger.observe(Id.ENABLED, True)
    await until(lambda: state(hass, "switch.garage_charger_enabled") == "on")


@pytest.mark.parametrize("hangs", [True, False])
async def test_start_with_a_dead_cloud(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry, hangs: bool
) -> None:
    """Home Assistant's start isn't held up, and it's tried again."""
    hass.set_state(type(hass.state).starting)
    cloud.faults.hang = hangs
    cloud.faults.rest_down = not hangs
    entry.add_to_hass(hass)
    async with asyncio.timeout(3):
        assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.reason


async def test_unload_leaves_nothing(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """The stream ends with the entry, and the entry can be removed."""
    await set_up(hass, entry)
    assert cloud.hub.connections
    assert await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: not cloud.hub.connections)
    asked = len(cloud.requests)
    await asyncio.sleep(0.8)
    assert len(cloud.requests) == asked
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not ir.async_get(hass).issues


async def test_no_secrets(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    hass_client: Any,
) -> None:
    """Passwords, tokens, serials and tags are in no log of ours and no diagnostics."""
    caplog.set_level(logging.DEBUG)
    await set_up(hass, entry)
    charger.scan()
    charger.plug_in(Car())
    await until(lambda: state(hass, STATUS) == "charging")
    cloud.hub.send_raw('{"marked-name": "marked-value"}\x1e')
    cloud.hub.drop_connections()
    await until(lambda: account_of(entry).counters["connections"] == 2)
    from custom_components.sunbridge.diagnostics import (  # noqa: PLC0415
        async_get_config_entry_diagnostics,
    )

    found = str(await async_get_config_entry_diagnostics(hass, entry))
    tokens = entry.data["tokens"]
    secrets = [
        PASSWORD, USERNAME, SERIAL, EQUALIZER, RFID,
        tokens["access"], tokens["refresh"], "marked",
    ]  # fmt: skip
    for secret in secrets:
        assert secret not in found
    ours = "\n".join(
        record.getMessage() + str(record.exc_info or "")
        for record in caplog.records
        if record.name.startswith(("custom_components", "aiormq", "aio_pika"))
    )
    for secret in secrets:
        assert secret not in ours
    for shown in hass.states.async_all():
        assert RFID not in str(shown)


async def test_surplus_is_no_condition(
    hass: HomeAssistant, cloud: Cloud, equalizer: Equalizer, entry: MockConfigEntry
) -> None:
    """An Equalizer's values don't depend on its setting being readable."""
    cloud.faults.only_paths, cloud.faults.status = "/cloud-loadbalancing", 500
    cloud.hub.mute = True
    await set_up(hass, entry)
    await until(lambda: state(hass, "sensor.house_import_power") == "0.0")
    assert state(hass, "switch.house_charging_by_surplus") is None


async def test_values_are_stored_while_news_come(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    hass_storage: dict[str, Any],
) -> None:
    """A stream that never rests doesn't put the store off for ever."""
    monkeypatch.setattr(account_module, "SAVE_WITHIN_S", 0.3)
    await set_up(hass, entry)
    key = f"sunbridge.easee.{entry.entry_id}"
    hass_storage.pop(key, None)
    for place in range(10):
        charger.observe(Id.POWER, place / 10)
        await asyncio.sleep(0.1)
    assert hass_storage[key]["data"][SERIAL]["energy"]["lifetime_kwh"] == 1234.5
