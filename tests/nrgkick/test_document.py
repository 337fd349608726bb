"""The documents: the vendor's examples, and what is left out of them."""

from dataclasses import replace
import json
from pathlib import Path
import re
from typing import Any

import pytest

from custom_components.sunbridge.meters.samples import Reason, Sample
from custom_components.sunbridge.meters.sources import Problem, Quantity, Sensors
from custom_components.sunbridge.vendors.nrgkick.document import (
    LeftOut,
    Part,
    Policy,
    info,
    values,
)
from custom_components.sunbridge.vendors.nrgkick.house import (
    Battery,
    House,
    Inverter,
    Load,
    Location,
    Meter,
    SmartLoad,
)

from .contract import check_info, check_values
from .homes import (
    BALANCED,
    BATTERY,
    HOME,
    INVERTER,
    METER,
    NOW,
    ROD,
    reader,
    served,
    watts,
)

SEED = Path(__file__).parents[3] / "shared/seeds/001_e94386fe712ba13c.txt"


def test_values() -> None:
    """The figures of the vendor's example, in its order and with its types."""
    found = values(HOME, reader())
    check_values(found.document)
    assert found.left_out == ()
    assert json.dumps(found.document) == json.dumps(
        {
            "device_values": {
                "inverters": {
                    "0": {
                        "inv_power_ac_w": 2225,
                        "pv_energy_day_wh": 8750,
                        "pv_energy_total_wh": 346890,
                        "battery_connected": True,
                    }
                },
                "energy_meters": {"0": {"grid_power_w": -542}},
                "batteries": {"0": {"bat_power_w": -749, "soc": 78.2, "mode": 0}},
                "smart_loads": {"0": {"sl_power_w": 1241, "temp": 46.8, "mode": 1}},
                "load_power_w": 1683,
            }
        }
    )


def test_info() -> None:
    """The master data have the same devices under the same indices."""
    document = info(HOME)
    check_info(document)
    assert json.dumps(document) == json.dumps(
        {
            "device_info": {
                "inverters": {
                    "0": {
                        "name": "Roof",
                        "model": "Hybrid 5",
                        "serial": "01",
                        "max_dc_w": 5500,
                        "max_ac_w": 5000,
                    }
                },
                "energy_meters": {
                    "0": {
                        "name": "Meter",
                        "model": "Three-phase",
                        "serial": "02",
                        "location": 1,
                    }
                },
                "batteries": {
                    "0": {
                        "name": "Cellar",
                        "model": "Lithium",
                        "serial": "03",
                        "capacity_wh": 4700,
                    }
                },
                "smart_loads": {"0": {"name": "Tank", "model": "Rod", "serial": "04"}},
            }
        }
    )


def test_info_of_what_is_unknown() -> None:
    """A limit that nobody knows isn't there; nor are kinds without a device."""
    bare = replace(INVERTER, max_dc_w=None, max_ac_w=None)
    house = House(
        inverters=(bare,), battery=replace(BATTERY, capacity_wh=None), load=None
    )
    document: Any = info(house)
    check_info(document)
    assert document["device_info"]["inverters"]["0"].keys() == {
        "name", "model", "serial",
    }  # fmt: skip
    assert list(document["device_info"]) == ["inverters", "batteries"]
    assert info(House()) == {"device_info": {}}


@pytest.mark.skipif(not SEED.is_file(), reason="the vendor's document isn't here")
def test_the_vendors_examples() -> None:
    """Sensors that say the example's numbers give the example, letter by letter."""
    blocks = re.findall(r"```\s*json\s*(.*?)```", SEED.read_text(), re.DOTALL)
    plain = [re.sub(r"\s#.*", "", block).replace("True", "true") for block in blocks]
    live, master = map(json.loads, plain)
    check_values(live)
    check_info(master)
    states: dict[str, Sample] = {}

    def quantity(of: str, key: str, unit: str = "W") -> Quantity:
        text = str(live["device_values"][of]["0"][key] if of else
                   live["device_values"][key])  # fmt: skip
        states[key] = Sample(text, unit, NOW)
        return Quantity.of(key)

    def names(of: str) -> dict[str, Any]:
        described = dict(master["device_info"][of]["0"])
        # The example's devices have all the same serial number; ours can't.
        described["id"] = of
        del described["serial"]
        if "location" in described:
            described["location"] = Location(described["location"])
        return described

    house = House(
        inverters=(
            Inverter(
                **names("inverters"),
                power=quantity("inverters", "inv_power_ac_w"),
                day_energy=quantity("inverters", "pv_energy_day_wh", "Wh"),
                total_energy=quantity("inverters", "pv_energy_total_wh", "Wh"),
                battery_connected=True,
            ),
        ),
        meters=(
            Meter(
                **names("energy_meters"),
                power=quantity("energy_meters", "grid_power_w"),
            ),
        ),
        battery=Battery(
            **names("batteries"),
            power=quantity("batteries", "bat_power_w"),
            soc=quantity("batteries", "soc", "%"),
        ),
        smart_load=SmartLoad(
            **names("smart_loads"),
            power=quantity("smart_loads", "sl_power_w"),
            temperature=quantity("smart_loads", "temp", "°C"),
        ),
        load=quantity("", "load_power_w"),
    )
    read = Sensors().reader(states.get, NOW)
    assert json.dumps(values(house, read).document) == json.dumps(live)
    balanced = replace(house, load=Load.BALANCE)
    assert json.dumps(values(balanced, read).document) == json.dumps(live)
    for of, devices in master["device_info"].items():
        devices["0"]["serial"] = of
    assert json.dumps(info(house)) == json.dumps(master)


