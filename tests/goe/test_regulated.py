"""What a go-e charger's values mean for the surplus, and which are in its way."""

from typing import Any

import pytest

from custom_components.sunbridge.vendors.goe.keys import KEYS
from custom_components.sunbridge.vendors.goe.poll import GoePollCoordinator
from custom_components.sunbridge.vendors.goe.regulated import (
    Session,
    choices,
    in_force,
    is_plugged,
    max_a,
    set_a,
)
from custom_components.sunbridge.vendors.goe.status import Status
from homeassistant.core import HomeAssistant
from simulators.goe import Charger

from .surplus import charger, clock, of

__all__ = ["charger", "clock"]


def status(**values: Any) -> Status:
    """Return the status of a charger that reports these values."""
    return Status.of(KEYS).merge(values, 0.0).status


@pytest.mark.parametrize(
    ("values", "fed", "regulated"),
    [
        ({"lmo": 4, "fup": True}, set(), {"goe_own_logic"}),
        ({"lmo": 5, "fup": True}, set(), {"goe_own_logic"}),
        ({"lmo": 5, "fup": False}, {"goe_pv_off"}, {"goe_own_logic"}),
        ({"lmo": 4, "fup": False}, {"goe_pv_off"}, set()),
        ({"lmo": 4, "fup": False, "awe": True}, {"goe_pv_off"}, {"goe_own_logic"}),
        ({"lmo": 3, "fup": True}, {"goe_basic_mode"}, set()),
        ({"lmo": 4, "fup": True, "acp": False}, {"goe_no_pauses"}, {"goe_own_logic"}),
        ({"lmo": 4, "fup": True, "frc": 1}, {"goe_forced"}, {"goe_own_logic"}),
        ({"lmo": 3, "fup": False, "frc": 2}, {"goe_basic_mode", "goe_forced", "goe_pv_off"}, set()),
    ],
)  # fmt: skip
async def test_problems(
    hass: HomeAssistant,
    polled: GoePollCoordinator,
    charger: Charger,
    values: dict[str, Any],
    fed: set[str],
    regulated: set[str],
) -> None:
    """Settings in the way are found, and each can be mended."""
    for key, value in values.items():
        charger.set(key, value)
    polled._settings_due_at = 0.0
    await polled.async_refresh()
    charging = of(polled)
    assert charging.problems(is_fed=True) == fed
    assert charging.problems(is_fed=False) == regulated
    for is_fed in (True, False):
        for problem in charging.problems(is_fed=is_fed):
            await charging.async_mend(problem)
        assert charging.problems(is_fed=is_fed) == frozenset()


async def test_problems_unknown(
    hass: HomeAssistant, polled: GoePollCoordinator
) -> None:
    """Of what isn't known nothing is said."""
    polled.data = status()
    assert of(polled).problems(is_fed=True) == frozenset()
    assert of(polled).problems(is_fed=False) == frozenset()


async def test_traits(
    hass: HomeAssistant, polled: GoePollCoordinator, charger: Charger
) -> None:
    """They follow the charger's settings."""
    unlisten = of(polled).listen(lambda: None)
    traits = of(polled).traits
    assert (traits.min_a, traits.max_a, traits.step_a) == (6, 32, 1)
    assert traits.phases == (1, 3)
    assert (traits.feed_every_s, traits.refresh_s) == (5, None)
    assert traits.switch_pause_s == 20
    for key, value in (("ama", 20), ("mca", 8), ("psmd", 30_000)):
        charger.set(key, value)
    polled._settings_due_at = 0.0
    await polled.async_refresh()
    traits = of(polled).traits
    assert (traits.min_a, traits.max_a, traits.switch_pause_s) == (8, 20, 40)
    unlisten()


@pytest.mark.parametrize(
    ("values", "most_a"),
    [
        ({}, 32),
        ({"var": 11}, 16),
        ({"var": 22, "ama": 25, "cbl": 20}, 20),
        ({"cbl": None}, 32),
        # PRO and CORE always report an adapter; the limits in force tell.
        ({"adi": True, "la3": 16, "cll": {"cableCurrentLimit": 20}}, 20),
        ({"adi": True, "la3": 16, "cll": {"adapterCurrentLimit": 16}}, 16),
        ({"adi": True, "la3": 16}, 16),
        ({"adi": True, "la1": 10, "la3": 16, "fsp": True}, 10),
        # What is regulated by, or goes by itself, is no limit of the charger's.
        ({"cll": {"requestedCurrent": 6, "pvSurplus": 7, "loadLimit": 8}}, 32),
    ],
)
def test_max_a(values: dict[str, Any], most_a: float) -> None:
    """The lowest of what charger, cable and adapter allow."""
    assert max_a(status(**values)) == most_a


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({}, None),
        ({"frc": 1, "amp": 16}, 0),
        ({"frc": 2, "amp": 10, "lmo": 4, "alw": False, "acu": None}, 10),
        ({"frc": 0, "amp": 10, "lmo": 3, "alw": False, "acu": None}, 10),
        ({"frc": 0, "amp": 16, "lmo": 4, "alw": True, "acu": 9}, 9),
        ({"frc": 0, "amp": 16, "lmo": 5, "alw": False, "acu": None}, None),
        ({"frc": 0}, None),
    ],
)
def test_set_a(values: dict[str, Any], found: float | None) -> None:
    """It's what the charger was told, or what its own logic offers."""
    assert set_a(status(**values)) == found


@pytest.mark.parametrize(
    ("values", "may", "has"),
    [
        ({}, (3,), 3),
        ({"psm": 0, "fsp": False}, (1, 3), 3),
        ({"psm": 0, "fsp": True}, (1, 3), 1),
        ({"psm": 1}, (1, 3), 1),
        # Firmware before 051.8 has no choice.
        ({"fsp": True}, (1,), 1),
        ({"psm": 2, "pha": [False] * 3 + [True, True, False]}, (1, 2), 2),
        ({"psm": 2, "pha": [False] * 3 + [True, False, False]}, (1,), 1),
        ({"psm": 2, "pha": [False] * 6}, (1, 3), 3),
    ],
)
def test_phases(values: dict[str, Any], may: tuple[int, ...], has: int) -> None:
    """They are those that are connected, and that can be switched."""
    assert choices(status(**values)) == may
    assert in_force(status(**values)) == has


@pytest.mark.parametrize(
    ("car", "found"),
    [(0, None), (1, False), (2, True), (3, True), (4, True), (5, None), (6, None), (None, None)],
)  # fmt: skip
def test_is_plugged(car: int | None, found: bool | None) -> None:
    """An error tells nothing of the car."""
    assert is_plugged(status(car=car)) is found


def test_session() -> None:
    """The counter falls to 0 at a switch of phases, which is no new session."""
    session = Session()
    assert session.see(0, 5000, False) == 5000
    # Plugged in; the counter falls a little later.
    assert session.see(10, 5000, True) == 5000
    assert session.see(12, 0, True) == 0
    assert session.see(600, 2000, True) == 2000
    assert session.see(610, None, True) is None
    assert session.see(620, 0, True) == 2000
    assert session.see(1200, 1500, None) == 3500
    assert session.see(1300, 1500, False) == 1500
    assert session.see(1310, 0, True) == 0
    # After a restart amid a session it goes on from what is counted.
    assert Session().see(0, 700, True) == 700
