"""The set-up: what can be served, and what is refused."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.sunbridge.meters.sources import Quantity
from custom_components.sunbridge.vendors.nrgkick.errors import Fault, NrgkickConfigError
from custom_components.sunbridge.vendors.nrgkick.house import (
    House,
    Load,
    Location,
    Meter,
    SmartLoad,
)

from .homes import BATTERY, HOME, INVERTER, METER, ROD


def some[D](device: Any, count: int, **changes: Any) -> tuple[Any, ...]:
    """Return devices that differ only in their ids."""
    return tuple(replace(device, id=f"x{n}", **changes) for n in range(count))


PV_ONLY = replace(INVERTER, is_pv_only=True)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"inverters": some(INVERTER, 6)}, Fault.TOO_MANY_INVERTERS),
        ({"meters": some(METER, 6)}, Fault.TOO_MANY_METERS),
        ({"meters": (METER, METER)}, Fault.SAME_ID),
        ({"battery": replace(BATTERY, id=METER.id)}, Fault.SAME_ID),
        ({"smart_load": replace(ROD, id=INVERTER.id)}, Fault.SAME_ID),
        ({"inverters": (PV_ONLY,), "battery": None}, Fault.NO_BATTERY_TO_ADD),
        (
            {"inverters": (replace(PV_ONLY, battery_connected=False),)},
            Fault.NO_BATTERY_TO_ADD,
        ),
        ({"inverters": some(PV_ONLY, 2)}, Fault.BATTERY_ADDED_TWICE),
        ({"meters": (), "load": Load.BALANCE}, Fault.NO_GRID_METER),
        (
            {
                "meters": (replace(METER, location=Location.SUB_DEVICE),),
                "load": Load.BALANCE,
            },
            Fault.NO_GRID_METER,
        ),
        (
            {"battery": replace(BATTERY, soc=Quantity.of("a", "b"))},
            Fault.NOT_A_SUM,
        ),
        (
            {"smart_load": replace(ROD, temperature=Quantity.of("a", "b"))},
            Fault.NOT_A_SUM,
        ),
    ],
)
def test_faults(changes: dict[str, Any], fault: Fault) -> None:
    """What the wallbox doesn't take, and what would give wrong numbers."""
    with pytest.raises(NrgkickConfigError) as caught:
        replace(HOME, **changes)
    assert caught.value.fault is fault
    assert str(caught.value) == fault.value


def test_limits() -> None:
    """Five of each are fine; an empty house isn't wrong either."""
    home = replace(
        HOME,
        inverters=some(INVERTER, 5),
        meters=tuple(
            Meter(id=f"m{n}", name="", model="", power=Quantity.of(f"m{n}"))
            for n in range(5)
        ),
    )
    assert len(home.devices) == 12
    assert House().devices == ()


@pytest.mark.parametrize(
    ("is_connected", "has_battery", "expected"),
    [(True, True, False), (False, True, True), (False, False, False)],
)
def test_coupling(is_connected: bool, has_battery: bool, expected: bool) -> None:
    """A battery is beside the inverters if it's behind none of them."""
    home = House(
        inverters=(
            replace(INVERTER, id="a", battery_connected=False),
            replace(INVERTER, id="b", battery_connected=is_connected),
        ),
        battery=BATTERY if has_battery else None,
    )
    assert home.is_battery_ac_coupled is expected


def test_grid_meters() -> None:
    """Only those at the grid are the grid's."""
    other = replace(METER, id="x", location=Location.LOAD)
    home = House(meters=(other, METER), smart_load=SmartLoad(**_plain("r")))
    assert home.grid_meters == (METER,)


def _plain(id_: str) -> dict[str, Any]:
    return {"id": id_, "name": "", "model": "", "power": Quantity.of(id_)}
