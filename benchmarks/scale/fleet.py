"""Which chargers there are: the same mix at each size."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """A vendor's charger by one way."""

    CLOUD = "go-e, cloud"
    LOCAL = "go-e, local"
    BROKER = "go-e, own MQTT"
    SIGNALR = "Easee, SignalR"
    AMQP = "Easee, AMQP"


# Of ten chargers.
_MIX: Final = (
    *(Kind.CLOUD, Kind.LOCAL, Kind.BROKER, Kind.SIGNALR, Kind.CLOUD),
    *(Kind.LOCAL, Kind.BROKER, Kind.SIGNALR, Kind.CLOUD, Kind.AMQP),
)
# Of each ten so many charge, others in each ten.
_CHARGING: Final = frozenset({0, 3, 6})


@dataclass(frozen=True)
class Place:
    """A charger: its serial, and whether a car charges by it all the time."""

    number: int
    kind: Kind
    serial: str
    charges: bool


def fleet(count: int) -> list[Place]:
    """Return so many chargers; about a third of them charge."""
    places = []
    for number in range(count):
        ten, place = divmod(number, len(_MIX))
        kind = _MIX[place]
        is_goe = kind not in (Kind.SIGNALR, Kind.AMQP)
        serial = f"{number + 1:06}" if is_goe else f"EH{100_001 + number}"
        charges = (place + ten) % len(_MIX) in _CHARGING
        places.append(Place(number, kind, serial, charges))
    return places


def of_kind(places: list[Place], *kinds: Kind) -> list[Place]:
    """Return those of some kinds."""
    return [place for place in places if place.kind in kinds]
