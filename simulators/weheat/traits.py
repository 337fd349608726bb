"""What a heat pump is: its kind, its abilities, and how its firmware talks."""

from dataclasses import dataclass
from enum import StrEnum

# By model: speed that is 100 %, and the most heat in W.
_NOMINAL_RPM = {0: 4500, 1: 5520, 2: 5520, 3: 5520, 4: 5520, 5: 5400}
_MOST_HEAT_W = {0: 8000.0, 5: 4000.0}

FLINT = 5


class Kind(StrEnum):
    """How a house is heated when the heat pump isn't enough."""

    HYBRID = "hybrid"
    ALL_ELECTRIC = "all_electric"


@dataclass(frozen=True)
class Traits:
    """A heat pump's kind and abilities.

    ``model`` and ``boiler_type`` are the vendor's numbers, ``thermostat`` is one in
    the room that speaks OpenTherm. ``indoor_meter``: the indoor unit's electricity is
    metered. ``old_firmware``: no power and nothing of cooling in logs.
    """

    kind: Kind
    model: int
    boiler_type: int
    dhw: bool
    cooling: bool
    thermostat: bool
    indoor_meter: bool
    old_firmware: bool

    @property
    def nominal_rpm(self) -> int:
        """The speed of 100 %."""
        return _NOMINAL_RPM.get(self.model, 4500)

    @property
    def most_heat_w(self) -> float:
        """The most heat that it gives."""
        return _MOST_HEAT_W.get(self.model, 6000.0)

    @property
    def element(self) -> bool:
        """Whether the indoor unit has an electric element."""
        return self.kind is Kind.ALL_ELECTRIC
