"""What entities listen to: the house, and each load, as the engine sees them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import fields, replace
from typing import Any, Final, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription

from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from .devices import async_load_info, load_table
from .loads import ChargerAwayError, Port
from .state import SHOWN_EVERY_S, HouseState, LoadState
from .tables import Table
from .wishes import Change, Resume

# What changes with each sample of a meter.
_RESTLESS: Final = ("available", "surplus")

type Wish = Change | Resume


class SurplusCoordinator[StateT: (HouseState, LoadState)](
    SunbridgeCoordinator[StateT, Wish]
):
    """A device of surplus; it's made here, so that nobody else makes it unavailable."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        device_info: DeviceInfo,
        table: Table,
        state: StateT,
        on_wish: Callable[[Wish], None],
    ) -> None:
        """Prepare; ``on_wish`` is called with what a user wants."""
        super().__init__(hass, entry)
        ((_, self.device_id),) = device_info["identifiers"]
        self.device_info = device_info
        self.max_age_s = float("inf")
        self.data = state
        self.diagnose: Callable[[], dict[str, Any]] = dict
        self._table = table
        self._on_wish = on_wish
        self._is_known = True
        self._told_at_s = -SHOWN_EVERY_S
        # Entities are added with what there is now.
        self._shown_available = (True, True)

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities of the device."""
        return self._table

    @override
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether there are such values."""
        return self.data.reports(keys)

    @property
    @override
    def source_available(self) -> bool:
        """What is decided here is known, but for an error of our own."""
        return self._is_known

    @callback
    def async_set_known(self, is_known: bool) -> None:
        """Show what is decided, or nothing while no decision can be made."""
        if is_known != self._is_known:
            self._is_known = is_known
            self.async_update_listeners()

    @override
    async def async_send(self, command: Wish) -> None:
        """Take what a user wants; it counts at once."""
        self._on_wish(command)

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return what the engine says of the device."""
        return self.diagnose()

    @override
    async def _async_update_data(self) -> StateT:
        """Return what there is: nothing is asked for here."""
        return self.data

    @callback
    def async_show(self, state: StateT, now_s: float) -> None:
        """Show a state; what never rests is shown every 10 s."""
        before = self.data
        changed = {
            item.name
            for item in fields(state)
            if getattr(state, item.name) != getattr(before, item.name)
        }
        for name in changed.intersection(_RESTLESS):
            old, new = getattr(before, name), getattr(state, name)
            if old is None or new is None or now_s - self._told_at_s >= SHOWN_EVERY_S:
                self._told_at_s = now_s
            else:
                state = replace(state, **{name: old})
                changed.remove(name)
        if changed:
            grown = getattr(before, "phases", "") is None and "phases" in changed
            self.data = state
            self.async_note_change(frozenset(changed), grown=grown)
            self.async_update_listeners()


class LoadCoordinator(SurplusCoordinator[LoadState]):
    """A load; it belongs to the subentry that it's made of."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        port: Port,
        on_wish: Callable[[Wish], None],
    ) -> None:
        """Prepare; ``on_wish`` is called with what a user wants."""
        super().__init__(
            hass,
            entry,
            async_load_info(hass, entry, port),
            load_table(port.setup),
            LoadState(),
            on_wish,
        )
        self.subentry_id = port.setup.load_id
        self._port = port

    async def async_mend(self, problem: str) -> None:
        """Mend what keeps a charger from following. Raises ``HomeAssistantError``."""
        if (charging := self._port.charging) is None:
            raise ChargerAwayError
        await charging.async_mend(problem)
