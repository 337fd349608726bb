"""Hours of polling while all changes: no answer is ever wrong, and none is a 500.

Time is virtual, sockets are real.
"""

import asyncio
from collections import Counter
from functools import partial
import json
import random
import time
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.nrgkick import access
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from simulators.nrgkick import (
    MANNERS,
    VALUES_PATH,
    Failure,
    Poll,
    Wallbox,
    sample_values,
)

from .conftest import (
    SAMPLE,
    issues,
    named,
    new_entry,
    register,
    say,
    set_up,
    wallbox_at,
)
from .truth import Truth, check

POLLS = 1500
PERIOD_S = 5
LOAD = "sensor.load"
NONSENSE = ("unknown", "unavailable", "nan", "inf", "", "1_0", "on")
# The manners that don't wait: nothing does while time stands still.
HASTY = [manner for name, manner in MANNERS.items() if "slow" not in name]


class World:
    """A house in which much goes wrong; ``names`` are what its entities are called."""

    def __init__(self, hass: HomeAssistant, entry: MockConfigEntry, seed: int) -> None:
        """Start with the vendor's example."""
        self.hass = hass
        self.entry = entry
        self.names = {name: name for name in SAMPLE}
        self.silent: dict[str, int] = {}
        self.random = random.Random(seed)

    @property
    def parts(self) -> Any:
        """The parts of the house, with the names that their entities have now."""
        return named(self.names)

    def step(self) -> None:
        """Let five seconds' worth of things happen."""
        for name, (value, unit) in SAMPLE.items():
            if self.silent.get(name, 0) > 0:
                self.silent[name] -= 1
                continue
            match self.random.random():
                case dice if dice < 0.005:
                    # Unchanged and unheard of, for up to ten minutes.
                    self.silent[name] = self.random.randrange(120)
                case dice if dice < 0.02:
                    say(self.hass, self.names[name], self.random.choice(NONSENSE), unit)
                case dice if dice < 0.025:
                    self.hass.states.async_remove(self.names[name])
                case dice if dice < 0.03:
                    self.rename(name)
                case dice if dice < 0.2:
                    say(self.hass, self.names[name], value, unit)
                case dice if dice < 0.6:
                    self.say_other(name, unit)

    def say_other(self, name: str, unit: str) -> None:
        """Let an entity say another number, of a power in another unit sometimes."""
        if unit in {"W", "kW", "mW"}:
            number = self.random.uniform(-9000, 9000)
            unit, factor = self.random.choice([("W", 1), ("kW", 1e-3), ("mW", 1e3)])
            say(self.hass, self.names[name], f"{number * factor:.6f}", unit)
        elif unit == "%":
            say(self.hass, self.names[name], self.random.randint(0, 100), unit)
        else:
            say(self.hass, self.names[name], f"{self.random.uniform(1, 199):.2f}", unit)

    def rename(self, name: str) -> None:
        """Rename an entity; its state comes a little later."""
        new = f"{name}_{self.random.randrange(10**9)}"
        er.async_get(self.hass).async_update_entity(self.names[name], new_entity_id=new)
        self.hass.states.async_remove(self.names[name])
        self.names[name] = new

    def check(self, poll: Poll) -> None:
        """Fail if an answer isn't true."""
        assert poll.violations == ()
        assert poll.status in {200, 503}
        document = poll.document if poll.status == 200 else None
        check(Truth(self.hass, time.time()), self.parts, [self.names[LOAD]], document)


async def reload_meanwhile(world: World, wallbox: Wallbox) -> Counter[Any]:
    """Ask again and again while all is loaded anew; return what became of it."""
    config_entries = world.hass.config_entries
    reloading = asyncio.create_task(config_entries.async_reload(world.entry.entry_id))
    found: Counter[Any] = Counter()
    while not reloading.done():
        poll = await wallbox.poll()
        assert poll.violations == ()
        found[poll.status or poll.failure] += 1
        await asyncio.sleep(0)
    assert await reloading
    assert world.entry.state is ConfigEntryState.LOADED
    return found


@pytest.mark.parametrize("transport", ["shared", "own"])
@pytest.mark.timeout(240)
async def test_soak(
    hass: HomeAssistant,
    ha_port: int,
    own_port: int,
    freezer: FrozenDateTimeFactory,
    transport: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two hours, with entities that change, vanish and are called something else."""
    # Of each event much is logged by others.
    caplog.set_level("WARNING")
    # While time stands still, it may ask as often as it wants.
    monkeypatch.setattr(access, "Rate", partial(access.Rate, burst=1_000_000))
    ids = {name: register(hass, name).id for name in SAMPLE}
    entry = new_entry(
        hass, named(ids), load_power=[ids[LOAD]], transport=transport, port=own_port
    )
    await set_up(hass, entry)
    world = World(hass, entry, seed=len(transport))
    port = own_port if transport == "own" else ha_port
    seen: Counter[Any] = Counter()
    reloading: Counter[Any] = Counter()
    async with wallbox_at(port) as wallbox:
        await wallbox.scan()
        assert wallbox.info is not None
        for number in range(POLLS):
            freezer.tick(PERIOD_S)
            world.step()
            await asyncio.sleep(0)
            polls = await wallbox.ask(VALUES_PATH, HASTY[number % len(HASTY)])
            world.check(polls[0])
            seen[polls[0].status] += 1
            if number % 100 == 50:
                reloading += await reload_meanwhile(world, wallbox)
        for name, (value, unit) in SAMPLE.items():
            say(hass, world.names[name], value, unit)
        poll = await wallbox.poll()
    assert json.dumps(poll.document) == json.dumps(sample_values())
    assert seen.total() == POLLS
    # Both happened, and often.
    assert min(seen[200], seen[503]) > POLLS / 20
    nobody = {404} if transport == "shared" else {Failure.UNREACHABLE, Failure.CLOSED}
    assert set(reloading) <= {200, 503, *nobody}
    await hass.async_block_till_done()
    assert not issues(hass)
    assert not any(record.exc_info for record in caplog.records)
