"""What the wallbox may be told, reckoned once more: from states and the facts alone.

Fractions, no code of ours, and a third answer beside yes and no: where the age of a
number is between the limits that a sensor may have, both are right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
import re
from typing import Any

from homeassistant.core import HomeAssistant

INT32 = 2**31 - 1
# A power is young enough for whatever sensor, or too old for any (s).
SURELY_FRESH_S = 60
SURELY_OLD_S = 900
CLOCK_SLACK_S = 2

# What to multiply by, and what to add then.
type Units = Mapping[str, tuple[Fraction, Fraction]]

_NOTHING = Fraction(0)
POWERS: Units = {
    "mW": (Fraction(1, 1000), _NOTHING),
    "W": (Fraction(1), _NOTHING),
    "kW": (Fraction(1000), _NOTHING),
    "MW": (Fraction(10**6), _NOTHING),
}
ENERGIES: Units = {
    "Wh": (Fraction(1), _NOTHING),
    "kWh": (Fraction(1000), _NOTHING),
    "MWh": (Fraction(10**6), _NOTHING),
    "kJ": (Fraction(10, 36), _NOTHING),
}
PERCENT: Units = {"%": (Fraction(1), _NOTHING)}
DEGREES: Units = {
    "°C": (Fraction(1), _NOTHING),
    "°F": (Fraction(5, 9), Fraction(-160, 9)),
    "K": (Fraction(1), Fraction("-273.15")),
}
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,5})?")


@dataclass(frozen=True)
class Known:
    """A number, None for one that mustn't be told; unsure if it may be left out."""

    value: Fraction | None
    is_sure: bool = True

    def plus(self, other: Known, sign: int = 1) -> Known:
        """Add another; without one of both there's no sum."""
        if self.value is None or other.value is None:
            return Known(None)
        return Known(self.value + sign * other.value, self.is_sure and other.is_sure)

    def within(self, low: int, high: int, slack: int = 0) -> Known:
        """Return it with bounds, beyond which it mustn't be told; near them is unsure."""
        if self.value is None:
            return self
        edges = (low - slack, high + slack)
        is_near = any(abs(self.value - edge) < Fraction(1, 1000) for edge in edges)
        if not is_near and not edges[0] <= self.value <= edges[1]:
            return Known(None)
        bounded = min(max(self.value, Fraction(low)), Fraction(high))
        return Known(bounded, self.is_sure and not is_near)


UNKNOWN = Known(None)


class Truth:
    """What the entities of Home Assistant say at a time (epoch s)."""

    def __init__(self, hass: HomeAssistant, now_s: float) -> None:
        """Look at the entities by their names."""
        self._hass = hass
        self._now_s = now_s

    def of(self, entity_id: str, units: Units, *, may_be_old: bool) -> Known:
        """Return the number of an entity, in W, Wh and so on."""
        state = self._hass.states.get(entity_id)
        if state is None or state.attributes.get("restored"):
            return UNKNOWN
        unit = units.get(state.attributes.get("unit_of_measurement", ""))
        text = state.state.strip()
        if unit is None or not _NUMBER.fullmatch(text):
            return UNKNOWN
        value = Fraction(text) * unit[0] + unit[1]
        if may_be_old:
            return Known(value)
        age_s = self._now_s - state.last_reported_timestamp
        if not -CLOCK_SLACK_S <= age_s <= SURELY_OLD_S:
            return UNKNOWN
        return Known(value, age_s <= SURELY_FRESH_S)

    def power(self, part: Mapping[str, Any]) -> Known:
        """Return a part's W."""
        sign = -1 if part.get("inverted") else 1
        reverse = part.get("reverse", [])
        total = Known(Fraction(0))
        for entity_id in part["power"]:
            total = total.plus(self._watts(entity_id, is_one_way=bool(reverse)), sign)
        for entity_id in reverse:
            total = total.plus(self._watts(entity_id, is_one_way=True), -sign)
        return total.within(-INT32, INT32)

    def consumption(self, powers: Iterable[str], sign: int = 1) -> Known:
        """Return W that can't be negative, but for noise."""
        total = Known(Fraction(0))
        for entity_id in powers:
            total = total.plus(self._watts(entity_id, is_one_way=False), sign)
        return total.within(0, INT32, slack=20)

    def _watts(self, entity_id: str, *, is_one_way: bool) -> Known:
        found = self.of(entity_id, POWERS, may_be_old=False)
        if is_one_way:
            return found.within(0, INT32, slack=20)
        return found.within(-INT32, INT32)


