"""What decides each time that something may go wrong in several ways.

The same payloads are made of three kinds of dice: those of hypothesis, which make a
failure small; those of a random generator, which are fast; and those of atheris, which
look for code that nothing has reached yet. The lowest number is the tamest choice.
"""

from collections.abc import Callable, Sequence
import random
from typing import Any, Protocol, override

from hypothesis import strategies as st


class Dice(Protocol):
    """Whatever decides."""

    def number(self, low: int, high: int) -> int:
        """Return a number between two, both included."""

    def real(self) -> float:
        """Return any float."""

    def text(self, most: int) -> str:
        """Return any text of so many signs at the most, lone surrogates too."""

    def data(self, most: int) -> bytes:
        """Return any bytes, so many at the most."""


def pick[T](dice: Dice, options: Sequence[T]) -> T:
    """Choose one."""
    return options[dice.number(0, len(options) - 1)]


def often(dice: Dice, times: int, of: int) -> bool:
    """Say yes so many times of so many; no is the tame answer."""
    return dice.number(1, of) > of - times


def mostly[T](dice: Dice, options: Sequence[T]) -> T:
    """Choose the first one, and sometimes any."""
    return pick(dice, options) if often(dice, 1, 4) else options[0]


class Drawn(Dice):
    """The dice of hypothesis."""

    _REALS = st.floats()
    _SIGNS = st.characters(exclude_categories=())

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        """Use what a test draws with."""
        self._draw = draw

    @override
    def number(self, low: int, high: int) -> int:
        found: int = self._draw(st.integers(low, high))
        return found

    @override
    def real(self) -> float:
        found: float = self._draw(self._REALS)
        return found

    @override
    def text(self, most: int) -> str:
        found: str = self._draw(st.text(self._SIGNS, max_size=most))
        return found

    @override
    def data(self, most: int) -> bytes:
        found: bytes = self._draw(st.binary(max_size=most))
        return found


class Rolled(Dice):
    """A random generator's; the same seed is the same payload."""

    def __init__(self, seed: int) -> None:
        """Begin with a seed."""
        self._random = random.Random(seed)

    @override
    def number(self, low: int, high: int) -> int:
        return low + int(self._random.random() * (high - low + 1))

    @override
    def real(self) -> float:
        size: float = 10.0 ** self._random.uniform(-9, 20)
        return self._random.gauss(0.0, 1.0) * size

    @override
    def text(self, most: int) -> str:
        length, top = self.number(0, most), 0x7F if self.number(0, 3) else 0x10FFFF
        return "".join(chr(self.number(0, top)) for _ in range(length))

    @override
    def data(self, most: int) -> bytes:
        return self._random.randbytes(self.number(0, most))


class Told(Dice):
    """Those of atheris; ``provider`` is its FuzzedDataProvider."""

    def __init__(self, provider: Any) -> None:
        """Use the bytes that it was given."""
        self._provider = provider

    @override
    def number(self, low: int, high: int) -> int:
        found: int = self._provider.ConsumeIntInRange(low, high)
        return found

    @override
    def real(self) -> float:
        found: float = self._provider.ConsumeFloat()
        return found

    @override
    def text(self, most: int) -> str:
        found: str = self._provider.ConsumeUnicode(most)
        return found

    @override
    def data(self, most: int) -> bytes:
        found: bytes = self._provider.ConsumeBytes(most)
        return found
