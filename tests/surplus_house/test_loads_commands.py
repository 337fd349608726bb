"""How commands are sent: one at a time, the newest wins, and none hangs for ever."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.sunbridge.surplus.adapter.by_entities import EntitiesPort
from custom_components.sunbridge.surplus.adapter.by_sunbridge import SunbridgePort
from custom_components.sunbridge.surplus.adapter.calls import EntityGoneError
from custom_components.sunbridge.surplus.adapter.loads import (
    Beside,
    ChargerAwayError,
    Port,
)
from custom_components.sunbridge.surplus.adapter.sender import Sender
from custom_components.sunbridge.surplus.adapter.settings import LoadSetup, loads_of
from custom_components.sunbridge.surplus.adapter.wishes import LoadWishes
from custom_components.sunbridge.surplus.model import (
    AtStop,
    Command,
    Load,
    Report,
    SetCharger,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..nrgkick_house.conftest import say
from .conftest import new_entry
from .house import BOX, House, house_fixture  # noqa: F401

SETUP = LoadSetup("00", "charger", "marked-name", 1, AtStop.LEAVE, {})


class SlowPort(Port):
    """A load whose commands end when a test wants; some can't be cancelled at once."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Begin without a command."""
        super().__init__(hass, SETUP, lambda: None)
        self.begun: list[float] = []
        self.done: list[float] = []
        self.go = asyncio.Event()
        self.error: Exception | None = None
        self.lasting: asyncio.Event | None = None

    @override
    def async_start(self) -> None:
        raise NotImplementedError

    @override
    def async_stop(self) -> None:
        raise NotImplementedError

    @override
    def load(self, wishes: LoadWishes) -> Load:
        raise NotImplementedError

    @override
    def report(self, now_s: float) -> Report | None:
        raise NotImplementedError

    @override
    async def async_do(self, command: Command, beside: Beside) -> None:
        assert isinstance(command, SetCharger)
        self.begun.append(command.amps)
        if self.error is not None:
            raise self.error
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            if self.lasting is not None:
                await self.lasting.wait()
            raise
        self.done.append(command.amps)


@pytest.fixture
async def port(hass: HomeAssistant) -> SlowPort:
    """Return a slow load."""
    return SlowPort(hass)


@pytest.fixture
async def sender(hass: HomeAssistant, port: SlowPort) -> AsyncGenerator[Sender]:
    """Return its sender."""
    entry = MockConfigEntry(domain="sunbridge")
    sender = Sender(hass, entry, port)
    yield sender
    await sender.async_end(None)


def amps(value: float) -> SetCharger:
    """Return a command."""
    return SetCharger("00", value, 3)


async def turns() -> None:
    """Let the loop turn a few times."""
    for _ in range(10):
        await asyncio.sleep(0)


async def pass_time(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, seconds: float
) -> None:
    """Let so much time pass."""
    freezer.tick(seconds)
    async_fire_time_changed(hass)
    await turns()


async def test_it_begins_at_once(sender: Sender, port: SlowPort) -> None:
    """What others did before is over in the moment in which it's decided."""
    sender.async_send(amps(6), Beside())
    assert port.begun == [6]


async def test_newest_wins(sender: Sender, port: SlowPort) -> None:
    """Of three, the last is done, and none of the others."""
    for value in (6, 7, 8):
        sender.async_send(amps(value), Beside())
        await turns()
    port.go.set()
    await turns()
    assert port.begun == [6, 7, 8]
    assert port.done == [8]
    assert sender.counters == {"sent": 3, "superseded": 2}


async def test_one_at_a_time(
    hass: HomeAssistant,
    sender: Sender,
    port: SlowPort,
    freezer: FrozenDateTimeFactory,
) -> None:
    """The next begins when the one before has ended, or takes too long for that."""
    port.lasting = asyncio.Event()
    sender.async_send(amps(6), Beside())
    await turns()
    sender.async_send(amps(7), Beside())
    await turns()
    assert port.begun == [6]
    await pass_time(hass, freezer, 3)
    assert port.begun == [6, 7]
    port.lasting.set()


