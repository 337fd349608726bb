"""The vendor's energies as the books take them."""

from collections.abc import Iterable

from .energy import HourRow, Meter, Mode, metered
from .hours import Energies, Energy, HourEnergy


def hour_rows(hours: Iterable[HourEnergy]) -> list[HourRow]:
    """Return the energies of hours."""
    return [HourRow(hour.start_s, meters_of(hour)) for hour in hours]


def meters_of(energy: Energy) -> dict[Meter, float]:
    """Return what the vendor says, and nothing of what it doesn't."""
    return metered(_known(energy.electric), _known(energy.heat), _known(energy.indoor))


def _known(energies: Energies) -> dict[Mode, float]:
    return {Mode(mode.value): kwh for mode, kwh in energies.items() if kwh is not None}
