"""What the engine knows of a load, whatever it's made of."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ...charging import Charging, Traits
from ..model import Charger, Command, Load, Report
from .settings import LoadSetup
from .wishes import LoadWishes, Phases

_COUNTS: Final = {Phases.ONE: 1, Phases.THREE: 3}


class ChargerAwayError(HomeAssistantError):
    """The charger's entry isn't loaded, or its data are too old."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a charger that follows by itself is told beside the grid's power.

    ``battery_w`` is + for discharge, ``pv_w`` never below 0; None is left out.
    """

    pv_w: float | None = None
    battery_w: float | None = None


class Port(ABC):
    """A way to a load. ``on_news`` is to be called with whatever it reports."""

    def __init__(
        self, hass: HomeAssistant, setup: LoadSetup, on_news: Callable[[], None]
    ) -> None:
        """Prepare; nothing is listened to yet."""
        self.setup = setup
        self._hass = hass
        self._on_news = on_news

    @property
    def traits(self) -> Traits | None:
        """What a charger can do, as far as that is known; None for what isn't one."""
        return None

    @property
    def charging(self) -> Charging | None:
        """How a charger of Sunbridge lets itself be regulated, None while it's away."""
        return None

    @property
    def charger_device(self) -> str | None:
        """The registry's id of the charger's own device, None if it has none of ours."""
        return None

    @property
    def is_gone(self) -> bool:
        """Whether the device was removed."""
        return False

    @property
    def is_missing(self) -> bool:
        """Whether an entity was removed."""
        return False

    @property
    def is_pausing(self) -> bool:
        """Whether it has a pause that is part of another command."""
        return False

    @abstractmethod
    def async_start(self) -> None:
        """Listen."""

    @abstractmethod
    def async_stop(self) -> None:
        """Listen no more."""

    @abstractmethod
    def load(self, wishes: LoadWishes) -> Load:
        """Return the settings as the controller wants them."""

    @abstractmethod
    def report(self, now_s: float) -> Report | None:
        """Return what it says of itself; None is that it isn't there."""

    @abstractmethod
    async def async_do(self, command: Command, beside: Beside) -> None:
        """Send a command. Raises ``HomeAssistantError``, or what an integration does."""


def charger_of(
    setup: LoadSetup, traits: Traits, wishes: LoadWishes, *, is_fed: bool
) -> Charger:
    """Return a charger's settings: what a user wants within what it can do."""
    most_a = traits.max_a if wishes.max_a is None else min(traits.max_a, wishes.max_a)
    least_a = traits.min_a if wishes.min_a is None else max(traits.min_a, wishes.min_a)
    count = _COUNTS.get(wishes.phases)
    return Charger(
        setup.load_id,
        wishes.mode,
        wishes.eagerness,
        setup.priority,
        # Limits that cross each other are those of a charger that allows less now.
        min_a=min(least_a, most_a),
        max_a=most_a,
        step_a=traits.step_a,
        phases=(count,) if count in traits.phases else traits.phases,
        spacing_s=traits.spacing_s,
        reply_s=traits.reply_s,
        delay_s=traits.delay_s,
        switch_pause_s=traits.switch_pause_s,
        refresh_s=traits.refresh_s,
        feed_every_s=traits.feed_every_s if is_fed else None,
        target_wh=(wishes.target_kwh * 1000 or None) if setup.knows_sessions else None,
        at_stop=setup.at_stop,
    )
