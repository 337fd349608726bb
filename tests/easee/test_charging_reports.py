"""An Easee charger under the surplus: what it says, and what keeps it from obeying."""

from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.vendors.easee import charger_keys as keys
from custom_components.sunbridge.vendors.easee.charger import ChargerState
from custom_components.sunbridge.vendors.easee.coordinator import EaseeCoordinator
from custom_components.sunbridge.vendors.easee.regulated import (
    READ_KEYS,
    connected,
    is_plugged,
    is_switchable,
    max_a,
    set_a,
)
from homeassistant.core import HomeAssistant
from simulators.easee import Car, Charger, Cloud, Id

from .conftest import account_of, until
from .surplus import coordinator, of, report

__all__ = ["coordinator"]


def state(values: dict[str, Any]) -> ChargerState:
    """Return the state of a charger that reports these values, by name."""
    found = ChargerState()
    found.values |= values
    return found


TN = {
    keys.DETECTED_POWER_GRID_TYPE.name: 1,
    keys.PHASE_MODE.name: 2,
    keys.CIRCUIT_MAX_CURRENT_P1.name: 20.0,
    keys.CIRCUIT_MAX_CURRENT_P2.name: 16.0,
    keys.CIRCUIT_MAX_CURRENT_P3.name: 16.9,
    keys.DYNAMIC_CIRCUIT_CURRENT_P1.name: 40.0,
    keys.DYNAMIC_CIRCUIT_CURRENT_P2.name: 40.0,
    keys.DYNAMIC_CIRCUIT_CURRENT_P3.name: 40.0,
}


@pytest.mark.parametrize(
    ("changed", "may", "has"),
    [
        ({}, True, 3),
        ({keys.DYNAMIC_CIRCUIT_CURRENT_P2.name: 0.0, keys.DYNAMIC_CIRCUIT_CURRENT_P3.name: 0.0}, True, 1),
        # The phases come one after the other.
        ({keys.DYNAMIC_CIRCUIT_CURRENT_P2.name: 0.0}, True, 3),
        ({keys.DYNAMIC_CIRCUIT_CURRENT_P3.name: 0.0}, True, 3),
        # Somebody else limits the circuit, or pauses it.
        ({keys.DYNAMIC_CIRCUIT_CURRENT_P1.name: 10.0}, False, 3),
        ({keys.DYNAMIC_CIRCUIT_CURRENT_P2.name: 10.0}, False, 3),
        ({key: 0.0 for key in TN if "dynamicCircuit" in key}, False, 3),
        ({keys.DYNAMIC_CIRCUIT_CURRENT_P1.name: None}, False, 3),
        ({keys.CIRCUIT_MAX_CURRENT_P1.name: 5.0}, False, 3),
        ({key: None for key in TN if "circuitMax" in key}, False, 3),
        # Its own lock, and grids where it can't.
        ({keys.PHASE_MODE.name: 1}, False, 1),
        ({keys.PHASE_MODE.name: 3}, False, 3),
        ({keys.DETECTED_POWER_GRID_TYPE.name: 2}, False, 2),
        ({keys.DETECTED_POWER_GRID_TYPE.name: 3}, False, 1),
        ({keys.DETECTED_POWER_GRID_TYPE.name: 4}, False, 3),
        ({keys.DETECTED_POWER_GRID_TYPE.name: None}, False, 3),
    ],
)  # fmt: skip
def test_switchable(changed: dict[str, Any], may: bool, has: int) -> None:
    """The phases can be switched where that's safe."""
    found = state(TN | changed)
    assert is_switchable(found) is may
    assert connected(found) == has


@pytest.mark.parametrize(
    ("values", "most_a"),
    [
        ({}, 32),
        ({keys.MAX_CHARGER_CURRENT.name: 25.0}, 25),
        ({keys.MAX_CHARGER_CURRENT.name: 40.0}, 32),
        ({keys.CABLE_RATING.name: 20}, 20),
        # No cable.
        ({keys.CABLE_RATING.name: 20000}, 32),
        (
            {
                keys.CIRCUIT_MAX_CURRENT_P1.name: 20.0,
                keys.CIRCUIT_MAX_CURRENT_P2.name: 16.9,
            },
            16,
        ),
    ],
)
def test_max_a(values: dict[str, Any], most_a: float) -> None:
    """The lowest of what charger, circuit and cable allow."""
    assert max_a(state(values)) == most_a


