"""Any charger, by the entities that its integration has for it."""

import asyncio
from collections.abc import Callable
import math
from typing import Final, override

from homeassistant.components.number import (
    ATTR_MAX,
    ATTR_MIN,
    ATTR_STEP,
    ATTR_VALUE,
    SERVICE_SET_VALUE,
)
from homeassistant.components.select import ATTR_OPTION, SERVICE_SELECT_OPTION
from homeassistant.const import (
    ATTR_UNIT_OF_MEASUREMENT,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    Platform,
    UnitOfElectricCurrent,
)
from homeassistant.core import HomeAssistant, State, callback

from ...charging import Traits
from ...meters.sources import Quantity
from ...meters.units import Measure
from ..kept import number
from ..model import LEAST_A, VOLTAGE_V, Charger, ChargerReport, Command, SetCharger
from .by_sensed import SensedPort
from .calls import EntityGoneError
from .const import (
    CONF_CONNECTED_PHASES,
    CONF_CURRENT,
    CONF_MAX_A,
    CONF_MEASURED_CURRENT,
    CONF_ONE_PHASE,
    CONF_PHASES_ENTITY,
    CONF_PLUGGED,
    CONF_SESSION_ENERGY,
    CONF_SWITCH,
    CONF_THREE_PHASES,
)
from .loads import Beside, charger_of
from .settings import LoadSetup
from .wishes import LoadWishes

# Nobody knows how fast such a charger is: what the slowest of the known ones takes
# (reference surplus 2.5).
_SPACING_S: Final = 10.0
_REPLY_S: Final = 30.0
_DELAY_S: Final = 6.0
_SWITCH_PAUSE_S: Final = 30.0
_LEAST_STEP_A: Final = 0.1
# Phases are switched when no current flows any more, or after so long.
_IDLE_W: Final = 50.0
_IDLE_S: Final = 10.0

_ON_OFF: Final = {STATE_ON: True, STATE_OFF: False}


