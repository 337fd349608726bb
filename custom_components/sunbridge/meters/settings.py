"""How a power is stored: the sensors of each direction, and whether it's inverted.

Sources are the registry's ids, or entity ids that it doesn't have.
"""

from collections.abc import Mapping
from typing import Any, Final

from .freshness import Limits
from .sources import Quantity, Source

CONF_INVERTED: Final = "inverted"
CONF_POWER: Final = "power"
CONF_REVERSE: Final = "reverse"


def power_of(data: Mapping[str, Any], limits: Limits | None = None) -> Quantity:
    """Return a power that is measured both ways by one, or each way by another."""
    powers, reverse = data[CONF_POWER], data.get(CONF_REVERSE) or ()
    is_flipped = data.get(CONF_INVERTED, False)
    sources = [
        Source(source, is_flipped=is_flipped, is_one_way=bool(reverse))
        for source in powers
    ]
    sources += [
        Source(source, is_flipped=not is_flipped, is_one_way=True) for source in reverse
    ]
    return Quantity(tuple(sources), limits)
