"""Answers the wallbox out of Home Assistant's states, and tells how that goes."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
import time
from typing import Any, Final, override

import orjson

from homeassistant.const import Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ...const import DOMAIN, LOGGER
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from ..issues import async_clear, async_raise
from .access import Access, Answer
from .const import (
    CONF_ALLOWED,
    CONFIG_ISSUE,
    INFO_PATH,
    SOURCE_ISSUE,
    VALUES_PATH,
    VENDOR,
)
from .document import Values, info, values
from .errors import NrgkickConfigError
from .house import House
from .repairs import async_offer
from .sensors import SourceStates
from .server import Reply
from .settings import house_of, parts_of, policy_of, sources_of
from .sources import Sensors
from .state import (
    ASKING,
    ENABLED,
    LAST_REQUEST,
    REFUSED,
    SERVING,
    SHOWN_EVERY_S,
    NrgkickState,
    Serving,
)
from .tables import DESCRIPTIONS

STORE_VERSION: Final = 1
# It asks every few seconds; after so long it doesn't any more.
ASKING_S: Final = 60.0
# Values may become too old without anything being said.
CACHED_S: Final = 0.5


class NrgkickCoordinator(SunbridgeCoordinator[NrgkickState, bool]):
    """Serves a house; ``bool`` commands serve or pause."""

    def __init__(self, hass: HomeAssistant, entry: SunbridgeConfigEntry) -> None:
        """Prepare to serve what the entry says."""
        super().__init__(hass, entry)
        self.device_id = f"{VENDOR}_{entry.entry_id}"
        self.device_info = DeviceInfo(
            identifiers={(DOMAIN, self.device_id)},
            entry_type=DeviceEntryType.SERVICE,
            manufacturer="DiniTech",
            model="NRGkick Custom API",
            name=entry.title,
        )
        self.data = NrgkickState()
        self.max_age_s = float("inf")
        self.answers: Counter[int] = Counter()
        self.access = Access.of(entry.data[CONF_ALLOWED])
        self._policy = policy_of(entry.options)
        self._store: Store[dict[str, Any]] = store_of(hass, entry.entry_id)
        self._sensors = Sensors()
        self._house: House | None = None
        self._fault: str | None = None
        self._info = b""
        self._body: bytes | None = None
        self._last: Values | None = None
        self._made_s = -CACHED_S
        self._shown_refused_s = 0.0
        self._asked: dict[str, float] = {}
        self._has_offered = False
        self._watcher: asyncio.TimerHandle | None = None
        self._sources = SourceStates(hass, sources_of(entry), self._heard)
        self.async_data_from(0.0)

    async def async_start(self) -> None:
        """Make the house out of the entry, and follow its sources."""
        self.data.enabled = (await self._store.async_load() or {}).get(ENABLED, True)
        try:
            entry = self.config_entry
            self._house = house_of(entry.data, entry.options, parts_of(entry))
        except NrgkickConfigError as err:
            self._fault = err.fault.value
            LOGGER.warning("%s can't be served: %s", self.name, self._fault)
            async_raise(self.hass, self.config_entry, CONFIG_ISSUE)
        else:
            self._info = orjson.dumps(info(self._house))
            async_clear(self.hass, self.config_entry.entry_id, CONFIG_ISSUE)
        self._sources.async_follow()
        entry = self.config_entry
        entry.async_on_unload(self._sources.async_stop)
        entry.async_on_unload(self._end_watch)
        entry.async_on_unload(
            self.hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_changed
            )
        )
        # States of other integrations come while Home Assistant starts.
        entry.async_on_unload(async_at_started(self.hass, self._look_for_sources))
        self._serving()

    @property
    @override
    def descriptions(self) -> Mapping[Platform, tuple[EntityDescription, ...]]:
        """The entities of the serving."""
        return DESCRIPTIONS

    @override
    def reports(self, keys: Collection[str]) -> bool:
        """Tell whether there are such values."""
        return self.data.reports(keys)

    @property
    @override
    def source_available(self) -> bool:
        """What is told is known as long as Home Assistant runs."""
        return True

    @callback
    def reply(self, method: str, path: str, remote: str | None) -> Reply:
        """Answer a request from an address."""
        now_s = time.time()
        match self.access.ask(remote, now_s):
            case Answer.REFUSED:
                self._refused(now_s, remote)
                reply = Reply(403)
            case Answer.TOO_MANY:
                reply = Reply(429)
            case _:
                reply = self._answer(method, path)
                self._asked_by(str(remote), now_s)
        self.answers[reply.status] += 1
        return reply

    @override
    async def async_send(self, command: bool) -> None:
        """Serve, or pause; that's kept over a restart."""
        self.data.enabled = command
        self._forget()
        self._serving()
        self._tell({ENABLED, SERVING})
        await self._store.async_save({ENABLED: command})

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return the last answer, and who asked; addresses are of the own network."""
        last = self._last
        return {
            "fault": self._fault,
            "answers": {str(status): n for status, n in self.answers.items()},
            "asked_by": {
                remote: dt_util.utc_from_timestamp(at_s).isoformat()
                for remote, at_s in self._asked.items()
            },
            "refused": [
                {
                    "address": str(one.address),
                    "count": one.count,
                    "last": dt_util.utc_from_timestamp(one.last_at_s).isoformat(),
                }
                for one in self.access.refused
            ],
            "last_values": None if last is None else last.document,
            "left_out": []
            if last is None
            else [
                {
                    "part": item.part.value,
                    "key": item.key,
                    "reasons": sorted({one.reason.value for one in item.problems}),
                }
                for item in last.left_out
            ],
            "info": None if self._house is None else info(self._house),
        }

    @override
    async def _async_update_data(self) -> NrgkickState:
        """Return what there is: nothing is asked for here."""
        return self.data

    # Answers

    def _answer(self, method: str, path: str) -> Reply:
        if method != "GET":
            return Reply(500)
        if path == INFO_PATH:
            return Reply(503) if self._house is None else Reply(200, self._info)
        if path != VALUES_PATH:
            return Reply(404)
        now_s = self.hass.loop.time()
        if now_s - self._made_s >= CACHED_S:
            self._made_s = now_s
            self._body = self._values()
            self._serving()
        return Reply(503) if self._body is None else Reply(200, self._body)

    def _values(self) -> bytes | None:
        """Return the document of now, None where nothing can be trusted."""
        if self._house is None or not self.data.enabled:
            return None
        read = self._sensors.reader(self._sources.sample, time.time())
        self._last = values(self._house, read, self._policy)
        document = self._last.document
        return None if document is None else orjson.dumps(document)

    @callback
    def _heard(self, source: str, reported_at_s: float) -> None:
        """Learn how often a source reports, however seldom the wallbox asks."""
        self._sensors.freshness(source).observe(reported_at_s, time.time())
        self._forget()

    @callback
    def _forget(self) -> None:
        self._made_s = -CACHED_S

    @callback
    def _serving(self) -> None:
        """Note what the wallbox gets."""
        if self._house is None:
            serving = Serving.MISCONFIGURED
        elif not self.data.enabled:
            serving = Serving.PAUSED
        elif self._last is not None and self._last.document is None:
            serving = Serving.NOT_TRUSTWORTHY
        else:
            serving = Serving.SERVING
        if serving is not self.data.serving:
            self.data.serving = serving
            self._tell({SERVING})

    # Who asks

    def _asked_by(self, remote: str, now_s: float) -> None:
        self._asked.pop(remote, None)
        self._asked[remote] = now_s
        while len(self._asked) > _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        minute_s = now_s // SHOWN_EVERY_S * SHOWN_EVERY_S
        changed = set()
        if minute_s != self.data.last_request_s:
            self.data.last_request_s = minute_s
            changed.add(LAST_REQUEST)
        if not self.data.asking:
            self.data.asking = True
            changed.add(ASKING)
            self._watch(ASKING_S)
        if changed:
            self._tell(changed)

    @callback
    def _end_watch(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()

    def _watch(self, wait_s: float) -> None:
        """Look later whether the wallbox still asks."""
        if not self._is_unloaded:
            self._watcher = self.hass.loop.call_later(wait_s, self._look_who_asks)

    @callback
    def _look_who_asks(self) -> None:
        silent_s = time.time() - max(self._asked.values(), default=0.0)
        if silent_s < ASKING_S:
            self._watch(max(1.0, ASKING_S - silent_s))
            return
        self.data.asking = False
        self._tell({ASKING})

    def _refused(self, now_s: float, remote: str | None) -> None:
        if not self.access.allowed and remote is not None and not self._has_offered:
            self._has_offered = True
            async_offer(self.hass, self.config_entry, remote)
        # Who is refused may ask often; that isn't to fill the database.
        if now_s - self._shown_refused_s >= SHOWN_EVERY_S:
            self._shown_refused_s = now_s
            self.data.refused = self.access.refused_count
            self._tell({REFUSED})

    def _tell(self, changed: set[str]) -> None:
        self.async_note_change(frozenset(changed), grown=False)
        self.async_update_listeners()

    # Sources

    @callback
    def _registry_changed(
        self, event: Event[er.EventEntityRegistryUpdatedData]
    ) -> None:
        if self._sources.concerns(event):
            self._sources.async_follow()
            self._forget()
            self._look_for_sources(self.hass)

    @callback
    def _look_for_sources(self, _: HomeAssistant) -> None:
        if self._sources.missing:
            async_raise(self.hass, self.config_entry, SOURCE_ISSUE)
        else:
            async_clear(self.hass, self.config_entry.entry_id, SOURCE_ISSUE)


_REMEMBERED: Final = 8


@callback
def store_of(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return where it's kept whether an entry serves."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.nrgkick.{entry_id}")
