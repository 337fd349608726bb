"""A charger as whoever regulates it sees it, whatever the vendor."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from homeassistant.core import CALLBACK_TYPE

from .surplus.model import ChargerReport


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind of charger can do, as the fields of ``surplus.model.Charger``.

    ``feed_every_s`` is None where it can't follow the surplus by itself.
    """

    min_a: float
    max_a: float
    step_a: float
    phases: tuple[int, ...]
    spacing_s: float
    reply_s: float
    delay_s: float
    switch_pause_s: float
    refresh_s: float | None = None
    feed_every_s: float | None = None


class Charging(Protocol):
    """What a vendor's coordinator gives to the surplus, as its ``charging``."""

    @property
    def traits(self) -> Traits:
        """What the charger can do now; limits may change with its settings."""

    def report(self) -> ChargerReport | None:
        """Return what is known of it, with times of the event loop; None if nothing.

        It's that of the last news: an old one means that the charger is offline.
        """

    def listen(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Call ``on_news`` with whatever may change the report."""

    async def async_set(self, amps: float, phases: int) -> None:
        """Tell it its current, A per phase (0 is a pause), and its phases.

        It returns when that's sent; what the charger then reports is the confirmation.
        Nothing is written to flash memory. Raises a translated ``HomeAssistantError``.
        """

    async def async_feed(
        self, grid_w: float, pv_w: float | None, battery_w: float | None
    ) -> None:
        """Tell it the powers of the house, as its own logic wants them.

        ``grid_w`` is + for import, ``battery_w`` + for discharge, ``pv_w`` never
        negative. It's to be said again every ``feed_every_s``, changed or not. Raises
        a translated ``HomeAssistantError``.
        """

    def problems(self, *, is_fed: bool) -> frozenset[str]:
        """Return what keeps it from charging by the surplus, as keys of issues.

        Each has an issue ``surplus_<key>``, whose fix is ``async_mend``.
        """

    async def async_mend(self, problem: str) -> None:
        """Change the setting that is the problem. Raises as ``async_set``."""
