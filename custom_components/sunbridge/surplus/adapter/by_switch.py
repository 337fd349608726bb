"""A load that is on or off, by a switch of any integration."""

from collections.abc import Callable
from typing import Final, override

from homeassistant.const import SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant

from ..model import Command, SetSwitch, Switch, SwitchReport
from .by_sensed import SensedPort
from .const import CONF_LOAD_POWER_W, CONF_MIN_PAUSE_MIN, CONF_MIN_RUN_MIN, CONF_SWITCH
from .loads import Beside
from .settings import LoadSetup
from .wishes import LoadWishes

_STATES: Final = {STATE_ON: True, STATE_OFF: False}


class SwitchPort(SensedPort):
    """A switch, and perhaps a sensor of the load's power."""

    def __init__(
        self, hass: HomeAssistant, setup: LoadSetup, on_news: Callable[[], None]
    ) -> None:
        """Prepare; nothing is listened to yet."""
        self._switch: str = setup.data[CONF_SWITCH]
        super().__init__(hass, setup, on_news, commanded=(self._switch,))

    @override
    def load(self, wishes: LoadWishes) -> Switch:
        data = self.setup.data
        return Switch(
            self.setup.load_id,
            float(data[CONF_LOAD_POWER_W]),
            wishes.mode,
            wishes.eagerness,
            self.setup.priority,
            min_run_s=60.0 * data[CONF_MIN_RUN_MIN],
            min_pause_s=60.0 * data[CONF_MIN_PAUSE_MIN],
            at_stop=self.setup.at_stop,
        )

    @override
    def report(self, now_s: float) -> SwitchReport | None:
        state = self._state(self._switch)
        is_on = _STATES.get(state.state) if state else None
        if is_on is None:
            return None
        power_w = self._power_w()
        at_s = self._known_at_s(now_s, power_w, self._switch)
        return SwitchReport(
            at_s,
            is_on,
            power_w,
            self._calls.changed_by_other,
            power_at_s=self._power_at_s(),
        )

    @override
    async def async_do(self, command: Command, beside: Beside) -> None:
        assert isinstance(command, SetSwitch)
        self._calls.async_begin()
        service = SERVICE_TURN_ON if command.is_on else SERVICE_TURN_OFF
        await self._calls.async_call(self._state(self._switch), service)
