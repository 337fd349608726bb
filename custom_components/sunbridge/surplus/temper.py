"""How eager a load is: what each change has to be worth before it's made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from .model import Eagerness


@dataclass(frozen=True, slots=True)
class Temper:
    """Prices of changes in Wh.

    ``price_ratio`` is what a Wh beyond the surplus costs, in Wh of the surplus that
    are missed (reference surplus 3.4). ``round_up`` is the part of a step of current
    that is added before rounding down.
    """

    price_ratio: float
    round_up: float
    start_wh: float
    stop_wh: float
    up_wh: float
    down_wh: float
    # What a start or a switch costs beside the pause that it makes.
    change_wh: float


# Chosen on the tuning seeds of ``benchmarks/surplus``. The balanced one imports 30 % less
# than the 30-s rule there, with no more changes; the eager one gets the most of the sun.
TEMPERS: Final[Mapping[Eagerness, Temper]] = {
    Eagerness.CAUTIOUS: Temper(3.0, 0.1, 20.0, 20.0, 50.0, 70.0, 80.0),
    Eagerness.BALANCED: Temper(1.5, 0.2, 20.0, 25.0, 60.0, 80.0, 90.0),
    Eagerness.EAGER: Temper(1.0, 0.4, 10.0, 20.0, 20.0, 60.0, 40.0),
}
