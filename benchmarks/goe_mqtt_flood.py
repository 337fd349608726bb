"""A reconnection to the many topics of a go-e that the broker kept."""

import asyncio
from statistics import median
import time
from typing import Any

import aiomqtt
import orjson

from homeassistant.core import HomeAssistant
from simulators.mosquitto import Mosquitto
from simulators.proxy import Proxy

from .goe_mqtt_consumers import BASE, PER_S, VALUES, watching
from .mqtt_publisher import Publisher
from .report import Row, row

FLOOD = 450
ROUNDS = 10


class Flood:
    """Sunbridge by a way that can be cut, and a bare consumer."""

    def __init__(
        self,
        hass: HomeAssistant,
        broker: Mosquitto,
        proxy: Proxy,
        publisher: Publisher,
        keys: list[str],
    ) -> None:
        """Sunbridge has an entity for each of the keys."""
        self._hass = hass
        self._broker = broker
        self._proxy = proxy
        self._publisher = publisher
        self._keys = keys

    async def run(self) -> list[Row]:
        """Compare what a reconnection to 450 kept topics takes.

        The bare consumer's time runs until the last is parsed, ours until the last
        state is written.
        """
        fill = [f"x{n}" for n in range(FLOOD - VALUES - 1)]
        (entry,) = self._hass.config_entries.async_entries("sunbridge")
        coordinator = entry.runtime_data.coordinators[0]
        ours_s: list[float] = []
        bare_s: list[float] = []
        written = []
        for turn in range(ROUNDS):
            value = b"%d" % (6 + turn % 5)
            kept = [(f"{BASE}{key}", value) for key in (*self._keys, *fill)]
            self._proxy.cut()
            await self._publisher.send(kept, PER_S, command="keep")
            bare_s.append(await self._bare_flood())
            taken_s, states = await self._our_flood(coordinator)
            ours_s.append(taken_s)
            written.append(states)
        write_s = self._write_s()
        limit_s = 1.5 * median(bare_s) + median(written) * write_s
        case = f"flood of {FLOOD} kept topics"
        return [
            row(case, "bare consumer", median(bare_s) * 1e3, "ms"),
            row(case, "states written", median(written), ""),
            row(case, "one state write", write_s * 1e3, "ms"),
            row(
                case,
                "shown by Sunbridge with aiomqtt",
                median(ours_s) * 1e3,
                "ms",
                at_most=limit_s * 1e3,
            ),
        ]

    async def _bare_flood(self) -> float:
        async with aiomqtt.Client(
            self._proxy.host,
            self._proxy.port,
            username=self._broker.username,
            password=self._broker.password,
        ) as client:
            await client.subscribe([("+/000001/+", 0), ("/+/000001/+", 0)])
            start_s, count = time.monotonic(), 0
            async for message in client.messages:
                assert isinstance(message.payload, bytes)
                orjson.loads(message.payload)
                count += 1
                if count == FLOOD:
                    break
            return time.monotonic() - start_s

    async def _our_flood(self, coordinator: Any) -> tuple[float, int]:
        """Wait for the reconnection; return the time, and the states written."""
        linked_s = 0.0
        done = asyncio.get_running_loop().create_future()

        def linked(up: bool) -> None:
            nonlocal linked_s
            linked_s = time.monotonic()
            type(coordinator).linked(coordinator, up)

        def heard(values: Any) -> None:
            type(coordinator).heard(coordinator, values)
            # Shown is what's live too.
            coordinator.alive()
            if len(values) >= VALUES and not done.done():
                done.set_result(time.monotonic())

        coordinator.linked, coordinator.heard = linked, heard
        try:
            with watching(self._hass, None) as seen:
                async with asyncio.timeout(90):
                    shown_s = await done
        finally:
            del coordinator.linked, coordinator.heard
        return shown_s - linked_s, len(seen.times_s)

    def _write_s(self) -> float:
        """Return what it takes to write a state that changed."""
        states = self._hass.states
        found = [s for s in states.async_all("sensor") if s.state.isdecimal()]
        start_s = time.monotonic()
        for state in found:
            states.async_set(state.entity_id, "1", state.attributes)
        taken_s = time.monotonic() - start_s
        return taken_s / len(found)
