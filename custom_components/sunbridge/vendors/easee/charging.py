"""An Easee charger as the surplus sees it: regulated by its dynamic current.

All that is sent is volatile (reference 4.3). A current ends by itself when nobody
renews it, and then the limit before it counts again; a pause stays.

Phases are switched by the circuit's dynamic currents, where the charger is alone on a
circuit with a neutral: without any on L2 and L3 it charges by L1. The phase mode is
stored in flash memory and left alone.
"""

from collections.abc import Callable
import time
from typing import TYPE_CHECKING, Final

from homeassistant.core import CALLBACK_TYPE
from homeassistant.exceptions import ServiceValidationError

from ...charging import Traits
from ...const import DOMAIN
from ...surplus.model import LEAST_A, ChargerReport
from . import charger_keys as keys
from .charger import ChargerState
from .commands import regulated_current
from .regulated import (
    LINES,
    PROBLEMS,
    READ_KEYS,
    circuit,
    connected,
    is_plugged,
    is_switchable,
    max_a,
    set_a,
)

if TYPE_CHECKING:
    from .account import EaseeAccount
    from .coordinator import EaseeCoordinator

# Reference 1.4 has 12 changes of limits a minute as what others allow themselves, and
# surplus 2.5 10 to 15 s; a switch of phases is two.
_SPACING_S: Final = 12.0
# A command takes 3 to 10 s (reference surplus 3.1), and its report a little more. With
# a longer usual delay than this the current hunts where the power is told late.
_REPLY_S: Final = 15.0
_DELAY_S: Final = 4.0
# Without the stream the state is read once a minute.
_REPLY_BY_READS_S: Final = 75.0
_SWITCH_PAUSE_S: Final = 30.0
# What a silent charger said last is still so: it would have told a change.
_STANDS_S: Final = 60.0

_ISSUE: Final = "surplus_"


class EaseeCharging:
    """One Easee charger; implements ``Charging``."""

    def __init__(self, coordinator: EaseeCoordinator, account: EaseeAccount) -> None:
        """Prepare for a charger, of which nothing has to be known yet."""
        self._coordinator = coordinator
        self._account = account

    @property
    def traits(self) -> Traits:
        """What the charger can do now, by its settings, its circuit and its cable."""
        ttl_min = self._coordinator.ttl_min
        return Traits(
            min_a=LEAST_A,
            max_a=max_a(self._state),
            step_a=1.0,
            phases=self._choices,
            spacing_s=_SPACING_S,
            reply_s=_REPLY_S if self._account.is_linked else _REPLY_BY_READS_S,
            delay_s=_DELAY_S,
            switch_pause_s=_SWITCH_PAUSE_S,
            refresh_s=ttl_min * 30.0 if ttl_min else None,
        )

    def report(self) -> ChargerReport | None:
        """Return what it last said; None if the cloud doesn't hear it."""
        coordinator, state = self._coordinator, self._state
        at_s, age_s = coordinator.heard_at_s, coordinator.age_s
        if (
            at_s is None
            or age_s is None
            or (age_s <= coordinator.max_age_s and not coordinator.available)
        ):
            return None
        now_s = coordinator.hass.loop.time()
        if not age_s:
            at_s = max(at_s, now_s - _STANDS_S)
        power_kw, energy_kwh = state.power_kw, state[keys.SESSION_ENERGY]
        currents_a = [amps for line in LINES if (amps := state[line]) is not None]
        wait_s = self._wait_s()
        return ChargerReport(
            at_s=at_s,
            power_w=None if power_kw is None else power_kw * 1000,
            current_a=max(currents_a, default=None),
            set_a=set_a(state),
            phases=connected(state),
            is_plugged=is_plugged(state),
            session_wh=None if energy_kwh is None else energy_kwh * 1000,
            blocked_until_s=now_s + wait_s if wait_s > 0 else None,
        )

    def listen(self, on_news: Callable[[], None]) -> CALLBACK_TYPE:
        """Call ``on_news`` with changes of what the report is made of."""
        return self._coordinator.async_add_listener(on_news, READ_KEYS)

    async def async_set(self, amps: float, phases: int) -> None:
        """Send it a dynamic current and, where they are others, the circuit's phases.

        In a pause all phases are given back, so that nothing of this outlives it.
        """
        state = self._state
        current = regulated_current(int(amps) if amps >= LEAST_A else 0)
        now, wanted = connected(state), phases if amps >= LEAST_A else 3
        if len(self._choices) == 1 or wanted == now:
            commands = [current]
        elif wanted > now:
            # Never the current of one phase on three.
            commands = [current, circuit(state, wanted)]
        else:
            commands = [circuit(state, wanted), current]
        for command in commands:
            await self._coordinator.async_send_only(command)

    async def async_feed(
        self, grid_w: float, pv_w: float | None, battery_w: float | None
    ) -> None:
        """Refuse: it has no surplus logic of its own that could be told."""
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="cannot_feed"
        )

    def problems(self, *, is_fed: bool) -> frozenset[str]:
        """Return the settings in the way; what's unknown isn't."""
        if not self._coordinator.available:
            return frozenset()
        return frozenset(
            issue.removeprefix(_ISSUE)
            for issue, problem in PROBLEMS.items()
            if problem.is_there(self._state)
        )

    async def async_mend(self, problem: str) -> None:
        """Change the setting, and wait until the charger reports it."""
        await self._coordinator.async_send(PROBLEMS[f"{_ISSUE}{problem}"].mended)

    @property
    def _state(self) -> ChargerState:
        state = self._coordinator.data
        assert isinstance(state, ChargerState)
        return state

    @property
    def _choices(self) -> tuple[int, ...]:
        """The phases that may be asked for."""
        product = self._coordinator.product
        may_switch = (
            product.is_master
            and product.circuit is not None
            and product.circuit.chargers == 1
            and is_switchable(self._state)
        )
        return (1, 3) if may_switch else (connected(self._state),)

    def _wait_s(self) -> float:
        """Return for how long nothing may be sent: a block, or budgets used up."""
        # The gate has a clock of its own.
        gate, now_s = self._account.api.rest.gate, time.monotonic()
        return max(
            gate.block.until_s - now_s,
            gate.writes.wait_s(now_s),
            gate.all_calls.wait_s(now_s),
        )
