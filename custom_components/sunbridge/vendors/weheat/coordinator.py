"""Keep what a heat pump says, and what its energy is."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
import math
import time
from typing import TYPE_CHECKING, Any, Final, Never, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from ..devices import has_device
from .const import VENDOR
from .energy import Ledger, Sample
from .fill import async_while_loaded
from .hours import Energy, HourEnergy
from .meters import hour_rows, meters_of
from .pump import Pump
from .redact import known_values, other_names
from .rows import Row
from .state import PumpState
from .tables import DESCRIPTIONS

if TYPE_CHECKING:
    from .account import WeheatAccount

MAX_AGE_S: Final = 900.0
# It's gone when so many lists in a row don't have it.
GONE_AFTER: Final = 2


@callback
def device_id_of(pump: Pump) -> str:
    """Return what identifies a heat pump in Home Assistant."""
    return f"{VENDOR}_{pump.id}"


class WeheatCoordinator(SunbridgeCoordinator[PumpState, Never]):
    """One heat pump of an account.

    ``latest_s`` is when its newest log was asked for (loop's clock), ``has_news``
    whether the last read of rows had a new one, ``is_held`` whether its lifetime counter
    isn't believed, ``dirty_before_s`` what wasn't written before the last hours came.
    """

    latest_s = -math.inf
    has_news = False
    is_held = False
    dirty_before_s: int | None = None
    _missed = 0

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        account: WeheatAccount,
        pump: Pump,
        ledger: Ledger,
    ) -> None:
        """Prepare for a heat pump of the account."""
        super().__init__(hass, entry)
        self.name = pump.name
        self.device_id = device_id_of(pump)
        self.max_age_s = MAX_AGE_S
        self.data = PumpState(pump, ledger)
        self.counters: Counter[str] = Counter()
        self._account = account
        self.device_info = DeviceInfo(
            identifiers={(DOMAIN, self.device_id)},
            manufacturer="Weheat",
            model=pump.model_name,
            name=pump.name,
            serial_number=pump.serial,
            sw_version=pump.firmware,
        )
        self._count()

    @property
    def ledger(self) -> Ledger:
        """The heat pump's books."""
        return self.data.ledger

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities that a heat pump may have."""
        return DESCRIPTIONS

    @override
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether the heat pump has all these keys."""
        return self.data.reports(keys)

    @property
    @override
    def available(self) -> bool:
        """Tell whether the heat pump is online, and its newest log fresh."""
        return (
            super().available
            and self.data.is_online
            and self._row_age_s(time.time()) <= self.max_age_s
        )

    @callback
    def take_rows(
        self, rows: Iterable[Row], *, is_live: bool = True, is_booked: bool = True
    ) -> None:
        """Take logs, in any order; those that fill a gap aren't live."""
        now_s = time.time()
        rows = tuple(rows)
        before_s = self.data.at_s
        changed: frozenset[str] = frozenset()
        for row in sorted(rows, key=lambda row: row.at_s):
            changed |= self.data.take(row)
        if is_booked:
            self.ledger.add_rows(map(_sample, rows), now_s)
        if is_live:
            self.has_news = self.data.at_s != before_s
            if self.has_news and is_booked and self.ledger.has_power:
                self.ledger.progress.heard(now_s)
            # What is old is known to be so: then it's the heat pump that is silent.
            age_s = self._row_age_s(now_s)
            self.async_data_from(age_s if age_s <= self.max_age_s else 0.0)
        self.async_tell(changed)

    @callback
    def take_hours(
        self, hours: Iterable[HourEnergy], from_s: float, to_s: float
    ) -> None:
        """Take the vendor's energies of hours."""
        self.dirty_before_s = self.ledger.dirty_from_s
        self.ledger.add_hours(hour_rows(hours), from_s, to_s, time.time())
        self.async_tell()

    @callback
    def take_total(self, total: Energy) -> None:
        """Take the vendor's lifetime counter."""
        now_s = time.time()
        if self.ledger.add_total(meters_of(total), now_s):
            self.ledger.progress.heard(now_s)
        else:
            self.counters["counter held"] += 1
        self.async_tell()

    @callback
    def async_listed(self, is_there: bool) -> None:
        """Note whether the account has the heat pump; one slip isn't believed.

        One that returns after its device was deleted has to be set up anew.
        """
        self._missed = 0 if is_there else self._missed + 1
        is_present = self._missed < GONE_AFTER
        if is_present == self.is_present:
            return
        if is_present and not has_device(self.hass, self.config_entry, self.device_id):
            self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
            return
        self.is_present = is_present
        self.async_update_listeners()

    @callback
    def async_tell(self, changed: frozenset[str] = frozenset()) -> None:
        """Tell entities what is new, also in the books."""
        changed |= self._count()
        if changed:
            self.async_note_change(changed, grown=True)
        self.async_update_listeners()

    @override
    async def async_send(self, command: Never) -> None:
        """Do nothing: the vendor's API only reads."""

    @override
    async def async_fill_gaps(self, from_s: float, to_s: float) -> dict[str, Any]:
        """Read the hours of a period anew, and write them into the statistics."""
        filling = self._account.async_fill_gaps(self, from_s, to_s)
        return await async_while_loaded(self.hass, self.config_entry, filling)

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return counters and the last log, without what names somebody."""
        pump = self.data.pump
        return {
            "model": pump.model,
            "hot_water": pump.dhw,
            "boiler_type": pump.boiler_type,
            "cooling": pump.cooling,
            "is_present": self.is_present,
            "counters": dict(self.counters),
            "log": known_values(self.data.values),
            "other_keys": other_names(self.data.values),
            "own": dict(self.data.own),
            "open_gaps": [[gap.from_s, gap.to_s] for gap in self.ledger.open_gaps],
            "late_rows": self.ledger.late_rows,
            "absurd_hours": self.ledger.absurd_hours,
            "progress": self.ledger.progress.as_dict(),
            "account": self._account.diagnostics(),
        }

    @override
    async def _async_update_data(self) -> PumpState:
        """Return what there is: the budget leaves no room for questions."""
        return self.data

    def _row_age_s(self, now_s: float) -> float:
        return math.inf if self.data.at_s is None else max(0.0, now_s - self.data.at_s)

    def _count(self) -> frozenset[str]:
        return self.data.count(time.time(), dt_util.start_of_local_day().timestamp())


def _sample(row: Row) -> Sample:
    return Sample(row.at_s, row.interval_s, row.state, row.power_in_w, row.power_out_w)
