"""What can be wrong with what a user set up."""

from enum import StrEnum

from ...meters.errors import SetupError


class Fault(StrEnum):
    """Why a set-up can't be served."""

    NOT_A_SUM = "not_a_sum"
    TOO_MANY_INVERTERS = "too_many_inverters"
    TOO_MANY_METERS = "too_many_meters"
    SAME_ID = "same_id"
    NO_BATTERY_TO_ADD = "no_battery_to_add"
    BATTERY_ADDED_TWICE = "battery_added_twice"
    NO_GRID_METER = "no_grid_meter"
    NOT_AN_ADDRESS = "not_an_address"


class NrgkickConfigError(SetupError):
    """A set-up can't be served; the text has no name, source or address."""
