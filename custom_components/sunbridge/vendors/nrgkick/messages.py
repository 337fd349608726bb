"""What is wrong with a set-up, as the keys of its translated texts."""

from collections.abc import Mapping
from typing import Final

from .errors import Fault, NrgkickConfigError
from .samples import Reason

_FAULTS: Final[Mapping[Fault, str]] = {
    Fault.NO_SOURCE: "nrgkick_no_source",
    Fault.SAME_SOURCE: "nrgkick_same_source",
    Fault.NOT_A_SUM: "nrgkick_not_a_sum",
    Fault.TOO_MANY_INVERTERS: "nrgkick_too_many_inverters",
    Fault.TOO_MANY_METERS: "nrgkick_too_many_meters",
    Fault.SAME_ID: "nrgkick_same_id",
    Fault.NO_BATTERY_TO_ADD: "nrgkick_no_battery_to_add",
    Fault.BATTERY_ADDED_TWICE: "nrgkick_battery_added_twice",
    Fault.NO_GRID_METER: "nrgkick_no_grid_meter",
    Fault.NOT_AN_ADDRESS: "nrgkick_not_an_address",
}

# Reasons that no time mends; others may be over when it counts.
WRONG: Final[Mapping[Reason, str]] = {
    Reason.WRONG_UNIT: "nrgkick_wrong_unit",
    Reason.NOT_A_NUMBER: "nrgkick_not_a_number",
}


def error_key(err: NrgkickConfigError) -> str:
    """Return the key of the error's text."""
    return _FAULTS[err.fault]
