"""What chargers and Equalizers have in common: observations, and who hears of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulators.clock import Clock

type Listener = Callable[["Product", "Observation"], None]


@dataclass(frozen=True)
class Observation:
    """A value of a product: number, native value, epoch s, and the vendor's data type.

    Data types: 1 binary, 2 boolean, 3 double, 4 integer, 5 position, 6 string,
    7 statistics.
    """

    id: int
    value: Any
    at_s: float
    data_type: int


class Product:
    """A product of the vendor, as its cloud knows it."""

    def __init__(
        self,
        serial: str,
        name: str,
        clock: Clock | None,
        types: dict[int, tuple[int, Any]],
    ) -> None:
        """Take the types and first values by id; None is a value not known yet."""
        self.serial = serial
        self.name = name
        self.clock = clock or Clock()
        self.latest_firmware = 328
        self.observations: dict[int, Observation] = {}
        self.backplate = f"marked-backplate-{serial}"
        self._types = types
        self._listeners: list[Listener] = []
        for number, (_, value) in types.items():
            if value is not None:
                self.observe(number, value)

    def value(self, number: int) -> Any:
        """Return the latest value of an observation, None without one."""
        found = self.observations.get(number)
        return None if found is None else found.value

    def observe(
        self,
        number: int,
        value: Any,
        at_s: float | None = None,
        data_type: int | None = None,
    ) -> Observation:
        """Set an observation, at epoch s, and tell the listeners."""
        if data_type is None:
            data_type = self._types.get(number, (_type_of(value), None))[0]
        at_s = self.clock.time() if at_s is None else at_s
        seen = Observation(number, value, at_s, data_type)
        self.observations[number] = seen
        for listener in list(self._listeners):
            listener(self, seen)
        return seen

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener of each observation; return what ends it."""
        self._listeners.append(listener)

        def unlisten() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unlisten

    def tick(self) -> None:
        """Let the model run until now."""


def _type_of(value: Any) -> int:
    if isinstance(value, bool):
        return 2
    if isinstance(value, float):
        return 3
    return 4 if isinstance(value, int) else 6
