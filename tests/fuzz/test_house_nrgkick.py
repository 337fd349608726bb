"""Requests at both ports, asked by anybody, and states of any text."""

import contextlib
from typing import Any

import orjson
import pytest

from custom_components.sunbridge.diagnostics import async_get_config_entry_diagnostics
from custom_components.sunbridge.vendors.nrgkick.access import Rate
from homeassistant.core import HomeAssistant

from ..nrgkick_house.conftest import HOST, SAMPLE, house, new_entry, set_up
from .conftest import cases, check_log
from .dice import Rolled, mostly, often, pick
from .nrgkick import METHODS, PATHS
from .wild import TEXTS, encoded, gone_wrong

__all__ = ["house"]
_REMOTES = (HOST, None, "192.0.2.1", "::ffff:127.0.0.1", "::1", "fe80::1%eth0", *TEXTS)


@pytest.mark.usefixtures("house")
async def test_requests(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """Each request has one of the answers that there are, and JSON or nothing."""
    entry = new_entry(hass)
    coordinator = await set_up(hass, entry)
    coordinator.access.rate = Rate(burst=10**9)
    for seed in cases(400):
        dice = Rolled(seed)
        entity_id = pick(dice, sorted(SAMPLE))
        text = pick(dice, TEXTS) if often(dice, 1, 2) else dice.text(30)
        unit = mostly(dice, ("W", *TEXTS))
        # Home Assistant takes no longer ones, and keeps no half pairs.
        text = text.encode(errors="replace").decode()[:255]
        hass.states.async_set(entity_id, text, {"unit_of_measurement": unit})
        if often(dice, 1, 3):
            for name, (value, of) in SAMPLE.items():
                hass.states.async_set(name, value, {"unit_of_measurement": of})
        method, path = mostly(dice, METHODS), mostly(dice, PATHS)
        remote = mostly(dice, _REMOTES)
        reply = coordinator.reply(method, path, remote)
        assert reply.status in {200, 403, 404, 500, 503}
        assert bool(reply.body) is (reply.status == 200)
        if reply.body:
            orjson.loads(reply.body)
            assert method == "GET"
            assert remote in {HOST, "::ffff:127.0.0.1"}
        if seed % 50 == 0:
            await hass.async_block_till_done()
            check_log(caplog, seed)
    await hass.async_block_till_done()
    found = await async_get_config_entry_diagnostics(hass, entry)
    orjson.dumps(found)
    check_log(caplog)
    assert coordinator.answers.keys() == {200, 403, 404, 500, 503}


@pytest.mark.usefixtures("house")
async def test_store(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever the file says, it's served unless it says that it isn't."""
    entry = new_entry(hass)
    key = f"sunbridge.nrgkick.{entry.entry_id}"
    for seed in cases(12):
        data = gone_wrong(Rolled(seed), [{"enabled": False}, {"enabled": True}])
        with contextlib.suppress(orjson.JSONDecodeError):
            data = orjson.loads(encoded(data))
        hass_storage[key] = {"version": 1, "key": key, "data": data}
        coordinator = await set_up(hass, entry)
        is_paused = isinstance(data, dict) and data.get("enabled") is False
        assert coordinator.data.enabled is not is_paused
        assert await hass.config_entries.async_unload(entry.entry_id)
    check_log(caplog)
