"""What a user wants the wallbox to see of the house, and where its numbers are from."""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Final

from ...meters.sources import Quantity
from .errors import Fault, NrgkickConfigError

MAX_INVERTERS: Final = 5
MAX_METERS: Final = 5


class Location(IntEnum):
    """Where a meter is (reference 1.3); only the grid is proven for the Custom API."""

    UNKNOWN = 0
    GRID = 1
    LOAD = 2
    GENERATOR = 3
    GENERATOR_WITH_BATTERY = 4
    SUB_DEVICE = 5


class Load(Enum):
    """Ways to the house load that have no source of their own.

    ``BALANCE``: what inverters make, and what comes from the grid and from a battery
    that isn't behind an inverter (reference 1.4). Meters elsewhere aren't in it.
    """

    BALANCE = "balance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What all devices have.

    ``id`` is made up and stable, and different for each: the wallbox gets it as the
    serial number. The names are what the user typed.
    """

    id: str
    name: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inverter(Device):
    """An inverter: power W (+ production), energies Wh, limits W.

    ``battery_connected``: the battery is behind it, and its power a part of the
    inverter's. ``is_pv_only``: the source doesn't have that part, so it's added.
    """

    power: Quantity
    day_energy: Quantity | None = None
    total_energy: Quantity | None = None
    battery_connected: bool = False
    is_pv_only: bool = False
    max_dc_w: int | None = None
    max_ac_w: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter(Device):
    """A meter: power W (- feed-in, + consumption)."""

    power: Quantity
    location: Location = Location.GRID


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery(Device):
    """The battery: power W (- charge, + discharge), state of charge %."""

    power: Quantity
    soc: Quantity | None = None
    capacity_wh: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmartLoad(Device):
    """The smart load, such as a heating rod: power W (+ consumption), °C."""

    power: Quantity
    temperature: Quantity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """All that is served. A device's place in its tuple is its index.

    Raises ``NrgkickConfigError`` for more than the wallbox takes (reference 1.4), and
    for what would make wrong numbers.
    """

    inverters: tuple[Inverter, ...] = ()
    meters: tuple[Meter, ...] = ()
    battery: Battery | None = None
    smart_load: SmartLoad | None = None
    load: Quantity | Load | None = None

    def __post_init__(self) -> None:
        """Refuse what can't be served."""
        for is_wrong, fault in (
            (len(self.inverters) > MAX_INVERTERS, Fault.TOO_MANY_INVERTERS),
            (len(self.meters) > MAX_METERS, Fault.TOO_MANY_METERS),
            (self._has_same_ids(), Fault.SAME_ID),
            (self._adds_what_is_not_there(), Fault.NO_BATTERY_TO_ADD),
            (
                sum(inverter.is_pv_only for inverter in self.inverters) > 1,
                Fault.BATTERY_ADDED_TWICE,
            ),
            (
                self.load is Load.BALANCE and not self.grid_meters,
                Fault.NO_GRID_METER,
            ),
            (self._adds_percents(), Fault.NOT_A_SUM),
        ):
            if is_wrong:
                raise NrgkickConfigError(fault)

    @property
    def devices(self) -> tuple[Device, ...]:
        """All devices."""
        one = (self.battery, self.smart_load)
        return (
            *self.inverters,
            *self.meters,
            *(device for device in one if device is not None),
        )

    @property
    def grid_meters(self) -> tuple[Meter, ...]:
        """The meters at the grid, which the wallbox adds up."""
        return tuple(meter for meter in self.meters if meter.location is Location.GRID)

    @property
    def is_battery_ac_coupled(self) -> bool:
        """Whether there's a battery whose power is in no inverter's."""
        return self.battery is not None and not any(
            inverter.battery_connected for inverter in self.inverters
        )

    def _has_same_ids(self) -> bool:
        return len({device.id for device in self.devices}) < len(self.devices)

    def _adds_what_is_not_there(self) -> bool:
        return any(
            inverter.is_pv_only
            and (self.battery is None or not inverter.battery_connected)
            for inverter in self.inverters
        )

    def _adds_percents(self) -> bool:
        soc = None if self.battery is None else self.battery.soc
        load = self.smart_load
        temperature = None if load is None else load.temperature
        return any(
            quantity is not None and len(quantity.sources) > 1
            for quantity in (soc, temperature)
        )
