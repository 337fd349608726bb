"""A house with PV, a charger with a car, perhaps a battery, and the meters on them.

Nothing here knows a vendor's interface, or Sunbridge: what a house does in a second is
told by physics and by reference surplus 3.1. The same seed makes the same house, and
what sun and appliances do never depends on what the charger is told.

What the reference leaves open, and is chosen here:

- A clear day is a half sine from 6 to 18 o'clock, of 9 kW at most.
- Behind a cloud it's as dark until the cloud's end; a spell of sun has one strength.
- An overcast sky swings by 0.12 around its mean, within about five minutes.
- Nobody lives by the clock: kettles from 6 to 20 o'clock, the hob around noon and 18.
- Dead times and the car's delays are even in their ranges, anew each time; what a car
  takes less than it's offered is always the same for that car.
- A switch of phases takes 20 s from the last offer to the next; then the car is back
  at once. A contactor that moves in a pause costs nothing.
- A meter reports when a sample arrives, and doesn't tell when it was taken.
- A charger's report is a second old. What it's told is what it reports, at once.
- The battery sees the grid of the second before; it loses 5 % each way, and nothing
  at rest. There's no inverter that limits PV and battery together, no reactive power,
  no difference between the phases, and it's 230 V.
"""

from .battery import Battery, BatteryTraits
from .car import Car, CarTraits
from .charger import (
    EASEE,
    GOE,
    NRGKICK,
    Charger,
    ChargerReport,
    ChargerState,
    ChargerTraits,
)
from .faults import METER_FAULTS, Fault, FaultKind
from .household import Energy, Household, Traits
from .loads import LoadTraits, load_powers
from .sensor import Reading, Sensor, SensorTraits
from .sky import Sky, pv_powers

__all__ = [
    "EASEE",
    "GOE",
    "METER_FAULTS",
    "NRGKICK",
    "Battery",
    "BatteryTraits",
    "Car",
    "CarTraits",
    "Charger",
    "ChargerReport",
    "ChargerState",
    "ChargerTraits",
    "Energy",
    "Fault",
    "FaultKind",
    "Household",
    "LoadTraits",
    "Reading",
    "Sensor",
    "SensorTraits",
    "Sky",
    "Traits",
    "load_powers",
    "pv_powers",
]
