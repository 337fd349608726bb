"""The meters of the house, as the controller wants to know them."""

from collections.abc import Callable, Iterator

from homeassistant.core import HomeAssistant, callback

from ...meters.sources import Quantity
from ...meters.units import Measure
from ..model import BatterySample, Sample
from .sensed import Sensed
from .settings import HouseSetup


class HouseMeters:
    """Grid, battery and inverters; ``on_news`` is called when one of the first two speaks."""

    def __init__(
        self, hass: HomeAssistant, setup: HouseSetup, on_news: Callable[[], None]
    ) -> None:
        """Prepare; nothing is listened to yet."""
        self._setup = setup
        self._on_news = on_news
        self._deciding = frozenset(_ids(setup.grid, setup.battery, setup.soc))
        self._sensed = Sensed(
            hass,
            _ids(setup.grid, setup.battery, setup.soc, setup.pv),
            self._heard,
        )

    @callback
    def async_start(self) -> None:
        """Listen."""
        self._sensed.async_start()

    @callback
    def async_stop(self) -> None:
        """Listen no more."""
        self._sensed.async_stop()

    @property
    def is_missing(self) -> bool:
        """Whether an entity was removed."""
        return self._sensed.is_missing

    @callback
    def grid(self, now_s: float) -> Sample:
        """Return the grid's power, + import."""
        return self._power(self._setup.grid, now_s)

    @callback
    def battery(self, now_s: float) -> BatterySample | None:
        """Return the battery's power, + discharge, and charge; None without one."""
        if self._setup.battery is None:
            return None
        power = self._power(self._setup.battery, now_s)
        soc = None
        if self._setup.soc is not None:
            soc = self._sensed.value(self._setup.soc, Measure.PERCENT)
        return BatterySample(power.power_w, soc, power.at_s)

    @callback
    def pv_w(self) -> float | None:
        """Return what the inverters make, never below 0; None if that isn't known."""
        if self._setup.pv is None:
            return None
        power_w = self._sensed.value(self._setup.pv, Measure.POWER)
        return None if power_w is None else max(power_w, 0.0)

    def _power(self, quantity: Quantity, now_s: float) -> Sample:
        power_w = self._sensed.value(quantity, Measure.POWER)
        at_s = self._sensed.at_s(quantity)
        if power_w is None or at_s is None:
            return Sample(None, now_s)
        return Sample(power_w, at_s)

    @callback
    def _heard(self, stored_id: str) -> None:
        if stored_id in self._deciding:
            self._on_news()


def _ids(*quantities: Quantity | None) -> Iterator[str]:
    for quantity in quantities:
        if quantity is not None:
            yield from (source.id for source in quantity.sources)
