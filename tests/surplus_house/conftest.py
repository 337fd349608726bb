"""A house with a surplus: its meters, its entry and the chargers of Sunbridge."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.sunbridge.charging import Traits
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from ..nrgkick_house.conftest import say

# Signs are those of the sensors: feed-in and charging are negative.
METERS: Mapping[str, tuple[str, str]] = {
    "sensor.grid": ("-1.24", "kW"),
    "sensor.roof": ("2225", "W"),
    "sensor.roof_2": ("800", "W"),
    "sensor.battery": ("-749", "W"),
    "sensor.soc": ("78.2", "%"),
}
GRID = {"power": ["sensor.grid"], "reverse": [], "inverted": False}
BATTERY = {
    "power": ["sensor.battery"],
    "reverse": [],
    "inverted": False,
    "soc": "sensor.soc",
}
OPTIONS = {"max_import_w": None, "band_low": 50, "band_high": 80}


def new_entry(
    hass: HomeAssistant,
    loads: Iterable[tuple[str, Mapping[str, Any]]] = (),
    *,
    options: Mapping[str, Any] = OPTIONS,
    **data: Any,
) -> MockConfigEntry:
    """Return the entry of a house, as the flow makes it; loads are 00, 01 and so on."""
    entry = MockConfigEntry(
        domain="sunbridge",
        title="Surplus",
        unique_id="surplus",
        data={
            "vendor": "surplus",
            "grid": GRID,
            "pv": {"power": ["sensor.roof"]},
            "battery": BATTERY,
            **data,
        },
        options=dict(options),
        subentries_data=[
            ConfigSubentryDataWithId(
                data=load,
                subentry_id=f"0{number}",
                subentry_type=kind,
                title=load.get("name", "Garage"),
                unique_id=load.get("device"),
            )
            for number, (kind, load) in enumerate(loads)
        ],
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
def meters(hass: HomeAssistant) -> None:
    """Let the meters of the house say something."""
    for entity_id, (value, unit) in METERS.items():
        say(hass, entity_id, value, unit)


class EmptyRoom:
    """A room without devices, for what doesn't depend on any."""

    async def async_setup(self, hass: HomeAssistant, entry: Any) -> tuple[()]:
        """Set nothing up."""
        return ()

    async def async_remove(self, hass: HomeAssistant, entry: Any) -> None:
        """Keep nothing."""


@pytest.fixture
async def empty_rooms(hass: HomeAssistant) -> Any:
    """Load entries of all vendors without their devices."""
    with patch("custom_components.sunbridge.async_get_room", return_value=EmptyRoom()):
        yield


async def add_charger(
    hass: HomeAssistant, name: str = "Garage", *, feed_every_s: float | None = None
) -> tuple[MockConfigEntry, str]:
    """Add a charger's loaded entry; return it, and the registry's id of the device.

    It needs the fixture ``empty_rooms``.
    """
    entry = MockConfigEntry(domain="sunbridge", title=name, data={"vendor": "any"})
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("sunbridge", name)}, name=name
    )
    traits = Traits(
        min_a=6,
        max_a=16,
        step_a=1,
        phases=(1, 3),
        spacing_s=5,
        reply_s=12,
        delay_s=4,
        switch_pause_s=20,
        feed_every_s=feed_every_s,
    )
    entry.runtime_data.coordinators.append(
        SimpleNamespace(device_id=name, charging=SimpleNamespace(traits=traits))
    )
    return entry, device.id
