"""A load, with all that belongs to it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback

from ...coordinator import SunbridgeConfigEntry
from ..model import (
    Charger,
    ChargerReport,
    Command,
    LoadView,
    Mode,
    Reason,
    SetCharger,
    SetSwitch,
    Switch,
)
from .by_entities import EntitiesPort
from .by_sunbridge import SunbridgePort
from .by_switch import SwitchPort
from .const import ANY_CHARGER, CHARGER, SWITCH
from .coordinator import LoadCoordinator, Wish
from .finish import with_finish
from .issues import Problems
from .loads import Port
from .sender import Sender
from .settings import LoadSetup
from .shown import load_state
from .wishes import Change, LoadWishes, as_dict

_PORTS: Final[Mapping[str, type[Port]]] = {
    ANY_CHARGER: EntitiesPort,
    CHARGER: SunbridgePort,
    SWITCH: SwitchPort,
}


_NOT_OURS: Final = frozenset({Reason.MANUAL, Reason.NO_CAR, Reason.OFFLINE})


class Slot:
    """The way to a load, its commands, what is wanted of it and what is shown."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        setup: LoadSetup,
        wishes: LoadWishes,
        on_news: Callable[[], None],
        on_wish: Callable[[Wish], None],
    ) -> None:
        """Prepare; nothing is listened to yet."""
        self.load_id = setup.load_id
        self.wishes = wishes
        self.port = _PORTS[setup.kind](hass, setup, on_news)
        self.sender = Sender(hass, entry, self.port)
        self.problems = Problems()
        self.load = self.port.load(wishes)
        self.report = self.port.report(hass.loop.time())
        self.view: LoadView | None = None
        self.coordinator = LoadCoordinator(hass, entry, self.port, on_wish)
        self.coordinator.diagnose = self._diagnose

    @callback
    def async_look(self, now_s: float) -> None:
        """Take what it reports now, and what is wanted of it now."""
        load = self.port.load(self.wishes)
        if isinstance(load, Charger):
            used = max(load.phases) if self.view is None else self.view.used
            load = with_finish(load, self.wishes, now_s, used)
        self.load = load
        report = self.port.report(now_s)
        if isinstance(report, ChargerReport):
            report = replace(report, is_failing=self.sender.is_failing)
        self.report = report

    @callback
    def async_show(self, view: LoadView, now_s: float) -> None:
        """Show what was decided."""
        self.view = view
        port = self.port
        state = load_state(self.wishes, self.load, port.traits, self.report, view)
        self.coordinator.async_show(state, now_s)

    @callback
    def async_change(self, change: Change) -> None:
        """Take what a user wants."""
        changed: dict[str, Any] = {change.field: change.value}
        self.wishes = replace(self.wishes, **changed)

    @property
    def is_fed(self) -> bool | None:
        """Whether it follows by itself now; None is that it needn't follow."""
        load, view = self.load, self.view
        if not isinstance(load, Charger) or load.mode is Mode.OFF:
            return None
        if load.feed_every_s is None:
            return False
        return True if view is not None and view.is_fed else None

    @property
    def is_paused(self) -> bool:
        """Whether it says that it has a pause."""
        report = self.report
        if isinstance(report, ChargerReport):
            return report.set_a is not None and report.set_a <= 0
        return report is not None and report.is_on is False

    def pause(self) -> Command | None:
        """Return what makes it take nothing, from what was decided last.

        None is that it has a pause, isn't ours, or learns of it by the silence.
        """
        load, view = self.load, self.view
        if load.mode is Mode.OFF or self.is_fed:
            return None
        if view is not None and (view.reason in _NOT_OURS or not view.amps):
            return None
        if isinstance(load, Switch):
            return SetSwitch(self.load_id, is_on=False)
        return SetCharger(self.load_id, 0.0, view.phases if view else load.phases[0])

    def _diagnose(self) -> dict[str, Any]:
        """Return what there is without a name: numbers and words of our own."""
        setup = self.port.setup
        settings = asdict(self.load)
        del settings["load_id"]
        return {
            "kind": setup.kind,
            "wishes": as_dict(self.wishes),
            "settings": settings,
            "report": None if self.report is None else asdict(self.report),
            "view": None if self.view is None else asdict(self.view),
            "commands": dict(self.sender.counters),
        }
