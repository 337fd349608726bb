"""An Easee charger as the surplus sees it."""

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.charging import Charging
from custom_components.sunbridge.surplus.model import ChargerReport
from custom_components.sunbridge.vendors.easee.coordinator import EaseeCoordinator
from homeassistant.core import HomeAssistant
from simulators.easee import Cloud

from .conftest import SERIAL, account_of, set_up


@pytest.fixture
async def coordinator(
    hass: HomeAssistant, cloud: Cloud, entry: MockConfigEntry
) -> EaseeCoordinator:
    """Set the account up; return the charger's coordinator."""
    await set_up(hass, entry)
    return of_serial(entry, SERIAL)


def of_serial(entry: MockConfigEntry, serial: str) -> EaseeCoordinator:
    """Return a product's coordinator."""
    found: EaseeCoordinator = account_of(entry).products[serial]
    return found


def of(coordinator: EaseeCoordinator) -> Charging:
    """Return how the surplus sees a charger."""
    found = coordinator.charging
    assert found is not None
    return found


def report(coordinator: EaseeCoordinator) -> ChargerReport:
    """Return what the charger says; it has to say something."""
    found = of(coordinator).report()
    assert found is not None
    return found
