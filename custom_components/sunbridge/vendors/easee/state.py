"""What a product last said of itself: per observation the newest, as typed data."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from ..json import JsonValue
from .decode import Key, is_unknown

# A timestamp further ahead of our clock than this is wrong; kept, it would make all
# later ones look old.
FUTURE_S: Final = 3600.0
# A value that is the newest for so long is none of those that are taken back.
STANDS_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation as it came.

    ``at_s`` is the device's own time (epoch seconds), None where it told none.
    ``arrived_s`` is when the vendor's cloud got it, where a stream tells that.
    """

    device: str
    number: int
    value: JsonValue
    at_s: float | None = None
    arrived_s: float | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What changed: the keys by name, and whether there are some for the first time."""

    changed: frozenset[str]
    grown: bool


class DeviceState:
    """The newest value of each observation; grows in place.

    ``values`` has the decoded value by the observation's name; None is unknown.
    ``times_s`` has the device's timestamps, ``malformed`` how often a value wasn't of
    its type, and ``unknown`` the ids that nobody has described.
    """

    def __init__(self, keys: Mapping[int, Key[Any]]) -> None:
        """Start without any."""
        self.keys = keys
        self.values: dict[str, object] = {}
        self.times_s: dict[str, float] = {}
        self.malformed: Counter[str] = Counter()
        self.unknown: Counter[int] = Counter()
        self.stale = 0
        self._changed: set[str] = set()
        self._grown = False

    def __getitem__[T](self, key: Key[T]) -> T | None:
        """Return the value of a key, None where it's unknown or not reported."""
        return cast("T | None", self.values.get(key.name))

    def at_s(self, key: Key[Any]) -> float | None:
        """Return when the value was observed (epoch seconds)."""
        return self.times_s.get(key.name)

    def reports(self, names: Collection[str]) -> bool:
        """Tell whether the product has all these keys, whatever their value."""
        return all(name in self.values for name in names)

    @property
    def newest_s(self) -> float | None:
        """When the product last said anything (epoch seconds)."""
        return max(self.times_s.values(), default=None)

    def take(
        self, observed: Observed, now_s: float, *, is_newest: bool = False
    ) -> bool:
        """Merge an observation; tell whether it was newer than what there is.

        Of two with the same time the later one wins. ``is_newest`` tells that the
        vendor has no newer one; a value that stands so for long is believed.
        """
        key = self.keys.get(observed.number)
        if key is None:
            self.unknown[observed.number] += 1
            return False
        at_s = observed.at_s
        if at_s is None or at_s > now_s + FUTURE_S:
            # Then it's as new as its arrival. Clocks differ by seconds.
            at_s = max(now_s, self.times_s.get(key.name, now_s))
        stands = is_newest and now_s - at_s > STANDS_S
        return self._take(key, observed.value, at_s, stands)

    def put(self, key: Key[Any], value: object) -> None:
        """Set a value that no observation has; its key has a name of our own."""
        self._store(key.name, value)

    def drain(self) -> Update:
        """Return what changed since the last call."""
        update = Update(frozenset(self._changed), self._grown)
        self._changed.clear()
        self._grown = False
        return update

    def accepts(self, key: Key[Any], value: object, at_s: float, stands: bool) -> bool:
        """Tell whether a newer value is to be believed."""
        return True

    def noticed(self, key: Key[Any], value: object, at_s: float) -> None:
        """Follow up on a value that was taken."""

    def _take(self, key: Key[Any], value: JsonValue, at_s: float, stands: bool) -> bool:
        last_s = self.times_s.get(key.name)
        if last_s is not None and at_s < last_s:
            self.stale += 1
            return False
        decoded: object = None
        if not is_unknown(value):
            try:
                decoded = key.decode(value)
            except ValueError:
                self.malformed[key.name] += 1
        if not self.accepts(key, decoded, at_s, stands):
            return False
        self.times_s[key.name] = at_s
        self._store(key.name, decoded)
        self.noticed(key, decoded, at_s)
        return True

    def _store(self, name: str, value: object) -> None:
        if name not in self.values:
            self._grown = True
        elif self.values[name] == value:
            return
        self.values[name] = value
        self._changed.add(name)
