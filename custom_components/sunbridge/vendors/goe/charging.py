"""A go-e charger as the surplus sees it: regulated, or fed (reference 1.10, 1.11).

Regulated it's forced on or off, with a current and a phase mode; all of these are kept
by wear levelling, for which the vendor sees no limit (reference 1.5). Fed it follows
by its own logic the powers that it's told every 5 s, and stops when it's told nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import math
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE
from homeassistant.exceptions import HomeAssistantError

from ...charging import Traits
from ...const import DOMAIN
from ...surplus.model import LEAST_A, ChargerReport
from ..json import JsonValue
from .const import CLOUD, CONF_BEFORE, LOCAL
from .errors import GoeRateLimitError
from .keys import AMP, FRC, MCA, NRG, PSM, PSMD, WH
from .regulated import (
    FORCED_ISSUE,
    NEUTRAL,
    OFF,
    ON,
    ONE_PHASE,
    PROBLEMS,
    READ_KEYS,
    THREE_PHASES,
    Session,
    choices,
    in_force,
    is_plugged,
    max_a,
    set_a,
)
from .trouble import spared_s

if TYPE_CHECKING:
    from .coordinator import GoeCoordinator

FEED_EVERY_S: Final = 5.0
# The charger forgets a feed after 5 to 10 s; one hiccup of the way mustn't cost it.
_HICCUP_S: Final = 2.0
# What a server that names no time is spared for.
_SPARED_S: Final = 60.0
_SPACING_S: Final = 5.0
# What a car needs beside the charger's own pause to take current again.
_CAR_PAUSE_S: Final = 10.0
_PHASE_PAUSE_S: Final = 10.0
_IDS: Final = "ids"
_ISSUE: Final = "surplus_"

_GIVEN_BACK: Final = (AMP, PSM)


@dataclass(frozen=True, slots=True)
class _Way:
    """How late a way to the charger is, and how often it may be fed (s)."""

    reply_s: float
    delay_s: float
    feed_gap_s: float = 1.0


# Its dead time of 2 to 5 s (reference surplus 3.1), and until that is read.
_WAYS: Final = {CLOUD: _Way(10.0, 4.0, 4.0), LOCAL: _Way(9.0, 3.5)}
_PUSHED: Final = _Way(8.0, 3.0)


class GoeCharging:
    """One go-e charger; implements ``Charging``."""

    def __init__(self, coordinator: GoeCoordinator) -> None:
        """Prepare for a charger, of which nothing has to be known yet."""
        self._coordinator = coordinator
        self._session = Session()
        # Sets and feeds go one after the other: a later one has to arrive later.
        self._turn = asyncio.Lock()
        self._sent: dict[str, JsonValue] = {}
        self._spared_until_s = -math.inf
        self._fed_at_s = -math.inf

    @property
    def traits(self) -> Traits:
        """What the charger can do now, by its settings and its cable."""
        status = self._coordinator.data
        way = self._way
        pause_s = _PHASE_PAUSE_S if (ms := status[PSMD]) is None else ms / 1000
        return Traits(
            min_a=max(LEAST_A, status[MCA] or 0.0),
            max_a=max_a(status),
            step_a=1.0,
            phases=choices(status),
            spacing_s=_SPACING_S,
            reply_s=way.reply_s,
            delay_s=way.delay_s,
            switch_pause_s=pause_s + _CAR_PAUSE_S,
            feed_every_s=FEED_EVERY_S,
        )

    @property
    def _way(self) -> _Way:
        return _WAYS.get(self._coordinator.transport, _PUSHED)

    def report(self) -> ChargerReport | None:
        """Return what it last said; None if that was that it's away."""
        coordinator, now_s = self._coordinator, self._now_s()
        status, age_s = coordinator.data, coordinator.age_s
        if age_s is None or (
            age_s <= coordinator.max_age_s and not coordinator.available
        ):
            return None
        plugged = is_plugged(status)
        measured = status[NRG]
        currents_a = () if measured is None else measured.current_a
        blocked_s = self._blocked_until_s()
        return ChargerReport(
            at_s=now_s - age_s,
            power_w=None if measured is None else measured.power_total_w,
            current_a=max(
                (amps for amps in currents_a if amps is not None), default=None
            ),
            set_a=set_a(status),
            phases=in_force(status),
            is_plugged=plugged,
            session_wh=self._session.see(now_s, status[WH], plugged),
            blocked_until_s=blocked_s if blocked_s > now_s else None,
        )

    def listen(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Call ``on_news`` with changes, and have all that is read here asked for."""
        return self._coordinator.async_add_listener(on_news, READ_KEYS)

    async def async_set(self, amps: float, phases: int) -> None:
        """Force it on with a current and phases, or off.

        One request where the way has such. What it reports to have isn't sent again.
        """
        values: dict[str, JsonValue] = {FRC.name: OFF}
        if amps >= LEAST_A:
            # The phases first: where each is a message of its own the charger pauses
            # before it takes the new current.
            values = {AMP.name: int(amps), FRC.name: ON}
            if len(choices(self._coordinator.data)) > 1:
                mode = ONE_PHASE if phases == 1 else THREE_PHASES
                values = {PSM.name: mode, **values}
        async with self._turn:
            self._keep_before()
            reported = self._coordinator.data.raw
            needed = {
                key: value
                for key, value in values.items()
                if reported.get(key) != value or self._sent.get(key, value) != value
            }
            self._sent |= values
            await self._async_send(needed or values)

    async def async_feed(
        self, grid_w: float, pv_w: float | None, battery_w: float | None
    ) -> None:
        """Tell it the powers of the house; give back first what was set by us.

        Over the cloud what comes sooner than 4 s after the last isn't sent.
        """
        feed: dict[str, JsonValue] = {
            # 0 was seen to be taken for no surplus at all.
            "pGrid": round(grid_w) or -1
        }
        if pv_w is not None:
            feed["pPv"] = max(0, round(pv_w))
        if battery_w is not None:
            feed["pAkku"] = round(battery_w)
        async with self._turn:
            now_s = self._now_s()
            if now_s < self._fed_at_s + self._way.feed_gap_s:
                return
            if self._blocked_until_s() > now_s + _HICCUP_S:
                raise HomeAssistantError(
                    translation_domain=DOMAIN, translation_key="goe_waits"
                )
            values: dict[str, JsonValue] = {}
            if (before := self._before) is not None:
                values = {FRC.name: NEUTRAL, **before}
            await self._async_send({**values, _IDS: feed})
            self._fed_at_s = now_s
            self._coordinator.async_hurry(2 * FEED_EVERY_S)
            if before is not None:
                self._sent.clear()
                self._store_before(None)

    def problems(self, *, is_fed: bool) -> frozenset[str]:
        """Return the settings in the way; what's unknown isn't."""
        status = self._coordinator.data
        if not self._coordinator.available:
            return frozenset()
        return frozenset(
            issue.removeprefix(_ISSUE)
            for issue, problem in PROBLEMS.items()
            if problem.when_fed is is_fed
            and problem.is_there(status)
            # What we forced is given back with the next feed.
            and not (issue == FORCED_ISSUE and self._before is not None)
        )

    async def async_mend(self, problem: str) -> None:
        """Change the setting, and wait until the charger reports it."""
        await self._coordinator.async_send(PROBLEMS[f"{_ISSUE}{problem}"].mended)

    def _now_s(self) -> float:
        return self._coordinator.hass.loop.time()

    def _blocked_until_s(self) -> float:
        """Return until when the way is to be spared: reads or sets were refused."""
        return max(self._coordinator.blocked_until_s or 0.0, self._spared_until_s)

    async def _async_send(self, values: Mapping[str, JsonValue]) -> None:
        try:
            await self._coordinator.async_send_only(values)
        except HomeAssistantError as err:
            if isinstance(cause := err.__cause__, GoeRateLimitError):
                wait_s = cause.retry_after_s
                self._spared_until_s = self._now_s() + (
                    _SPARED_S if wait_s is None else spared_s(wait_s)
                )
            raise

    @property
    def _before(self) -> Mapping[str, JsonValue] | None:
        """What the charger had before it was set from here; None if it wasn't."""
        found: Mapping[str, JsonValue] | None
        found = self._coordinator.config_entry.data.get(CONF_BEFORE)
        return found

    def _keep_before(self) -> None:
        """Keep what the first command changes: its own logic is to have it again."""
        if self._before is None:
            status = self._coordinator.data
            self._store_before(
                {
                    key.name: value
                    for key in _GIVEN_BACK
                    if (value := status[key]) is not None
                }
            )

    def _store_before(self, before: Mapping[str, JsonValue] | None) -> None:
        coordinator = self._coordinator
        data = {
            key: value
            for key, value in coordinator.config_entry.data.items()
            if key != CONF_BEFORE
        }
        if before is not None:
            data[CONF_BEFORE] = before
        coordinator.hass.config_entries.async_update_entry(
            coordinator.config_entry, data=data
        )
