"""One surplus for several loads, none of whose watts is claimed twice.

The loads are asked one after the other. Each sees the surplus less what those before it
take, or soon will; what those after it take is its own for the asking, and they see so
in the same moment. But what a load takes by itself, though it's told not to, nobody can
have. The same goes for what the house may import.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .control import Control
from .model import Load

type Pair = tuple[Load, Control]


def in_order(pairs: Iterable[Pair]) -> list[Pair]:
    """Return the loads by who is served first.

    What isn't in our hands takes what it takes. Among equals it's a load that is
    promised to be done by a time, then one that runs, then the first by name.
    """

    def key(pair: Pair) -> tuple[bool, int, bool, bool, str]:
        load, control = pair
        return control.is_ours, load.priority, *control.rank, load.load_id

    return sorted(pairs, key=key)


@dataclass(slots=True)
class Shares:
    """What is left for the next load, W; None is unknown.

    ``import_w`` is by how much the import may still grow, inf without a limit.
    """

    surplus_w: float | None
    import_w: float | None

    def most_w(self, power_w: float) -> float | None:
        """Return what a load may take that took a power when the grid was measured."""
        return None if self.import_w is None else self.import_w + power_w

    def take(self, claim_w: float, power_w: float) -> None:
        """Take a load's claim off; ``power_w`` is what the meter saw of it already."""
        if self.surplus_w is not None:
            self.surplus_w -= claim_w
        if self.import_w is not None:
            # What one gives up is there when the meter shows it, and not before.
            self.import_w -= max(claim_w - power_w, 0.0)
