"""What is added up: the battery behind an inverter, and the house load."""

from dataclasses import replace

import pytest

from custom_components.sunbridge.meters.samples import Reason
from custom_components.sunbridge.meters.sources import Problem, Quantity
from custom_components.sunbridge.vendors.nrgkick.document import Part, values
from custom_components.sunbridge.vendors.nrgkick.house import (
    House,
    Inverter,
    Load,
    Location,
)

from .contract import check_values
from .homes import BALANCED, BATTERY, INVERTER, METER, reader, served, watts

PV_ONLY = replace(INVERTER, is_pv_only=True, day_energy=None, total_energy=None)


@pytest.mark.parametrize(
    ("pv", "battery", "expected_w"),
    [
        # Charging takes from what the roof makes; discharging adds to it.
        ("2974", "-749", 2225),
        ("100", "1500", 1600),
        ("0", "-2000", -2000),
        ("1000", "unknown", None),
        ("unknown", "1000", None),
        (str(2**31 - 1), "1", None),
    ],
)
def test_pv_only(pv: str, battery: str, expected_w: int | None) -> None:
    """The battery behind the inverter is a part of its power, or it's unknown."""
    house = House(inverters=(PV_ONLY,), meters=(METER,), battery=BATTERY)
    read = watts(pv=pv, battery=battery, grid="50")
    found = served(house, read)
    if expected_w is None:
        assert "inverters" not in found
        balanced = replace(house, load=Load.BALANCE)
        assert "load_power_w" not in served(balanced, read)
    else:
        assert found["inverters"]["0"] == {
            "inv_power_ac_w": expected_w,
            "battery_connected": True,
        }


AC_INVERTER = replace(INVERTER, battery_connected=False)
SECOND = replace(AC_INVERTER, id="i2", power=Quantity.of("pv2"))


@pytest.mark.parametrize(
    ("inverters", "has_battery", "expected_w"),
    [
        # pv 3000, pv2 500, grid -1000, battery 750.
        ((INVERTER,), True, 2000),
        ((AC_INVERTER,), True, 2750),
        ((AC_INVERTER,), False, 2000),
        ((INVERTER, SECOND), True, 2500),
        ((AC_INVERTER, SECOND), True, 3250),
        ((replace(PV_ONLY, day_energy=None), SECOND), True, 3250),
    ],
)
def test_balance(
    inverters: tuple[Inverter, ...], has_battery: bool, expected_w: int
) -> None:
    """A battery behind an inverter is in its power; one beside it isn't."""
    house = House(
        inverters=inverters,
        meters=(
            METER,
            replace(METER, id="x", power=Quantity.of("sub"), location=Location.LOAD),
        ),
        battery=BATTERY if has_battery else None,
        load=Load.BALANCE,
    )
    powers_w = {
        "pv": "3000", "pv2": "500", "grid": "-1000", "battery": "750", "sub": "77",
    }  # fmt: skip
    read = watts(**powers_w)
    assert served(house, read)["load_power_w"] == expected_w
    # Any part that is missing takes the load with it; what is no part doesn't.
    parts = {"pv", *({"pv2"} if SECOND in inverters else ())}
    if house.is_battery_ac_coupled or inverters[0].is_pv_only:
        parts.add("battery")
    for part in powers_w:
        if part == "grid":
            continue
        found = values(house, watts(**{**powers_w, part: "unknown"}))
        check_values(found.document)
        assert ("load_power_w" in found.document["device_values"]) is (  # type: ignore[index,operator]
            part not in parts
        )
        if part in parts:
            item = found.left_out[-1]
            assert (item.part, item.key) == (Part.LOAD, "load_power_w")
            assert item.problems == (Problem(part, Reason.UNAVAILABLE),)


def test_balance_of_two_published_samples() -> None:
    """The load is what the inverter gives and the grid (reference 0.4)."""
    assert served(BALANCED, reader())["load_power_w"] == 1683
    read = reader(pv="4.869", grid="-4151")
    assert served(BALANCED, read)["load_power_w"] == 718


def test_balance_that_can_not_be() -> None:
    """Sensors of different times give a negative load; that is none."""
    found = values(BALANCED, reader(grid="-2600"))
    assert found.document is not None
    assert "load_power_w" not in found.document["device_values"]  # type: ignore[operator]
    (item,) = found.left_out
    assert item.problems == (Problem(None, Reason.OUT_OF_RANGE),)
    assert served(BALANCED, reader(grid="-2230"))["load_power_w"] == 0


def test_rounding_fits() -> None:
    """The load is the sum of what is served, to the watt."""
    found = served(BALANCED, reader(pv="2.2254", grid="-542.4"))
    assert found["inverters"]["0"]["inv_power_ac_w"] == 2225
    assert found["energy_meters"]["0"]["grid_power_w"] == -542
    assert found["load_power_w"] == 1683


def test_problems_are_named_once() -> None:
    """A sensor that two inverters share is one problem of the load."""
    twin = replace(INVERTER, id="i2")
    house = replace(BALANCED, inverters=(INVERTER, twin))
    item = values(house, reader(pv="?")).left_out[-1]
    assert item.part is Part.LOAD
    assert item.problems == (Problem("pv", Reason.NOT_A_NUMBER),)
