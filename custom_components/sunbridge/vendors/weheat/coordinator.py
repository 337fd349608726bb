"""Keep what a heat pump says, and what its energy is."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
import time
from typing import TYPE_CHECKING, Any, Final, Never, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.util import dt as dt_util

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from .const import VENDOR
from .energy import HourRow, Ledger, Meter, Sample, metered
from .energy.modes import Mode as EnergyMode
from .hours import Energies, Energy, HourEnergy
from .pump import Pump
from .rows import Row
from .state import PumpState
from .tables import DESCRIPTIONS

if TYPE_CHECKING:
    from .account import WeheatAccount

# Six missed reads; then nobody knows what the heat pump does.
MAX_AGE_S: Final = 900.0


class WeheatCoordinator(SunbridgeCoordinator[PumpState, Never]):
    """One heat pump of an account."""

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
        self.device_id = f"{VENDOR}_{pump.id}"
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
        """Tell whether the heat pump is online, and that's fresh."""
        return super().available and self.data.is_online

    @callback
    def take_rows(self, rows: Iterable[Row]) -> None:
        """Take logs, in any order."""
        now_s = time.time()
        rows = tuple(rows)
        changed: frozenset[str] = frozenset()
        for row in sorted(rows, key=lambda row: row.at_s):
            changed |= self.data.take(row)
        self.ledger.add_rows(
            (
                Sample(
                    row.at_s,
                    row.interval_s,
                    row.state,
                    row.power_in_w,
                    row.power_out_w,
                )
                for row in rows
            ),
            now_s,
        )
        if self.data.at_s is not None:
            self.async_data_from(max(0.0, now_s - self.data.at_s))
        self._tell(changed)

    @callback
    def take_hours(
        self, hours: Iterable[HourEnergy], from_s: float, to_s: float
    ) -> None:
        """Take the vendor's energies of hours."""
        rows = [HourRow(hour.start_s, _meters(hour)) for hour in hours]
        self.ledger.add_hours(rows, from_s, to_s, time.time())
        self._tell(frozenset())

    @callback
    def take_total(self, total: Energy) -> None:
        """Take the vendor's lifetime counter."""
        if not self.ledger.add_total(_meters(total), time.time()):
            self.counters["counter held"] += 1
        self._tell(frozenset())

    @override
    async def async_send(self, command: Never) -> None:
        """Do nothing: the vendor's API only reads."""

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
            "log": {k: v for k, v in self.data.values.items() if k != "heatPumpId"},
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

    @callback
    def _tell(self, changed: frozenset[str]) -> None:
        changed |= self._count()
        if changed:
            self.async_note_change(changed, grown=True)
        self.async_update_listeners()

    def _count(self) -> frozenset[str]:
        return self.data.count(time.time(), dt_util.start_of_local_day().timestamp())


def _meters(energy: Energy) -> dict[Meter, float]:
    """Return what the vendor says, and nothing of what it doesn't."""
    return metered(_known(energy.electric), _known(energy.heat), _known(energy.indoor))


def _known(energies: Energies) -> dict[EnergyMode, float]:
    return {
        EnergyMode(mode.value): kwh for mode, kwh in energies.items() if kwh is not None
    }