class EntitiesPort(SensedPort):
    """A charger: a number for its current, and what else there is."""

    def __init__(
        self, hass: HomeAssistant, setup: LoadSetup, on_news: Callable[[], None]
    ) -> None:
        """Prepare; nothing is listened to yet."""
        data = setup.data
        self._current: str = data[CONF_CURRENT]
        self._switch: str | None = data[CONF_SWITCH]
        self._phases: str | None = data[CONF_PHASES_ENTITY]
        self._plugged: str | None = data[CONF_PLUGGED]
        self._measured: str | None = data[CONF_MEASURED_CURRENT]
        energy = data[CONF_SESSION_ENERGY]
        self._energy = Quantity.of(energy) if energy else None
        self._connected = int(data[CONF_CONNECTED_PHASES])
        commanded = (self._current, self._switch, self._phases)
        others = (self._plugged, self._measured)
        super().__init__(
            hass,
            setup,
            on_news,
            commanded=[one for one in commanded if one is not None],
            others=[one for one in others if one is not None],
            quantities=() if self._energy is None else (self._energy,),
        )
        self._news = asyncio.Event()
        # What it was told, which an integration that polls reports much later.
        self._told: dict[str, object] = {}
        # What it was set to before a pause that is ours, and part of another command.
        self._held: tuple[float, int | None] | None = None
        # It was there with its number, and since then at least to be paused.
        self._is_met = False

    @property
    @override
    def is_pausing(self) -> bool:
        return self._held is not None

    @property
    @override
    def traits(self) -> Traits:
        """What the number allows now; before it's there what the user said."""
        most_a = float(self.setup.data[CONF_MAX_A])
        least_a, step_a = LEAST_A, 1.0
        if (state := self._sensed.state(self._current)) is not None:
            attributes = state.attributes
            most_a = min(most_a, number(attributes.get(ATTR_MAX)) or most_a)
            least_a = max(least_a, number(attributes.get(ATTR_MIN)) or least_a)
            step_a = number(attributes.get(ATTR_STEP)) or step_a
        return Traits(
            min_a=least_a,
            max_a=most_a,
            step_a=max(step_a, _LEAST_STEP_A),
            phases=(self._connected,) if self._phases is None else (1, 3),
            spacing_s=_SPACING_S,
            reply_s=_REPLY_S,
            delay_s=_DELAY_S,
            switch_pause_s=_SWITCH_PAUSE_S,
        )

    @override
    def load(self, wishes: LoadWishes) -> Charger:
        return charger_of(self.setup, self.traits, wishes, is_fed=False)

    @override
    def report(self, now_s: float) -> ChargerReport | None:
        set_a, phases = self._setting()
        # A number that is away a while doesn't keep a switch from making a pause.
        can_pause = self._is_on(self._switch) is True
        self._is_met = set_a is not None or (self._is_met and can_pause)
        if not self._is_met:
            return None
        if self._held is not None:
            set_a, phases = self._held
        power_w = self._power_w()
        return ChargerReport(
            self._known_at_s(now_s, power_w, self._measured),
            power_w,
            self._current_a(),
            set_a,
            phases,
            self._is_on(self._plugged),
            self._session_wh(),
            self._calls.changed_by_other,
            power_at_s=self._power_at_s(),
        )

    @override
    async def async_do(self, command: Command, beside: Beside) -> None:
        """Send a command.

        Contactors are switched without a current: before other phases there's a pause.
        """
        assert isinstance(command, SetCharger)
        if self._calls.is_touched:
            self._told.clear()
        self._calls.async_begin()
        if command.amps <= 0:
            await self._async_pause()
        else:
            await self._async_charge(command.amps, command.phases)
        self._held = None

    # What it says

    def _is_on(self, stored_id: str | None) -> bool | None:
        state = None if stored_id is None else self._state(stored_id)
        return None if state is None else _ON_OFF.get(state.state)

    def _number(self) -> float | None:
        return _amps(self._state(self._current))

    def _setting(self) -> tuple[float | None, int | None]:
        """Return the current that it's set to, None if it isn't there, and phases."""
        set_a = self._number()
        if self._switch is not None and set_a is not None:
            is_on = self._is_on(self._switch)
            set_a = None if is_on is None else set_a * is_on
        return set_a, self._phases_now()

    def _phases_now(self) -> int | None:
        """Return how many phases are connected; None where that is its own to choose."""
        if self._phases is None:
            return self._connected
        data, state = self.setup.data, self._state(self._phases)
        if state is None:
            return None
        one, three = STATE_OFF, STATE_ON
        if state.domain == Platform.SELECT:
            one, three = data[CONF_ONE_PHASE], data[CONF_THREE_PHASES]
        return {one: 1, three: 3}.get(state.state)

    def _current_a(self) -> float | None:
        return None if self._measured is None else _amps(self._state(self._measured))

    def _session_wh(self) -> float | None:
        if self._energy is None:
            return None
        return self._sensed.value(self._energy, Measure.ENERGY)

    # What it's told

    async def _async_charge(self, amps: float, phases: int) -> None:
        set_a, before = self._setting()
        if set_a is None or not self._is_there(self._phases):
            # Nothing is begun that can't be ended.
            raise EntityGoneError
        if self._phases is not None and self._needs(self._phases, phases, before):
            if set_a:
                self._held = self._held or (set_a, before)
                await self._async_pause()
            await self._async_wait_until_idle()
            await self._async_set_phases(self._phases, phases)
        await self._async_set_current(amps)
        if self._switch is not None and self._needs(
            self._switch, True, self._is_on(self._switch)
        ):
            await self._async_turn(self._switch, on=True)

    def _is_there(self, stored_id: str | None) -> bool:
        """Tell whether an entity can be commanded; one that isn't needed can."""
        if stored_id is None:
            return True
        state = self._state(stored_id)
        return state is not None and state.state != STATE_UNAVAILABLE

    def _needs(self, stored_id: str, value: object, reported: object) -> bool:
        """Tell whether an entity has to be told a value: each write may wear it."""
        return reported != value or self._told.get(stored_id, value) != value

    async def _async_pause(self) -> None:
        if self._switch is None:
            await self._async_write_current(0.0)
        else:
            await self._async_turn(self._switch, on=False)

    async def _async_wait_until_idle(self) -> None:
        try:
            async with asyncio.timeout(_IDLE_S):
                while not self._is_idle():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return

    def _is_idle(self) -> bool:
        power_w = self._power_w()
        if power_w is None and (current_a := self._current_a()) is not None:
            power_w = VOLTAGE_V * current_a
        return power_w is not None and power_w < _IDLE_W

    async def _async_set_phases(self, phases_entity: str, phases: int) -> None:
        state = self._state(phases_entity)
        self._told[phases_entity] = phases
        if state is not None and state.domain != Platform.SELECT:
            await self._async_switch(phases_entity, on=phases > 1)
            return
        key = CONF_THREE_PHASES if phases > 1 else CONF_ONE_PHASE
        option = self.setup.data[key]
        await self._calls.async_call(
            state, SERVICE_SELECT_OPTION, **{ATTR_OPTION: option}
        )

    async def _async_set_current(self, amps: float) -> None:
        """Set the current, rounded down to what the number takes."""
        traits = self.traits
        steps = math.floor(amps / traits.step_a + 1e-6)
        value = min(max(round(steps * traits.step_a, 3), traits.min_a), traits.max_a)
        if self._needs(self._current, value, self._number()):
            await self._async_write_current(value)

    async def _async_write_current(self, value: float) -> None:
        self._told[self._current] = value
        await self._calls.async_call(
            self._state(self._current), SERVICE_SET_VALUE, **{ATTR_VALUE: value}
        )

    async def _async_turn(self, stored_id: str, *, on: bool) -> None:
        self._told[stored_id] = on
        await self._async_switch(stored_id, on=on)

    async def _async_switch(self, stored_id: str, *, on: bool) -> None:
        service = SERVICE_TURN_ON if on else SERVICE_TURN_OFF
        await self._calls.async_call(self._state(stored_id), service)

    @callback
    @override
    def _heard(self, stored_id: str) -> None:
        self._news.set()
        super()._heard(stored_id)


def _amps(state: State | None) -> float | None:
    """Return a state's A; None if it isn't one."""
    if (
        state is None
        or state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
        != UnitOfElectricCurrent.AMPERE
    ):
        return None
    try:
        return number(float(state.state))
    except ValueError:
        return None
