"""The words that vendors' tables are written in: how rows read a device's state."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ..entity import Reading
from .json import JsonValue


class Key[T](Protocol):
    """What a vendor's model calls a value of a device."""

    @property
    def name(self) -> str:
        """The key that entities listen to."""

    @property
    def decode(self) -> Callable[[JsonValue], T]:
        """What makes the value out of JSON."""


def of[T](key: Key[T]) -> Reading[Any, T]:
    """Read a key as it is."""
    return Reading(frozenset({key.name}), lambda state: state[key])


def part[T, V](key: Key[T], fn: Callable[[T], V | None]) -> Reading[Any, V]:
    """Read a part of a key's value, or what follows from it."""

    def read(state: Any) -> V | None:
        value = state[key]
        return None if value is None else fn(value)

    return Reading(frozenset({key.name}), read)


def option[T, V](key: Key[T], names: Mapping[T, V]) -> Reading[Any, V]:
    """Read an enumeration; values that nobody knows yet are unknown."""
    return part(key, names.get)


def derived[StateT, V](
    fn: Callable[[StateT], V | None], *keys: Key[Any], also: tuple[Key[Any], ...] = ()
) -> Reading[StateT, V]:
    """Read what follows from several keys.

    The entity exists with ``keys``; it also follows changes of those in ``also``.
    """
    return Reading(
        frozenset(key.name for key in keys), fn, frozenset(key.name for key in also)
    )
