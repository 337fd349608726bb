"""Heat pumps that have gone mad, as Home Assistant sees them."""

import contextlib
import time
from typing import Any

import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.weheat import connect
from custom_components.sunbridge.vendors.weheat.errors import WeheatError
from custom_components.sunbridge.vendors.weheat.hours import hours_in, total_in
from custom_components.sunbridge.vendors.weheat.rows import rows_in
from homeassistant.core import HomeAssistant
from simulators.weheat import Cloud, HeatPump

from ..weheat_house.conftest import (
    account,
    clock,
    cloud,
    entry,
    hybrid,
    pump,
    quiet_database,
    served,
    set_up,
)
from .conftest import cases, check_log
from .dice import Rolled, pick
from .kept import books, budgets
from .weheat import make_steps
from .wild import anything, encoded, gone_wrong, scalar

pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")
__all__ = [
    "account", "clock", "cloud", "entry", "hybrid", "pump", "quiet_database", "served",
]  # fmt: skip


async def test_answers(
    hass: HomeAssistant,
    served: Cloud,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No answer makes an entity raise, or show what Home Assistant refuses."""
    coordinator = await set_up(hass, entry)
    caplog.clear()
    for seed in cases(150):
        now_s = time.time()
        for kind, body in make_steps(Rolled(seed), now_s):
            try:
                content = orjson.loads(encoded(body))
                if kind == 0:
                    coordinator.take_rows(rows_in(content))
                elif kind == 1:
                    hours = hours_in(content)
                    coordinator.take_hours(hours, now_s - 400_000, now_s)
                else:
                    coordinator.take_total(total_in(content))
            except WeheatError, orjson.JSONDecodeError:
                continue
        if seed % 50 == 0:
            await hass.async_block_till_done()
            check_log(caplog, seed)
    await hass.async_block_till_done()
    orjson.dumps(await async_get_config_entry_diagnostics(hass, entry))
    check_log(caplog)


async def test_stores(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    served: Cloud,
    pump: HeatPump,
    entry: MockConfigEntry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever the files of an account say, the account is set up."""
    key = f"sunbridge.weheat.{entry.entry_id}"
    for seed in cases(8):
        dice = Rolled(seed)
        values = scalar if seed % 2 else anything
        whole = {"pumps": {pump.id: pick(dice, books())}}
        budget = {"budget": pick(dice, budgets())}
        for name, good in ((key, whole), (f"{key}.budget", budget)):
            data = gone_wrong(dice, [good], values)
            with contextlib.suppress(orjson.JSONDecodeError):
                data = orjson.loads(encoded(data))
            hass_storage[name] = {"version": 1, "key": name, "data": data}
        connect.async_forget(entry.entry_id)
        assert await hass.config_entries.async_setup(entry.entry_id), seed
        await hass.async_block_till_done()
        assert await hass.config_entries.async_unload(entry.entry_id)
        check_log(caplog, seed)
    assert "can't be read" in caplog.text
