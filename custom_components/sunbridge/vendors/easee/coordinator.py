"""Keep what a charger or an Equalizer says, and send commands to it."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
import time
from typing import TYPE_CHECKING, Any, Final, override

from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription

from ...const import DOMAIN
from ...coordinator import SunbridgeConfigEntry
from ...entity import SunbridgeEntityDescription
from ..json import JsonValue
from . import charger_keys, equalizer_keys
from .api import Product
from .charger import CHARGING, ChargerState
from .charging import EaseeCharging
from .const import CONF_MAX_AGE_S, CONF_TAG_SALT, DEFAULT_MAX_AGE_S, VENDOR
from .control import EaseeControl
from .enums import MODELS
from .equalizer import SURPLUS, EqualizerState
from .own_keys import DELAY_CHARGER, DELAY_CLOUD, LATEST_FIRMWARE
from .redact import redacted
from .state import DeviceState, Observed
from .tables import CHARGER_DESCRIPTIONS, EQUALIZER_DESCRIPTIONS

if TYPE_CHECKING:
    from .account import EaseeAccount

# A product that is silent for longer is read by REST; it may just have nothing to say.
# Chargers that charge and Equalizers always have.
SILENCE_S: Final = 1200.0
SILENCE_BUSY_S: Final = 120.0
# What a stream doesn't bring is read now and then in any case.
READ_ANYWAY_S: Final = 3600.0

DELAY_EVERY_S: Final = 30.0


class EaseeCoordinator(EaseeControl):
    """One product of an account."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: SunbridgeConfigEntry,
        account: EaseeAccount,
        product: Product,
    ) -> None:
        """Prepare for a product of the account."""
        super().__init__(hass, entry, account, product)
        self.name = product.name
        self.device_id = f"{VENDOR}_{product.serial}"
        self.max_age_s = entry.options.get(CONF_MAX_AGE_S, DEFAULT_MAX_AGE_S)
        self.data = (
            EqualizerState()
            if product.is_equalizer
            else ChargerState(entry.data.get(CONF_TAG_SALT))
        )
        if not product.is_equalizer:
            self.charging = EaseeCharging(self, account)
        # Times of the loop's clock: since when a read is owed, when a failed one may
        # be tried again, when the last one succeeded, and whether the stream, since
        # it's open, has brought anything of this product.
        self._owed_s: float | None = 0.0
        self._retry_s = 0.0
        self._read_s = 0.0
        self._is_heard = False
        self.was_deaf = False
        self._delays_at_s = 0.0
        self._newest_s = 0.0
        self._firmware_key = (
            equalizer_keys.SOFTWARE_RELEASE
            if product.is_equalizer
            else charger_keys.CHARGER_FIRMWARE
        )
        self.device_info = DeviceInfo(
            identifiers={(DOMAIN, self.device_id)},
            manufacturer="Easee",
            model=_model(product),
            name=product.name,
            serial_number=product.serial,
        )

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities that such a product may have."""
        if self.product.is_equalizer:
            return EQUALIZER_DESCRIPTIONS
        return CHARGER_DESCRIPTIONS

    @cached_property
    def wanted_numbers(self) -> tuple[int, ...]:
        """The ids that entities may read; nobody asks for what else there is."""
        names: set[str] = set()
        for rows in self.descriptions.values():
            for row in rows:
                assert isinstance(row, SunbridgeEntityDescription)
                names |= row.reading.keys | row.reading.also
        return tuple(n for n, key in self.data.keys.items() if key.name in names)

    @override
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether the product has all these keys."""
        return self.data.reports(keys)

    @property
    @override
    def age_s(self) -> float | None:
        """How much longer than it may be silent nothing was heard of the product.

        While the stream brings what it says, no news are good news for a while;
        otherwise data age from the last that was heard or read.
        """
        age_s = super().age_s
        if age_s is None or not self._is_heard:
            return age_s
        return max(0.0, age_s - self.silence_s)

    @property
    def heard_at_s(self) -> float | None:
        """When it was last heard or read (loop's clock), None before the first time."""
        return self._data_at

    @property
    def silence_s(self) -> float:
        """How long the product may be silent."""
        is_charging = self.data[charger_keys.CHARGER_OP_MODE] == CHARGING
        if is_charging or self.product.is_equalizer or self._account.is_shared:
            return SILENCE_BUSY_S
        return SILENCE_S

    @property
    @override
    def available(self) -> bool:
        """Tell whether the product is online, and that's fresh."""
        return super().available and self.is_online

    @property
    def is_online(self) -> bool:
        """Tell whether the vendor's cloud hears the product."""
        assert isinstance(self.data, (ChargerState, EqualizerState))
        return self.data.is_online

    @callback
    def take(self, observed: Observed, now_s: float, *, is_late: bool) -> bool:
        """Merge what the stream brought; entities get it by the next ``flush``.

        ``is_late`` tells that it waited somewhere, so its delay says nothing.
        """
        self._is_heard = True
        self.was_deaf = False
        if not self.data.take(observed, now_s):
            return False
        if observed.at_s is not None and observed.at_s > self._newest_s:
            self._newest_s = observed.at_s
            if not is_late:
                self._note_delays(observed.at_s, observed.arrived_s, now_s)
        return True

    @callback
    def take_state(self, found: Iterable[Observed], began_s: float) -> None:
        """Merge what was read, from a read that began at this time (loop's clock)."""
        now_s = time.time()
        for observed in found:
            self.data.take(observed, now_s, is_newest=True)
        self._read_s = self.hass.loop.time()
        if self._owed_s is not None and self._owed_s <= began_s:
            self._owed_s = None
        self.flush()

    @callback
    def flush(self) -> None:
        """Tell the entities what was merged since the last time."""
        self.async_data_from(0.0)
        self.async_tell()

    @callback
    def linked(self, up: bool, read_s: float) -> None:
        """Note that the stream is open or lost; a read is owed at that time."""
        if not up and self._is_heard and self.source_available:
            # Fresh until now, they age from now on.
            self.async_data_from(0.0)
        self._is_heard = self.was_deaf = False
        self._owed_s, self._retry_s = read_s, 0.0
        self.async_update_listeners()

    @callback
    @override
    def owe_read(self) -> None:
        """Have the state read soon."""
        if self._owed_s is None:
            self._owed_s = self.hass.loop.time()

    @callback
    def retry_read(self, wait_s: float) -> None:
        """Note that a read failed, and may be tried again after a while."""
        self._retry_s = self.hass.loop.time() + wait_s

    def read_due_s(self, every_s: float) -> float:
        """Return when the state is to be read by REST (loop's clock).

        ``every_s`` is the pace for products of which the stream brings nothing.
        """
        if self._owed_s is not None:
            return max(self._owed_s, self._retry_s)
        assert self._data_at is not None
        due_s = self._read_s + every_s
        if self._is_heard:
            due_s = min(self._data_at + self.silence_s, self._read_s + READ_ANYWAY_S)
        return max(due_s, self._retry_s)

    @callback
    def async_tell(self) -> None:
        """Tell what changed, without having heard of the product."""
        update = self.data.drain()
        if update.changed:
            self.async_note_change(update.changed, grown=update.grown)
            self.confirmations.check(self.data.values)
            if self._firmware_key.name in update.changed:
                self._async_update_device()
        self.async_update_listeners()

    @callback
    @override
    def async_set_own(self, **values: JsonValue) -> None:
        """Take what was read by other ways than observations."""
        if (firmware := values.get("latest_firmware")) is not None:
            self.data.put(LATEST_FIRMWARE, firmware)
        if (surplus := values.get("surplus")) is not None:
            self.data.put(SURPLUS, surplus)
        self.async_tell()

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return counters and the last state, redacted."""
        return {
            "is_equalizer": self.product.is_equalizer,
            "product_code": self.product.product_code,
            "is_master": self.product.is_master,
            "is_present": self.is_present,
            "is_online": self.is_online,
            "counters": dict(self.counters),
            "malformed": dict(self.data.malformed),
            "unknown_ids": {str(k): v for k, v in self.data.unknown.items()},
            "stale": self.data.stale,
            "state": redacted(self.data),
            "account": self._account.diagnostics(),
        }

    @override
    async def _async_update_data(self) -> DeviceState:
        """Read the state at once, for who asks Home Assistant to update an entity."""
        await self._account.async_read(self)
        return self.data

    @callback
    def _note_delays(self, at_s: float, arrived_s: float | None, now_s: float) -> None:
        """Note now and then how long an observation took."""
        if now_s - self._delays_at_s < DELAY_EVERY_S:
            return
        self._delays_at_s = now_s
        self.data.put(DELAY_CHARGER, round(max(0.0, now_s - at_s), 1))
        if arrived_s is not None:
            self.data.put(DELAY_CLOUD, round(max(0.0, now_s - arrived_s), 1))

    @callback
    def _async_update_device(self) -> None:
        version = self.data[self._firmware_key]
        if version is None:
            return
        self.device_info["sw_version"] = str(version)
        registry = dr.async_get(self.hass)
        device = registry.async_get_device_by_identifier(
            (DOMAIN, self.device_id), self.config_entry.entry_id
        )
        if device is not None:
            registry.async_update_device(device.id, sw_version=str(version))


def _model(product: Product) -> str | None:
    if product.is_equalizer:
        return "Equalizer"
    if product.product_code is None:
        return None
    return MODELS.get(product.product_code)
