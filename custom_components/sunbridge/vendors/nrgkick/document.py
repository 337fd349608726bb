"""The two documents that the wallbox asks for (reference 1.2 and 1.3).

What can't be trusted isn't in them, and its place stays its own: neither is a 0
invented nor does an index move. Without the grid there's no document at all, since the
wallbox would go on charging by a number that isn't there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from ...meters.sources import Measured, Problem, Quantity, Read, within
from ...meters.units import Measure, rounded
from ..json import JsonValue
from .house import Battery, Device, House, Inverter, Load, Location, Meter, SmartLoad

# 0 is a battery's normal mode; a smart load's 1 is what the vendor's example has, and
# its meaning isn't documented.
BATTERY_MODE: Final = 0
SMART_LOAD_MODE: Final = 1

type Json = dict[str, JsonValue]


class Part(StrEnum):
    """What a house's numbers are of; a meter is one that isn't at the grid."""

    INVERTER = "inverter"
    GRID = "grid"
    METER = "meter"
    BATTERY = "battery"
    SMART_LOAD = "smart_load"
    LOAD = "load"


@dataclass(frozen=True, slots=True)
class Policy:
    """Without which powers nothing is served; others are only left out."""

    required: frozenset[Part] = frozenset({Part.GRID})


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A value that isn't in the document, and why.

    The ``device_id`` is None for the house load. Without its main value, the power, a
    device isn't in the document either.
    """

    part: Part
    device_id: str | None
    key: str
    problems: tuple[Problem, ...]
    is_main: bool


@dataclass(frozen=True, slots=True)
class Values:
    """The live values; ``document`` is None where they may not be served.

    Then 503 is the answer (reference 5.2).
    """

    document: Json | None
    left_out: tuple[LeftOut, ...]


def values(house: House, read: Read, policy: Policy | None = None) -> Values:
    """Return the document of live values, ``values.json``.

    W and Wh are whole numbers, % and °C have one decimal.
    """
    policy = policy or Policy()
    writer = _Writer(house, read)
    body = _filled(
        {
            "inverters": _numbered(map(writer.inverter, house.inverters)),
            "energy_meters": _numbered(map(writer.meter, house.meters)),
            "batteries": _numbered(map(writer.battery, _some(house.battery))),
            "smart_loads": _numbered(map(writer.smart_load, _some(house.smart_load))),
            "load_power_w": writer.load(),
        }
    )
    left_out = tuple(writer.left_out)
    is_lacking = any(
        item.is_main and item.part in policy.required for item in left_out
    ) or (Part.GRID in policy.required and not house.grid_meters)
    if is_lacking or not body:
        return Values(None, left_out)
    return Values({"device_values": body}, left_out)


def info(house: House) -> Json:
    """Return the document of master data, ``info.json``: all devices, at any time."""
    body = {
        "inverters": _numbered(
            _described(item, max_dc_w=item.max_dc_w, max_ac_w=item.max_ac_w)
            for item in house.inverters
        ),
        "energy_meters": _numbered(
            _described(item, location=int(item.location)) for item in house.meters
        ),
        "batteries": _numbered(
            _described(item, capacity_wh=item.capacity_wh)
            for item in _some(house.battery)
        ),
        "smart_loads": _numbered(_described(item) for item in _some(house.smart_load)),
    }
    return {"device_info": _filled(body)}


