"""Commands that are cancelled on their way: what the charger has is renewed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.sunbridge.vendors.easee.commands import (
    Command,
    dynamic_current,
    regulated_current,
)
from custom_components.sunbridge.vendors.easee.coordinator import EaseeCoordinator
from homeassistant.core import HomeAssistant
from simulators.easee import Charger, Cloud, Id

from .commands import DYNAMIC, call, sent, set_current
from .conftest import state, until
from .surplus import coordinator

__all__ = ["coordinator"]


@contextmanager
def deaf(cloud: Cloud) -> Iterator[None]:
    """Have commands taken, and nothing come of them."""
    cloud.faults.ignore_commands = cloud.faults.no_result = True
    yield
    cloud.faults.ignore_commands = cloud.faults.no_result = False


async def cancel(task: asyncio.Task[Any]) -> None:
    """Cancel a command, which says so."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(("is_obeyed", "amps"), [(False, 10), (True, 8)])
async def test_cancelled_command_keeps_a_current_alive(
    hass: HomeAssistant,
    cloud: Cloud,
    charger: Charger,
    coordinator: EaseeCoordinator,
    is_obeyed: bool,
    amps: float,
) -> None:
    """A script that is stopped amid a command leaves the charger to nobody else.

    What the charger then has is renewed, the old current or the new one.
    """
    await set_current(hass, 10)
    before = coordinator.kept
    assert before is not None
    with deaf(cloud):
        task = hass.async_create_task(set_current(hass, 8))
        await until(lambda: len(sent(cloud, "set_dynamic_charger_current")) == 2)
        await cancel(task)
    if is_obeyed:
        charger.observe(Id.DYNAMIC_CURRENT, 8)
        await until(lambda: state(hass, DYNAMIC) == "8.0")
    assert coordinator.kept is not None
    # The old one may be what has to live on.
    assert coordinator.kept.renew_at_s == before.renew_at_s
    coordinator.async_keep_on(replace(coordinator.kept, renew_at_s=hass.loop.time()))
    await until(lambda: coordinator.counters["renewals"] == 1)
    assert sent(cloud, "set_dynamic_charger_current")[-1]["amps"] == amps
    assert coordinator.kept.amps == amps


async def test_cancelled_pause(
    hass: HomeAssistant, cloud: Cloud, coordinator: EaseeCoordinator
) -> None:
    """What a button was to end goes on if the button's command is cancelled."""
    await set_current(hass, 10)
    before = coordinator.kept
    with deaf(cloud):
        task = hass.async_create_task(
            call(hass, "press", "button.garage_pause_charging")
        )
        await until(lambda: bool(sent(cloud, "pause_charging")))
        await cancel(task)
    assert coordinator.kept == before


async def test_cancelled_command_of_a_controller(
    hass: HomeAssistant, cloud: Cloud, coordinator: EaseeCoordinator
) -> None:
    """What the charger had before a controller came goes on too."""
    await set_current(hass, 10)
    before = coordinator.kept
    cloud.faults.delay_s = 60
    task = hass.async_create_task(coordinator.async_send_only(regulated_current(8)))
    await until(lambda: coordinator.kept is None)
    await cancel(task)
    assert coordinator.kept == before


async def test_cancelled_command_after_another_one(
    hass: HomeAssistant, cloud: Cloud, coordinator: EaseeCoordinator
) -> None:
    """A command that came later is what counts."""
    with deaf(cloud):
        task = hass.async_create_task(coordinator.async_send(dynamic_current(8)))
        await until(lambda: bool(sent(cloud, "set_dynamic_charger_current")))
    await set_current(hass, 12)
    await cancel(task)
    assert coordinator.kept is not None
    assert coordinator.kept.amps == 12


async def test_cancelled_command_after_a_pause(
    hass: HomeAssistant, cloud: Cloud, coordinator: EaseeCoordinator
) -> None:
    """A pause that came later leaves nothing to be renewed."""
    await set_current(hass, 10)
    with deaf(cloud):
        task = hass.async_create_task(coordinator.async_send(dynamic_current(12)))
        await until(lambda: len(sent(cloud, "set_dynamic_charger_current")) == 2)
    await coordinator.async_send(regulated_current(0))
    await cancel(task)
    assert coordinator.kept is None


async def test_cancelled_command_after_an_unload(
    hass: HomeAssistant, cloud: Cloud, coordinator: EaseeCoordinator
) -> None:
    """Nobody renews any more what ends after the entry."""
    await set_current(hass, 10)
    with deaf(cloud):
        task = hass.async_create_task(coordinator.async_send(dynamic_current(12)))
        await until(lambda: len(sent(cloud, "set_dynamic_charger_current")) == 2)
        await hass.config_entries.async_unload(coordinator.config_entry.entry_id)
        await cancel(task)
    assert coordinator._keeping is None


async def test_reload_amid_a_command(
    hass: HomeAssistant, cloud: Cloud, coordinator: EaseeCoordinator
) -> None:
    """A current that comes while the entry is loaded again is renewed."""
    entry = coordinator.config_entry
    with deaf(cloud):
        task = hass.async_create_task(coordinator.async_send(dynamic_current(12)))
        await until(lambda: len(sent(cloud, "set_dynamic_charger_current")) == 1)
        await hass.config_entries.async_reload(entry.entry_id)
        await cancel(task)
    await hass.async_block_till_done()
    again = entry.runtime_data.coordinators[0]
    assert isinstance(again, EaseeCoordinator)
    assert again is not coordinator
    assert again.kept is not None
    assert again.kept.amps == 12


async def test_cancelled_command_of_a_controller_after_another_one(
    hass: HomeAssistant, cloud: Cloud, coordinator: EaseeCoordinator
) -> None:
    """What a user said after a controller's command is what is renewed."""
    await set_current(hass, 10)

    async def hang(_: Command) -> None:
        await asyncio.Event().wait()

    with patch.object(coordinator, "_async_post", hang):
        task = hass.async_create_task(coordinator.async_send_only(regulated_current(8)))
        await until(lambda: coordinator.kept is None)
    await set_current(hass, 16)
    await cancel(task)
    assert coordinator.kept is not None
    assert coordinator.kept.amps == 16
