"""What is known of a charger that is only known by its entities."""

from typing import Any

import pytest

from custom_components.sunbridge.surplus.adapter.checks import guessed
from homeassistant.core import Context, HomeAssistant

from ..nrgkick_house.conftest import say
from .house import House, house_fixture  # noqa: F401
from .test_loads_entities import REASON, box, charging


@pytest.mark.parametrize(
    ("known", "has_target"),
    [
        ({"plugged": None}, False),
        ({"plugged": None, "session_energy": "sensor.box_energy"}, True),
        ({}, True),
    ],
)
async def test_target_of_a_session(
    hass: HomeAssistant, house: House, known: dict[str, Any], has_target: bool
) -> None:
    """Where nobody sees a session begin, none has a target: it would be the last."""
    say(hass, "sensor.box_energy", "1.5", "kWh")
    await charging(hass, house, box(**known))
    state = hass.states.get("number.box_target_energy")
    assert (state is not None) is has_target


async def test_a_change_by_others_and_the_next_car(
    hass: HomeAssistant, house: House
) -> None:
    """Who has paused a charger doesn't start it with the next car: it does itself."""
    await charging(hass, house)
    await hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": "switch.box"},
        blocking=True,
        context=Context(parent_id="another"),
    )
    await house.run(20)
    assert house.shown(REASON) == "manual"
    house.sun_w = -500
    house.box.is_plugged = False
    await house.run(60)
    house.box.is_plugged = True
    house.box.writes.clear()
    await house.run(5)
    assert house.box.writes == []
    house.box.switch._attr_is_on = True
    await house.run(20)
    assert house.box.offered_a == 0
    assert house.shown(REASON) == "no_surplus"


async def test_frozen_power(hass: HomeAssistant, house: House) -> None:
    """A power sensor that still tells of the morning keeps no car charging."""
    await charging(hass, house)
    assert house.box.power_w > 8000
    house.box.is_frozen = True
    house.sun_w = -300
    await house.run(900, 2)
    assert house.box.power_w == 0


@pytest.mark.parametrize(
    ("options", "guesses"),
    [
        (["auto", "1p", "3p"], {"one_phase": "1p", "three_phases": "3p"}),
        (["force_3", "force_1"], {"one_phase": "force_1", "three_phases": "force_3"}),
        (["1 phase", "1 or 3 phases"], {"one_phase": "1 phase"}),
        (["auto", "single", "all"], {}),
    ],
)
def test_proposed_options(options: list[str], guesses: dict[str, str]) -> None:
    """What is clear by its digit is proposed, rather than the first one."""
    assert guessed(options) == guesses
