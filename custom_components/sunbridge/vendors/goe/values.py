"""Values of the charger that are more than a number or a text."""

from collections.abc import Callable
from dataclasses import dataclass
import re
from typing import Final, Self

from ..json import JsonValue
from .decode import array, boolean, integer, mapping, number, optional, rounded, text

# Reference 1.4: what the firmware sends when a temperature sensor can't be read.
_TEMPERATURE_C: Final = range(-50, 151)

_VERSION: Final = re.compile(r"(?:V )?([0-9]{1,6})\.([0-9]{1,6})")
_COLOUR: Final = re.compile("#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Measurements:
    """What the charger's meter measures (``nrg``, reference 1.4).

    In the order L1, L2, L3 and N; currents have no N. Power flows into the car.
    Rounded to what the display shows, so that noise below it isn't news. None is a
    number that's missing or broken.
    """

    voltage_v: tuple[float | None, ...]
    current_a: tuple[float | None, ...]
    power_w: tuple[float | None, ...]
    power_total_w: float | None
    power_factor_pct: tuple[float | None, ...]

    @classmethod
    def decode(cls, value: JsonValue) -> Self:
        """Decode the array of 16 numbers; the power factors at its end may lack."""
        items = array(value)
        if len(items) < 12:
            raise ValueError("not 12 numbers or more")
        items = [*items, *([None] * (16 - len(items)))]
        return cls(
            voltage_v=_rounded(items[0:4], 1),
            current_a=_rounded(items[4:7], 2),
            power_w=_rounded(items[7:11], 0),
            power_total_w=_rounded(items[11:12], 0)[0],
            power_factor_pct=_rounded(items[12:16], 0),
        )


def _rounded(items: list[JsonValue], digits: int) -> tuple[float | None, ...]:
    decode = rounded(digits)
    return tuple(optional(decode, item) for item in items)


type Temperatures = tuple[float | None, ...]


def temperatures(value: JsonValue) -> Temperatures:
    """Decode the temperatures in °C, None where a sensor isn't there or can't be read.

    Firmware sends texts and absurd numbers now and then (reference 1.4).
    """
    return tuple(_temperature(item) for item in array(value))


def keep_temperatures(old: Temperatures, new: Temperatures) -> Temperatures:
    """Fill the holes of a reading from the one before."""
    new += (None,) * (len(old) - len(new))
    old += (None,) * (len(new) - len(old))
    return tuple(
        before if now is None else now for before, now in zip(old, new, strict=True)
    )


def _temperature(value: JsonValue) -> float | None:
    celsius = optional(number, value)
    if celsius is None or round(celsius) not in _TEMPERATURE_C:
        return None
    return round(celsius, 1)


def phases(value: JsonValue) -> tuple[bool, ...]:
    """Decode the six phase flags: three behind the contactor, three before it."""
    flags = tuple(boolean(item) for item in array(value))
    if len(flags) != 6:
        raise ValueError("not six flags")
    return flags


def phase_order(value: JsonValue) -> tuple[int, ...]:
    """Decode to which phases of the house L1, L2 and L3 are connected."""
    order = tuple(integer(item) for item in array(value))
    if len(order) != 3:
        raise ValueError("not three phases")
    return order


def limits(value: JsonValue) -> dict[str, float]:
    """Decode the current limits in A by source; members come and go."""
    decoded = {key: optional(number, item) for key, item in mapping(value).items()}
    return {key: item for key, item in decoded.items() if item is not None}


def charging_duration_s(value: JsonValue) -> float | None:
    """Decode the charging time; None while a counter runs (type 0)."""
    members = mapping(value)
    if members.get("type") != 1:
        return None
    return round(number(members.get("value")) / 1000)


def price(value: JsonValue) -> float:
    """Decode the price of the current hour in ct/kWh."""
    return round(number(mapping(value).get("marketprice")), 3)


@dataclass(frozen=True, slots=True)
class Card:
    """An RFID card's place. Its name is personal and isn't kept."""

    energy_wh: float | None
    learned: bool


def cards(value: JsonValue) -> tuple[Card, ...]:
    """Decode the places for cards, as firmware before 60.0 lists them."""
    return tuple(
        Card(
            energy_wh=optional(number, members.get("energy")),
            learned=members.get("cardId") is True,
        )
        for members in (mapping(item) for item in array(value))
    )


def newest_release(value: JsonValue) -> str | None:
    """Decode the list of firmware branches to the newest that is no beta and not old.

    Entries look like ``055.7``, ``055.8 BETA``, ``V 054.0 OUTDATED`` (reference 1.7).
    """
    releases = [
        entry
        for entry in (optional(text, item) for item in array(value))
        if entry is not None and "BETA" not in entry and "OUTDATED" not in entry
    ]
    return max(releases, key=version, default=None)


def version(firmware: str) -> tuple[int, int]:
    """Return a firmware's version for comparison, (0, 0) for what isn't one.

    Formats differ: ``053.1``, ``56.9``, ``35.6-1-ga0d44e5`` (reference 1.1), ``60.5 BETA``.
    """
    found = _VERSION.match(firmware)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def member[T](name: str, decode: Callable[[JsonValue], T]) -> Callable[[JsonValue], T]:
    """Decode one member of an object and drop the others."""

    def decode_member(value: JsonValue) -> T:
        return decode(mapping(value).get(name))

    return decode_member


def colour(value: JsonValue) -> str:
    """Decode a colour, ``#RRGGBB``."""
    if _COLOUR.fullmatch(decoded := text(value)):
        return decoded.upper()
    raise ValueError("not a colour")


def button_lock(value: JsonValue) -> int:
    """Decode what the button may do; a boolean up to firmware 053.1."""
    if isinstance(value, bool):
        return 3 if value else 0
    return integer(value)