async def test_hung_command(
    hass: HomeAssistant,
    sender: Sender,
    port: SlowPort,
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A command that hangs has failed after 30 s."""
    sender.async_send(amps(6), Beside())
    await turns()
    await pass_time(hass, freezer, 29)
    assert sender.counters == {"sent": 1}
    await pass_time(hass, freezer, 2)
    assert sender.counters == {"sent": 1, "TimeoutError": 1}
    assert "doesn't take commands: TimeoutError" in caplog.text
    port.go.set()
    sender.async_send(amps(7), Beside())
    await turns()
    assert port.done == [7]
    assert "takes commands again" in caplog.text


@pytest.mark.parametrize("error", [ValueError, KeyError, RuntimeError, OSError])
async def test_faults_of_other_integrations(
    sender: Sender,
    port: SlowPort,
    caplog: pytest.LogCaptureFixture,
    error: type[Exception],
) -> None:
    """Whatever another integration raises is counted, told once, and not quoted."""
    port.error = error("marked-secret")
    for value in (6, 7, 8):
        sender.async_send(amps(value), Beside())
        await turns()
    assert sender.counters == {"sent": 3, error.__name__: 3}
    told = [one for one in caplog.records if "take commands" in one.getMessage()]
    assert len(told) == 1
    assert "marked" not in caplog.text
    assert not any(record.exc_info for record in caplog.records)


async def test_faults_of_our_own(sender: Sender, port: SlowPort) -> None:
    """What Sunbridge's own coordinators raise is counted by its kind."""
    port.error = HomeAssistantError(
        translation_domain="sunbridge", translation_key="goe_offline"
    )
    sender.async_send(amps(6), Beside())
    await turns()
    assert sender.counters == {"sent": 1, "goe_offline": 1}


async def test_last_command(sender: Sender, port: SlowPort) -> None:
    """The last command is sent in place of what is under way."""
    sender.async_send(amps(16), Beside())
    await turns()
    ending = asyncio.create_task(sender.async_end(amps(0)))
    await turns()
    assert port.begun == [16, 0]
    port.go.set()
    await ending
    assert port.done == [0]


async def test_last_command_waits_not_for_ever(
    hass: HomeAssistant,
    sender: Sender,
    port: SlowPort,
    freezer: FrozenDateTimeFactory,
) -> None:
    """What can't be cancelled doesn't keep the last command from being sent."""
    port.lasting = asyncio.Event()
    sender.async_send(amps(16), Beside())
    await turns()
    ending = asyncio.create_task(sender.async_end(amps(0)))
    await turns()
    assert port.begun == [16]
    await pass_time(hass, freezer, 3)
    assert port.begun == [16, 0]
    port.lasting.set()
    port.go.set()
    await ending
    assert port.done == [0]


@pytest.fixture
async def box_port(hass: HomeAssistant, house: House) -> AsyncGenerator[EntitiesPort]:
    """Return the way to the box, which charges."""
    house.box.switch._attr_is_on = True
    await house.run(20)
    entry = new_entry(hass, [("any_charger", BOX)])
    port = EntitiesPort(hass, next(loads_of(entry)), lambda: None)
    port.async_start()
    yield port
    port.async_stop()


async def test_current_that_doesnt_end(
    hass: HomeAssistant,
    house: House,
    box_port: EntitiesPort,
    freezer: FrozenDateTimeFactory,
) -> None:
    """A power that is still shown is waited for, but not for long."""
    doing = asyncio.create_task(box_port.async_do(SetCharger("00", 9, 1), Beside()))
    await turns()
    assert house.box.writes == [("switch", False)]
    for _ in range(3):
        say(hass, "sensor.box_power", 4000)
        await pass_time(hass, freezer, 3)
    assert house.box.writes == [("switch", False)]
    await pass_time(hass, freezer, 3)
    await doing
    assert house.box.writes == [
        ("switch", False),
        ("phases", "1p"),
        ("current", 9),
        ("switch", True),
    ]


async def test_report_while_phases_are_switched(
    hass: HomeAssistant, house: House, box_port: EntitiesPort
) -> None:
    """The pause is part of the command, so that it's as before until that is done."""

    def report() -> Any:
        found = box_port.report(hass.loop.time())
        assert found is not None
        return found.set_a, found.phases

    assert report() == (16, 3)
    doing = asyncio.create_task(box_port.async_do(SetCharger("00", 9, 1), Beside()))
    await turns()
    house.box.write()
    assert house.box.offered_a == 0
    assert report() == (16, 3)
    # Another command in its place, for the phases that it has still.
    doing.cancel()
    await asyncio.gather(doing, return_exceptions=True)
    assert report() == (16, 3)
    await box_port.async_do(SetCharger("00", 10, 3), Beside())
    house.box.write()
    assert report() == (10, 3)


async def test_what_is_so_already_isnt_written(
    hass: HomeAssistant, house: House, box_port: EntitiesPort
) -> None:
    """Each write may wear something out."""
    await box_port.async_do(SetCharger("00", 16, 3), Beside())
    assert house.box.writes == []
    await box_port.async_do(SetCharger("00", 12.7, 3), Beside())
    assert house.box.writes == [("current", 12)]
    house.box.write()
    await box_port.async_do(SetCharger("00", 0, 3), Beside())
    assert house.box.writes[1:] == [("switch", False)]
    # An integration that polls may say for long that it's on: that was before.
    await box_port.async_do(SetCharger("00", 12, 3), Beside())
    assert house.box.writes[2:] == [("switch", True)]


async def test_idle_by_its_current(hass: HomeAssistant, house: House) -> None:
    """Without a power it's the measured current that has to be gone."""
    house.box.switch._attr_is_on = True
    await house.run(20)
    load = {**BOX, "power": [], "measured_current": "sensor.box_amps"}
    entry = new_entry(hass, [("any_charger", load)])
    port = EntitiesPort(hass, next(loads_of(entry)), lambda: None)
    say(hass, "sensor.box_amps", 15.5, "A")
    port.async_start()
    doing = asyncio.create_task(port.async_do(SetCharger("00", 9, 1), Beside()))
    await turns()
    assert house.box.writes == [("switch", False)]
    say(hass, "sensor.box_amps", 0.1, "A")
    await turns()
    await doing
    assert house.box.writes[-1] == ("switch", True)
    port.async_stop()


async def test_what_isnt_there_cant_be_commanded(
    hass: HomeAssistant, house: House, box_port: EntitiesPort
) -> None:
    """That's a failure, and not a command that nobody gets."""
    house.box.phases._attr_available = False
    house.box.phases.async_write_ha_state()
    with pytest.raises(EntityGoneError):
        await box_port.async_do(SetCharger("00", 9, 1), Beside())
    hass.states.async_remove("select.box_phases")
    with pytest.raises(EntityGoneError):
        await box_port.async_do(SetCharger("00", 9, 1), Beside())
    found = box_port.report(hass.loop.time())
    assert found is not None
    assert found.phases is None
    hass.states.async_remove("number.box_current")
    found = box_port.report(hass.loop.time())
    assert found is not None
    assert found.set_a is None
    with pytest.raises(EntityGoneError):
        await box_port.async_do(SetCharger("00", 9, 3), Beside())
    hass.states.async_remove("switch.box")
    assert box_port.report(hass.loop.time()) is None
    with pytest.raises(EntityGoneError):
        await box_port.async_do(SetCharger("00", 0, 3), Beside())
    assert house.box.writes == []
    setup = LoadSetup("01", "charger", "x", 1, AtStop.LEAVE, {"device": "x", "how": ""})
    port = SunbridgePort(hass, setup, lambda: None)
    with pytest.raises(ChargerAwayError):
        await port.async_do(SetCharger("01", 9, 3), Beside())
    assert port.charger_device is None
