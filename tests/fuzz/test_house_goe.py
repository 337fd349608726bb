"""A charger that has gone mad, as Home Assistant sees it."""

import time
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.goe import room
from custom_components.sunbridge.vendors.goe.errors import GoeError
from custom_components.sunbridge.vendors.goe.transport import Report
from homeassistant.core import HomeAssistant
from simulators.goe import Charger

from .conftest import cases, check_log
from .dice import Rolled
from .seeds import GOE
from .wild import encoded, gone_wrong

pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")


async def test_reports(
    hass: HomeAssistant,
    charger: Charger,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No report makes an entity raise, or show what Home Assistant refuses."""

    class Way:
        async def status(self, *_: object) -> Report:
            return Report(charger.status(), 0.5)

        async def set(self, _: object) -> None:
            raise GoeError

    monkeypatch.setattr(room, "cloud_transport", lambda *_: Way())
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, pref_disable_polling=True)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    coordinator: Any = entry.runtime_data.coordinators[0]
    before = len(hass.states.async_all())
    for seed in cases(400):
        dice = Rolled(seed)
        try:
            body = orjson.loads(encoded(gone_wrong(dice, GOE, most=8)))
        except orjson.JSONDecodeError:
            continue
        if not isinstance(body, dict):
            continue
        coordinator.data, _ = coordinator._async_merge(body, time.time())
        coordinator.async_data_from(0.0)
        coordinator.async_update_listeners()
        if seed % 50 == 0:
            await hass.async_block_till_done()
            check_log(caplog, seed)
    await hass.async_block_till_done()
    assert len(hass.states.async_all()) >= before
    orjson.dumps(await async_get_config_entry_diagnostics(hass, entry))
    check_log(caplog)
    warnings = [one for one in caplog.records if "of another type" in one.message]
    assert warnings
    assert len(warnings) == len({one.message for one in warnings})
