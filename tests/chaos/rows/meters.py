"""The meters of a house, which come back when their broker does."""

import asyncio
from collections.abc import Callable, Mapping
import contextlib
import json
import math
import time
from typing import Final, Self, override

import aiomqtt

from simulators.household import Household
from simulators.household.mqtt import MqttHouse
from simulators.mosquitto import Mosquitto

from .row import LASTS_S, Fault

TELL_EVERY_S: Final = 10.0
_AGAIN_S: Final = 2.0


class Meters:
    """Tells a broker of a house each ten seconds, and again after it was away.

    Time passes for the house whether it's heard or not. With ``is_silent`` nothing is
    told; ``told_s`` is when something last was (monotonic clock). ``name`` and ``more``
    are those of ``MqttHouse``.
    """

    def __init__(
        self,
        household: Household,
        broker: Mosquitto,
        *,
        name: str = "",
        more: Mapping[str, Callable[[], float]] | None = None,
    ) -> None:
        """Prepare to tell a broker that is started before."""
        self.household = household
        self.is_silent = False
        self.told_s = -math.inf
        self.first_told = asyncio.Event()
        self._broker, self._name, self._more = broker, name, more
        self._advanced_s = time.monotonic()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Connect, and begin to tell."""
        self._task = asyncio.create_task(self._run())
        await self.first_told.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Tell no more."""
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def advance(self) -> None:
        """Let the time pass for the house."""
        now_s = time.monotonic()
        self.household.advance(now_s - self._advanced_s)
        self._advanced_s = now_s

    def silence(self, kind: str, lasts_s: tuple[float, float] = LASTS_S) -> Fault:
        """Return the fault of meters that stand still."""

        def silent() -> None:
            self.is_silent = True

        def again() -> None:
            self.is_silent = False

        return Fault("has silent meters", silent, again, kind, lasts_s)

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                async with _Connected(
                    self, self._broker, self._name, self._more
                ) as one:
                    await one.ended.wait()
            await asyncio.sleep(_AGAIN_S)


class _Connected(MqttHouse):
    """The meters as long as they're connected; ``ended`` is when they no longer are."""

    def __init__(
        self,
        meters: Meters,
        broker: Mosquitto,
        name: str,
        more: Mapping[str, Callable[[], float]] | None,
    ) -> None:
        super().__init__(
            meters.household,
            broker.host,
            broker.port,
            username=broker.username,
            password=broker.password,
            name=name,
            more=more,
        )
        self.ended = asyncio.Event()
        self._meters = meters

    @override
    async def _live(self) -> None:
        meters = self._meters
        try:
            while True:
                meters.advance()
                if not meters.is_silent:
                    await self._client.publish(self._topic, json.dumps(self.state()))
                    meters.told_s = time.monotonic()
                    meters.first_told.set()
                await asyncio.sleep(TELL_EVERY_S)
        except aiomqtt.MqttError:
            self.ended.set()
