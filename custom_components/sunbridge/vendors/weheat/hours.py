"""Energies by what they were used for: ``/energy-logs`` (reference 3.8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from .. import lenient
from ..json import JsonValue
from . import keys
from .errors import WeheatResponseError
from .keys import Key


class Mode(StrEnum):
    """What a heat pump does with energy."""

    HEATING = "heating"
    STANDBY = "standby"
    DHW = "dhw"
    HEATING_DEFROST = "heating_defrost"
    DHW_DEFROST = "dhw_defrost"
    COOLING = "cooling"


# The vendor's names.
_MODES: Final[Mapping[Mode, str]] = {
    Mode.HEATING: "Heating",
    Mode.STANDBY: "Standby",
    Mode.DHW: "Dhw",
    Mode.HEATING_DEFROST: "HeatingDefrost",
    Mode.DHW_DEFROST: "DhwDefrost",
    Mode.COOLING: "Cooling",
}
_BUCKET: Final = Key("timeBucket", keys.epoch_s)

type Energies = Mapping[Mode, float | None]


@dataclass(frozen=True, slots=True)
class Energy:
    """Energies in kWh by mode; None is what the vendor doesn't say.

    ``electric`` is the heat pump's, ``indoor`` the indoor unit's (element and pumps)
    and in no ``electric``. An element's hot water is booked as a defrost's, so that of
    ``indoor`` the sum is more true than its parts. ``heat`` goes to the water: it's
    negative in defrosts and in cooling, and there's none of standby.
    """

    electric: Energies
    indoor: Energies
    heat: Energies

    @property
    def electric_kwh(self) -> float | None:
        """The heat pump's electricity, as far as it's known."""
        return _sum(self.electric.values())

    @property
    def heat_kwh(self) -> float | None:
        """The heat less what defrosts took back; may fall."""
        return _sum(kwh for mode, kwh in self.heat.items() if mode is not Mode.COOLING)

    @property
    def cold_kwh(self) -> float | None:
        """The cold, which is positive."""
        cooling = self.heat.get(Mode.COOLING)
        # Not -0.0, which is shown as such.
        return None if cooling is None else 0.0 - cooling

    @property
    def output_kwh(self) -> float | None:
        """Heat and cold, both of which are what somebody wants."""
        return _sum((self.heat_kwh, self.cold_kwh))


@dataclass(frozen=True, slots=True, kw_only=True)
class HourEnergy(Energy):
    """The energies of the hour that begins at ``start_s`` (epoch seconds)."""

    start_s: float


def hours_in(body: Any) -> tuple[HourEnergy, ...]:
    """Read hours, by time; of two of the same time the later one in the list counts.

    What isn't an hour is left out. Raises ``WeheatResponseError`` for what is no list.
    """
    if not isinstance(body, list):
        raise WeheatResponseError("no list of energies")
    found: dict[float, HourEnergy] = {}
    for item in body:
        if isinstance(item, dict) and (start_s := _BUCKET.read(item)) is not None:
            electric, indoor, heat = _energies(item)
            found[start_s] = HourEnergy(
                electric=electric, indoor=indoor, heat=heat, start_s=start_s
            )
    return tuple(found[start_s] for start_s in sorted(found))


def total_in(body: Any) -> Energy:
    """Read what a heat pump has used since it's there.

    Raises ``WeheatResponseError`` for what has no energies.
    """
    if isinstance(body, dict):
        energy = Energy(*_energies(body))
        if any(
            kwh is not None
            for kind in (energy.electric, energy.indoor, energy.heat)
            for kwh in kind.values()
        ):
            return energy
    raise WeheatResponseError("no energies")


def _energies(body: dict[str, JsonValue]) -> tuple[Energies, Energies, Energies]:
    """Return electricity, the indoor unit's, and heat."""
    electric, indoor, heat = (
        {mode: Key(f"{kind}{name}", lenient.number).read(body) for mode, name in of}
        for kind, of in (
            ("totalEIn", _MODES.items()),
            ("totalEInIU", _MODES.items()),
            (
                "totalEOut",
                [item for item in _MODES.items() if item[0] is not Mode.STANDBY],
            ),
        )
    )
    return electric, indoor, heat


def _sum(energies: Iterable[float | None]) -> float | None:
    """Add what is known, None where nothing is."""
    known = [kwh for kwh in energies if kwh is not None]
    return sum(known) if known else None