@dataclass(slots=True)
class _Writer:
    """Makes the entries, and notes what is left out."""

    house: House
    read: Read
    left_out: list[LeftOut] = field(default_factory=list)
    # What is served, W by device.
    powers_w: dict[str, int | float] = field(default_factory=dict)

    def inverter(self, inverter: Inverter) -> Json | None:
        measured = self.read(inverter.power, Measure.POWER)
        if inverter.is_pv_only and (battery := self.house.battery) is not None:
            behind = self.read(battery.power, Measure.POWER)
            measured = measured.plus(behind, Measure.POWER)
        at = (Part.INVERTER, inverter)
        if (power_w := self._main(*at, "inv_power_ac_w", measured)) is None:
            return None
        energies = {
            key: self._other(*at, key, quantity, Measure.ENERGY)
            for key, quantity in (
                ("pv_energy_day_wh", inverter.day_energy),
                ("pv_energy_total_wh", inverter.total_energy),
            )
        }
        # The configured battery is meant (reference 1.2).
        is_connected = inverter.battery_connected and self.house.battery is not None
        return _filled(
            {
                "inv_power_ac_w": power_w,
                **energies,
                "battery_connected": is_connected,
            }
        )

    def meter(self, meter: Meter) -> Json | None:
        part = Part.GRID if meter.location is Location.GRID else Part.METER
        measured = self.read(meter.power, Measure.POWER)
        power_w = self._main(part, meter, "grid_power_w", measured)
        return None if power_w is None else {"grid_power_w": power_w}

    def battery(self, battery: Battery) -> Json | None:
        at = (Part.BATTERY, battery)
        measured = self.read(battery.power, Measure.POWER)
        if (power_w := self._main(*at, "bat_power_w", measured)) is None:
            return None
        soc = self._other(*at, "soc", battery.soc, Measure.PERCENT)
        return _filled({"bat_power_w": power_w, "soc": soc, "mode": BATTERY_MODE})

    def smart_load(self, load: SmartLoad) -> Json | None:
        at = (Part.SMART_LOAD, load)
        measured = self.read(load.power, Measure.CONSUMPTION)
        if (power_w := self._main(*at, "sl_power_w", measured)) is None:
            return None
        temp = self._other(*at, "temp", load.temperature, Measure.TEMPERATURE)
        return _filled({"sl_power_w": power_w, "temp": temp, "mode": SMART_LOAD_MODE})

    def load(self) -> int | float | None:
        """Return the house load; that of the balance needs the other entries first."""
        load = self.house.load
        if load is None:
            return None
        if load is Load.BALANCE:
            measured = self._balance()
        else:
            measured = self.read(load, Measure.CONSUMPTION)
        return self._main(Part.LOAD, None, "load_power_w", measured)

    def _balance(self) -> Measured:
        """Add up what is served, so that the document is right in itself."""
        house = self.house
        devices: list[Device] = [*house.inverters, *house.grid_meters]
        if house.is_battery_ac_coupled:
            devices += _some(house.battery)
        ids = {device.id for device in devices}
        problems = dict.fromkeys(
            problem
            for item in self.left_out
            if item.is_main and item.device_id in ids
            for problem in item.problems
        )
        if problems:
            return Measured(None, tuple(problems))
        return within(sum(self.powers_w[id_] for id_ in ids), Measure.CONSUMPTION)

    def _main(
        self, part: Part, device: Device | None, key: str, measured: Measured
    ) -> int | float | None:
        device_id = None if device is None else device.id
        if measured.value is None:
            self.left_out.append(
                LeftOut(part, device_id, key, measured.problems, is_main=True)
            )
            return None
        power_w = rounded(measured.value, Measure.POWER)
        if device_id is not None:
            self.powers_w[device_id] = power_w
        return power_w

    def _other(
        self,
        part: Part,
        device: Device,
        key: str,
        quantity: Quantity | None,
        measure: Measure,
    ) -> int | float | None:
        if quantity is None:
            return None
        measured = self.read(quantity, measure)
        if measured.value is None:
            self.left_out.append(
                LeftOut(part, device.id, key, measured.problems, is_main=False)
            )
            return None
        return rounded(measured.value, measure)


def _described(device: Device, **more: int | None) -> Json:
    names: Json = {
        "name": device.name,
        "model": device.model,
        "serial": device.id,
    }
    return _filled({**names, **more})


def _numbered(entries: Iterable[Json | None]) -> Json:
    """Return entries by index; one that isn't there keeps its index."""
    return {
        str(index): entry for index, entry in enumerate(entries) if entry is not None
    }


def _filled(entry: Mapping[str, JsonValue]) -> Json:
    """Return what isn't unknown or empty."""
    return {
        key: value for key, value in entry.items() if value is not None and value != {}
    }


def _some[T](item: T | None) -> list[T]:
    return [] if item is None else [item]
