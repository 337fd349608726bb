"""How often a heat pump is read, as the user wants it: by day and by night."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from .const import CONF_DAY_S, CONF_NIGHT_S, DEFAULT_DAY_S, DEFAULT_NIGHT_S, NIGHT


@dataclass(frozen=True, slots=True)
class Pace:
    """The seconds between two reads of one heat pump, where it's the only one."""

    day_s: float
    night_s: float

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Return the pace of an entry's options."""
        return cls(
            float(options.get(CONF_DAY_S, DEFAULT_DAY_S)),
            float(options.get(CONF_NIGHT_S, DEFAULT_NIGHT_S)),
        )

    @property
    def slowest_s(self) -> float:
        """The longer one of both."""
        return max(self.day_s, self.night_s)

    def every_s(self, hour: int) -> float:
        """Return the time between two reads in an hour of the user's day."""
        evening, morning = NIGHT
        return self.night_s if hour >= evening or hour < morning else self.day_s
