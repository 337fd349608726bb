"""The limits of the house."""

from typing import Any

import pytest

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .conftest import BATTERY, new_entry
from .flows import fields, options_go_on, set_options, suggested

pytestmark = pytest.mark.usefixtures("empty_rooms")


@pytest.mark.parametrize(
    ("chosen", "stored"),
    [
        (
            {"max_import_w": 2500.0, "band_low": 20.0, "band_high": 90.0},
            {"max_import_w": 2500, "band_low": 20, "band_high": 90},
        ),
        # Left empty there's no limit, whatever it was.
        (
            {"band_low": 0, "band_high": 100},
            {"max_import_w": None, "band_low": 0, "band_high": 100},
        ),
    ],
)
async def test_limits(
    hass: HomeAssistant, chosen: dict[str, Any], stored: dict[str, Any]
) -> None:
    """A limit is set and taken away; numbers are whole."""
    options = {"max_import_w": 4000, "band_low": 40, "band_high": 70}
    entry = new_entry(hass, options=options)
    result = await set_options(hass, entry)
    assert suggested(result) == options
    result = await options_go_on(hass, result, chosen)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == stored


async def test_new(hass: HomeAssistant) -> None:
    """At first there's no limit."""
    entry = new_entry(hass)
    assert suggested(await set_options(hass, entry)) == {
        "max_import_w": None,
        "band_low": 50,
        "band_high": 80,
    }


@pytest.mark.parametrize("high", [50, 20])
async def test_upside_down(hass: HomeAssistant, high: int) -> None:
    """A band has a lower and an upper end."""
    entry = new_entry(hass)
    result = await set_options(hass, entry, {"band_low": 50, "band_high": high})
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"band_high": "surplus_band"}
    assert suggested(result) == {"band_low": 50, "band_high": high}
    result = await options_go_on(hass, result, {"band_low": 50, "band_high": 51})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["band_high"] == 51


@pytest.mark.parametrize("battery", [None, {**BATTERY, "soc": None}])
async def test_no_band(hass: HomeAssistant, battery: Any) -> None:
    """Without a state of charge there's no band to ask for; what was set stays."""
    options = {"max_import_w": None, "band_low": 40, "band_high": 70}
    entry = new_entry(hass, options=options, battery=battery)
    result = await set_options(hass, entry)
    assert fields(result) == {"max_import_w"}
    await options_go_on(hass, result, {"max_import_w": 3000})
    assert entry.options == {**options, "max_import_w": 3000}