def agree(told: Any, known: Known, slack: Fraction = Fraction("0.501")) -> None:
    """Fail if what is told isn't what is known."""
    if told is None:
        assert known.value is None or not known.is_sure, known
    else:
        assert known.value is not None, told
        assert abs(Fraction(told) - known.value) <= slack, (told, known)


def check(
    truth: Truth,
    parts: Iterable[tuple[str, Mapping[str, Any]]],
    load: str | list[str],
    document: Any,
) -> None:
    """Fail if an answer isn't true; None is 503, for the grid can't be trusted.

    The load is computed for "balance", or is that of entities.
    """
    kinds: dict[str, list[Mapping[str, Any]]] = {}
    for kind, part in parts:
        kinds.setdefault(kind, []).append(part)
    meters = [(part, truth.power(part)) for part in kinds.get("energy_meter", [])]
    grids = [known for part, known in meters if part["location"] == "grid"]
    if document is None:
        assert any(known.value is None or not known.is_sure for known in grids)
        return
    told = document["device_values"]
    assert all(known.value is not None for known in grids)
    for index, (_, known) in enumerate(meters):
        agree(_of(told, "energy_meters", index).get("grid_power_w"), known)
    battery = UNKNOWN
    for part in kinds.get("battery", []):
        battery = truth.power(part)
        entry = _of(told, "batteries", 0)
        agree(entry.get("bat_power_w"), battery)
        if entry and "soc" in part:
            percent = truth.of(part["soc"], PERCENT, may_be_old=True)
            agree(entry.get("soc"), percent.within(0, 100, slack=1), Fraction("0.051"))
    inflow = Known(Fraction(0))
    inverters = kinds.get("inverter", [])
    for index, part in enumerate(inverters):
        known = truth.power(part)
        if part["pv_only"]:
            known = known.plus(battery).within(-INT32, INT32)
        entry = _of(told, "inverters", index)
        agree(entry.get("inv_power_ac_w"), known)
        inflow = inflow.plus(known)
        for key, name in (
            ("day_energy", "pv_energy_day_wh"),
            ("total_energy", "pv_energy_total_wh"),
        ):
            if entry and key in part:
                energy = truth.of(part[key], ENERGIES, may_be_old=True)
                agree(entry.get(name), energy.within(0, INT32))
    for part in kinds.get("smart_load", []):
        entry = _of(told, "smart_loads", 0)
        sign = -1 if part.get("inverted") else 1
        agree(entry.get("sl_power_w"), truth.consumption(part["power"], sign))
        if entry and "temperature" in part:
            celsius = truth.of(part["temperature"], DEGREES, may_be_old=True)
            agree(entry.get("temp"), celsius.within(-50, 200), Fraction("0.051"))
    if load != "balance":
        agree(told.get("load_power_w"), truth.consumption(load))
        return
    for known in grids:
        inflow = inflow.plus(known)
    if "battery" in kinds and not any(one["battery_connected"] for one in inverters):
        inflow = inflow.plus(battery)
    # Each number that is added up was rounded before; so noise may be on either side.
    slack = Fraction(len(inverters) + len(grids) + 1, 2)
    inflow = inflow.within(0, INT32, slack=20)
    if inflow.value is not None or "load_power_w" in told:
        agree(told.get("load_power_w"), inflow, slack)


def _of(told: Any, kind: str, index: int) -> Any:
    return told.get(kind, {}).get(str(index), {})