@pytest.mark.parametrize(
    ("amps", "found"), [(None, None), (0.0, 0), (5.0, 0), (6.0, 6), (40.0, 40)]
)
def test_set_a(amps: float | None, found: float | None) -> None:
    """Less than 6 A is a pause."""
    assert set_a(state({keys.DYNAMIC_CHARGER_CURRENT.name: amps})) == found


@pytest.mark.parametrize(
    ("mode", "found"),
    [(0, None), (1, False), (2, True), (3, True), (4, True), (5, None), (6, True), (7, True), (None, None)],
)  # fmt: skip
def test_is_plugged(mode: int | None, found: bool | None) -> None:
    """An error and being offline tell nothing of the car."""
    assert is_plugged(state({keys.CHARGER_OP_MODE.name: mode})) is found


async def test_traits(coordinator: EaseeCoordinator, charger: Charger) -> None:
    """They follow the charger and the way to it."""
    charging = of(coordinator)
    traits = charging.traits
    assert (traits.min_a, traits.max_a, traits.step_a) == (6, 16, 1)
    assert traits.feed_every_s is None
    assert traits.spacing_s >= 10
    charger.observe(Id.MAX_CURRENT, 10.0)
    await until(lambda: charging.traits.max_a == 10)


async def test_without_the_stream(
    coordinator: EaseeCoordinator, cloud: Cloud, entry: MockConfigEntry
) -> None:
    """A reply by reads takes longer."""
    before_s = of(coordinator).traits.reply_s
    cloud.faults.hub_down = True
    cloud.hub.drop_connections()
    await until(lambda: not account_of(entry).is_linked)
    assert of(coordinator).traits.reply_s > 60 > before_s


async def test_all_is_read(coordinator: EaseeCoordinator) -> None:
    """What is regulated by is among what's read by REST."""
    read = {coordinator.data.keys[number].name for number in coordinator.wanted_numbers}
    assert read >= READ_KEYS


async def test_away(coordinator: EaseeCoordinator, charger: Charger) -> None:
    """A charger that the cloud doesn't hear has no report and no problems."""
    charger.send(Id.ENABLED, False)
    await until(lambda: of(coordinator).problems(is_fed=False) != frozenset())
    charger.set_online(False)
    await until(lambda: of(coordinator).report() is None)
    assert of(coordinator).problems(is_fed=False) == frozenset()
    charger.set_online(True)
    await until(lambda: of(coordinator).report() is not None)


async def test_silence(
    hass: HomeAssistant, coordinator: EaseeCoordinator, charger: Charger
) -> None:
    """A charger with nothing to say isn't offline; one that isn't heard gets old."""
    charger.scan()
    await until(lambda: coordinator._is_heard)
    coordinator.async_data_from(900)
    assert coordinator.available
    assert hass.loop.time() - report(coordinator).at_s == pytest.approx(60, abs=5)
    coordinator._is_heard = False
    assert not coordinator.available
    assert hass.loop.time() - report(coordinator).at_s == pytest.approx(900, abs=5)
    coordinator._data_at = None
    assert of(coordinator).report() is None


async def test_problems(
    hass: HomeAssistant, coordinator: EaseeCoordinator, charger: Charger, cloud: Cloud
) -> None:
    """What keeps it from obeying is found, and each can be mended."""
    charging = of(coordinator)
    assert charging.problems(is_fed=False) == frozenset()
    charger.plug_in(Car())
    charger.send(Id.SMART_CHARGING, True)
    charger.send(Id.ENABLED, False)
    charger.update()
    await until(
        lambda: (
            charging.problems(is_fed=False)
            == {"easee_disabled", "easee_smart_charging"}
        )
    )
    await charging.async_mend("easee_disabled")
    await charging.async_mend("easee_smart_charging")
    assert charging.problems(is_fed=False) == frozenset()
    charger.set_schedule('{"Periods": []}')
    await until(lambda: charging.problems(is_fed=False) == {"easee_schedule"})
    await charging.async_mend("easee_schedule")
    await until(lambda: charging.problems(is_fed=False) == frozenset())
    charger.send(Id.AUTHORIZATION_REQUIRED, True)
    charger.update()
    await until(lambda: charging.problems(is_fed=False) == {"easee_authorization"})
    await charging.async_mend("easee_authorization")
    await until(lambda: charging.problems(is_fed=False) == frozenset())
    assert charger.power_kw > 0
    assert charger.flash_writes == 0
