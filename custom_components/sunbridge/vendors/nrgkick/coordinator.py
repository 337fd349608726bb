"""Answers the wallbox out of Home Assistant's states, and tells how that goes."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import timedelta
import time
from typing import Any, Final, override

import orjson

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.const import Platform
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from ...const import DOMAIN, LOGGER
from ...coordinator import SunbridgeConfigEntry, SunbridgeCoordinator
from ...meters.errors import SetupError
from ...meters.sensors import SourceStates
from ...meters.sources import Sensors
from ..issues import async_clear, async_raise
from .access import Access, Answer
from .const import (
    CONF_ALLOWED,
    CONF_MODEL,
    CONF_NAME,
    CONFIG_ISSUE,
    INFO_PATH,
    SOURCE_ISSUE,
    VALUES_PATH,
    VENDOR,
)
from .document import Values, info, values
from .house import House
from .repairs import async_offer
from .server import Reply
from .settings import house_of, parts_of, policy_of, sources_of
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
# How often entities are told what changes without a request or without news.
LOOK_EVERY: Final = timedelta(seconds=30)
_REMEMBERED: Final = 8
_TO_REDACT: Final = (CONF_NAME, CONF_MODEL)


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
        self._asked: dict[str, float] = {}
        self._asked_s = -ASKING_S
        self._answered: tuple[float, Reply] | None = None
        self._has_offered = False
        self._sources = SourceStates(hass, sources_of(entry), self._heard)
        self.async_data_from(0.0)

    async def async_start(self) -> None:
        """Make the house out of the entry, and follow its sources."""
        kept = await self._store.async_load()
        # Only who has paused it has it paused, whatever is in the file.
        self.data.enabled = not isinstance(kept, dict) or kept.get(ENABLED) is not False
        try:
            entry = self.config_entry
            self._house = house_of(entry.data, entry.options, parts_of(entry))
        except SetupError as err:
            self._fault = err.fault.value
            LOGGER.warning("%s can't be served: %s", self.name, self._fault)
            async_raise(self.hass, self.config_entry, CONFIG_ISSUE)
        else:
            self._info = orjson.dumps(info(self._house))
            async_clear(self.hass, self.config_entry.entry_id, CONFIG_ISSUE)
        self._sources.async_follow()
        entry = self.config_entry
        entry.async_on_unload(self._sources.async_stop)
        entry.async_on_unload(
            self.hass.bus.async_listen(
                er.EVENT_ENTITY_REGISTRY_UPDATED, self._registry_changed
            )
        )
        entry.async_on_unload(
            async_track_time_interval(
                self.hass, self._look, LOOK_EVERY, cancel_on_shutdown=True
            )
        )
        # States of other integrations come while Home Assistant starts.
        entry.async_on_unload(async_at_started(self.hass, self._look))
        self._refresh()
        # Nobody listens yet: what is there now won't be news.
        self.async_update_listeners()

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
                self._refused(remote)
                reply = Reply(403)
            case Answer.TOO_MANY:
                reply = Reply(429)
            case _:
                reply = self._answer(method, path)
                self._asked_by(str(remote), now_s)
                if path == VALUES_PATH:
                    self._answered = now_s, reply
        self.answers[reply.status] += 1
        return reply

    @callback
    def note_garbage(self) -> None:
        """Count what isn't HTTP, and was answered 400."""
        self.answers[400] += 1

    @override
    async def async_send(self, command: bool) -> None:
        """Serve, or pause; that's kept over a restart."""
        self.data.enabled = command
        self._tell({ENABLED})
        self._forget()
        self._refresh()
        await self._store.async_save({ENABLED: command})

    @override
    def diagnostics(self) -> dict[str, Any]:
        """Return the last answer, and who asked; addresses are of the own network."""
        last_answer = None
        if self._answered is not None:
            at_s, reply = self._answered
            last_answer = {
                "time": dt_util.utc_from_timestamp(at_s).isoformat(),
                "status": reply.status,
                "document": orjson.loads(reply.body) if reply.body else None,
            }
        described = None if self._house is None else info(self._house)
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
            "last_answer": last_answer,
            "left_out": [
                {
                    "part": item.part.value,
                    "key": item.key,
                    "reasons": sorted({one.reason.value for one in item.problems}),
                }
                for item in (() if self._last is None else self._last.left_out)
            ],
            "info": async_redact_data(described, _TO_REDACT),
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
        self._refresh()
        return Reply(503) if self._body is None else Reply(200, self._body)

    def _refresh(self) -> None:
        """Make the document of now, unless it was made just before."""
        now_s = self.hass.loop.time()
        if now_s - self._made_s < CACHED_S:
            return
        self._made_s = now_s
        self._last = self._values()
        document = None if self._last is None else self._last.document
        self._body = None if document is None else orjson.dumps(document)
        self._serving()

    def _values(self) -> Values | None:
        """Return the values of now, None where none are served."""
        if self._house is None or not self.data.enabled:
            return None
        read = self._sensors.reader(self._sources.sample, time.time())
        return values(self._house, read, self._policy)

    @callback
    def _heard(self, source: str, reported_at_s: float | None) -> None:
        """Learn how often a source reports, however seldom the wallbox asks."""
        if reported_at_s is not None:
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
        elif self._body is None:
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
        self._asked_s = self.hass.loop.time()
        minute_s = now_s // SHOWN_EVERY_S * SHOWN_EVERY_S
        changed = set()
        if minute_s != self.data.last_request_s:
            self.data.last_request_s = minute_s
            changed.add(LAST_REQUEST)
        if not self.data.asking:
            self.data.asking = True
            changed.add(ASKING)
        if changed:
            self._tell(changed)

    def _refused(self, remote: str | None) -> None:
        if not self.access.allowed and remote is not None and not self._has_offered:
            self._has_offered = True
            async_offer(self.hass, self.config_entry, remote)
        # Who is refused may ask often, and that isn't to fill the database: only the
        # first is shown at once.
        if not self.data.refused:
            self._count_refused()

    def _count_refused(self) -> None:
        if self.data.refused != self.access.refused_count:
            self.data.refused = self.access.refused_count
            self._tell({REFUSED})

    @callback
    def _look(self, _: object) -> None:
        """Tell what changes without a request: silence, and values that are too old."""
        silent_s = self.hass.loop.time() - self._asked_s
        if self.data.asking and silent_s >= ASKING_S:
            self.data.asking = False
            self._tell({ASKING})
        self._count_refused()
        self._refresh()
        self._look_for_sources()

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
            self._look_for_sources()

    @callback
    def _look_for_sources(self) -> None:
        """Say whether a source is gone; while it starts they aren't there yet."""
        if self.hass.state is not CoreState.running:
            return
        if self._sources.missing:
            async_raise(self.hass, self.config_entry, SOURCE_ISSUE)
        else:
            async_clear(self.hass, self.config_entry.entry_id, SOURCE_ISSUE)


@callback
def store_of(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    """Return where it's kept whether an entry serves."""
    return Store(hass, STORE_VERSION, f"{DOMAIN}.nrgkick.{entry_id}")
