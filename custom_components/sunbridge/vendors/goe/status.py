"""What a charger last said of itself, as typed and immutable data."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self, cast

from ..json import JsonValue
from .decode import Key, number

# Reported uptime and the age of the data are whole milliseconds and seconds; a boot
# time that moves by less than this is their jitter and no reboot.
BOOT_JITTER_S = 5.0

_UPTIME = "rbt"
_ABSENT: Any = object()
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a charger, merged from all it has reported.

    ``raw`` has the newest JSON of each key, unknown keys too (for diagnostics).
    ``values`` has the decoded value of each known key; ``None`` is unknown: the
    charger said null, or something that isn't of the key's type. ``booted_at_s`` is
    the time of the last boot (epoch seconds) and stands still between reboots.
    """

    keys: Mapping[str, Key[Any]] = field(repr=False, compare=False)
    raw: Mapping[str, JsonValue] = field(default_factory=dict, repr=False)
    values: Mapping[str, object] = field(default=_NOTHING, repr=False)
    booted_at_s: float | None = None

    @classmethod
    def of(cls, keys: Iterable[Key[Any]]) -> Self:
        """Return an empty status that knows these keys."""
        return cls(keys={key.name: key for key in keys})

    def __getitem__[T](self, key: Key[T]) -> T | None:
        """Return the value of a key, None where it's unknown or not reported."""
        return cast("T | None", self.values.get(key.name))

    def reports(self, names: Collection[str]) -> bool:
        """Tell whether the charger has all these keys, whatever their value."""
        return all(name in self.raw for name in names)

    def merge(self, body: Mapping[str, JsonValue], at_s: float) -> Update:
        """Merge a (partial) report of the time ``at_s`` (epoch seconds)."""
        raw = dict(self.raw)
        values = dict(self.values)
        changed: set[str] = set()
        malformed: set[str] = set()
        for name, value in body.items():
            before = raw.get(name, _ABSENT)
            # True is not 1, as it is in Python.
            if before == value and type(before) is type(value):
                continue
            raw[name] = value
            if (key := self.keys.get(name)) is None:
                continue
            last = values.get(name)
            decoded: object = None
            if value is not None:
                try:
                    decoded = key.decode(value)
                except ValueError:
                    malformed.add(name)
                else:
                    if key.keep is not None and last is not None:
                        decoded = key.keep(last, decoded)
            values[name] = decoded
            if before is _ABSENT or decoded != last:
                changed.add(name)
        return Update(
            status=Status(self.keys, raw, values, self._booted_at_s(body, at_s)),
            changed=frozenset(changed),
            malformed=frozenset(malformed),
            grown=len(raw) > len(self.raw),
        )

    def time_of(self, since_boot_ms: float | None) -> float | None:
        """Turn the charger's own clock (ms since boot) into epoch seconds."""
        if since_boot_ms is None or self.booted_at_s is None:
            return None
        return self.booted_at_s + round(since_boot_ms / 1000)

    def _booted_at_s(self, body: Mapping[str, JsonValue], at_s: float) -> float | None:
        if _UPTIME not in body:
            return self.booted_at_s
        try:
            booted_at_s = round(at_s - number(body.get(_UPTIME)) / 1000)
        except ValueError:
            return self.booted_at_s
        last = self.booted_at_s
        if last is not None and abs(booted_at_s - last) < BOOT_JITTER_S:
            return last
        return booted_at_s


@dataclass(frozen=True, slots=True)
class Update:
    """What a report changed.

    ``changed`` names the keys whose value is another one now, ``malformed`` those
    with JSON of a wrong type, and ``grown`` tells that there are keys that the
    charger hadn't reported before.
    """

    status: Status
    changed: frozenset[str]
    malformed: frozenset[str]
    grown: bool
