"""What is wrong with a set-up, as the keys of its translated texts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ...meters.errors import SetupError, SourceFault
from .errors import Fault

_FAULTS: Final[Mapping[StrEnum, str]] = {
    SourceFault.NO_SOURCE: "no_source",
    SourceFault.SAME_SOURCE: "same_source",
    Fault.NOT_A_SUM: "nrgkick_not_a_sum",
    Fault.TOO_MANY_INVERTERS: "nrgkick_too_many_inverters",
    Fault.TOO_MANY_METERS: "nrgkick_too_many_meters",
    Fault.SAME_ID: "nrgkick_same_id",
    Fault.NO_BATTERY_TO_ADD: "nrgkick_no_battery_to_add",
    Fault.BATTERY_ADDED_TWICE: "nrgkick_battery_added_twice",
    Fault.NO_GRID_METER: "nrgkick_no_grid_meter",
    Fault.NOT_AN_ADDRESS: "nrgkick_not_an_address",
}


def error_key(err: SetupError) -> str:
    """Return the key of the error's text."""
    return _FAULTS[err.fault]
