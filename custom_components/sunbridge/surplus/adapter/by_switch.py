"""A load that is on or off, by a switch of any integration."""

from collections.abc import Callable, Iterator
from typing import Final, override

from homeassistant.const import SERVICE_TURN_OFF, SERVICE_TURN_ON, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, callback

from ...meters.freshness import NO_LIMIT
from ...meters.settings import CONF_POWER, power_of
from ...meters.units import Measure
from ..model import Command, SetSwitch, Switch, SwitchReport
from .calls import Calls
from .const import CONF_LOAD_POWER_W, CONF_MIN_PAUSE_MIN, CONF_MIN_RUN_MIN, CONF_SWITCH
from .loads import Beside, Port
from .sensed import Sensed
from .settings import LoadSetup
from .wishes import LoadWishes

_STATES: Final = {STATE_ON: True, STATE_OFF: False}
# What is there but doesn't change isn't reported by every integration. So long it may
# be silent before its last word is taken as of later.
SILENT_S: Final = 60.0


class SwitchPort(Port):
    """A switch, and perhaps a sensor of the load's power."""

    def __init__(
        self, hass: HomeAssistant, setup: LoadSetup, on_news: Callable[[], None]
    ) -> None:
        """Prepare; nothing is listened to yet."""
        super().__init__(hass, setup, on_news)
        data = setup.data
        self._switch: str = data[CONF_SWITCH]
        self._power = power_of(data, NO_LIMIT) if data[CONF_POWER] else None
        self._calls = Calls(hass)
        self._sensed = Sensed(hass, self._ids(), self._heard)

    def _ids(self) -> Iterator[str]:
        yield self._switch
        if self._power is not None:
            yield from (source.id for source in self._power.sources)

    @property
    @override
    def is_missing(self) -> bool:
        return self._sensed.is_missing

    @callback
    @override
    def async_start(self) -> None:
        self._sensed.async_start()

    @callback
    @override
    def async_stop(self) -> None:
        self._sensed.async_stop()

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
        state = self._sensed.state(self._switch)
        is_on = _STATES.get(state.state) if state else None
        if is_on is None:
            return None
        power_w, at_s = None, None
        if self._power is not None:
            power_w = self._sensed.value(self._power, Measure.POWER)
            at_s = self._sensed.at_s(self._power)
        if power_w is None or at_s is None:
            at_s = self._sensed.reported_at_s(self._switch)
        return SwitchReport(
            max(now_s - SILENT_S, now_s if at_s is None else at_s),
            is_on,
            power_w,
            self._calls.changed_by_other,
        )

    @override
    async def async_do(self, command: Command, beside: Beside) -> None:
        assert isinstance(command, SetSwitch)
        self._calls.async_begin()
        service = SERVICE_TURN_ON if command.is_on else SERVICE_TURN_OFF
        await self._calls.async_call(self._sensed.state(self._switch), service)

    @callback
    def _heard(self, stored_id: str) -> None:
        if stored_id == self._switch:
            if (state := self._sensed.state(stored_id)) is not None:
                self._calls.async_observe(state)
        self._on_news()
