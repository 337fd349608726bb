"""The coefficient of performance: heat (or cold) given by electricity taken.

None wherever the electricity is unknown or 0. It's that of energies, which is better
than a moment's (``keys.cop``): the electricity of hours has the outdoor unit's fan and
electronics, that of rows hasn't (reference 3.5, 3.7).
"""

from collections.abc import Mapping

from .books import Source
from .ledger import Ledger
from .modes import Kind, Meter, amount


def of_energies(kwh: Mapping[Meter, float], *, indoor_unit: bool) -> float | None:
    """Return the COP of energies: heat less what defrosts took, and cold.

    ``indoor_unit`` counts the indoor unit's electricity too (element and pumps).
    """
    heat, cold, defrost = (
        amount(kwh, (kind, None))
        for kind in (Kind.HEAT_OUT, Kind.COOLING_OUT, Kind.DEFROST_HEAT)
    )
    taken = amount(kwh, (Kind.ELECTRICITY_IN, None))
    if heat is None and cold is None:
        return None
    if indoor_unit:
        inside = amount(kwh, (Kind.INDOOR_UNIT_IN, None))
        taken = None if taken is None or inside is None else taken + inside
    if taken is None or not taken > 0:
        return None
    return ((heat or 0.0) + (cold or 0.0) - (defrost or 0.0)) / taken


def between(
    ledger: Ledger, from_s: float, to_s: float, *, indoor_unit: bool = False
) -> float | None:
    """Return the COP of the hours from a time until before another, such as a day.

    With the indoor unit only the vendor's hours count, since rows know nothing of it.
    """
    sums: dict[Meter, float] = {}
    for booked in ledger.booked(from_s, to_s).values():
        if indoor_unit and booked.source is not Source.HOURS:
            continue
        for meter, kwh in booked.kwh.items():
            sums[meter] = sums.get(meter, 0.0) + kwh
    return of_energies(sums, indoor_unit=indoor_unit)


def lifetime(ledger: Ledger, *, indoor_unit: bool = False) -> float | None:
    """Return the COP of all that the vendor's counter has."""
    return of_energies(ledger.counter.kwh, indoor_unit=indoor_unit)
