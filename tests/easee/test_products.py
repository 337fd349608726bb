"""The products of an account come and go."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import account as account_module
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from simulators.easee import Car, Charger, Cloud

from ..taken import issue_of, set_up_empty
from .conftest import EQUALIZER, SERIAL, account_of, new_entry, set_up, state, until

STATUS = "sensor.garage_status"


async def test_products_come_and_go(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A new charger appears; one that's gone is unavailable, and may come back."""
    await set_up(hass, entry)
    user = cloud.accounts[0]
    account = account_of(entry)
    second = Charger("EH222222", name="Yard")
    user.chargers.append(second)
    account.async_compare(await account.api.products())
    await until(lambda: state(hass, "sensor.yard_status") == "disconnected")
    second.plug_in(Car())
    await until(lambda: state(hass, "sensor.yard_status") == "charging")
    user.chargers.remove(second)
    account.async_compare(await account.api.products())
    assert state(hass, "sensor.yard_status") == "charging"
    account.async_compare(await account.api.products())
    assert state(hass, "sensor.yard_status") == "unavailable"
    user.chargers.append(second)
    account.async_compare(await account.api.products())
    await until(lambda: state(hass, "sensor.yard_status") == "charging")


async def test_new_product_is_found_by_itself(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The account is looked at now and then, also after a failure; so is firmware."""
    monkeypatch.setattr(account_module, "PRODUCTS_EVERY_S", 0.2)
    await set_up(hass, entry)
    cloud.faults.only_paths, cloud.faults.status = "/api/chargers", 500
    await until(lambda: account_of(entry).counters["EaseeServerError"] > 0)
    cloud.faults.status = None
    cloud.accounts[0].chargers.append(Charger("EH222222", name="Yard"))
    await until(lambda: state(hass, "sensor.yard_status") == "disconnected")
    await until(lambda: state(hass, "update.yard_firmware") == "on")
    cloud.accounts[0].chargers.pop()
    await until(lambda: state(hass, "sensor.yard_status") == "unavailable")


async def test_deleted_device_comes_back(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A charger that returns after its device was deleted is set up anew."""
    await set_up(hass, entry)
    user = cloud.accounts[0]
    charger = user.chargers[0]
    account = account_of(entry)
    user.chargers.remove(charger)
    for _ in range(2):
        account.async_compare(await account.api.products())
    device = device_registry.async_get_device_by_identifier(
        ("sunbridge", f"easee_{SERIAL}"), entry.entry_id
    )
    assert device is not None
    device_registry.async_remove_device(device.id)
    await hass.async_block_till_done()
    assert state(hass, STATUS) is None
    user.chargers.append(charger)
    account.async_compare(await account.api.products())
    await until(lambda: state(hass, STATUS) == "disconnected")


async def test_new_products_are_left_out(hass: HomeAssistant, cloud: Cloud) -> None:
    """Where the user has chosen, others stay out."""
    entry = new_entry(add_new=False, chosen=[SERIAL])
    await set_up(hass, entry)
    cloud.accounts[0].chargers.append(Charger("EH222222", name="Yard"))
    account = account_of(entry)
    account.async_compare(await account.api.products())
    await hass.async_block_till_done()
    assert list(account.products) == [SERIAL]
    assert state(hass, "sensor.house_import_power") is None


async def test_left_out_for_another_account(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    """Who leaves a charger out lets go of its device; another account may have it.

    Who takes it back has it as it was.
    """
    await set_up(hass, entry)
    (kept,) = (
        device.id
        for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
        if ("sunbridge", f"easee_{EQUALIZER}") in device.identifiers
    )
    charger = device_registry.async_get_device_by_identifier(
        ("sunbridge", f"easee_{SERIAL}"), entry.entry_id
    )
    assert charger is not None
    device_registry.async_update_device(charger.id, name_by_user="Mine")
    before = entry.data
    left = {"chosen": [EQUALIZER], "left_out": [SERIAL]}
    hass.config_entries.async_update_entry(entry, data={**before, **left})
    # Also while the cloud can't be asked.
    cloud.faults.status = 500
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    found = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert [device.id for device in found] == [kept]
    assert state(hass, STATUS) is None

    cloud.faults.status = None
    other = MockConfigEntry(
        domain="sunbridge",
        title="Easee 2",
        data={**before, "chosen": [SERIAL], "left_out": [EQUALIZER]},
    )
    other.add_to_hass(hass)
    assert await hass.config_entries.async_setup(other.entry_id)
    await until(lambda: state(hass, STATUS) == "disconnected")
    assert await hass.config_entries.async_remove(other.entry_id)

    hass.config_entries.async_update_entry(entry, data=before)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: state(hass, STATUS) == "disconnected")
    charger = device_registry.async_get_device_by_identifier(
        ("sunbridge", f"easee_{SERIAL}"), entry.entry_id
    )
    assert charger is not None
    assert charger.name_by_user == "Mine"


async def test_taken_by_another_account(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An entry says why it's empty, and takes by itself what another lets go of."""
    await set_up(hass, entry)
    monkeypatch.setattr(account_module, "PRODUCTS_EVERY_S", 0.2)
    other = MockConfigEntry(domain="sunbridge", title="Easee 2", data=entry.data)
    await set_up_empty(hass, other, 2, caplog)
    assert await hass.config_entries.async_remove(entry.entry_id)
    await until(lambda: state(hass, STATUS) == "disconnected")
    assert issue_of(hass, other) is None


@pytest.mark.parametrize("end", ["reload", "remove"])
async def test_taken_no_longer(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
    end: str,
) -> None:
    """The message goes with its reason, and with its entry."""
    await set_up(hass, entry)
    other = MockConfigEntry(domain="sunbridge", title="Easee 2", data=entry.data)
    await set_up_empty(hass, other, 2, caplog)
    if end == "remove":
        assert await hass.config_entries.async_remove(other.entry_id)
    else:
        assert await hass.config_entries.async_remove(entry.entry_id)
        assert await hass.config_entries.async_reload(other.entry_id)
        assert len(other.runtime_data.coordinators) == 2
    assert issue_of(hass, other) is None
