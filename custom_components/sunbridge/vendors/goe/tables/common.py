"""The words that the tables are written in."""

from collections.abc import Callable, Mapping
from typing import Any

from ...json import JsonValue
from ..decode import Key
from ..status import Status

type Command = Mapping[str, JsonValue]


def write[V](
    key: Key[Any], encode: Callable[[V], JsonValue]
) -> Callable[[Status, V], Command]:
    """Set a key to the encoded value."""
    return lambda _, value: {key.name: encode(value)}


def choose(key: Key[Any], names: Mapping[int, str]) -> Callable[[Status, str], Command]:
    """Set an enumeration by the option's name."""
    numbers = {name: number for number, name in names.items()}
    return lambda _, name: {key.name: numbers[name]}
