"""Sends commands to a load: one at a time, and the newest wins.

Nothing waits in a queue. What a command did is seen in what the load reports; that is
the controller's to judge.
"""

import asyncio
from collections import Counter
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ...const import DOMAIN, LOGGER
from ...coordinator import SunbridgeConfigEntry
from ..model import Command
from .loads import Beside, Port

# A command that takes longer has failed.
TIMEOUT_S: Final = 30.0
# What is cancelled ends at once, unless its integration takes its time.
_END_S: Final = 2.0


class Sender:
    """The commands of one load, with counters of what became of them.

    ``is_failing`` is that the last one that came to its end has failed.
    """

    def __init__(
        self, hass: HomeAssistant, entry: SunbridgeConfigEntry, port: Port
    ) -> None:
        """Prepare for a load."""
        self.counters: Counter[str] = Counter()
        self._hass = hass
        self._entry = entry
        self._port = port
        self._task: asyncio.Task[None] | None = None
        self.is_failing = False

    @callback
    def async_send(self, command: Command, beside: Beside) -> None:
        """Send a command in place of one that is still under way."""
        before = self._task
        if before is None or before.done():
            before = None
        else:
            before.cancel()
            self.counters["superseded"] += 1
        self._task = self._entry.async_create_background_task(
            self._hass,
            self._async_send_after(before, command, beside),
            name="surplus command",
        )

    async def async_end(self, command: Command | None) -> None:
        """End what is under way, and send a last command if there's one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,), timeout=_END_S)
        if command is not None:
            await self._async_try(command, Beside())

    async def _async_send_after(
        self, before: asyncio.Task[None] | None, command: Command, beside: Beside
    ) -> None:
        if before is not None:
            # It ends what it does to the load before another begins.
            await asyncio.wait((before,), timeout=_END_S)
        await self._async_try(command, beside)

    async def _async_try(self, command: Command, beside: Beside) -> None:
        self.counters["sent"] += 1
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._port.async_do(command, beside)
        except Exception as err:  # noqa: BLE001
            # Any integration's actions may be what is called.
            self._failed(err)
        else:
            if self.is_failing:
                LOGGER.info("%s takes commands again", self._name)
            self.is_failing = False

    @property
    def _name(self) -> str:
        """What the log calls the load: not by the name that its owner gave it."""
        return f"Surplus load {self._port.setup.load_id}"

    def _failed(self, err: Exception) -> None:
        kind = type(err).__name__
        if isinstance(err, HomeAssistantError) and err.translation_domain == DOMAIN:
            kind = err.translation_key or kind
        self.counters[kind] += 1
        if not self.is_failing:
            self.is_failing = True
            LOGGER.warning("%s doesn't take commands: %s", self._name, kind)
