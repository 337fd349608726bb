"""A house as the vendor's example has it, and sensors that say its numbers."""

from collections.abc import Mapping
from typing import Any

from custom_components.sunbridge.meters.samples import Sample
from custom_components.sunbridge.meters.sources import Quantity, Read, Sensors
from custom_components.sunbridge.vendors.nrgkick.document import values
from custom_components.sunbridge.vendors.nrgkick.house import (
    Battery,
    House,
    Inverter,
    Load,
    Meter,
    SmartLoad,
)

from .contract import check_values

NOW = 1_768_400_000.0

INVERTER = Inverter(
    id="01",
    name="Roof",
    model="Hybrid 5",
    power=Quantity.of("pv"),
    day_energy=Quantity.of("pv_day"),
    total_energy=Quantity.of("pv_total"),
    battery_connected=True,
    max_dc_w=5500,
    max_ac_w=5000,
)
METER = Meter(id="02", name="Meter", model="Three-phase", power=Quantity.of("grid"))
BATTERY = Battery(
    id="03",
    name="Cellar",
    model="Lithium",
    power=Quantity.of("battery"),
    soc=Quantity.of("soc"),
    capacity_wh=4700,
)
ROD = SmartLoad(
    id="04",
    name="Tank",
    model="Rod",
    power=Quantity.of("rod"),
    temperature=Quantity.of("tank"),
)
HOME = House(
    inverters=(INVERTER,),
    meters=(METER,),
    battery=BATTERY,
    smart_load=ROD,
    load=Quantity.of("load"),
)
BALANCED = House(inverters=(INVERTER,), meters=(METER,), load=Load.BALANCE)

# The vendor's figures, in units as sensors have them.
STATES: Mapping[str, tuple[str, str | None]] = {
    "pv": ("2.225", "kW"),
    "pv_day": ("8.75", "kWh"),
    "pv_total": ("0.34689", "MWh"),
    "grid": ("-542", "W"),
    "battery": ("-749.0", "W"),
    "soc": ("78.2", "%"),
    "rod": ("1241", "W"),
    "tank": ("46.8", "°C"),
    "load": ("1683", "W"),
}


def samples(
    states: Mapping[str, tuple[str, str | None]], age_s: float = 1.0
) -> dict[str, Sample]:
    """Return samples of an age at ``NOW``."""
    return {id_: Sample(*state, NOW - age_s) for id_, state in states.items()}


def reader(**changed: str | Sample | None) -> Read:
    """Return what reads the example's sensors, some of which say something else.

    None is a sensor that isn't there.
    """
    found = samples(STATES)
    for id_, state in changed.items():
        if state is None:
            found.pop(id_)
        elif isinstance(state, Sample):
            found[id_] = state
        else:
            found[id_] = Sample(state, STATES[id_][1], NOW - 1)
    return Sensors().reader(found.get, NOW)


def watts(**powers_w: str) -> Read:
    """Return what reads sensors that are all in W."""
    states = {id_: (power, "W") for id_, power in powers_w.items()}
    return Sensors().reader(samples(states).get, NOW)


def served(house: House, read: Read) -> dict[str, Any]:
    """Return what is within a valid document."""
    found = values(house, read)
    assert found.document is not None
    check_values(found.document)
    return found.document["device_values"]  # type: ignore[return-value]
