"""What a pump does, what of it is metered, and the totals that are made of that.

The vendor meters three flows (reference 3.8), each by mode; heat is signed, negative
where it's taken out of the water (cooling and defrosts). What users see are kinds:
each is a sum of meters, with the signs turned so that it only grows.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ..enums import COOLING_PHASE, DEFROST_STATES


class Mode(StrEnum):
    """What a pump is doing.

    The vendor's energies tell two defrosts apart and its rows don't (the numbers that
    go with each aren't known), so rows have ``DEFROST``. What is shown by mode has
    only that one: the two of the vendor and that of the rows make one sum.
    """

    STANDBY = "standby"
    HEATING = "heating"
    DHW = "dhw"
    HEATING_DEFROST = "heating_defrost"
    DHW_DEFROST = "dhw_defrost"
    COOLING = "cooling"
    DEFROST = "defrost"


class Flow(StrEnum):
    """What is metered: the outdoor unit's and the indoor unit's electricity, heat."""

    ELECTRIC = "electric"
    INDOOR = "indoor"
    HEAT = "heat"


class Kind(StrEnum):
    """The totals of a pump, in kWh; none of them falls.

    ``HEAT_OUT`` is what heating and hot water gave, ``COOLING_OUT`` what cooling took
    out of the house, and ``DEFROST_HEAT`` what defrosts took back from the water: net
    heat is the first less the last.
    """

    ELECTRICITY_IN = "electricity_in"
    INDOOR_UNIT_IN = "indoor_unit_in"
    HEAT_OUT = "heat_out"
    COOLING_OUT = "cooling_out"
    DEFROST_HEAT = "defrost_heat"


type Meter = tuple[Flow, Mode]
# A kind, of all modes or of one.
type Series = tuple[Kind, Mode | None]

METERS: Final[tuple[Meter, ...]] = tuple((flow, mode) for flow in Flow for mode in Mode)
_DEFROSTS: Final = frozenset({Mode.HEATING_DEFROST, Mode.DHW_DEFROST, Mode.DEFROST})
SHOWN_MODES: Final = (
    Mode.STANDBY,
    Mode.HEATING,
    Mode.DHW,
    Mode.DEFROST,
    Mode.COOLING,
)

_DHW_STATES: Final = frozenset({150, 160})
_HEATING_STATE: Final = 70


def mode_of(state: int | None) -> Mode:
    """Return the mode that a row's state is booked in; what is unknown is standby."""
    if state == _HEATING_STATE:
        return Mode.HEATING
    if state in _DHW_STATES:
        return Mode.DHW
    if state in DEFROST_STATES:
        return Mode.DEFROST
    if state in COOLING_PHASE:
        return Mode.COOLING
    return Mode.STANDBY


def shown_mode(mode: Mode) -> Mode:
    """Return the mode that users see: all defrosts are one."""
    return Mode.DEFROST if mode in _DEFROSTS else mode


def kind_of(meter: Meter) -> Kind:
    """Return the total that a meter is a part of."""
    flow, mode = meter
    if flow is Flow.ELECTRIC:
        return Kind.ELECTRICITY_IN
    if flow is Flow.INDOOR:
        return Kind.INDOOR_UNIT_IN
    if mode is Mode.COOLING:
        return Kind.COOLING_OUT
    return Kind.DEFROST_HEAT if mode in _DEFROSTS else Kind.HEAT_OUT


def sign_of(meter: Meter) -> int:
    """Return what to multiply a meter by so that it grows."""
    return -1 if kind_of(meter) in {Kind.COOLING_OUT, Kind.DEFROST_HEAT} else 1


def _series() -> tuple[Series, ...]:
    found: dict[Series, None] = {(kind, None): None for kind in Kind}
    for flow, mode in METERS:
        kind = kind_of((flow, mode))
        # Of one mode there's no sense in a series of that mode; no heat in standby.
        if kind in {Kind.COOLING_OUT, Kind.DEFROST_HEAT}:
            continue
        if (flow, mode) != (Flow.HEAT, Mode.STANDBY):
            found[kind, shown_mode(mode)] = None
    return tuple(found)


SERIES: Final = _series()


def series_name(series: Series) -> str:
    """Return a series' name, such as electricity_in_heating."""
    kind, mode = series
    return kind.value if mode is None else f"{kind.value}_{mode.value}"


def amount(kwh: Mapping[Meter, float], series: Series) -> float | None:
    """Return a series' kWh in meters' energies, None where these have no part of it."""
    kind, mode = series
    parts = [
        sign_of(meter) * value
        for meter, value in kwh.items()
        if kind_of(meter) is kind and (mode is None or shown_mode(meter[1]) is mode)
    ]
    return sum(parts) if parts else None
