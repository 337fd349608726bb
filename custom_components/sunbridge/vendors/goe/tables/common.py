"""The words that the tables are written in."""

from collections.abc import Callable, Mapping
from typing import Any

from ....entity import Reading
from ..decode import JsonValue, Key
from ..status import Status

type Command = Mapping[str, JsonValue]


def of[T](key: Key[T]) -> Reading[Status, T]:
    """Read a key as it is."""
    return Reading(frozenset({key.name}), lambda status: status[key])


def part[T, V](key: Key[T], fn: Callable[[T], V | None]) -> Reading[Status, V]:
    """Read a part of a key's value, or what follows from it."""

    def read(status: Status) -> V | None:
        value = status[key]
        return None if value is None else fn(value)

    return Reading(frozenset({key.name}), read)


def option[V](key: Key[int], names: Mapping[int, V]) -> Reading[Status, V]:
    """Read an enumeration; numbers that nobody knows yet are unknown."""
    return part(key, names.get)


def derived[V](
    fn: Callable[[Status], V | None], *keys: Key[Any], also: tuple[Key[Any], ...] = ()
) -> Reading[Status, V]:
    """Read what follows from several keys.

    The entity exists with ``keys``; it also follows changes of those in ``also``.
    """
    return Reading(
        frozenset(key.name for key in keys), fn, frozenset(key.name for key in also)
    )


def write[V](
    key: Key[Any], encode: Callable[[V], JsonValue]
) -> Callable[[Status, V], Command]:
    """Set a key to the encoded value."""
    return lambda _, value: {key.name: encode(value)}


def choose(key: Key[Any], names: Mapping[int, str]) -> Callable[[Status, str], Command]:
    """Set an enumeration by the option's name."""
    numbers = {name: number for number, name in names.items()}
    return lambda _, name: {key.name: numbers[name]}
