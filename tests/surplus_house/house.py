"""A house in Home Assistant, second by second: its sun, its meters and what charges."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    setup_test_component_platform,
)

from custom_components.sunbridge.coordinator import SunbridgeRuntimeData
from custom_components.sunbridge.surplus.adapter.coordinator import (
    LoadCoordinator,
    SurplusCoordinator,
)
from homeassistant.components.number import NumberDeviceClass, NumberEntity
from homeassistant.components.select import SelectEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from ..nrgkick_house.conftest import say
from .conftest import new_entry

VOLTAGE_V = 230
SHORT_A = 0.5

BOX: Mapping[str, Any] = {
    "name": "Box",
    "current": "number.box_current",
    "power": ["sensor.box_power"],
    "inverted": False,
    "measured_current": None,
    "switch": "switch.box",
    "phases_entity": "select.box_phases",
    "one_phase": "1p",
    "three_phases": "3p",
    "connected_phases": 3,
    "plugged": "binary_sensor.box_plug",
    "session_energy": None,
    "max_a": 16,
    "priority": 1,
    "at_stop": "leave",
}
PUMP: Mapping[str, Any] = {
    "name": "Pump",
    "switch": "switch.pump",
    "power_w": 1000,
    "power": [],
    "inverted": False,
    "min_run_min": 20,
    "min_pause_min": 10,
    "priority": 2,
    "at_stop": "leave",
}


class Box:
    """A charger with a car. It obeys at once; the car needs ``start_s``."""

    def __init__(self) -> None:
        """Pause, with a car at the cable."""
        self.current = BoxCurrent(self)
        self.switch = BoxSwitch(self)
        self.phases = BoxPhases(self)
        self.start_s = 10
        self.is_plugged = True
        self.obeys = True
        self.takes = True
        # How many phases its car has.
        self.uses = 3
        self.is_available = True
        # Its sensor is there, and says nothing new.
        self.is_frozen = False
        self.writes: list[tuple[str, Any]] = []
        self.power_w = 0.0
        self._ready_s = 0

    @property
    def offered_a(self) -> float:
        """What the car is offered now."""
        return self.current.native_value or 0.0 if self.switch.is_on else 0.0

    def note(self, what: str, value: Any) -> bool:
        """Note a command; tell whether it has an effect."""
        self.writes.append((what, value))
        return self.obeys

    def step(self, second: int) -> None:
        """Let the car do what it does in a second."""
        amps = self.offered_a if self.is_plugged and self.takes else 0.0
        if not amps:
            self._ready_s = second + self.start_s
        on = amps > 0 and second >= self._ready_s
        count = min(self.uses, 3 if self.phases.current_option == "3p" else 1)
        self.power_w = VOLTAGE_V * count * (amps - SHORT_A) if on else 0.0

    def write(self) -> None:
        """Let the entities say what they are."""
        for entity in (self.current, self.switch, self.phases):
            entity._attr_available = self.is_available
            entity.async_write_ha_state()


class BoxCurrent(NumberEntity):
    """The current of a box."""

    _attr_should_poll = False
    _attr_name = "Box current"
    _attr_unique_id = "box_current"
    _attr_device_class: NumberDeviceClass | None = NumberDeviceClass.CURRENT
    _attr_native_unit_of_measurement: str | None = "A"
    _attr_native_min_value = 6.0
    _attr_native_max_value = 32.0
    _attr_native_step = 1.0
    _attr_native_value = 16.0

    def __init__(self, box: Box) -> None:
        """Belong to a box."""
        self._box = box

    @override
    async def async_set_native_value(self, value: float) -> None:
        if self._box.note("current", value):
            self._attr_native_value = value


class BoxSwitch(SwitchEntity):
    """What pauses a box."""

    _attr_should_poll = False
    _attr_name = "Box"
    _attr_unique_id = "box"
    _attr_is_on = False

    def __init__(self, box: Box) -> None:
        """Belong to a box."""
        self._box = box

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        if self._box.note("switch", True):
            self._attr_is_on = True

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        if self._box.note("switch", False):
            self._attr_is_on = False


class BoxPhases(SelectEntity):
    """What switches the phases of a box."""

    _attr_should_poll = False
    _attr_name = "Box phases"
    _attr_unique_id = "box_phases"
    _attr_options = ["auto", "1p", "3p"]
    _attr_current_option = "3p"

    def __init__(self, box: Box) -> None:
        """Belong to a box."""
        self._box = box

    @override
    async def async_select_option(self, option: str) -> None:
        if self._box.note("phases", option):
            self._attr_current_option = option


class Pump(SwitchEntity):
    """A pump by its switch."""

    _attr_should_poll = False
    _attr_name = "Pump"
    _attr_unique_id = "pump"
    _attr_is_on = False

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        self._attr_is_on = True

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        self._attr_is_on = False


class House:
    """The house: ``sun_w`` is what is there beside the loads, as of now.

    ``meter`` makes what the grid's sensor says out of the grid's power; None is that
    it says nothing in that second.
    """

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        """Build it; nothing runs yet."""
        self.hass = hass
        self.box = Box()
        self.pump = Pump()
        self.sun_w = 8800.0
        self.second = 0
        self.grid_w = 0.0
        self.meter: Callable[[float], Any] = round
        self._freezer = freezer
        # A second passes within a step of the loop, and there are many of them.
        hass.loop.set_debug(False)

    async def async_set_up(self) -> None:
        """Add the entities of the other integrations."""
        box = self.box
        platforms = {
            "number": [box.current],
            "switch": [box.switch, self.pump],
            "select": [box.phases],
        }
        for domain, entities in platforms.items():
            setup_test_component_platform(self.hass, domain, entities)
            assert await async_setup_component(
                self.hass, domain, {domain: {"platform": "test"}}
            )
        await self.hass.async_block_till_done()
        self.say()

    def say(self) -> None:
        """Let the sensors say what they measure."""
        box = self.box
        taken_w = box.power_w + 1000 * bool(self.pump.is_on)
        # No house is quite still.
        self.grid_w = taken_w - self.sun_w + self.second * 7 % 11
        if (said := self.meter(self.grid_w)) is not None:
            say(self.hass, "sensor.grid", said)
        power = round(box.power_w) if box.is_available else "unavailable"
        if not box.is_frozen:
            say(self.hass, "sensor.box_power", power)
        self.hass.states.async_set(
            "binary_sensor.box_plug", "on" if box.is_plugged else "off"
        )

    async def settle(self) -> None:
        """Let what is under way be done, as far as it needs no time."""
        for _ in range(10):
            await asyncio.sleep(0)
        await self.hass.async_block_till_done()

    async def run(self, seconds: int, step_s: int = 1) -> None:
        """Let time pass; with longer steps the meters report as seldom."""
        for _ in range(0, seconds, step_s):
            self.second += step_s
            self._freezer.tick(step_s)
            self.box.step(self.second)
            self.box.write()
            self.pump.async_write_ha_state()
            self.say()
            async_fire_time_changed(self.hass)
            await self.settle()

    async def until(
        self, condition: Callable[[], bool], most_s: int = 600, step_s: int = 1
    ) -> None:
        """Let time pass until something is so."""
        for _ in range(0, most_s, step_s):
            if condition():
                return
            await self.run(step_s, step_s)
        assert condition()

    def shown(self, entity_id: str) -> str:
        """Return an entity's state."""
        state = self.hass.states.get(entity_id)
        assert state is not None, entity_id
        return state.state

    @property
    def issues(self) -> set[str]:
        """The issues that a user sees."""
        return {
            issue.translation_key or ""
            for (domain, _), issue in ir.async_get(self.hass).issues.items()
            if domain == "sunbridge"
        }

    async def select(self, entity_id: str, option: str) -> None:
        """Choose an option, as a user does."""
        await self.hass.services.async_call(
            "select",
            "select_option",
            {"entity_id": entity_id, "option": option},
            blocking=True,
        )
        await self.settle()


@pytest.fixture(name="house")
async def house_fixture(
    hass: HomeAssistant, hass_storage: dict[str, Any], freezer: FrozenDateTimeFactory
) -> House:
    """Return the house with its entities; the surplus isn't set up.

    What is stored stays in memory: no thread has to end while time stands still.
    """
    house = House(hass, freezer)
    await house.async_set_up()
    return house


def surplus_entry(
    hass: HomeAssistant, *loads: tuple[str, Mapping[str, Any]], **more: Any
) -> MockConfigEntry:
    """Return an entry with a grid's meter, and with a box if nothing else is told."""
    loads = loads or (("any_charger", BOX),)
    return new_entry(hass, loads, **{"pv": None, "battery": None, **more})


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the surplus up."""
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def coordinators(
    entry: MockConfigEntry,
) -> tuple[SurplusCoordinator[Any], list[LoadCoordinator]]:
    """Return the house's coordinator, and those of the loads."""
    data: SunbridgeRuntimeData = entry.runtime_data
    house, *loads = data.coordinators
    assert isinstance(house, SurplusCoordinator)
    return house, [one for one in loads if isinstance(one, LoadCoordinator)]
