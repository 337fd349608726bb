"""Products of Easee that have gone mad, as Home Assistant sees them."""

import contextlib
import time
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.easee.parse import message, observed_in
from homeassistant.core import HomeAssistant
from simulators.easee import Cloud

from ..easee.conftest import (
    EQUALIZER,
    SERIAL,
    account_of,
    charger,
    clock,
    cloud,
    entry,
    equalizer,
    quick,
    set_up,
    user,
)
from .conftest import cases, check_log
from .dice import Rolled, often, pick
from .easee import make_message, make_observed
from .kept import chargers
from .wild import anything, encoded, gone_wrong, scalar

pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")
__all__ = ["charger", "clock", "cloud", "entry", "equalizer", "quick", "user"]


async def test_messages(
    hass: HomeAssistant,
    cloud: Cloud,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No message makes an entity raise, or show what Home Assistant refuses."""
    await set_up(hass, entry)
    account = account_of(entry)
    caplog.clear()
    for seed in cases(400):
        dice = Rolled(seed)
        if often(dice, 3, 4):
            found = make_observed(dice, time.time() + seed)
            for one in found:
                if isinstance(one.get("mid"), str) and often(dice, 1, 4):
                    one["mid"] = pick(dice, ("EH123456", EQUALIZER))
            try:
                parsed = observed_in(orjson.loads(encoded(found)))
            except orjson.JSONDecodeError:
                continue
        else:
            parsed = message(*make_message(dice))
        account.heard(parsed)
        account._do_flush()
        if seed % 50 == 0:
            await hass.async_block_till_done()
            check_log(caplog, seed)
    await hass.async_block_till_done()
    orjson.dumps(await async_get_config_entry_diagnostics(hass, entry))
    check_log(caplog)
    # Of each shape there's one line.
    told = [one.message for one in caplog.records if "unknown shape" in one.message]
    assert told
    assert len(told) == len(set(told)) == len(account.shapes)


async def test_store(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    cloud: Cloud,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever the file of an account says, the account is set up."""
    entry.add_to_hass(hass)
    key = f"sunbridge.easee.{entry.entry_id}"
    for seed in cases(8):
        dice = Rolled(seed)
        whole = {SERIAL: pick(dice, chargers())}
        data = gone_wrong(dice, [whole], scalar if seed % 2 else anything)
        with contextlib.suppress(orjson.JSONDecodeError):
            data = orjson.loads(encoded(data))
        hass_storage[key] = {"version": 1, "key": key, "data": data}
        assert await hass.config_entries.async_setup(entry.entry_id), seed
        await hass.async_block_till_done()
        assert await hass.config_entries.async_unload(entry.entry_id)
        check_log(caplog, seed)
    assert "can't be read" in caplog.text