@pytest.mark.parametrize(
    ("changed", "path", "device_id", "is_main"),
    [
        ({"pv": None}, "inverters", "01", True),
        ({"pv_day": "unknown"}, "inverters/0/pv_energy_day_wh", "01", False),
        ({"pv_total": "-1"}, "inverters/0/pv_energy_total_wh", "01", False),
        ({"battery": "unavailable"}, "batteries", "03", True),
        ({"soc": "150"}, "batteries/0/soc", "03", False),
        ({"rod": "-300"}, "smart_loads", "04", True),
        ({"tank": ""}, "smart_loads/0/temp", "04", False),
        ({"load": "-300"}, "load_power_w", None, True),
    ],
)
def test_left_out(
    changed: dict[str, Any], path: str, device_id: str | None, is_main: bool
) -> None:
    """What can't be trusted isn't there; all the rest is as it was."""
    expected = served(HOME, reader())
    *way, key = path.split("/")
    inner = expected
    for step in way:
        inner = inner[step]
    del inner[key]
    assert served(HOME, reader(**changed)) == expected
    (item,) = values(HOME, reader(**changed)).left_out
    assert (item.device_id, item.is_main) == (device_id, is_main)
    (problem,) = item.problems
    assert problem.source_id == next(iter(changed))


def test_without_grid() -> None:
    """No number of the grid is no document, whatever else is known."""
    for state in (None, "unknown", Sample("-542", "W", NOW - 61)):
        found = values(HOME, reader(grid=state))
        assert found.document is None
        assert found.document is None
    reason = Problem("grid", Reason.TOO_OLD)
    assert found.left_out == (
        LeftOut(Part.GRID, "02", "grid_power_w", (reason,), is_main=True),
    )


def test_two_grid_meters() -> None:
    """The wallbox adds them up, so that one of them alone is a wrong number."""
    second = replace(METER, id="m2", power=Quantity.of("pv"))
    house = replace(HOME, meters=(METER, second))
    assert served(house, reader())["energy_meters"] == {
        "0": {"grid_power_w": -542},
        "1": {"grid_power_w": 2225},
    }
    assert values(house, reader(pv="?")).document is None
    elsewhere = replace(second, location=Location.SUB_DEVICE)
    house = replace(HOME, meters=(elsewhere, METER))
    # The index of what is left out stays its own.
    assert served(house, reader(pv="?"))["energy_meters"] == {
        "1": {"grid_power_w": -542}
    }
    assert info(house)["device_info"]["energy_meters"]["1"]["serial"] == "02"  # type: ignore[index,call-overload]


def test_indices_stay() -> None:
    """An inverter in the middle that is away moves none of the others."""
    inverters = tuple(
        replace(INVERTER, id=f"i{n}", power=Quantity.of(f"p{n}"),
                day_energy=None, total_energy=None)
        for n in range(5)
    )  # fmt: skip
    house = House(inverters=inverters, meters=(METER,))
    powers_w = {"grid": "0", **{f"p{n}": str(n * 100) for n in range(5)}}
    del powers_w["p0"]
    powers_w["p2"] = "unavailable"
    found = served(house, watts(**powers_w))["inverters"]
    assert {index: entry["inv_power_ac_w"] for index, entry in found.items()} == {
        "1": 100, "3": 300, "4": 400,
    }  # fmt: skip


def test_policies() -> None:
    """More or less may be needed for a document; only powers count."""
    away: dict[str, str | Sample | None] = {"battery": "unavailable"}
    strict = Policy(frozenset({Part.GRID, Part.BATTERY, Part.LOAD}))
    assert values(HOME, reader(**away), strict).document is None
    assert values(HOME, reader(load="?"), strict).document is None
    assert values(HOME, reader(soc="?", pv="?", rod="?"), strict).document is not None
    lenient = Policy(frozenset())
    document: Any = values(HOME, reader(grid="?"), lenient).document
    check_values(document)
    assert "energy_meters" not in document["device_values"]
    # What isn't there at all is missing too.
    no_grid = replace(HOME, meters=(), load=None)
    assert values(no_grid, reader(), lenient).document is not None
    assert values(no_grid, reader()).document is None
    # An empty answer isn't one.
    lone = House(meters=(METER,))
    assert values(lone, reader(grid="?"), lenient).document is None
    assert values(House(), reader(), lenient).document is None


def test_battery_that_is_not_set_up() -> None:
    """No battery is connected if there's none."""
    assert served(BALANCED, reader())["inverters"]["0"]["battery_connected"] is False


def test_bare_devices() -> None:
    """What has no sensor isn't there, and nothing is said of it."""
    house = House(
        battery=replace(BATTERY, soc=None), smart_load=replace(ROD, temperature=None)
    )
    found = values(house, reader(), Policy(frozenset()))
    assert found.left_out == ()
    assert found.document == {
        "device_values": {
            "batteries": {"0": {"bat_power_w": -749, "mode": 0}},
            "smart_loads": {"0": {"sl_power_w": 1241, "mode": 1}},
        }
    }
