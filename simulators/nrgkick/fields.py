"""The keys of both documents: the vendor's document, and reference 1.2 and 1.3."""

from dataclasses import dataclass
from enum import Enum, auto

# The app's W are of 32 bits (reference 1.2); of Wh the width isn't known.
_INT32 = (-(2**31), 2**31 - 1)
_COUNT = (0, 2**31 - 1)
_LARGE = (0, 2**63 - 1)


class Kind(Enum):
    """What a value is; ``INT`` is no bool, ``NUMBER`` may be whole."""

    INT = auto()
    NUMBER = auto()
    BOOL = auto()
    TEXT = auto()


class Missing(Enum):
    """What it is that a device comes without a key."""

    VIOLATION = auto()
    DOUBT = auto()
    FINE = auto()


type Range = tuple[float, float]


@dataclass(frozen=True)
class Field:
    """A key of a device; numbers out of ``proven`` have never been published."""

    kind: Kind
    missing: Missing = Missing.DOUBT
    allowed: Range = _INT32
    proven: Range = _INT32


@dataclass(frozen=True)
class Category:
    """A kind of device: how many there may be, and their keys."""

    most: int
    fields: dict[str, Field]


_ENERGY = Field(Kind.INT, Missing.FINE, _LARGE, _COUNT)
_SIZE = Field(Kind.INT, allowed=_LARGE, proven=(1, _COUNT[1]))
_NAMES = dict.fromkeys(("name", "model", "serial"), Field(Kind.TEXT, Missing.VIOLATION))

# The vendor contradicts himself on how many batteries and smart loads there may be;
# these are the stricter numbers (reference 1.4).
VALUES = {
    "inverters": Category(
        5,
        {
            "inv_power_ac_w": Field(Kind.INT, Missing.VIOLATION, proven=_COUNT),
            "pv_energy_day_wh": _ENERGY,
            "pv_energy_total_wh": _ENERGY,
            "battery_connected": Field(Kind.BOOL),
        },
    ),
    "energy_meters": Category(5, {"grid_power_w": Field(Kind.INT, Missing.VIOLATION)}),
    "batteries": Category(
        1,
        {
            "bat_power_w": Field(Kind.INT, Missing.VIOLATION),
            "soc": Field(Kind.NUMBER, allowed=(0, 100), proven=(0, 100)),
            "mode": Field(Kind.INT, proven=(0, 0)),
        },
    ),
    "smart_loads": Category(
        1,
        {
            "sl_power_w": Field(Kind.INT, Missing.VIOLATION, proven=_COUNT),
            "temp": Field(Kind.NUMBER, proven=(-50, 200)),
            "mode": Field(Kind.INT, proven=(1, 1)),
        },
    ),
}
LOAD = {"load_power_w": Field(Kind.INT, proven=_COUNT)}

INFO = {
    "inverters": Category(5, {**_NAMES, "max_dc_w": _SIZE, "max_ac_w": _SIZE}),
    "energy_meters": Category(
        5,
        {
            **_NAMES,
            # The app's list of places; 1 is the grid.
            "location": Field(Kind.INT, Missing.VIOLATION, (0, 5), (1, 1)),
        },
    ),
    "batteries": Category(1, {**_NAMES, "capacity_wh": _SIZE}),
    "smart_loads": Category(1, _NAMES),
}
