"""A heat pump's state: its newest log, and what the ledger makes of all of them."""

from collections.abc import Collection, Mapping
from typing import Any, Final, cast

from .. import lenient
from ..json import JsonValue
from . import enums, keys
from .energy import SERIES, Ledger, series_name
from .energy.cop import between, lifetime
from .keys import Key
from .pump import Pump
from .rows import Row

# Made by Sunbridge of the ledger; kWh, and COPs without a unit.
ENERGY: Final[Mapping[str, Key[float]]] = {
    name: Key(f"_{name}", lenient.number, "kWh")
    for name in (series_name(series) for series in SERIES)
}
COP_TODAY = Key("_copToday", lenient.number)
COP_TODAY_WITH_INDOOR = Key("_copTodayWithIndoor", lenient.number)
COP_ALL = Key("_copAll", lenient.number)
COP_ALL_WITH_INDOOR = Key("_copAllWithIndoor", lenient.number)
HISTORY = Key("_history", lenient.number, "%")


class PumpState:
    """What is known of a heat pump; grows in place.

    ``own`` are values of Sunbridge's own by key; ``values`` the newest log's JSON. A
    key that a log once had stays known, whatever the next ones leave out.
    """

    def __init__(self, pump: Pump, ledger: Ledger) -> None:
        """Start without a log."""
        self.pump = pump
        self.ledger = ledger
        self.at_s: float | None = None
        self.values: dict[str, JsonValue] = {}
        self.own: dict[str, object] = {}
        self._known: set[str] = set()

    def __getitem__[T](self, key: Key[T]) -> T | None:
        """Return the value of a key, None where it's unknown or absent."""
        if key.name.startswith("_"):
            return cast("T | None", self.own.get(key.name))
        return key.read(self.values)

    def reports(self, names: Collection[str]) -> bool:
        """Tell whether the heat pump has all these keys, whatever their value."""
        return all(name in self._known for name in names)

    def take(self, row: Row) -> frozenset[str]:
        """Take a log that is newer; return the names of the keys that changed.

        Of raw logs the newest is enough; whether it's online isn't in them, but a new
        one tells.
        """
        if self.at_s is not None and row.at_s < self.at_s:
            return self._take_online(row)
        is_new = self.at_s is not None and row.at_s > self.at_s
        before = {name: self[key] for name, key in keys.KEYS.items()}
        is_online = self.values.get(keys.IS_ONLINE.name)
        self.at_s = row.at_s
        self.values = dict(row.values)
        if keys.IS_ONLINE.name not in self.values and is_online is not None:
            self.values[keys.IS_ONLINE.name] = is_new or is_online
        self.pump = self.pump.noticed(row)
        changed = {name for name, key in keys.KEYS.items() if self[key] != before[name]}
        return frozenset(changed | self._learn())

    def count(self, now_s: float, midnight_s: float) -> frozenset[str]:
        """Read the ledger anew; return the names of the keys that changed.

        ``midnight_s`` is when the user's day began (epoch seconds).
        """
        found: dict[str, Any] = {}
        for series in SERIES:
            kwh = self.ledger.total_kwh(*series)
            found[ENERGY[series_name(series)].name] = kwh
        for key, value in (
            (COP_TODAY, between(self.ledger, midnight_s, now_s)),
            (
                COP_TODAY_WITH_INDOOR,
                between(self.ledger, midnight_s, now_s, indoor_unit=True),
            ),
            (COP_ALL, lifetime(self.ledger)),
            (COP_ALL_WITH_INDOOR, lifetime(self.ledger, indoor_unit=True)),
        ):
            found[key.name] = None if value is None else round(value, 2)
        found[HISTORY.name] = round(100 * self.ledger.progress.history_share)
        changed: set[str] = set()
        for name, value in found.items():
            if value is not None and name not in self._known:
                self._known.add(name)
                changed.add(name)
            if self.own.get(name) != value:
                self.own[name] = value
                changed.add(name)
        return frozenset(changed)

    @property
    def cop(self) -> float | None:
        """The COP of the newest log's moment."""
        return keys.cop(self[keys.POWER_IN], self[keys.POWER_OUT], self[keys.STATE])

    @property
    def rpm_percent(self) -> float | None:
        """The compressor's speed in % of its model's."""
        return keys.rpm_percent(self[keys.RPM], self.pump.model)

    @property
    def is_online(self) -> bool:
        """Tell whether the vendor hears the heat pump."""
        return (
            self[keys.IS_ONLINE] is not False
            and enums.STATE.get(self[keys.STATE] or 0) != "offline"
        )

    def _take_online(self, row: Row) -> frozenset[str]:
        """Take what the newest log that the vendor has says of now, old as it is."""
        name = keys.IS_ONLINE.name
        if name not in row.values or row.values[name] == self.values.get(name):
            return frozenset()
        self.values[name] = row.values[name]
        return frozenset({name})

    def _learn(self) -> set[str]:
        new = {
            name
            for name, key in keys.KEYS.items()
            if name not in self._known and key.is_in(self.values)
        }
        self._known |= new
        return new
