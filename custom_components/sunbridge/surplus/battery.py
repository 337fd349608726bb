"""What a home battery leaves for the loads (reference surplus 1.2 and 4.3)."""

from dataclasses import dataclass
from typing import Final

from .kept import number
from .model import BatteryRule, BatterySample, House

# What a battery that comes first is offered more than it takes. It's what it grows by,
# so that it has to be more than the rounding of a current.
_RESERVE_W: Final = 500.0
_FULL_PERCENT: Final = 98.0
# A battery doesn't discharge beside such an export.
_UNKNOWN_W: Final = 300.0
_OLD_S: Final = 120.0


@dataclass(slots=True)
class Battery:
    """Whose turn it is within a band of the state of charge."""

    is_first: bool = True

    def taken_w(
        self,
        house: House,
        sample: BatterySample | None,
        now_s: float,
        *,
        grid_w: float,
        loads_w: float,
    ) -> tuple[float, bool]:
        """Return what isn't there for the loads, W, and whether it's known.

        A charge that they may take is below 0. A battery of which nothing is known
        may give all that the loads take, unless there's an export.
        """
        if sample is None:
            return 0.0, True
        power_w, soc = number(sample.power_w), number(sample.soc_percent)
        if soc is not None and not 0 <= soc <= 100:
            soc = None
        if not -1.0 <= now_s - sample.at_s <= _OLD_S:
            power_w = soc = None
        is_first = self._decide(house, soc)
        is_known = power_w is not None and (
            soc is not None or house.battery_rule is not BatteryRule.BAND
        )
        if power_w is None:
            given_w = loads_w if grid_w > -_UNKNOWN_W else 0.0
            return _UNKNOWN_W + given_w, False
        if not is_first:
            return power_w, is_known
        return max(power_w, 0.0) + _RESERVE_W, is_known

    def _decide(self, house: House, soc: float | None) -> bool:
        """Tell whether the battery is first; a full one never is."""
        if soc is not None and soc >= _FULL_PERCENT:
            self.is_first = False
            return False
        if house.battery_rule is not BatteryRule.BAND:
            return house.battery_rule is BatteryRule.BATTERY_FIRST
        low, high = sorted(house.band_percent)
        if soc is None or soc < low:
            self.is_first = True
        elif soc >= high:
            self.is_first = False
        return self.is_first
